import { batchNorm } from "../../ops/batchnorm.js";
import { checkBoolean, checkNumber, checkOptions } from "../../util/check.js";
import { ShapeError } from "../../util/errors.js";
import { savedAs } from "../../util/named.js";
import { showShape } from "../../util/shapes.js";
import { type InitializerLike, initializerFrom } from "../by-name.js";
import { ones, zeros } from "../initializers.js";
import { type Layer, type LayerOptions, layerOptions } from "../layer.js";
import { commonOf } from "./common.js";

export interface BatchNormalizationOptions extends LayerOptions {
  /** moving = moving · momentum + batch · (1 − momentum). Default: 0.99. */
  momentum?: number;
  /** Added to the variance. Default: 1e-3. */
  epsilon?: number;
  /** Learn an offset β. Default: true. */
  center?: boolean;
  /** Learn a factor γ. Default: true. */
  scale?: boolean;
  /** Default: `"zeros"`. */
  betaInitializer?: InitializerLike;
  /** Default: `"ones"`. */
  gammaInitializer?: InitializerLike;
}

const options = ["momentum", "epsilon", "center", "scale", "betaInitializer", "gammaInitializer", ...layerOptions];

/**
 * y = γ · (x − μ) / √(σ² + ε) + β per channel (the last axis). In training μ and σ² are those of the batch (σ² biased), and the moving
 * averages follow them; in inference, and where the layer is not trainable, they are the moving averages.
 *
 * Ioffe and Szegedy, "Batch Normalization", ICML 2015.
 *
 * @throws ValueError for an unknown or impossible option
 * @example
 * wg.layers.batchNormalization().config.momentum; // 0.99
 */
export function batchNormalization(config: BatchNormalizationOptions = {}): Layer {
  const kind = "batchNormalization";
  checkOptions(kind, config, options);
  const momentum = checkNumber(kind, "momentum", config.momentum ?? 0.99, { min: 0, max: 1 });
  const epsilon = checkNumber(kind, "epsilon", config.epsilon ?? 1e-3, { above: 0 });
  const center = checkBoolean(kind, "center", config.center ?? true);
  const scale = checkBoolean(kind, "scale", config.scale ?? true);
  const betaInitializer = initializerFrom(`${kind}: betaInitializer`, config.betaInitializer ?? "zeros");
  const gammaInitializer = initializerFrom(`${kind}: gammaInitializer`, config.gammaInitializer ?? "ones");
  const common = commonOf(kind, config);
  return {
    kind,
    ...common,
    config: {
      ...common.config,
      momentum,
      epsilon,
      center,
      scale,
      betaInitializer: savedAs(betaInitializer),
      gammaInitializer: savedAs(gammaInitializer),
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
        ...(scale ? [{ name: "gamma", shape, initializer: gammaInitializer, trainable: true }] : []),
        ...(center ? [{ name: "beta", shape, initializer: betaInitializer, trainable: true }] : []),
        { name: "movingMean", shape, initializer: zeros(), trainable: false },
        { name: "movingVariance", shape, initializer: ones(), trainable: false },
      ];
    },
    call(x, { gamma, beta, movingMean, movingVariance }, context) {
      // The averages are weights too: a frozen layer keeps them, as in Keras.
      const training = context.training && this.trainable;
      return batchNorm(x, { gamma, beta, movingMean, movingVariance, training, momentum, epsilon });
    },
  };
}
