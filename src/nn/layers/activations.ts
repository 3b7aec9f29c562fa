import { elu as eluOp, leakyRelu } from "../../ops/activation.js";
import { softmax as softmaxOp } from "../../ops/softmax.js";
import type { Tensor } from "../../tensor/tensor.js";
import { checkNumber, checkOptions } from "../../util/check.js";
import { normalizeAxis } from "../../util/shapes.js";
import { type Layer, type LayerOptions, layerOptions } from "../layer.js";
import { commonOf } from "./common.js";

export interface AlphaOptions extends LayerOptions {
  /** Of `leakyReLU` the slope below 0, default 0.3 as in Keras; of `elu` minus the limit far below 0, default 1. ≥ 0. */
  alpha?: number;
}

function withAlpha(kind: string, config: AlphaOptions, usual: number, f: (x: Tensor, alpha: number) => Tensor): Layer {
  checkOptions(kind, config, ["alpha", ...layerOptions]);
  const alpha = checkNumber(kind, "alpha", config.alpha ?? usual, { min: 0 });
  const common = commonOf(kind, config);
  return {
    kind,
    ...common,
    config: { ...common.config, alpha },
    outputShape: (input) => input,
    weights: () => [],
    mask: "kept",
    call: (x) => f(x, alpha),
  };
}

/**
 * x where x > 0, else alpha · x. Any shape.
 *
 * @throws ValueError for an unknown or impossible option
 * @example
 * wg.layers.leakyReLU().config; // { alpha: 0.3 }
 */
export function leakyReLU(config: AlphaOptions = {}): Layer {
  return withAlpha("leakyReLU", config, 0.3, leakyRelu);
}

/**
 * x where x > 0, else alpha · (eˣ − 1). Any shape. Clevert et al. 2015.
 *
 * @throws ValueError for an unknown or impossible option
 * @example
 * wg.layers.elu({ alpha: 0.5 }).config; // { alpha: 0.5 }
 */
export function elu(config: AlphaOptions = {}): Layer {
  return withAlpha("elu", config, 1, eluOp);
}

export interface SoftmaxOptions extends LayerOptions {
  /** The axis whose elements come to sum to 1; 0 is the batch. Default: −1, the last one. */
  axis?: number;
}

/**
 * e^x / Σ e^x along one axis. Any shape.
 *
 * @throws ValueError for an unknown or impossible option, ShapeError at `compile` for an axis that the input does not have
 * @example
 * wg.layers.softmax().outputShape([10], "shares"); // [10]
 */
export function softmax(config: SoftmaxOptions = {}): Layer {
  const kind = "softmax";
  checkOptions(kind, config, ["axis", ...layerOptions]);
  const axis = checkNumber(kind, "axis", config.axis ?? -1, { whole: true });
  const common = commonOf(kind, config);
  return {
    kind,
    ...common,
    config: { ...common.config, axis },
    outputShape(input, name) {
      normalizeAxis(`${kind} "${name}"`, axis, input.length + 1);
      return input;
    },
    weights: () => [],
    mask: "kept",
    call: (x) => softmaxOp(x, axis),
    ...(axis === -1 ? { head: { activation: "softmax", logits: (x: Tensor) => x } } : {}),
  };
}
