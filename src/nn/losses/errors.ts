import * as errors from "../../ops/loss.js";
import { asTensor, type Tensor, viewAs } from "../../tensor/tensor.js";
import { checkNumber } from "../../util/check.js";
import type { Config } from "../../util/named.js";
import { asMatrices, checkSameTargets, type Loss, type LossFunction, lossFunction, type RowLosses } from "../loss.js";

type NoOptions = { readonly [option: string]: never };

/**
 * Mean over the outputs of (yTrue − yPred)²: `[batch, …]` both (or yTrue `[batch]` for yPred `[batch, 1]`), result `[batch]`.
 *
 * @throws ShapeError, DTypeError
 * @example
 * wg.losses.meanSquaredError([[1, 4]], [[1, 2]]).toArray(); // [2]
 */
export const meanSquaredError: LossFunction<NoOptions> = pointwise(
  "meanSquaredError",
  errors.meanSquaredError,
  errors.meanSquaredErrorAndGradient,
);

/**
 * Mean over the outputs of |yTrue − yPred|: `[batch, …]` both (or yTrue `[batch]` for yPred `[batch, 1]`), result `[batch]`. The
 * gradient is 0 where they are equal.
 *
 * @throws ShapeError, DTypeError
 * @example
 * wg.losses.meanAbsoluteError([[1, 4]], [[1, 2]]).toArray(); // [1]
 */
export const meanAbsoluteError: LossFunction<NoOptions> = pointwise("meanAbsoluteError", errors.meanAbsoluteError);

/**
 * ½ Σ (yTrue − yPred)² over the outputs, gradient yPred − yTrue: `[batch, …]` both (or yTrue `[batch]` for yPred `[batch, 1]`), result
 * `[batch]`.
 *
 * @throws ShapeError, DTypeError
 * @example
 * wg.losses.halfSquaredError([[1, 4]], [[1, 2]]).toArray(); // [2]
 */
export const halfSquaredError: LossFunction<NoOptions> = pointwise(
  "halfSquaredError",
  errors.halfSquaredError,
  errors.halfSquaredErrorAndGradient,
);

export interface HuberOptions {
  /** The size of an error at which the square gives way to the line, above 0. Default: 1. */
  delta?: number;
}

/**
 * Mean over the outputs of ½e² where |e| ≤ δ, else δ · (|e| − ½δ), e = yPred − yTrue: `[batch, …]` both (or yTrue `[batch]` for yPred
 * `[batch, 1]`), result `[batch]`. The gradient is e, held to ±δ: an outlier pulls no harder than an error of δ.
 *
 * Huber, "Robust Estimation of a Location Parameter", Annals of Mathematical Statistics 1964; as in Keras and PyTorch's `huber_loss`.
 *
 * @throws ShapeError, DTypeError, ValueError for an unknown option or a delta that is not above 0
 * @example
 * wg.losses.huber([[0, 0]], [[1, 4]]).toArray(); // [2], the mean of ½ and 3½
 * wg.losses.huber([[0, 0]], [[1, 4]], { delta: 2 }).toArray(); // [3.25]
 */
export const huber: LossFunction<HuberOptions> = lossFunction<HuberOptions>(
  "huber",
  { delta: (operation, argument, value) => checkNumber(operation, argument, value, { above: 0 }) },
  ({ delta = 1 }) => record("huber", { delta }, (p, t) => errors.huber(p, t, delta)),
);

/**
 * Mean over the outputs of ln cosh e, e = yPred − yTrue: about ½e² for small and |e| − ln 2 for large errors, gradient tanh e.
 * `[batch, …]` both (or yTrue `[batch]` for yPred `[batch, 1]`), result `[batch]`. Computed as |e| + softplus(−2|e|) − ln 2, which
 * does not overflow.
 *
 * @throws ShapeError, DTypeError
 * @example
 * wg.losses.logCosh([[0]], [[1]]).toArray(); // ≈ [0.4338]
 * wg.losses.logCosh([[0]], [[-1000]]).toArray(); // ≈ [999.307]
 */
export const logCosh: LossFunction<NoOptions> = pointwise("logCosh", errors.logCosh);

/** @__NO_SIDE_EFFECTS__ */
function pointwise(name: string, run: Run, both?: Both): LossFunction<NoOptions> {
  return lossFunction<NoOptions>(name, {}, () => record(name, {}, run, both));
}

type Run = (a: Tensor, b: Tensor) => Tensor;
/** The loss with its gradient in `a`. */
type Both = (x: [a: Tensor, b: Tensor], weights: Tensor | undefined) => RowLosses;

function record(name: string, config: Config, run: Run, both?: Both): Loss {
  return {
    name,
    config,
    targets: "values",
    perSample(yTrue, yPred) {
      const [t, p] = asMatrices(name, yTrue, yPred);
      return run(p, t);
    },
    ...(both && {
      withGradient(yTrue, yPred, weights) {
        const [t, p] = asMatrices(name, yTrue, yPred);
        const { loss, gradient } = both([p, t], weights);
        return { loss, gradient: viewAs(gradient, asTensor(yPred).shape) };
      },
    }),
    checkTargets: (targets, output, layer) => checkSameTargets(name, targets, output, layer),
    checkValues: () => undefined,
  };
}
