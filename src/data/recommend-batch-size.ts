import { checkNumber, checkOptions } from "../util/check.js";
import { bytes, ValueError } from "../util/errors.js";
import { thousands } from "./thousands.js";

/** What `recommendBatchSize` suggests. */
export interface BatchSizeAdvice {
  /** What `fit` takes as `batchSize`. */
  readonly batchSize: number | "full";
  /** Rows of a step, and steps of an epoch. */
  readonly rows: number;
  readonly steps: number;
  /** What the rows of a step take. */
  readonly bytes: number;
  /** The powers of two from 64 to 512 that are below the number of rows and fit the memory: those worth trying. */
  readonly candidates: readonly number[];
  /** Why, in sentences. */
  readonly reason: string;
}

const FULL_BELOW = 2000;
const SIZES = [64, 128, 256, 512];
/** Steps that an epoch should have: with fewer, an epoch's descent is slow for all its exactness. */
const STEPS = 30;

/**
 * How many rows a step of gradient descent should take: all of them (`"full"`) below 2,000 rows; else the largest of 64, 128, 256 and 512 that
 * fits `memory` and leaves 30 steps in an epoch, or 64. Where not even that fits, the largest power of two that does. After "Understanding
 * mini-batch gradient descent" in Ng's "Improving deep neural networks", which names these bounds; the 30 steps are this library's.
 *
 * @param count rows of the training data
 * @param bytesPerRow what one row takes in a step, about 4 bytes for each input and 8 for each unit of each layer: its output and the gradient
 * @param options.memory bytes that a step may take, default 1 GiB
 * @throws ValueError for no whole number of rows, or where a single row does not fit
 * @example
 * recommendBatchSize(1797, 1000).batchSize; // "full"
 * recommendBatchSize(60_000, 7000).batchSize; // 512
 * recommendBatchSize(60_000, 7_000_000).batchSize; // 128
 */
export function recommendBatchSize(
  count: number,
  bytesPerRow: number,
  options: { memory?: number } = {},
): BatchSizeAdvice {
  const operation = "recommendBatchSize";
  checkNumber(operation, "count", count, { min: 1, max: Number.MAX_SAFE_INTEGER, whole: true });
  checkNumber(operation, "bytesPerRow", bytesPerRow, { above: 0 });
  checkOptions(operation, options, ["memory"]);
  const memory = checkNumber(operation, "memory", options.memory ?? 2 ** 30, { above: 0 });
  const most = Math.floor(memory / bytesPerRow);
  if (most < 1) {
    throw new ValueError(
      `${operation}: bytesPerRow expected at most memory, ${bytes(memory)}, got ${bytes(bytesPerRow)}; make the rows or the layers smaller`,
    );
  }
  const candidates = SIZES.filter((size) => size <= Math.min(most, count));
  const full = count < FULL_BELOW && count <= most;
  const long = candidates.filter((size) => Math.ceil(count / size) >= STEPS);
  const rows = full ? count : (long.at(-1) ?? candidates[0] ?? powerOfTwoUpTo(Math.min(most, count)));
  const steps = Math.ceil(count / rows);
  const size = `${thousands(rows)} × ${bytes(bytesPerRow)} = ${bytes(rows * bytesPerRow)}`;
  return {
    batchSize: full ? "full" : rows,
    rows,
    steps,
    bytes: rows * bytesPerRow,
    candidates,
    reason: full
      ? `With ${thousands(count)} rows, below ${thousands(FULL_BELOW)}, a step over all of them costs little (${size}) and its gradient is exact.`
      : `${reasonFor(rows, steps, most)} A step takes ${size} of ${bytes(memory)}, an epoch ${thousands(steps)} step${steps === 1 ? "" : "s"}.${alsoTry(candidates, rows)}`,
  };
}

function reasonFor(rows: number, steps: number, most: number): string {
  const many = `${thousands(rows)} row${rows === 1 ? "" : "s"} a step`;
  if (most < (SIZES[0] as number)) return `${many}: the largest power of two that fits the memory, which 64 do not.`;
  if (steps < STEPS) return `${many}: the least of 64 to 512, so that an epoch has more than a few steps.`;
  return rows === SIZES.at(-1)
    ? `${many}: the most that is usual, as more rows make the gradient hardly more exact.`
    : `${many}: the largest power of two that ${2 * rows > most ? "fits the memory" : `leaves ${STEPS} steps in an epoch`}.`;
}

function alsoTry(candidates: readonly number[], rows: number): string {
  const others = candidates.filter((size) => size !== rows);
  return others.length === 0 ? "" : ` Worth trying too: ${others.join(", ")}.`;
}

function powerOfTwoUpTo(most: number): number {
  let power = 1;
  while (power * 2 <= most) power *= 2;
  return power;
}
