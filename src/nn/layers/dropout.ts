import { dropoutAt } from "../../ops/dropout.js";
import { stream } from "../../tensor/random.js";
import { checkNumber, checkOptions } from "../../util/check.js";
import { type Layer, type LayerOptions, layerOptions } from "../layer.js";
import { commonOf } from "./common.js";

export interface DropoutOptions extends LayerOptions {
  /** The share of elements set to 0, 0 ≤ rate < 1. */
  rate: number;
}

/**
 * In training each element is 0 with probability `rate`, else scaled by 1 / (1 − rate), so that its expected value stays (inverted
 * dropout). In inference x passes as it is. What is dropped depends on seed, layer name and training step alone.
 *
 * Srivastava et al., "Dropout: A Simple Way to Prevent Neural Networks from Overfitting", JMLR 15, 2014.
 *
 * @throws ValueError where rate is not in [0, 1)
 * @example
 * wg.layers.dropout({ rate: 0.2 }).config.rate; // 0.2
 */
export function dropout(config: DropoutOptions): Layer {
  checkOptions("dropout", config, ["rate", ...layerOptions], true);
  const rate = checkNumber("dropout", "rate", config.rate, { min: 0, below: 1 });
  const common = commonOf("dropout", config);
  return {
    kind: "dropout",
    ...common,
    config: { ...common.config, rate },
    outputShape: (input) => input,
    weights: () => [],
    call(x, _weights, { training, stepCell, seed }, name) {
      if (!training || rate === 0) return x;
      return dropoutAt(x, rate, stream(`dropout/${name}`, seed), stepCell);
    },
  };
}
