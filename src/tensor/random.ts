import { kernels } from "../backend/engine.js";
import { checkNumber } from "../util/check.js";
import { type DType, type FloatDType, requireFloat } from "../util/dtypes.js";
import { ValueError } from "../util/errors.js";
import { philox } from "../util/philox.js";
import { checkShape, type Shape } from "../util/shapes.js";
import { checkDType, empty, type Tensor, table } from "./tensor.js";

/**
 * A consumer's own numbers: the two words that key its generator. With the step and the place in the tensor they settle every value, so
 * nothing that another consumer draws, and no number of threads, changes them.
 */
export interface Stream {
  readonly key0: number;
  readonly key1: number;
}

let theSeed = 0;
const calls = new Map<string, number>();

/**
 * Starts every random stream anew: initial weights, dropout masks, shuffles and `randomNormal` repeat for the same seed. Without a call the
 * seed is 0, so a program repeats as it stands.
 *
 * @param seed a whole number from 0 to 2^53 − 1; 0 is a seed like any other
 * @throws ValueError
 * @example
 * wg.setSeed(7);
 * const first = wg.randomNormal([1]).item();
 * wg.setSeed(7);
 * wg.randomNormal([1]).item() === first; // true
 */
export function setSeed(seed: number): void {
  theSeed = checkSeed("setSeed", seed);
  calls.clear();
}

/** What `setSeed` set last. */
export function currentSeed(): number {
  return theSeed;
}

/** As `setSeed`. @returns brings seed and streams back to what they were */
export function seeded(seed: number): () => void {
  const before = { seed: theSeed, calls: [...calls] };
  setSeed(seed);
  return () => {
    theSeed = before.seed;
    calls.clear();
    for (const [name, count] of before.calls) calls.set(name, count);
  };
}

/** Runs `make` as a program that has just called `setSeed(seed)`, and leaves seed and streams as they were. */
export function withSeed<T>(seed: number, make: () => T): T {
  const restore = seeded(seed);
  try {
    return make();
  } finally {
    restore();
  }
}

/** The stream of a consumer, by its name and the seed. Names that differ give independent streams. */
export function stream(name: string, seed = theSeed): Stream {
  const words = new Uint32Array(4);
  const key0 = seed % 2 ** 32;
  const key1 = Math.floor(seed / 2 ** 32);
  let [a, b] = [name.length, 0];
  // Philox is a bijection of its counter that looks random: each pair of characters is mixed into what came before.
  for (let i = 0; i < name.length || i === 0; i += 2) {
    philox(words, a, b, name.charCodeAt(i) || 0, name.charCodeAt(i + 1) || 0, key0, key1);
    [a, b] = words as unknown as [number, number];
  }
  return { key0: a, key1: b };
}

/** A tensor that holds a step for the kernels to read. */
export function stepCell(step: number): Tensor {
  return table([1], "int32", () => [step]);
}

/**
 * Normal random numbers, mean + stdDev · z.
 *
 * @param dtype `"float32"` (default) or `"float64"`
 * @param seed the same numbers at each call; without it the calls continue a stream of the library's seed (see `setSeed`)
 * @throws ShapeError, DTypeError, ValueError where stdDev < 0 or the seed is no whole number ≥ 0
 * @example
 * wg.randomNormal([2, 3]).shape; // [2, 3]
 */
export function randomNormal(shape: Shape, mean = 0, stdDev = 1, dtype: DType = "float32", seed?: number): Tensor {
  checkNumber("randomNormal", "mean", mean);
  checkNumber("randomNormal", "stdDev", stdDev, { min: 0 });
  return drawn("randomNormal", "random_normal", shape, mean, stdDev, dtype, seed);
}

/**
 * As `randomNormal`, and no number lies further than two deviations from the mean: one that would is drawn again. Their own deviation
 * is therefore 0.8796 · stdDev.
 *
 * @param dtype `"float32"` (default) or `"float64"`
 * @param seed the same numbers at each call; without it the calls continue a stream of the library's seed (see `setSeed`)
 * @throws ShapeError, DTypeError, ValueError where stdDev < 0 or the seed is no whole number ≥ 0
 * @example
 * wg.truncatedNormal([1000]).toTypedArray().every((v) => Math.abs(v) <= 2); // true
 */
