import { mul } from "../../ops/arithmetic.js";
import { cast } from "../../ops/cast.js";
import { notEqual } from "../../ops/compare.js";
import { any } from "../../ops/reduce.js";
import type { Tensor } from "../../tensor/tensor.js";
import { checkNumber, checkOptions } from "../../util/check.js";
import { ShapeError } from "../../util/errors.js";
import { showShape } from "../../util/shapes.js";
import { type Layer, type LayerOptions, layerOptions } from "../layer.js";
import { commonOf } from "./common.js";

export interface MaskingOptions extends LayerOptions {
  /** A step all of whose features have this value is padding. Default: 0. */
  maskValue?: number;
}

/**
 * Marks the padding of sequences `[batch, steps, features]`, and makes it 0. The mask goes with the sequence through the layers behind it:
 *
 * - recurrent layers and `bidirectional` take no step there, the state stays as it is; `globalAveragePooling1D` leaves it out of the mean;
 * - layers that go step by step (dense, activations, dropout, normalizations, `timeDistributed`) and, with `returnSequences`, recurrent layers
 *   pass it on, in the order of the steps of their input; merging layers count what counts in one of their inputs;
 * - every other layer drops it;
 * - where it reaches an output, the loss takes steps as rows, and is the mean over those that count. Metrics count every step, as in Keras 3.
 *
 * @throws ValueError for an unknown or impossible option, ShapeError at `compile` where the input has no features
 * @example
 * const model = wg.sequential([wg.layers.masking({ inputShape: [3, 1] }), wg.layers.globalAveragePooling1D()]);
 * model.predict([[[4], [2], [0]]]).toArray(); // [[3]]
 */
export function masking(config: MaskingOptions = {}): Layer {
  const kind = "masking";
  checkOptions(kind, config, ["maskValue", ...layerOptions]);
  const maskValue = checkNumber(kind, "maskValue", config.maskValue ?? 0);
  const common = commonOf(kind, config);
  const counting = (x: Tensor, keepDims: boolean) => any(notEqual(x, maskValue), -1, keepDims);
  return {
    kind,
    ...common,
    config: { ...common.config, maskValue },
    outputShape(input, name) {
      if (input.length > 0) return input;
      throw new ShapeError(
        `${kind} "${name}": input expected [batch, steps, features], got ${showShape([null, ...input])}; add an axis with layers.reshape()`,
      );
    },
    weights: () => [],
    mask: ([x]) => [counting(x as Tensor, false)],
    call: (x) => mul(x, cast(counting(x, true), x.dtype)),
  };
}
