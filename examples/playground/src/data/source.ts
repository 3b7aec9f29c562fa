import { Dataset, drawnDigits, split } from "wasmgrad/data";
import type { DrawnDigit, Own } from "../protocol.js";
import type { DataSettings, Settings, Task } from "../settings.js";
import { type Draws, drawsOf } from "./draws.js";
import { raster } from "./raster.js";
import { shapes } from "./shapes.js";
import { surfaces } from "./surfaces.js";
import { tableSource } from "./table.js";

/** Data as they come, cut into parts. */
export interface Source {
  readonly task: Task;
  /** Empty where the task is regression. */
  readonly classes: readonly string[];
  readonly features: readonly string[];
  /** Train, dev and test: rows of numbers or images, with a class number or a target each. */
  readonly parts: readonly [Dataset, Dataset, Dataset];
}

/** The data that a visitor has chosen. @throws what the library says of a table */
export async function sourceOf({ data, training }: Settings, own: Own): Promise<Source> {
  const { kind } = data;
  if (kind === "csv") return tableSource(data, training.seed, own.table);
  if (kind === "digits") return digits(drawnDigits({ count: data.rows, seed: training.seed }), data, training.seed);
  if (kind === "hand") return digits(handDrawn(own.digits ?? []), data, training.seed);
  const draws = drawsOf(training.seed);
  const made =
    kind === "plane" || kind === "ripple" || kind === "peaks" ? surface(kind, data, draws) : shape(kind, data, draws);
  return { ...made, features: ["x", "y"], parts: cut(made.rows, data, training.seed, made.task) };
}

function shape(kind: keyof typeof shapes, { rows: count, noise }: DataSettings, draws: Draws) {
  const { x, y, classes } = shapes[kind](count, draws);
  const names = kind === "blobs" ? ["A", "B", "C"] : ["A", "B"];
  const points = pairs(noisy(x, noise, draws), noisy(y, noise, draws));
  return { task: "classification" as const, classes: names, rows: Dataset.fromArrays(points, classes) };
}

function surface(kind: keyof typeof surfaces, { rows: count, noise }: DataSettings, draws: Draws) {
  const [x, y] = [draws.uniform(count, -3, 3), draws.uniform(count, -3, 3)];
  const data = noisy(surfaces[kind](x, y), noise, draws);
  const rows = Dataset.fromArrays(pairs(x, y), { data, shape: [count, 1] });
  return { task: "regression" as const, classes: [], rows };
}

function noisy(values: Float32Array, noise: number, draws: Draws): Float32Array {
  const error = draws.normal(values.length, noise);
  return values.map((each, i) => each + (error[i] as number));
}

function pairs(x: Float32Array, y: Float32Array) {
  const data = new Float32Array(2 * x.length);
  x.forEach((each, i) => data.set([each, y[i] as number], 2 * i));
  return { data, shape: [x.length, 2] };
}

/**
 * Digits as MNIST's are: the library's own, strokes of several hands, or the visitor's. A page has them without a download; MNIST's own are
 * larger than the page and come under a licence of their own.
 */
function digits(images: Dataset, data: DataSettings, seed: number): Source {
  const classes = Array.from({ length: 10 }, (_, digit) => String(digit));
  return {
    task: "classification",
    classes,
    features: ["28 × 28 pixels"],
    parts: cut(images, data, seed, "classification"),
  };
}

/** Fewer of a digit could not be in all three parts and teach anything. */
const LEAST_OF_A_DIGIT = 4;

function handDrawn(drawn: readonly DrawnDigit[]): Dataset {
  const counts = new Map<number, number>();
  for (const { digit } of drawn) counts.set(digit, (counts.get(digit) ?? 0) + 1);
  const few = [...counts].filter(([, count]) => count < LEAST_OF_A_DIGIT).map(([digit]) => digit);
  if (counts.size < 2 || few.length > 0) {
    const what =
      counts.size < 2
        ? "Draw two different digits or more"
        : `Draw ${few.sort((a, b) => a - b).join(", ")} again, or take ${few.length > 1 ? "them" : "it"} out`;
    throw new Error(`A network needs each digit ${LEAST_OF_A_DIGIT} times at least to learn from. ${what}.`);
  }
  const data = new Float32Array(784 * drawn.length);
  for (const [i, { strokes }] of drawn.entries()) data.set(raster(strokes), 784 * i);
  const labels = Int32Array.from(drawn, ({ digit }) => digit);
  return Dataset.fromArrays({ data, shape: [drawn.length, 28, 28, 1] }, labels);
}

/** Shares of all, summing to 1. */
export function ratiosOf({ train, dev }: DataSettings): [number, number, number] {
  return [train / 100, dev / 100, (100 - train - dev) / 100];
}

function cut(rows: Dataset, data: DataSettings, seed: number, task: Task) {
  return split(rows, ratiosOf(data), { seed, stratify: task === "classification" });
}