export function truncatedNormal(shape: Shape, mean = 0, stdDev = 1, dtype: DType = "float32", seed?: number): Tensor {
  checkNumber("truncatedNormal", "mean", mean);
  checkNumber("truncatedNormal", "stdDev", stdDev, { min: 0 });
  return drawn("truncatedNormal", "random_truncated_normal", shape, mean, stdDev, dtype, seed);
}

/**
 * Random numbers spread evenly over [minval, maxval): 24 random bits each in float32, 53 in float64.
 *
 * @param dtype `"float32"` (default) or `"float64"`
 * @param seed the same numbers at each call; without it the calls continue a stream of the library's seed (see `setSeed`)
 * @throws ShapeError, DTypeError, ValueError where maxval < minval or the seed is no whole number ≥ 0
 * @example
 * wg.randomUniform([1000], 5, 6).toTypedArray().every((v) => v >= 5 && v < 6); // true
 */
export function randomUniform(shape: Shape, minval = 0, maxval = 1, dtype: DType = "float32", seed?: number): Tensor {
  checkRange("randomUniform", minval, maxval);
  return drawn("randomUniform", "random_uniform", shape, minval, maxval, dtype, seed);
}

/** @throws ValueError unless minval ≤ maxval and their distance is a float32. */
export function checkRange(operation: string, minval: unknown, maxval: unknown): void {
  const low = checkNumber(operation, "minval", minval);
  const high = checkNumber(operation, "maxval", maxval, { min: low });
  if (!Number.isFinite(Math.fround(high - low))) {
    throw new ValueError(`${operation}: maxval - minval expected at most 3.4e38, got ${high - low}`);
  }
}

/** The numbers 0 … n − 1 in random order, every order equally likely (Fisher and Yates). */
export function permutation(n: number, { key0, key1 }: Stream, step: number): Uint32Array {
  const order = Uint32Array.from({ length: n }, (_, i) => i);
  const words = new Uint32Array(4);
  let used = 4;
  let block = 0;
  const nextWord = (): number => {
    if (used === 4) {
      philox(words, block++, step, 0, 0, key0, key1);
      used = 0;
    }
    return words[used++] as number;
  };
  for (let i = n - 1; i > 0; i--) {
    const count = i + 1;
    // Words beyond the last whole multiple of `count` would favour the small numbers.
    const fair = 2 ** 32 - (2 ** 32 % count);
    let word = nextWord();
    while (word >= fair) word = nextWord();
    const j = word % count;
    const moved = order[i] as number;
    order[i] = order[j] as number;
    order[j] = moved;
  }
  return order;
}

/** What a random kernel draws into a tensor that exists. */
export type Distribution = "random_normal" | "random_truncated_normal" | "random_uniform";

/** Overwrites a float tensor with numbers of a stream's step. */
export function drawInto(
  target: Tensor,
  distribution: Distribution,
  a: number,
  b: number,
  { key0, key1 }: Stream,
  step = 0,
): void {
  const k = kernels(target.dtype as FloatDType);
  k[distribution](target.at, a, b, key0, key1, stepCell(step).at, 0, target.size);
}

function drawn(
  operation: string,
  distribution: Distribution,
  shape: Shape,
  a: number,
  b: number,
  dtype: DType,
  seed: number | undefined,
): Tensor {
  checkShape(operation, shape);
  requireFloat(operation, "dtype", checkDType(operation, dtype));
  if (seed !== undefined) checkSeed(operation, seed);
  const out = empty([...shape], dtype);
  drawInto(out, distribution, a, b, stream(operation, seed), seed === undefined ? nextCall(operation) : 0);
  return out;
}

/** Counts the calls of an unseeded function since `setSeed`. */
export function nextCall(operation: string): number {
  const count = calls.get(operation) ?? 0;
  calls.set(operation, count + 1);
  return count;
}

export function checkSeed(operation: string, seed: unknown): number {
  return checkNumber(operation, "seed", seed, { min: 0, max: Number.MAX_SAFE_INTEGER, whole: true });
}
