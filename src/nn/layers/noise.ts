import { add, mul } from "../../ops/arithmetic.js";
import { normalAt } from "../../ops/dropout.js";
import { stream } from "../../tensor/random.js";
import type { Tensor } from "../../tensor/tensor.js";
import { checkNumber, checkOptions } from "../../util/check.js";
import type { FloatDType } from "../../util/dtypes.js";
import { type Layer, type LayerOptions, layerOptions } from "../layer.js";
import { commonOf } from "./common.js";

export interface GaussianNoiseOptions extends LayerOptions {
  /** The standard deviation of the noise, ≥ 0, in the units of the input. */
  stddev: number;
}

/**
 * In training y = x + z, z ~ N(0, stddev²) for each element; in inference y = x. Any shape. The noise depends on seed, layer name and
 * training step alone. On inputs of a linear model it acts as an L2 penalty (Bishop, "Training with Noise is Equivalent to Tikhonov
 * Regularization", Neural Computation 7, 1995).
 *
 * @throws ValueError where stddev < 0
 * @example
 * wg.layers.gaussianNoise({ stddev: 0.1 }).config.stddev; // 0.1
 */
export function gaussianNoise(config: GaussianNoiseOptions): Layer {
  checkOptions("gaussianNoise", config, ["stddev", ...layerOptions], true);
  const stddev = checkNumber("gaussianNoise", "stddev", config.stddev, { min: 0 });
  return noisy("gaussianNoise", config, { stddev }, add, 0, stddev);
}

export interface GaussianDropoutOptions extends LayerOptions {
  /** As dropout's: the noise has the variance of a mask of that rate, 0 ≤ rate < 1. */
  rate: number;
}

/**
 * In training y = x · z, z ~ N(1, rate / (1 − rate)) for each element: the mean and variance of inverted dropout's mask, and no element is
 * lost. In inference y = x. Any shape.
 *
 * Srivastava et al., "Dropout: A Simple Way to Prevent Neural Networks from Overfitting", JMLR 15, 2014, section 10.
 *
 * @throws ValueError where rate is not in [0, 1)
 * @example
 * wg.layers.gaussianDropout({ rate: 0.2 }).config.rate; // 0.2
 */
export function gaussianDropout(config: GaussianDropoutOptions): Layer {
  checkOptions("gaussianDropout", config, ["rate", ...layerOptions], true);
  const rate = checkNumber("gaussianDropout", "rate", config.rate, { min: 0, below: 1 });
  return noisy("gaussianDropout", config, { rate }, mul, 1, Math.sqrt(rate / (1 - rate)));
}

function noisy(
  kind: string,
  config: LayerOptions,
  own: { stddev: number } | { rate: number },
  join: (x: Tensor, noise: Tensor) => Tensor,
  mean: number,
  deviation: number,
): Layer {
  const common = commonOf(kind, config);
  return {
    kind,
    ...common,
    config: { ...common.config, ...own },
    outputShape: (input) => input,
    weights: () => [],
    mask: "kept",
    call(x, _weights, { training, stepCell, seed }, name) {
      if (!training || deviation === 0) return x;
      return join(
        x,
        normalAt(x.shape, x.dtype as FloatDType, mean, deviation, stream(`${kind}/${name}`, seed), stepCell),
      );
    },
  };
}
