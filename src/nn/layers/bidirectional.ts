import { add, mul } from "../../ops/arithmetic.js";
import { concat } from "../../ops/join.js";
import { reverse } from "../../ops/slice.js";
import type { Tensor } from "../../tensor/tensor.js";
import type { Variable } from "../../tensor/variable.js";
import { checkName, checkOptions } from "../../util/check.js";
import { ShapeError, ValueError } from "../../util/errors.js";
import type { Shape } from "../../util/shapes.js";
import {
  type Joint,
  type Layer,
  type LayerConfig,
  type LayerOptions,
  layerOptions,
  type Masks,
  type Weights,
} from "../layer.js";
import type { SymbolicTensor } from "../symbolic.js";
import { commonOf, firstShape, firstTensor } from "./common.js";
import { innerLayer, type SavedLayer, savedInner } from "./inner.js";
import { gru, lstm, simpleRNN, stateNames } from "./recurrent.js";

const kind = "bidirectional";

const factories = { simpleRNN, lstm, gru };

/** In errors. */
const MAKERS = "layers.simpleRNN, layers.lstm or layers.gru";

/** How the two directions become one. */
const merges = {
  concat: (a: Tensor, b: Tensor) => concat([a, b], -1),
  sum: (a: Tensor, b: Tensor) => add(a, b),
  mul: (a: Tensor, b: Tensor) => mul(a, b),
  ave: (a: Tensor, b: Tensor) => mul(add(a, b), 0.5),
};

type MergeMode = keyof typeof merges;

/** A recurrent layer, with `returnState` too. */
type Recurrent = Layer<SymbolicTensor | readonly SymbolicTensor[]>;

export interface BidirectionalOptions extends LayerOptions {
  /** What `layers.simpleRNN`, `layers.lstm` or `layers.gru` returns; a second one like it goes the other way, with weights of its own. */
  layer: Recurrent | SavedLayer;
  /** What goes the other way instead, with options of its own; its `goBackwards` is the opposite of the layer's. */
  backwardLayer?: Recurrent | SavedLayer;
  /**
   * `"concat"` (default) puts the two results side by side, `"sum"`, `"mul"` and `"ave"` (their mean) make one of the same size; null: the two
   * are two outputs.
   */
  mergeMode?: MergeMode | null;
}

/**
 * A recurrent layer in both directions: every step is seen with what comes before it and what comes behind. Schuster and Paliwal 1997. The
 * weights are those of the layer twice, with `forward` and `backward` before their names. Where the layer has `returnState`, the states come
 * behind the result, those of the way forward first; applied to `[x, …]` with as many states in the same order, it begins from them. Where the layer is `stateful`, each direction carries its own
 * states from batch to batch.
 *
 * @throws ValueError for an unknown or impossible option, ShapeError at `compile` where the input has other axes
 * @example
 * const layer = wg.layers.lstm({ units: 4, returnSequences: true });
 * wg.layers.bidirectional({ layer }).outputShape([10, 3], "both"); // [10, 8]
 * const [ahead, back] = wg.layers.bidirectional({ layer, mergeMode: null }).apply(wg.input({ shape: [10, 3] }));
 * wg.layers.add().apply([ahead, back] as wg.SymbolicTensor[]).shape; // [null, 10, 4]
 */
