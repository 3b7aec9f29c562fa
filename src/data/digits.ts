import { checkSeed, stream } from "../tensor/random.js";
import type { Tensor } from "../tensor/tensor.js";
import { checkBoolean, checkNumber, checkOptions } from "../util/check.js";
import type { Dataset } from "./dataset.js";
import { imageDataset } from "./mnist.js";
import { digitStyles, isClosed, type Point, type Stroke, sampleStroke } from "./strokes.js";
import { Words } from "./words.js";

export interface DrawnDigitsOptions {
  /** How many, default 10,000. */
  count?: number;
  /** Another seed draws other digits. Default 0. The i-th digit of a seed is the same whatever the count. */
  seed?: number;
  /** Rows of [784] rather than [28, 28, 1]. Default false. */
  flatten?: boolean;
  /** Labels as float32 [10] rather than int32 classes. Default false. */
  oneHot?: boolean;
}

const SIDE = 28;
/** The tallest digit in pixels; MNIST's are scaled to 20. */
const HEIGHT = 20;
/** Points on each stretch of a stroke: enough that a curve shows no corners at this size. */
const STEPS = 5;

/**
 * Handwritten digits that the program draws itself, in the form of `mnist`: 28 × 28 grey images with their class. Strokes of several
 * hands, each with its own slant, turn, size, place, width and wobble. For trying things out where there is no data at hand.
 *
 * Only + − × ÷ √ are used, so that every machine draws the same bytes.
 *
 * @throws ValueError for an unknown option, a count below 1, a seed that is no whole number ≥ 0
 * @example
 * drawnDigits({ count: 1000, seed: 1, flatten: true }).size; // 1000
 */
export function drawnDigits(options: DrawnDigitsOptions = {}): Dataset<Tensor, Tensor> {
  checkOptions("drawnDigits", options, ["count", "seed", "flatten", "oneHot"]);
  const { count = 10_000, seed = 0, flatten = false, oneHot = false } = options;
  checkBoolean("drawnDigits", "flatten", flatten);
  checkBoolean("drawnDigits", "oneHot", oneHot);
  checkNumber("drawnDigits", "count", count, { min: 1, whole: true });
  const key = stream("drawnDigits", checkSeed("drawnDigits", seed));
  const images = new Uint8Array(count * SIDE * SIDE);
  const labels = new Int32Array(count);
  const squares = new Float64Array(SIDE * SIDE);
  for (let i = 0; i < count; i++) {
    const words = new Words(key, i);
    const label = words.below(10);
    const styles = digitStyles[label] as (typeof digitStyles)[number];
    drawDigit(
      images.subarray(i * SIDE * SIDE, (i + 1) * SIDE * SIDE),
      styles[words.below(styles.length)] as readonly Stroke[],
      words,
      squares,
    );
    labels[i] = label;
  }
  return imageDataset(images, labels, 10, options);
}

/** One digit of a given style into 28 × 28 bytes. */
function drawDigit(image: Uint8Array, strokes: readonly Stroke[], words: Words, squares: Float64Array): void {
  const bend = distortion(words);
  const wobble = wobbleField(words);
  const radius = words.between(0.7, 1.7);
  const lines = strokes.map((stroke) => {
    const shaken = stroke.map(([x, y]): Point => [x + words.between(-0.04, 0.04), y + words.between(-0.04, 0.04)]);
    return sampleStroke(shaken, stroke.length === 2 ? 3 : STEPS, isClosed(stroke)).map((point) => wobble(bend(point)));
  });
  const shift = [0, 1].map((axis) => {
    const along = lines.flatMap((line) => line.map((point) => point[axis] as number));
    return shiftToFit(Math.min(...along), Math.max(...along), radius + 1, words);
  }) as unknown as Point;
  squares.fill(SIDE * SIDE);
  for (const line of lines) {
    const moved = line.map(([x, y]): Point => [x + shift[0], y + shift[1]]);
    for (let i = 0; i + 1 < moved.length; i++) {
      markSegment(squares, moved[i] as Point, moved[i + 1] as Point, radius + 1);
    }
  }
  const ink = words.between(200, 255);
  for (let i = 0; i < squares.length; i++) {
    const cover = Math.min(1, Math.max(0, radius + 0.5 - Math.sqrt(squares[i] as number)));
    image[i] = Math.round(ink * cover);
  }
}

