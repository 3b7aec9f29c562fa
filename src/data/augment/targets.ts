import type { TypedArray } from "../../util/dtypes.js";
import { ShapeError } from "../../util/errors.js";
import { type Shape, showShape } from "../../util/shapes.js";
import { placeBehind } from "./geometry.js";
import type { Sizes } from "./plan.js";

/** @throws ShapeError where rows of y are no points or boxes */
export function checkPlaces(target: "points" | "boxes", row: Shape): void {
  const numbers = target === "points" ? 2 : 4;
  if ((row.length === 1 || row.length === 2) && row[row.length - 1] === numbers) return;
  const form = target === "points" ? "[x, y]" : "[left, top, right, bottom]";
  throw new ShapeError(
    `augment: y expected rows of ${form}, [${numbers}] or [count, ${numbers}], for target "${target}", got ${showShape(row)}`,
  );
}

/** Where one image's places go. */
export interface Motion {
  readonly maps: Float64Array;
  readonly at: number;
  /** The displacements of the image, [2, outHeight, outWidth]. */
  readonly field: TypedArray | undefined;
}

/** Steps towards the place whose displaced source a point is: each shrinks the error by the displacements' slope. */
const STEPS = 20;

/** The place in the new image of a place (across, down) in the old one. */
function moved({ maps, at, field }: Motion, across: number, down: number, sizes: Sizes): [number, number] {
  let place = placeBehind(maps, at, across, down);
  if (!field) return place;
  const { outHeight, outWidth } = sizes;
  for (let step = 0; step < STEPS; step++) {
    const [dx, dy] = [0, outHeight * outWidth].map((from) => sample(field, from, ...place, sizes)) as [number, number];
    place = placeBehind(maps, at, across - dx, down - dy);
  }
  return place;
}

/** A displacement between the pixels of its field. */
function sample(field: TypedArray, from: number, across: number, down: number, sizes: Sizes): number {
  const { outHeight, outWidth } = sizes;
  const x = Math.min(Math.max(across, 0), outWidth - 1);
  const y = Math.min(Math.max(down, 0), outHeight - 1);
  const [left, top] = [Math.floor(x), Math.floor(y)];
  const value = (i: number, j: number) =>
    field[from + Math.min(i, outHeight - 1) * outWidth + Math.min(j, outWidth - 1)] as number;
  const [u, v] = [x - left, y - top];
  const upper = value(top, left) * (1 - u) + value(top, left + 1) * u;
  return upper * (1 - v) + (value(top + 1, left) * (1 - u) + value(top + 1, left + 1) * u) * v;
}

/** Points [x, y], the middle of the first pixel at [0, 0], to where the image takes them; they may leave it. */
export function movePoints(out: TypedArray, to: number, points: TypedArray, motion: Motion, sizes: Sizes): void {
  for (let p = 0; p < points.length; p += 2) {
    const [x, y] = moved(motion, points[p] as number, points[p + 1] as number, sizes);
    out[to + p] = x;
    out[to + p + 1] = y;
  }
}

/** Along the edges of a unit square: corners and what lies between, for edges that bend. */
const EDGES = [0, 0.25, 0.5, 0.75, 1].flatMap((t) => [
  [t, 0],
  [t, 1],
  [0, t],
  [1, t],
]) as [number, number][];

/**
 * Boxes [left, top, right, bottom] between the edges of pixels, 0 … width and 0 … height, to the smallest upright ones around what they
 * held, cut at the border.
 */
export function moveBoxes(out: TypedArray, to: number, boxes: TypedArray, motion: Motion, sizes: Sizes): void {
  const inside = (value: number, size: number) => Math.min(Math.max(value + 0.5, 0), size);
  for (let p = 0; p < boxes.length; p += 4) {
    const [left, top, right, bottom] = boxes.subarray(p, p + 4) as unknown as [number, number, number, number];
    const places = EDGES.map(([u, v]) =>
      moved(motion, left + u * (right - left) - 0.5, top + v * (bottom - top) - 0.5, sizes),
    );
    const xs = places.map(([x]) => x);
    const ys = places.map(([, y]) => y);
    out[to + p] = inside(Math.min(...xs), sizes.outWidth);
    out[to + p + 1] = inside(Math.min(...ys), sizes.outHeight);
    out[to + p + 2] = inside(Math.max(...xs), sizes.outWidth);
    out[to + p + 3] = inside(Math.max(...ys), sizes.outHeight);
  }
}