export function bidirectional(
  config: BidirectionalOptions & ({ mergeMode: null } | { layer: Layer<readonly SymbolicTensor[]> }),
): Layer<SymbolicTensor[]>;
export function bidirectional(config: BidirectionalOptions): Layer;
export function bidirectional(config: BidirectionalOptions): Layer<never> {
  checkOptions(kind, config, ["layer", "backwardLayer", "mergeMode", ...layerOptions], true);
  const layer = innerLayer(kind, config.layer, factories, MAKERS);
  const names = Object.keys(merges) as MergeMode[];
  const mergeMode =
    config.mergeMode === null ? null : checkName(kind, "mergeMode", config.mergeMode ?? "concat", names);
  const { trainable = layer.trainable, backwardLayer } = config;
  const { inputShape = layer.inputShape, batchSize = layer.batchSize } = config;
  const common = commonOf<never>(kind, {
    ...config,
    trainable,
    ...(inputShape ? { inputShape } : {}),
    ...(batchSize === undefined ? {} : { batchSize }),
  });
  const { returnSequences } = layer.config;
  const backward = backwardLayer === undefined ? turned(layer) : otherWay(layer, backwardLayer, mergeMode);
  const both = Object.entries({ forward: layer, backward });
  const count = stateNames(layer.kind).length;
  /** What each direction is fed. */
  const fed = <T>([x, ...initial]: readonly T[]) => [
    [x as T, ...initial.slice(0, count)],
    [x as T, ...initial.slice(count)],
  ];
  const joint: Joint = {
    outputShape(inputs, name) {
      const wanted = 1 + count + stateNames(backward.kind).length;
      if (inputs.length !== 1 && inputs.length !== wanted) {
        throw new ShapeError(
          `${kind} "${name}": apply expected x, or x and the ${wanted - 1} states of both directions, got ${inputs.length} inputs`,
        );
      }
      const shapes = fed(inputs).map((each, i) => shapesOf((both[i] as Direction)[1].joint?.outputShape(each, name)));
      const [[a, ...ahead], [b, ...back]] = shapes as [[Shape, ...Shape[]], [Shape, ...Shape[]]];
      const side = [...a.slice(0, -1), (a.at(-1) as number) + (b.at(-1) as number)];
      const merged = mergeMode === null ? [a, b] : [mergeMode === "concat" ? side : a];
      return oneOrAll([...merged, ...ahead, ...back]);
    },
    weights: ([x]) =>
      both.flatMap(([way, each]) =>
        each.weights(x as Shape).map((spec) => ({ ...spec, name: prefixed(way, spec.name) })),
      ),
    call(inputs, weights, context, name) {
      const { states } = context;
      const carried = states && [states.slice(0, count), states.slice(count)];
      const made = fed(inputs).map((each, i) => {
        const [way, of] = both[i] as Direction;
        const own = carried ? { ...context, states: carried[i] as readonly Variable[] } : context;
        return [of.joint?.call(each, weightsOf(way, weights), own, `${name}/${way}`) as Tensor | Tensor[]].flat();
      });
      const [[a, ...ahead], [reversed, ...back]] = made as [[Tensor, ...Tensor[]], [Tensor, ...Tensor[]]];
      const b = returnSequences ? reverse(reversed, 1) : reversed;
      return oneOrAll([...(mergeMode === null ? [a, b] : [merges[mergeMode](a, b)]), ...ahead, ...back]);
    },
  };
  const keptByBoth = (_: readonly Tensor[], [mask]: Masks) => [mask, mask];
  return {
    kind,
    ...common,
    config: {
      ...common.config,
      layer: savedInner(layer),
      ...(backwardLayer === undefined ? {} : { backwardLayer: savedInner(backward) }),
      mergeMode,
    },
    outputShape: (input, name) => firstShape(joint.outputShape([input], name)),
    weights: (input) => joint.weights([input]),
    ...(returnSequences ? { mask: mergeMode === null ? keptByBoth : ("kept" as const) } : {}),
    call: (x, weights, context, name) => firstTensor(joint.call([x], weights, context, name)),
    joint,
    ...(layer.config.stateful
      ? {
          states: (rows: number) =>
            both.flatMap(([way, each]) =>
              (each.states?.(rows) ?? []).map((spec) => ({ ...spec, name: prefixed(way, spec.name) })),
            ),
        }
      : {}),
  };
}

type Direction = readonly [way: string, layer: Layer];

const oneOrAll = <T>(list: readonly T[]): T | readonly T[] => (list.length === 1 ? (list[0] as T) : list);

const shapesOf = (made: Shape | readonly Shape[] | undefined): readonly Shape[] =>
  (Array.isArray(made?.[0]) ? made : [made]) as readonly Shape[];

/** The same layer the other way. */
function turned({ kind: of, config }: Layer): Layer {
  const other: LayerConfig = { ...config, goBackwards: !config.goBackwards };
  return innerLayer(kind, { kind: of, config: other }, factories, MAKERS);
}

/** @throws ValueError where it does not go with the other one */
function otherWay(layer: Layer, given: unknown, mergeMode: MergeMode | null): Layer {
  const backward = innerLayer(kind, given, factories, MAKERS, "backwardLayer");
  const wanted: Record<string, unknown> = {
    goBackwards: !layer.config.goBackwards,
    returnSequences: layer.config.returnSequences,
    returnState: layer.config.returnState,
    stateful: layer.config.stateful,
    ...(mergeMode === null || mergeMode === "concat" ? {} : { units: layer.config.units }),
  };
  for (const [option, value] of Object.entries(wanted)) {
    if (backward.config[option] === value) continue;
    throw new ValueError(
      `${kind}: backwardLayer expected ${option}: ${value} beside layer with ${option}: ${layer.config[option]}, got ${backward.config[option]}`,
    );
  }
  return backward;
}

const prefixed = (way: string, name: string) => `${way}${name.charAt(0).toUpperCase()}${name.slice(1)}`;

/** The weights of one direction, by the layer's own names. */
function weightsOf(way: string, weights: Weights): Weights {
  const own = Object.entries(weights).filter(([name]) => name.startsWith(way));
  const bare = (name: string) => name.charAt(way.length).toLowerCase() + name.slice(way.length + 1);
  return Object.fromEntries(own.map(([name, weight]) => [bare(name), weight]));
}
