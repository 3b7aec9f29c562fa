import { checkOptions } from "../../util/check.js";
import { layerActivation } from "../activations.js";
import { onlyApplies } from "../fusion.js";
import { type Layer, type LayerOptions, layerOptions } from "../layer.js";
import { commonOf } from "./common.js";

export interface ActivationOptions extends LayerOptions {
  /** Such as `"relu"`, `"gelu"` or `"softmax"`. */
  activation: string;
}

/**
 * Applies an activation function, any shape.
 *
 * @throws ValueError for an unknown name
 * @example
 * wg.layers.activation({ activation: "relu" }).config.activation; // "relu"
 */
export function activation(config: ActivationOptions): Layer {
  checkOptions("activation", config, ["activation", ...layerOptions], true);
  const f = layerActivation("activation", config.activation);
  const common = commonOf("activation", config);
  const layer: Layer = {
    kind: "activation",
    ...common,
    config: { ...common.config, activation: f.name },
    outputShape: (input) => input,
    weights: () => [],
    mask: "kept",
    call: (x) => f.forward(x),
    head: { activation: f.name, logits: (x) => x },
  };
  return f.fused === undefined ? layer : onlyApplies(layer, f.fused);
}
