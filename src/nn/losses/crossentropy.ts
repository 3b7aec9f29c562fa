import * as crossentropy from "../../ops/crossentropy.js";
import { asTensor, type TensorLike, viewAs } from "../../tensor/tensor.js";
import { checkBoolean } from "../../util/check.js";
import { ShapeError } from "../../util/errors.js";
import { asMatrices, checkSameTargets, fits, type LossFunction, lossFunction, showBatch } from "../loss.js";
import { checkFraction, checkFractions, checkOneHot, classesOf } from "./checks.js";

export interface CrossentropyOptions {
  /** True where yPred are logits, before softmax or sigmoid; default false: probabilities. */
  fromLogits?: boolean;
  /**
   * α from 0 to 1: labels d become (1 − α) · d + α / K for K classes (K = 2 in `binaryCrossentropy`), so that no logit is asked to
   * grow without end. Default: 0. Szegedy et al., "Rethinking the Inception Architecture", CVPR 2016, section 7.
   */
  labelSmoothing?: number;
}

const softmaxNames = ["softmaxCrossEntropy", "logits", "labels"] as const;
const sigmoidNames = ["sigmoidBinaryCrossEntropy", "logits", "targets"] as const;

const checks = { fromLogits: checkBoolean, labelSmoothing: checkFraction };

/**
 * −Σ yTrue · ln yPred over the classes, for one-hot or soft labels: `[batch, classes]` both, result `[batch]`. Probabilities are divided
 * by their sum and clipped to [1e-7, 1 − 1e-7], as in Keras; logits, and a layer that ends in softmax, go through the stable fused kernel
 * with gradient y − d.
 *
 * @param yTrue one-hot or soft labels, constants
 * @throws ShapeError, DTypeError, ValueError for an unknown option or a labelSmoothing that is not from 0 to 1
 * @example
 * wg.losses.categoricalCrossentropy([[0, 1]], [[0.5, 0.5]]).toArray(); // [0.6931471824645996]
 * wg.losses.categoricalCrossentropy({ fromLogits: true }).name; // "categoricalCrossentropy"
 * wg.losses.categoricalCrossentropy([[0, 1]], [[0.25, 0.75]], { labelSmoothing: 0.5 }).toArray(); // ≈ [0.5623]
 */
export const categoricalCrossentropy: LossFunction<CrossentropyOptions> = lossFunction<CrossentropyOptions>(
  "categoricalCrossentropy",
  checks,
  ({ fromLogits = false, labelSmoothing = 0 }) => {
    const smooth = (yTrue: TensorLike, yPred: TensorLike) =>
      crossentropy.smoothLabels("categoricalCrossentropy", yTrue, yPred, labelSmoothing);
    return {
      name: "categoricalCrossentropy",
      config: { fromLogits, labelSmoothing },
      targets: "values",
      perSample: (yTrue, yPred) =>
        fromLogits
          ? crossentropy.softmaxLoss(["categoricalCrossentropy", "yPred", "yTrue"], yPred, smooth(yTrue, yPred)).loss
          : crossentropy.categoricalCrossEntropy(yPred, smooth(yTrue, yPred)),
      ...(fromLogits
        ? {}
        : {
            fused: {
              activation: "softmax" as const,
              perSample: (yTrue, logits) => crossentropy.softmaxCrossEntropy(logits, smooth(yTrue, logits)),
              withGradient: (yTrue, logits, weights) =>
                crossentropy.softmaxLossAndGradient(softmaxNames, logits, smooth(yTrue, logits), weights),
            },
          }),
      checkTargets: (targets, output, layer) => checkOneHot("categoricalCrossentropy", targets, output, layer),
      checkValues: () => undefined,
    };
  },
);

/**
 * −ln yPred[yTrue], for class numbers: yTrue `[batch]` of int32 or uint8, yPred `[batch, classes]`, result `[batch]`. The probabilities
 * are treated as by `categoricalCrossentropy`.
 *
 * @throws ShapeError, DTypeError, ValueError for a label that is no class, an unknown option, a labelSmoothing that is not from 0 to 1
 * @example
 * wg.losses.sparseCategoricalCrossentropy([1], [[0.5, 0.5]]).toArray(); // [0.6931471824645996]
 * wg.losses.sparseCategoricalCrossentropy([1], [[0.25, 0.75]], { labelSmoothing: 0.5 }).toArray(); // ≈ [0.5623]
 */
