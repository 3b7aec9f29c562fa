import type { ActivationName } from "../../ops/activation.js";
import { batchNorm } from "../../ops/batchnorm.js";
import type { Tensor } from "../../tensor/tensor.js";
import { checkBoolean, checkName, checkNumber, checkOptions } from "../../util/check.js";
import { ShapeError } from "../../util/errors.js";
import { showShape } from "../../util/shapes.js";
import { canActivate } from "../fusion.js";
import { ones, zeros } from "../initializers.js";
import {
  type AnyLayer,
  type CallContext,
  type Layer,
  type LayerOptions,
  layerOptions,
  type Weights,
} from "../layer.js";
import { type AffineOptions, affineOf, affineOptions } from "./affine.js";
import { commonOf } from "./common.js";

export interface BatchNormalizationOptions extends LayerOptions, AffineOptions {
  /**
   * In Keras's convention (and the course's) the share of the moving averages that is kept: moving = moving · momentum + batch ·
   * (1 − momentum), default 0.99. In PyTorch's the share of the batch that is taken: moving = moving · (1 − momentum) + batch · momentum,
   * default 0.1. Either way 1 minus the one is the other.
   */
  momentum?: number;
  /** What `momentum` is the share of: `"keras"` (default) or `"pytorch"`. */
  momentumConvention?: "keras" | "pytorch";
  /**
   * The moving variance takes the batch's unbiased Σ(x − μ)²/(n − 1), as PyTorch does; default false: Σ(x − μ)²/n, as Keras. The batch
   * itself is always normalized by the latter.
   */
  unbiasedVariance?: boolean;
  /** Added to the variance. Default: 1e-3. */
  epsilon?: number;
}

const options = ["momentum", "momentumConvention", "unbiasedVariance", "epsilon", ...affineOptions, ...layerOptions];

const conventions = ["keras", "pytorch"] as const;

/**
 * y = γ · (x − μ) / √(σ² + ε) + β per channel (the last axis). In training μ and σ² are those of the batch (σ² biased), and the moving
 * averages follow them; in inference, and where the layer is not trainable, they are the moving averages, or what `recomputeBatchNorm`
 * puts in their place. A batch of one row has σ² = 0 in training: y = β, and no gradient reaches x; in inference one row is like any.
 *
 * It goes before the activation: dense → batchNormalization → activation, the dense layer without its bias; see `dense`. A model runs the
 * latter two in one pass.
 *
 * Ioffe and Szegedy, "Batch Normalization", ICML 2015, algorithms 1 and 2.
 *
 * @throws ValueError for an unknown or impossible option
 * @example
 * wg.layers.batchNormalization().config.momentum; // 0.99
 * const asInPyTorch = wg.layers.batchNormalization({ momentum: 0.1, momentumConvention: "pytorch", epsilon: 1e-5, unbiasedVariance: true });
 */
export function batchNormalization(config: BatchNormalizationOptions = {}): Layer {
  const kind = "batchNormalization";
  checkOptions(kind, config, options);
  const momentumConvention = checkName(kind, "momentumConvention", config.momentumConvention ?? "keras", conventions);
  const taken = momentumConvention === "pytorch";
  const momentum = checkNumber(kind, "momentum", config.momentum ?? (taken ? 0.1 : 0.99), { min: 0, max: 1 });
  const kept = taken ? 1 - momentum : momentum;
  const unbiasedVariance = checkBoolean(kind, "unbiasedVariance", config.unbiasedVariance ?? false);
  const epsilon = checkNumber(kind, "epsilon", config.epsilon ?? 1e-3, { above: 0 });
  const affine = affineOf(kind, config);
  const common = commonOf(kind, config);
  const normalize = (
    layer: AnyLayer,
    x: Tensor,
    { gamma, beta, movingMean, movingVariance }: Weights,
    context: CallContext,
    activation: ActivationName,
  ): Tensor => {
    // The averages are weights too: a frozen layer keeps them, as in Keras.
    const training = context.training && layer.trainable;
    const statistics = { movingMean, movingVariance, momentum: kept, unbiasedVariance };
    return batchNorm(x, { gamma, beta, ...statistics, training, epsilon, activation });
  };
  const layer: Layer = {
    kind,
    ...common,
    config: {
      ...common.config,
      momentum,
      momentumConvention,
      unbiasedVariance,
      epsilon,
      ...affine.config,
    },
    outputShape(input, name) {
      if (input.length > 0) return input;
      throw new ShapeError(
        `${kind} "${name}": input expected [batch, …, channels], got ${showShape([null, ...input])}; add an axis with layers.reshape()`,
      );
    },
    weights(input) {
      const shape = [input[input.length - 1] as number];
      return [
        ...affine.weights(shape),
        { name: "movingMean", shape, initializer: zeros(), trainable: false },
        { name: "movingVariance", shape, initializer: ones(), trainable: false },
      ];
    },
    mask: "kept",
    call(x, weights, context) {
      return normalize(this, x, weights, context, "linear");
    },
  };
  return canActivate(layer, normalize);
}
