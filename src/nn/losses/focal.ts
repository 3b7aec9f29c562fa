import { smoothLabels, smoothTargets } from "../../ops/crossentropy.js";
import { binaryFocalLoss, categoricalFocalLoss, sigmoidFocalLoss, softmaxFocalLoss } from "../../ops/focal.js";
import { asTensor, Tensor, type TensorLike } from "../../tensor/tensor.js";
import { checkBoolean } from "../../util/check.js";
import { isFloat } from "../../util/dtypes.js";
import { ShapeError, ValueError } from "../../util/errors.js";
import { sameShape, showShape } from "../../util/shapes.js";
import { asMatrices, checkDTypes, checkSameTargets, type LossFunction, lossFunction } from "../loss.js";
import { checkFraction, checkFractions, checkNotNegative, checkOneHot } from "./checks.js";

export interface BinaryFocalCrossentropyOptions {
  /** γ ≥ 0: how fast rows that are right already lose weight; 0 is the plain cross-entropy. Default: 2. */
  gamma?: number;
  /** From 0 to 1: the weight of class 1 beside 1 − alpha of class 0, where `applyClassBalancing` is set. Default: 0.25. */
  alpha?: number;
  /** Weigh the classes by `alpha`. Default: false. */
  applyClassBalancing?: boolean;
  /** True where yPred are logits; default false: probabilities. */
  fromLogits?: boolean;
  /** As in `binaryCrossentropy`. Default: 0. */
  labelSmoothing?: number;
}

/**
 * Mean over the outputs of (1 − pₜ)ᵞ · BCE, pₜ = p for label 1 and 1 − p for label 0 (t · p + (1 − t) · (1 − p) for labels between): rows
 * that are right already count little, so that many easy ones do not drown the few hard ones. `[batch, n]` both (or yTrue `[batch]` for
 * n = 1), result `[batch]`. Logits, and a layer that ends in sigmoid, are computed stably; probabilities are clipped to [1e-7, 1 − 1e-7].
 *
 * Lin et al., "Focal Loss for Dense Object Detection", ICCV 2017, equations 4 and 5; options as in Keras.
 *
 * @param yTrue from 0 to 1, constants
 * @throws ShapeError, DTypeError, ValueError for an unknown option, gamma below 0, alpha not from 0 to 1
 * @example
 * wg.losses.binaryFocalCrossentropy([1], [[0.9]]).toArray(); // ≈ [0.0010536], 0.1² · −ln 0.9
 * wg.losses.binaryFocalCrossentropy([1], [[0.1]]).toArray(); // ≈ [1.86509], 0.9² · −ln 0.1
 */
export const binaryFocalCrossentropy: LossFunction<BinaryFocalCrossentropyOptions> =
  lossFunction<BinaryFocalCrossentropyOptions>(
    "binaryFocalCrossentropy",
    {
      gamma: checkNotNegative,
      alpha: checkFraction,
      applyClassBalancing: checkBoolean,
      fromLogits: checkBoolean,
      labelSmoothing: checkFraction,
    },
    ({ gamma = 2, alpha = 0.25, applyClassBalancing = false, fromLogits = false, labelSmoothing = 0 }) => {
      const name = "binaryFocalCrossentropy";
      const focus = { gamma, alpha: applyClassBalancing ? alpha : undefined };
      const both = (yTrue: TensorLike, yPred: TensorLike): [t: Tensor, p: Tensor] => {
        const [t, p] = asMatrices(name, yTrue, yPred);
        return [smoothTargets(t, labelSmoothing), p];
      };
      const fromZ = (yTrue: TensorLike, logits: TensorLike) => {
        const [t, z] = both(yTrue, logits);
        return sigmoidFocalLoss(z, t, focus);
      };
      return {
        name,
        config: { gamma, alpha, applyClassBalancing, fromLogits, labelSmoothing },
        targets: "values",
        perSample(yTrue, yPred) {
          if (fromLogits) return fromZ(yTrue, yPred).loss;
          const [t, p] = both(yTrue, yPred);
          return binaryFocalLoss(p, t, focus);
        },
        ...(fromLogits ? {} : { fused: { activation: "sigmoid" as const, perSample: fromZ } }),
        checkTargets: (targets, output, layer) => checkSameTargets(name, targets, output, layer),
        checkValues: (targets, output) => checkFractions(name, targets, output),
      };
    },
  );

