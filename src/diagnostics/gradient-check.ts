import type { Inputs } from "../model/fields.js";
import type { TrainingData } from "../model/inputs.js";
import type { Model } from "../model/model.js";
import { checkSeed } from "../tensor/random.js";
import type { Tensor, TensorLike } from "../tensor/tensor.js";
import { checkBoolean, checkNumber, checkOptions } from "../util/check.js";
import { batchOf, checkModel } from "./batch.js";
import { type CompareSettings, type Comparison, compareGradients } from "./compare-gradients.js";
import { functionProbe } from "./function-probe.js";
import { summaryOf } from "./gradient-summary.js";
import { probe, rowsOf } from "./probe.js";

export interface GradientCheckOptions {
  /** How far each entry is moved to both sides, > 0. Default: 6.1e-6, times |entry| where that is above 1. */
  h?: number;
  /** The most entries to check in all; beyond it a random sample of each tensor, at least one entry, is. Default: 1000. */
  maxEntries?: number;
  /** Draws the sample. Default: 0. */
  seed?: number;
  /** Of a model: false checks it as `evaluate` runs it, without dropout and by moving averages. Default: true. */
  training?: boolean;
}

/** What `gradientCheck` found. */
export interface GradientCheck extends Comparison {
  /** All of it as lines to read. */
  readonly summary: string;
  toString(): string;
}

/**
 * Holds the gradient g that backpropagation computes against central differences n of the loss, both in float64:
 *
 * difference = ‖g − n‖₂ / (‖g‖₂ + ‖n‖₂), over all entries and for each tensor. Up to 1e-7 it is `"right"`; up to 1e-5 have a `"look"` at the
 * worst entries; up to 1e-3 it is `"suspect"`, and above it `"wrong"`: look for the mistake. After "Gradient checking" in Ng's "Improving deep
 * neural networks", which names these three bounds. The verdict of the whole is that of its difference, or that of its worst tensor where
 * one is suspect or wrong. Differences that rounding of the loss alone can make count as right.
 *
 * A model is copied to float64 and left as it is; penalties are part of the loss, the weights of frozen layers are not checked, and dropout
 * draws one mask, that of step 1, every time. Of a `Dataset` the first batch is taken, or the first 32 rows.
 *
 * A loss that bends within h of an entry, as by a relu at 0, has no one slope there: central differences average those of the two sides.
 * Such entries are told by their one-sided slopes and listed in `kinks`; they count as right where the gradient lies between the two.
 *
 * @param target a compiled model, or a function of tensors that returns a scalar one
 * @param data for a model the rows and their targets; for a function its arguments
 * @throws StateError for a model that is not compiled; ShapeError, ValueError for rows or arguments that do not fit; NumericError where
 *   the loss is not finite
 * @example
 * const x = wg.tensor([[1, -2]]);
 * const right = await gradientCheck((v) => wg.sum(wg.square(v)), [x]);
 * right.verdict; // "right"
 * const halved = wg.customGrad((v) => ({ value: wg.square(v), gradient: (dy) => wg.mul(dy, v) }));
 * const wrong = await gradientCheck((v) => wg.sum(halved(v)), [x]);
 * wrong.verdict; // "wrong"
 * wrong.difference; // ≈ 0.333333
 * wrong.worst[0]?.index; // [0, 1]
 */
export async function gradientCheck(
  target: Model,
  data: TrainingData,
  options?: GradientCheckOptions,
): Promise<GradientCheck>;
export async function gradientCheck(
  target: Model,
  x: Inputs,
  y: Inputs,
  options?: GradientCheckOptions,
): Promise<GradientCheck>;
export async function gradientCheck<A extends Tensor[]>(
  target: (...x: A) => Tensor,
  data: readonly TensorLike[],
  options?: Omit<GradientCheckOptions, "training">,
): Promise<GradientCheck>;
export async function gradientCheck(
  target: Model | ((...x: never[]) => Tensor),
  data: unknown,
  second?: unknown,
  third?: unknown,
): Promise<GradientCheck> {
  if (typeof target === "function") {
    const settings = checkSettings(second, ["h", "maxEntries", "seed"]);
    return withSummary(compareGradients(OPERATION, functionProbe(OPERATION, target, data), settings), "a function");
  }
  checkModel(OPERATION, target);
  const [batch, given] = await batchOf(OPERATION, target, data, second, third);
  const settings = checkSettings(given, ["h", "maxEntries", "seed", "training"]);
  const { training = true } = (given ?? {}) as GradientCheckOptions;
  checkBoolean(OPERATION, "training", training);
  const rows = rowsOf(batch);
  return withSummary(
    compareGradients(OPERATION, probe(OPERATION, target, [batch], { training }), settings),
    `model "${target.name}" on ${rows} row${rows === 1 ? "" : "s"} in ${training ? "training" : "inference"} mode`,
  );
}

const OPERATION = "gradientCheck";

function checkSettings(options: unknown, known: readonly string[]): CompareSettings {
  checkOptions(OPERATION, options, known);
  const { h, maxEntries = 1000, seed = 0 } = (options ?? {}) as GradientCheckOptions;
  if (h !== undefined) checkNumber(OPERATION, "h", h, { above: 0 });
  checkNumber(OPERATION, "maxEntries", maxEntries, { min: 1, whole: true });
  checkSeed(OPERATION, seed);
  return { h, maxEntries, seed };
}

function withSummary(found: Comparison, what: string): GradientCheck {
  const summary = summaryOf(found, what);
  return { ...found, summary, toString: () => summary };
}
