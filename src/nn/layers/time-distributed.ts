import { reshape } from "../../ops/shape.js";
import { checkOptions } from "../../util/check.js";
import { ShapeError, ValueError } from "../../util/errors.js";
import { type Shape, showShape } from "../../util/shapes.js";
import { type Layer, type LayerOptions, layerOptions } from "../layer.js";
import { commonOf } from "./common.js";
import * as factories from "./index.js";
import { innerLayer, type SavedLayer, savedInner } from "./inner.js";

export interface TimeDistributedOptions extends LayerOptions {
  /** What a factory of `layers` returns. */
  layer: Layer | SavedLayer;
}

/**
 * The same layer, with the same weights, at every step: `[batch, steps, …]` → `[batch, steps, …]`. It runs once, on all steps as rows of one batch.
 *
 * @throws ValueError for an unknown or impossible option, ShapeError at `compile` where a step does not fit the layer
 * @example
 * const layer = wg.layers.conv2d({ filters: 8, kernelSize: 3 });
 * wg.layers.timeDistributed({ layer }).outputShape([10, 28, 28, 1], "frames"); // [10, 26, 26, 8]
 */
export function timeDistributed(config: TimeDistributedOptions): Layer {
  const kind = "timeDistributed";
  checkOptions(kind, config, ["layer", ...layerOptions], true);
  const layer = innerLayer(kind, config.layer, factories, "a factory of wg.layers");
  if (layer.states) {
    throw new ValueError(
      `${kind}: layer expected one that carries nothing from batch to batch, as all steps are rows of one batch here, got a stateful ${layer.kind}`,
    );
  }
  const common = commonOf(kind, { trainable: layer.trainable, ...config });
  const stepOf = (input: Shape, name: string): Shape => {
    if (input.length > 0) return input.slice(1);
    throw new ShapeError(
      `${kind} "${name}": input expected [batch, steps, …], got ${showShape([null, ...input])}; add an axis with layers.reshape()`,
    );
  };
  return {
    kind,
    ...common,
    config: { ...common.config, layer: savedInner(layer) },
    outputShape: (input, name) => [input[0] as number, ...layer.outputShape(stepOf(input, name), name)],
    weights: (input) => layer.weights(input.slice(1)),
    mask: "kept",
    ...(layer.isOwnCode ? { isOwnCode: true as const } : {}),
    call(x, weights, context, name) {
      const [batch, steps, ...step] = x.shape as [number, number, ...number[]];
      const y = layer.call(reshape(x, [batch * steps, ...step]), weights, { ...context, masks: [] }, name);
      return reshape(y, [batch, steps, ...y.shape.slice(1)]);
    },
  };
}
