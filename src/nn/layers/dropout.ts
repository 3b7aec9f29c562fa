import { add, mul, sub } from "../../ops/arithmetic.js";
import { checkMode, type DropoutMode, dropoutAt, spatialDropoutAt } from "../../ops/dropout.js";
import { stream } from "../../tensor/random.js";
import { filled } from "../../tensor/tensor.js";
import { checkNumber, checkOptions, show } from "../../util/check.js";
import { ShapeError, ValueError } from "../../util/errors.js";
import { showShape } from "../../util/shapes.js";
import { type Layer, type LayerOptions, layerOptions } from "../layer.js";
import { commonOf } from "./common.js";

export interface DropoutOptions extends LayerOptions {
  /** The share of elements set to 0, 0 ≤ rate < 1. Either this or `keepProb`. */
  rate?: number;
  /** The share of elements that stay, 0 < keepProb ≤ 1: 1 − rate. */
  keepProb?: number;
  /** `"inverted"` (default) scales what is kept by 1 / (1 − rate) in training; `"classic"` scales all by 1 − rate in inference. */
  mode?: DropoutMode;
}

const options = ["rate", "keepProb", "mode", ...layerOptions];

/**
 * In training each element is 0 with probability `rate`. Its expected value is evened out in one of two ways, m ~ Bernoulli(1 − rate):
 *
 * - `mode: "inverted"`: training y = m · x / (1 − rate), inference y = x;
 * - `mode: "classic"`: training y = m · x, inference y = (1 − rate) · x.
 *
 * Both give the next layer in inference what it got in training on average. Any shape. What is dropped depends on seed, layer name and
 * training step alone.
 *
 * Srivastava et al., "Dropout: A Simple Way to Prevent Neural Networks from Overfitting", JMLR 15, 2014 (section 10 has both modes); Ng,
 * Deep Learning Specialization, course 2, week 1, "Dropout Regularization" (inverted, with `keepProb`).
 *
 * @throws ValueError unless exactly one of rate in [0, 1) and keepProb in (0, 1] is given
 * @example
 * wg.layers.dropout({ rate: 0.2 }).config; // { rate: 0.2, mode: "inverted" }
 * wg.layers.dropout({ keepProb: 0.75, mode: "classic" }).config.rate; // 0.25
 */
export function dropout(config: DropoutOptions): Layer {
  return dropping("dropout", config, undefined);
}

/**
 * Dropout of whole channels: of x `[batch, steps, channels]` each row loses a channel, at every step, with probability `rate`. Where
 * neighbouring steps are alike, dropping single elements hides nothing. Options and modes as in `dropout`.
 *
 * Tompson et al., "Efficient Object Localization Using Convolutional Networks", CVPR 2015, section 3.2.
 *
 * @throws ValueError as `dropout`, ShapeError at `compile` where the input is not `[batch, steps, channels]`
 * @example
 * wg.layers.spatialDropout1D({ rate: 0.2 }).outputShape([10, 3], "drop"); // [10, 3]
 */
export function spatialDropout1D(config: DropoutOptions): Layer {
  return dropping("spatialDropout1D", config, "[batch, steps, channels]");
}

/**
 * As `spatialDropout1D` for images: of x `[batch, height, width, channels]` each row loses whole feature maps.
 *
 * @throws ValueError as `dropout`, ShapeError at `compile` where the input is not `[batch, height, width, channels]`
 * @example
 * wg.layers.spatialDropout2D({ keepProb: 0.8 }).outputShape([8, 8, 3], "drop"); // [8, 8, 3]
 */
export function spatialDropout2D(config: DropoutOptions): Layer {
  return dropping("spatialDropout2D", config, "[batch, height, width, channels]");
}

export interface AlphaDropoutOptions extends LayerOptions {
  /** The share of elements that are dropped, 0 ≤ rate < 1. */
  rate: number;
}

/** −α · λ of selu: what it tends to far below 0. */
const SATURATED = -1.7580993408473766;

/**
 * Dropout for what is activated by `selu`: in training each element becomes α′ = −1.758 with probability `rate`, and all then a · x + b with a = ((1 −
 * rate) · (1 + rate · α′²))^(−1/2), b = −a · α′ · rate, which keeps mean 0 and variance 1. In inference y = x. Any shape. What is dropped depends
 * on seed, layer name and training step alone.
 *
 * Klambauer et al., "Self-Normalizing Neural Networks", NIPS 2017, section "New Dropout Technique".
 *
 * @throws ValueError where rate is not in [0, 1)
 * @example
 * wg.layers.alphaDropout({ rate: 0.1 }).outputShape([8], "drop"); // [8]
 */
export function alphaDropout(config: AlphaDropoutOptions): Layer {
  const kind = "alphaDropout";
  checkOptions(kind, config, ["rate", ...layerOptions], true);
  const rate = checkNumber(kind, "rate", config.rate, { min: 0, below: 1 });
  const common = commonOf(kind, config);
  const a = 1 / Math.sqrt((1 - rate) * (1 + rate * SATURATED * SATURATED));
  return {
    kind,
    ...common,
    config: { ...common.config, rate },
    outputShape: (input) => input,
    weights: () => [],
    mask: "kept",
    call(x, _weights, { training, stepCell, seed }, name) {
      if (!training || rate === 0) return x;
      const ones = filled(x.shape, 1, x.dtype);
      const kept = dropoutAt(ones, rate, stream(`${kind}/${name}`, seed), stepCell, "classic");
      // m · x + (1 − m) · α′ = m · (x − α′) + α′
      return add(mul(mul(sub(x, SATURATED), kept), a), a * SATURATED * (1 - rate));
    },
  };
}

/** @param axes the input that a spatial one takes */
function dropping(kind: string, config: DropoutOptions, axes: string | undefined): Layer {
  checkOptions(kind, config, options, true);
  const rate = rateOf(kind, config);
  const mode = checkMode(kind, config.mode ?? "inverted");
  const common = commonOf(kind, config);
  const drop = axes ? spatialDropoutAt : dropoutAt;
  return {
    kind,
    ...common,
    config: { ...common.config, rate, mode },
    outputShape(input, name) {
      if (!axes || input.length === axes.split(",").length - 1) return input;
      throw new ShapeError(
        `${kind} "${name}": input expected ${axes}, got ${showShape([null, ...input])}; use layers.dropout, or reshape the input`,
      );
    },
    weights: () => [],
    mask: "kept",
    call(x, _weights, { training, stepCell, seed }, name) {
      if (rate === 0) return x;
      if (training) return drop(x, rate, stream(`dropout/${name}`, seed), stepCell, mode);
      return mode === "classic" ? mul(x, 1 - rate) : x;
    },
  };
}

function rateOf(kind: string, { rate, keepProb }: DropoutOptions): number {
  if (rate !== undefined && keepProb !== undefined) {
    throw new ValueError(
      `${kind}: rate expected without keepProb, got both ${show(rate)} and ${show(keepProb)}; keepProb is 1 - rate, leave one out`,
    );
  }
  if (keepProb === undefined) return checkNumber(kind, "rate", rate, { min: 0, below: 1 });
  if (keepProb === 0) {
    throw new ValueError(
      `${kind}: keepProb expected a finite number > 0 and ≤ 1, got 0, which lets nothing through; keepProb: 1 drops nothing, 0.8 drops a fifth`,
    );
  }
  return 1 - checkNumber(kind, "keepProb", keepProb, { above: 0, max: 1 });
}
