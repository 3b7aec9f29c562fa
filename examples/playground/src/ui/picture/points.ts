import type { DataView2D } from "../../protocol.js";
import { classColor, css, targetRgb } from "../palette.js";
import { type Look, targetRange } from "./paint.js";

export const PART_NAMES = ["Train", "Dev", "Test"] as const;

/** Outlines around 0, of about the same area: a circle, a diamond, a triangle. As SVG paths, which a canvas draws too. */
const SHAPES = [
  "M3.4 0A3.4 3.4 0 1 1 -3.4 0A3.4 3.4 0 1 1 3.4 0Z",
  "M0 -4.5L4.5 0L0 4.5L-4.5 0Z",
  "M0 -4.6L4.4 3.2L-4.4 3.2Z",
] as const;

export const shapeOf = (part: number): string => SHAPES[part] ?? SHAPES[0];

export interface Dot {
  readonly x: number;
  readonly y: number;
  readonly part: number;
  readonly color: string;
}

/** The rows as dots in a square of `size`, y upwards; parts in order, so that the fewer test rows lie on top. */
export function dots(data: DataView2D, size: number, { background, dark }: Look, shown: readonly boolean[]): Dot[] {
  const [x0, x1, y0, y1] = data.bounds;
  const [low, high] = data.task === "regression" ? targetRange(data) : [0, 1];
  const found: Dot[] = [];
  data.parts.forEach((part, i) => {
    if (shown[part] === false) return;
    const target = data.targets[i] as number;
    found.push({
      x: (((data.points[2 * i] as number) - x0) / (x1 - x0)) * size,
      y: (1 - ((data.points[2 * i + 1] as number) - y0) / (y1 - y0)) * size,
      part,
      color:
        data.task === "classification"
          ? classColor(target, dark)
          : css(targetRgb((target - low) / (high - low), background)),
    });
  });
  return found.sort((a, b) => a.part - b.part);
}