/** From the unit square to pixels around the middle: size, slant, turn. The turn is by tan(θ/2), which needs no sine. */
function distortion(words: Words): (point: Point) => Point {
  const height = HEIGHT * words.between(0.8, 1.06);
  const width = height * words.between(0.55, 0.95);
  const slant = words.between(-0.12, 0.4);
  const half = words.between(-0.11, 0.11);
  const cos = (1 - half * half) / (1 + half * half);
  const sin = (2 * half) / (1 + half * half);
  return ([x, y]) => {
    const v = (y - 0.5) * height;
    const u = (x - 0.5) * width - slant * v;
    return [SIDE / 2 + cos * u - sin * v, SIDE / 2 + sin * u + cos * v];
  };
}

/** How far from the middle a digit may lie, in pixels. */
const LARGEST_SHIFT = 1.6;

/** A shift that takes a digit's extent to the middle and a little off it, as far as the frame leaves room. */
function shiftToFit(low: number, high: number, margin: number, words: Words): number {
  const room = Math.max(0, (SIDE - (high - low)) / 2 - margin);
  const off = Math.min(LARGEST_SHIFT, room);
  return (SIDE - low - high) / 2 + words.between(-off, off);
}

/** Cells on a side of the wobble's grid. */
const CELLS = 3;

/** A smooth random displacement: shifts at the corners of a coarse grid, blended between them. */
function wobbleField(words: Words): (point: Point) => Point {
  const strength = words.between(0, 1.5);
  const corners = CELLS + 1;
  const shifts = Float64Array.from({ length: 2 * corners * corners }, () => words.between(-strength, strength));
  return ([x, y]) => {
    const u = Math.min(CELLS - 1e-9, Math.max(0, (x / SIDE) * CELLS));
    const v = Math.min(CELLS - 1e-9, Math.max(0, (y / SIDE) * CELLS));
    const [i, j] = [Math.floor(u), Math.floor(v)];
    const [s, t] = [smooth(u - i), smooth(v - j)];
    const shift = (axis: number): number => {
      const at = (column: number, row: number) => shifts[2 * (row * corners + column) + axis] as number;
      return (1 - t) * ((1 - s) * at(i, j) + s * at(i + 1, j)) + t * ((1 - s) * at(i, j + 1) + s * at(i + 1, j + 1));
    };
    return [x + shift(0), y + shift(1)];
  };
}

function smooth(t: number): number {
  return t * t * (3 - 2 * t);
}

/** Lowers each pixel's squared distance to that of the segment from `a` to `b`, within `reach`. */
function markSegment(squares: Float64Array, a: Point, b: Point, reach: number): void {
  const [ax, ay] = a;
  const [dx, dy] = [b[0] - ax, b[1] - ay];
  const length = dx * dx + dy * dy || 1;
  const first = (p: number, q: number) => Math.max(0, Math.ceil(Math.min(p, q) - reach - 0.5));
  const last = (p: number, q: number) => Math.min(SIDE - 1, Math.floor(Math.max(p, q) + reach - 0.5));
  const right = last(ax, b[0]);
  const bottom = last(ay, b[1]);
  for (let row = first(ay, b[1]); row <= bottom; row++) {
    for (let column = first(ax, b[0]); column <= right; column++) {
      const px = column + 0.5 - ax;
      const py = row + 0.5 - ay;
      const along = Math.min(1, Math.max(0, (px * dx + py * dy) / length));
      const x = px - along * dx;
      const y = py - along * dy;
      const square = x * x + y * y;
      const i = row * SIDE + column;
      if (square < (squares[i] as number)) squares[i] = square;
    }
  }
}
