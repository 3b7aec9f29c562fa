import type { DataView2D, Progress } from "../../protocol.js";
import { classRgb, mix, type Rgb, targetRgb } from "../palette.js";
import { contour } from "./contour.js";

export type Surface = NonNullable<Progress["surface"]>;

export interface Look {
  readonly background: Rgb;
  readonly dark: boolean;
}

/** Steps of confidence: bands show better than a gradient where a surface is steep. */
const BANDS = 6;
/** Tones from the lowest to the highest target. */
const TONES = 256;
/** Contour lines between the lowest and the highest target. */
const LEVELS = 7;

/** The range that colours span: that of the targets. */
export function targetRange(data: DataView2D): readonly [number, number] {
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  for (const target of data.targets) {
    low = Math.min(low, target);
    high = Math.max(high, target);
  }
  return low < high ? [low, high] : [low - 1, low + 1];
}

/** Classes of a surface; one channel is the probability of the second of two. */
export const classesOf = (surface: Surface): number => Math.max(2, surface.channels);

export function probability(surface: Surface, cell: number, index: number): number {
  if (surface.channels > 1) return surface.values[cell * surface.channels + index] as number;
  const second = surface.values[cell] as number;
  return index === 1 ? second : 1 - second;
}

/** Shades that a picture is painted with, worked out once: of each class in bands of confidence, or of values from low to high. */
function shadesOf(data: DataView2D, classes: number, { background, dark }: Look): Uint8ClampedArray {
  const shades: number[] = [];
  if (data.task === "regression") {
    for (let i = 0; i < TONES; i++) shades.push(...mix(background, targetRgb(i / (TONES - 1), background), 0.62));
  } else {
    const [least, more] = dark ? [0.1, 0.36] : [0.06, 0.38];
    for (let index = 0; index < classes; index++) {
      for (let band = 1; band <= BANDS; band++)
        shades.push(...mix(background, classRgb(index), least + (more * band) / BANDS));
    }
  }
  return Uint8ClampedArray.from(shades);
}

/** RGBA of `size` × `size` pixels, the surface's cells joined bilinearly. */
export function paintSurface(
  surface: Surface,
  data: DataView2D,
  look: Look,
  size: number,
  into: Uint8ClampedArray,
): void {
  const { side, channels, values } = surface;
  const classes = classesOf(surface);
  const classified = data.task === "classification";
  const shades = shadesOf(data, classes, look);
  const [low, high] = classified ? [0, 1] : targetRange(data);
  const below = side * channels;
  for (let y = 0; y < size; y++) {
    const row = (y / (size - 1)) * (side - 1);
    const top = Math.min(side - 2, Math.floor(row));
    const down = row - top;
    for (let x = 0; x < size; x++) {
      const column = (x / (size - 1)) * (side - 1);
      const left = Math.min(side - 2, Math.floor(column));
      const right = column - left;
      const base = (top * side + left) * channels;
      let best = 0;
      let most = Number.NEGATIVE_INFINITY;
      for (let c = 0; c < channels; c++) {
        const i = base + c;
        const above = (values[i] as number) * (1 - right) + (values[i + channels] as number) * right;
        const under = (values[i + below] as number) * (1 - right) + (values[i + below + channels] as number) * right;
        const value = above * (1 - down) + under * down;
        if (value > most) {
          most = value;
          best = c;
        }
      }
      let shade: number;
      if (classified) {
        if (channels === 1) {
          best = most > 0.5 ? 1 : 0;
          most = Math.max(most, 1 - most);
        }
        const confidence = (most - 1 / classes) / (1 - 1 / classes);
        shade = best * BANDS + Math.min(BANDS - 1, Math.max(0, Math.floor(confidence * BANDS)));
      } else {
        shade = Math.round(Math.min(1, Math.max(0, (most - low) / (high - low))) * (TONES - 1));
      }
      const pixel = (y * size + x) * 4;
      into[pixel] = shades[3 * shade] as number;
      into[pixel + 1] = shades[3 * shade + 1] as number;
      into[pixel + 2] = shades[3 * shade + 2] as number;
      into[pixel + 3] = 255;
    }
  }
}

/** The lines to draw over a surface: where the class that is most likely changes, or levels of the value. */
export function surfaceLines(surface: Surface, data: DataView2D): number[][] {
  const { side, values } = surface;
  if (data.task === "regression") {
    const [low, high] = targetRange(data);
    return Array.from({ length: LEVELS }, (_, i) => {
      const level = low + ((i + 1) * (high - low)) / (LEVELS + 1);
      return contour(side, (row, column) => (values[row * side + column] as number) - level);
    });
  }
  const classes = classesOf(surface);
  // Between two classes there is one line; among more, one around each but the last, which the others bound.
  return Array.from({ length: classes - 1 }, (_, index) =>
    contour(side, (row, column) => {
      const cell = row * side + column;
      let other = 0;
      for (let i = 0; i < classes; i++) if (i !== index) other = Math.max(other, probability(surface, cell, i));
      return probability(surface, cell, index) - other;
    }),
  );
}