export const sparseCategoricalCrossentropy: LossFunction<CrossentropyOptions> = lossFunction<CrossentropyOptions>(
  "sparseCategoricalCrossentropy",
  checks,
  ({ fromLogits = false, labelSmoothing = 0 }) => {
    const name = "sparseCategoricalCrossentropy";
    const title = `loss "${name}"`;
    const smooth = (yTrue: TensorLike, yPred: TensorLike) =>
      labelSmoothing === 0 ? yTrue : crossentropy.smoothClasses(name, yTrue, yPred, labelSmoothing);
    return {
      name,
      config: { fromLogits, labelSmoothing },
      targets: "classes",
      perSample(yTrue, yPred) {
        if (fromLogits) return crossentropy.softmaxLoss([name, "yPred", "yTrue"], yPred, smooth(yTrue, yPred)).loss;
        return labelSmoothing === 0
          ? crossentropy.sparseCategoricalCrossEntropy(yPred, yTrue)
          : crossentropy.categoricalCrossEntropy(yPred, smooth(yTrue, yPred));
      },
      ...(fromLogits
        ? {}
        : {
            fused: {
              activation: "softmax" as const,
              perSample: (yTrue, logits) => crossentropy.softmaxCrossEntropy(logits, smooth(yTrue, logits)),
              withGradient: (yTrue, logits, weights) =>
                crossentropy.softmaxLossAndGradient(softmaxNames, logits, smooth(yTrue, logits), weights),
            },
          }),
      checkTargets(targets, output, layer) {
        classesOf(name, output, layer);
        const expected = output.slice(0, -1);
        if (fits(targets, expected) || fits(targets, [...expected, 1])) return;
        throw new ShapeError(
          `loss "${name}": targets expected class numbers ${showBatch(expected)} for the output ${showBatch(output)} of ${layer}, got ${showBatch(targets)}` +
            (fits(targets, output) ? '; for one-hot labels use loss "categoricalCrossentropy"' : "; reshape them"),
        );
      },
      checkValues: (targets, output) => crossentropy.checkLabels(title, targets, output[output.length - 1] as number),
    };
  },
);

/**
 * Mean over the outputs of −yTrue · ln yPred − (1 − yTrue) · ln(1 − yPred): `[batch, n]` both (or yTrue `[batch]` for n = 1), result
 * `[batch]`. Probabilities are clipped to [1e-7, 1 − 1e-7], as in Keras; logits, and a layer that ends in sigmoid, go through the stable
 * fused kernel with gradient y − d.
 *
 * @param yTrue from 0 to 1, constants
 * @throws ShapeError, DTypeError, ValueError for an unknown option or a labelSmoothing that is not from 0 to 1
 * @example
 * wg.losses.binaryCrossentropy([1], [[0.5]]).toArray(); // [0.6931471824645996]
 * wg.losses.binaryCrossentropy([1], [[0.75]], { labelSmoothing: 0.5 }).toArray(); // ≈ [0.5623]
 */
export const binaryCrossentropy: LossFunction<CrossentropyOptions> = lossFunction<CrossentropyOptions>(
  "binaryCrossentropy",
  checks,
  ({ fromLogits = false, labelSmoothing = 0 }) => {
    const name = "binaryCrossentropy";
    return {
      name,
      config: { fromLogits, labelSmoothing },
      targets: "values",
      perSample(yTrue, yPred) {
        const [given, p] = asMatrices(name, yTrue, yPred);
        const t = crossentropy.smoothTargets(given, labelSmoothing);
        return fromLogits
          ? crossentropy.sigmoidLoss([name, "yPred", "yTrue"], p, t).loss
          : crossentropy.binaryCrossEntropy(p, t);
      },
      ...(fromLogits
        ? {}
        : {
            fused: {
              activation: "sigmoid" as const,
              perSample: (yTrue, logits) => {
                const [t, z] = asMatrices(name, yTrue, logits);
                return crossentropy.sigmoidBinaryCrossEntropy(z, crossentropy.smoothTargets(t, labelSmoothing));
              },
              withGradient: (yTrue, logits, weights) => {
                const [t, z] = asMatrices(name, yTrue, logits);
                const smooth = crossentropy.smoothTargets(t, labelSmoothing);
                const found = crossentropy.sigmoidLossAndGradient(sigmoidNames, z, smooth, weights);
                return { ...found, gradient: viewAs(found.gradient, asTensor(logits).shape) };
              },
            },
          }),
      checkTargets: (targets, output, layer) => checkSameTargets(name, targets, output, layer),
      checkValues: (targets, output) => checkFractions(name, targets, output),
    };
  },
);