export interface CategoricalFocalCrossentropyOptions {
  /** γ ≥ 0, as in `binaryFocalCrossentropy`. Default: 2. */
  gamma?: number;
  /** One weight ≥ 0, or one for each class. Default: 0.25. */
  alpha?: number | readonly number[];
  /** True where yPred are logits; default false: probabilities. */
  fromLogits?: boolean;
  /** As in `categoricalCrossentropy`. Default: 0. */
  labelSmoothing?: number;
}

/**
 * −Σ α · yTrue · (1 − p)ᵞ · ln p over the classes, p = yPred: `[batch, classes]` both, result `[batch]`. Logits, and a layer that ends in
 * softmax, are computed stably; probabilities are divided by their sum and clipped to [1e-7, 1 − 1e-7].
 *
 * Lin et al., "Focal Loss for Dense Object Detection", ICCV 2017, equation 5 for many classes; options as in Keras.
 *
 * @param yTrue one-hot or soft labels, constants
 * @throws ShapeError, DTypeError, ValueError for an unknown option, gamma or alpha below 0
 * @example
 * wg.losses.categoricalFocalCrossentropy([[0, 1, 0]], [[0.05, 0.9, 0.05]]).toArray(); // ≈ [2.634e-4]
 */
export const categoricalFocalCrossentropy: LossFunction<CategoricalFocalCrossentropyOptions> =
  lossFunction<CategoricalFocalCrossentropyOptions>(
    "categoricalFocalCrossentropy",
    { gamma: checkNotNegative, alpha: checkAlpha, fromLogits: checkBoolean, labelSmoothing: checkFraction },
    ({ gamma = 2, alpha = 0.25, fromLogits = false, labelSmoothing = 0 }) => {
      const name = "categoricalFocalCrossentropy";
      const both = (yTrue: TensorLike, yPred: TensorLike): [d: Tensor, p: Tensor] => {
        const beside = yTrue instanceof Tensor && isFloat(yTrue.dtype) ? yTrue.dtype : "float32";
        const p = asTensor(yPred, beside, name, "yPred");
        const d = asTensor(yTrue, p.dtype, name, "yTrue");
        checkDTypes(name, d, p);
        if (p.rank === 0 || !sameShape(d.shape, p.shape)) {
          throw new ShapeError(
            `${name}: yTrue expected one-hot labels shaped like yPred ${showShape(p.shape)}, got ${showShape(d.shape)}; reshape one of them`,
          );
        }
        if (typeof alpha !== "number" && alpha.length !== p.shape[p.rank - 1]) {
          throw new ShapeError(
            `${name}: alpha expected a number, or one for each class of yPred ${showShape(p.shape)}, got ${alpha.length}`,
          );
        }
        return [asTensor(smoothLabels(name, d, p, labelSmoothing)), p];
      };
      const fromZ = (yTrue: TensorLike, logits: TensorLike) => {
        const [d, z] = both(yTrue, logits);
        return softmaxFocalLoss(z, d, gamma, alpha);
      };
      return {
        name,
        config: { gamma, alpha, fromLogits, labelSmoothing },
        targets: "values",
        perSample(yTrue, yPred) {
          if (fromLogits) return fromZ(yTrue, yPred).loss;
          const [d, p] = both(yTrue, yPred);
          return categoricalFocalLoss(p, d, gamma, alpha);
        },
        ...(fromLogits ? {} : { fused: { activation: "softmax" as const, perSample: fromZ } }),
        checkTargets: (targets, output, layer) => checkOneHot(name, targets, output, layer),
        checkValues: () => undefined,
      };
    },
  );

function checkAlpha(operation: string, argument: string, value: unknown): void {
  if (!Array.isArray(value)) {
    checkNotNegative(operation, argument, value);
    return;
  }
  if (value.length === 0) throw new ValueError(`${operation}: ${argument} expected a weight for each class, got []`);
  for (const each of value) checkNotNegative(operation, argument, each);
}
