import { add, mul } from "../../ops/arithmetic.js";
import { concat } from "../../ops/join.js";
import { reverse } from "../../ops/slice.js";
import type { Tensor } from "../../tensor/tensor.js";
import { checkName, checkOptions } from "../../util/check.js";
import { type Layer, type LayerConfig, type LayerOptions, layerOptions, type Weights } from "../layer.js";
import { commonOf } from "./common.js";
import { innerLayer, type SavedLayer, savedInner } from "./inner.js";
import { gru, lstm, simpleRNN } from "./recurrent.js";

const factories = { simpleRNN, lstm, gru };

/** How the two directions become one. */
const merges = {
  concat: (a: Tensor, b: Tensor) => concat([a, b], -1),
  sum: (a: Tensor, b: Tensor) => add(a, b),
  mul: (a: Tensor, b: Tensor) => mul(a, b),
  ave: (a: Tensor, b: Tensor) => mul(add(a, b), 0.5),
};

type MergeMode = keyof typeof merges;

export interface BidirectionalOptions extends LayerOptions {
  /** What `layers.simpleRNN`, `layers.lstm` or `layers.gru` returns; a second one like it goes the other way, with weights of its own. */
  layer: Layer | SavedLayer;
  /** `"concat"` (default) puts the two results side by side, `"sum"`, `"mul"` and `"ave"` (their mean) make one of the same size. */
  mergeMode?: MergeMode;
}

/**
 * A recurrent layer in both directions: every step is seen with what comes before it and what comes behind. Schuster and Paliwal 1997. The
 * weights are those of the layer twice, with `forward` and `backward` before their names.
 *
 * @throws ValueError for an unknown or impossible option, ShapeError at `compile` where the input has other axes
 * @example
 * const layer = wg.layers.lstm({ units: 4, returnSequences: true });
 * wg.layers.bidirectional({ layer }).outputShape([10, 3], "both"); // [10, 8]
 */
export function bidirectional(config: BidirectionalOptions): Layer {
  const kind = "bidirectional";
  checkOptions(kind, config, ["layer", "mergeMode", ...layerOptions], true);
  const layer = innerLayer(kind, config.layer, factories, "layers.simpleRNN, layers.lstm or layers.gru");
  const mergeMode = checkName(kind, "mergeMode", config.mergeMode ?? "concat", Object.keys(merges) as MergeMode[]);
  const { trainable = layer.trainable, inputShape = layer.inputShape } = config;
  const common = commonOf(kind, { ...config, trainable, ...(inputShape ? { inputShape } : {}) });
  const { goBackwards, returnSequences } = layer.config;
  const turned: LayerConfig = { ...layer.config, goBackwards: !goBackwards };
  const directions = {
    forward: layer,
    backward: factories[layer.kind as keyof typeof factories](turned as never),
  };
  const both = Object.entries(directions);
  return {
    kind,
    ...common,
    config: { ...common.config, layer: savedInner(layer), mergeMode },
    outputShape(input, name) {
      const one = layer.outputShape(input, name);
      return mergeMode === "concat" ? [...one.slice(0, -1), 2 * (one.at(-1) as number)] : one;
    },
    weights: (input) =>
      both.flatMap(([way, each]) => each.weights(input).map((spec) => ({ ...spec, name: prefixed(way, spec.name) }))),
    ...(returnSequences ? { mask: "kept" as const } : {}),
    call(x, weights, context, name) {
      const [a, b] = both.map(([way, each]) => each.call(x, weightsOf(way, weights), context, `${name}/${way}`)) as [
        Tensor,
        Tensor,
      ];
      return merges[mergeMode](a, returnSequences ? reverse(b, 1) : b);
    },
  };
}

const prefixed = (way: string, name: string) => `${way}${name.charAt(0).toUpperCase()}${name.slice(1)}`;

/** The weights of one direction, by the layer's own names. */
function weightsOf(way: string, weights: Weights): Weights {
  const own = Object.entries(weights).filter(([name]) => name.startsWith(way));
  const bare = (name: string) => name.charAt(way.length).toLowerCase() + name.slice(way.length + 1);
  return Object.fromEntries(own.map(([name, weight]) => [bare(name), weight]));
}
