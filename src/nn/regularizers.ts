import { checkName, checkNumber, checkOptions } from "../util/check.js";
import { ValueError } from "../util/errors.js";
import type { Config } from "../util/named.js";

/** What m is: the rows that `fit` trains on, those of each mini-batch, or a number. */
export type RegularizerRows = "training" | "batch" | number;

/** What a layer's weights add to the loss: (l1 · Σ|w| + l2 · Σw²) / m, where m is 1 without `rows`. */
export interface Regularizer {
  readonly name: string;
  readonly config: Config;
  readonly l1: number;
  readonly l2: number;
  readonly rows?: RegularizerRows;
}

/** How λ counts. */
export interface RegularizerOptions {
  /** `"plain"`, Keras's: λ · Σw² (default). `"course"`: λ / (2m) · Σw², m the training rows. */
  convention?: "plain" | "course";
  /** What m is in the course's convention. Default: `"training"`. */
  rows?: RegularizerRows;
}

const optionNames = ["convention", "rows"];

/**
 * λ · Σ|w| is added to the loss; its gradient is λ · sign(w), 0 where w is 0. In the course's convention it is λ / (2m) · Σ|w|; what m
 * is, see `l2`. L1 draws weights to 0 and keeps few of them (Tibshirani, "Regression Shrinkage and Selection via the Lasso", 1996).
 *
 * @param lambda ≥ 0, default 0.01
 * @param options.convention `"plain"` (default) or `"course"`
 * @param options.rows m in the course's convention: `"training"` (default), `"batch"` or a number
 * @throws ValueError
 * @example
 * wg.regularizers.l1(1e-4).l1; // 0.0001
 */
export function l1(lambda = 0.01, options: RegularizerOptions = {}): Regularizer {
  checkNumber("regularizers.l1", "lambda", lambda, { min: 0 });
  checkOptions("regularizers.l1", options, optionNames);
  return regularizer("l1", { l1: lambda }, lambda, 0, options);
}

/**
 * A sum over squared weights is added to the loss, in one of two conventions; η is the learning rate:
 *
 * - `"plain"`, Keras's: λ · Σw². Its gradient is 2λ · w, and a step of SGD is weight decay: w ← (1 − 2ηλ) · w − η∇.
 * - `"course"`: λ / (2m) · Σw². Its gradient is λ/m · w, and a step of SGD is w ← (1 − ηλ/m) · w − η∇.
 *
 * In the course's convention `fit` knows m: it is the number of rows that it trains on, whatever the batch size, so that all batches
 * descend one cost J. The steps of one epoch then shrink the weights by about (1 − ηλ/m)^(m/b) in batches of b rows. With
 * `rows: "batch"` m is the rows of each mini-batch, as the course writes the cost J⁽ᵗ⁾ of a mini-batch: that is m/b times as strong a
 * penalty under the same λ. `rows: n` is for data that does not know its size. Outside of `fit` (`evaluate`, `trainOnBatch`) m is that of
 * the last `fit`; before any, the rows at hand.
 *
 * Ng, Deep Learning Specialization, course 2, week 1, "Regularization" (‖w‖² by λ/2m), week 2, "Understanding Mini-batch" (J⁽ᵗ⁾).
 *
 * @param lambda ≥ 0, default 0.01
 * @param options.convention `"plain"` (default) or `"course"`
 * @param options.rows m in the course's convention: `"training"` (default), `"batch"` or a number
 * @throws ValueError
 * @example
 * wg.regularizers.l2(1e-4).l2; // 0.0001
 * wg.regularizers.l2(0.7, { convention: "course" }).config; // { l2: 0.7, convention: "course", rows: "training" }
 */
export function l2(lambda = 0.01, options: RegularizerOptions = {}): Regularizer {
  checkNumber("regularizers.l2", "lambda", lambda, { min: 0 });
  checkOptions("regularizers.l2", options, optionNames);
  return regularizer("l2", { l2: lambda }, 0, lambda, options);
}

/**
 * Both: l1 · Σ|w| + l2 · Σw², or (l1 · Σ|w| + l2 · Σw²) / (2m) in the course's convention; what m is, see `l2`.
 *
 * @param options.l1 ≥ 0, default 0.01
 * @param options.l2 ≥ 0, default 0.01
 * @param options.convention `"plain"` (default) or `"course"`
 * @param options.rows m in the course's convention: `"training"` (default), `"batch"` or a number
 * @throws ValueError
 * @example
 * wg.regularizers.l1l2({ l1: 1e-5, l2: 1e-4 }).config; // { l1: 0.00001, l2: 0.0001 }
 */
export function l1l2(options: { l1?: number; l2?: number } & RegularizerOptions = {}): Regularizer {
  checkOptions("regularizers.l1l2", options, ["l1", "l2", ...optionNames]);
  const first = checkNumber("regularizers.l1l2", "l1", options.l1 ?? 0.01, { min: 0 });
  const second = checkNumber("regularizers.l1l2", "l2", options.l2 ?? 0.01, { min: 0 });
  return regularizer("l1l2", { l1: first, l2: second }, first, second, options);
}

function regularizer(
  name: string,
  config: Config,
  first: number,
  second: number,
  { convention = "plain", rows }: RegularizerOptions,
): Regularizer {
  const operation = `regularizers.${name}`;
  checkName(operation, "convention", convention, ["plain", "course"]);
  if (convention === "plain") {
    if (rows === undefined) return { name, config, l1: first, l2: second };
    throw new ValueError(
      `${operation}: rows expected with convention: "course" only, got ${String(rows)}; the plain convention divides by nothing`,
    );
  }
  const m = checkRows(operation, rows ?? "training");
  return { name, config: { ...config, convention, rows: m }, l1: first / 2, l2: second / 2, rows: m };
}

function checkRows(operation: string, rows: unknown): RegularizerRows {
  if (typeof rows === "string") return checkName<"training" | "batch">(operation, "rows", rows, ["training", "batch"]);
  return checkNumber(operation, "rows", rows, { min: 1, whole: true });
}
