import type { BaseModel } from "../../../model/base.js";
import type { Graph, GraphInput, Step } from "../../../model/graph.js";
import type { AnyLayer, Weights } from "../../../nn/layer.js";
import { fromHost } from "../../../util/file-array.js";
import { Unsupported, UnsupportedModel } from "../../graph/unsupported.js";
import { type Json, OwnConfig, object, type Reader } from "./config.js";
import { writtenAs } from "./layers.js";
import { kerasOrder } from "./order.js";
import { type Wired, Wiring } from "./wiring.js";
import type { Held, Helper, NamedArray, Written } from "./written.js";

/** A layer with its weights, in Keras's order of layers. */
export interface ExportedLayer {
  readonly name: string;
  readonly className: string;
  readonly held: Held;
  /** What it is called here. */
  readonly own: string;
  readonly trainable: boolean;
  readonly weights: Weights;
  /** Where Keras keeps what is shaped like its weights. */
  readonly hold: Written["hold"];
}

export interface Exported {
  /** The model: its class and its config. */
  readonly model: Json;
  readonly layers: readonly ExportedLayer[];
}

/**
 * A model as Keras describes it; weights are float32.
 *
 * @throws UnsupportedModel that lists the layers and options that Keras, or who is to read the file, has no equal of
 */
export function exportKeras(model: BaseModel, reader: Reader): Exported {
  const { graph, weights } = model.network;
  const steps = new Map<AnyLayer, Step[]>();
  for (const step of graph.steps) steps.set(step.layer, [...(steps.get(step.layer) ?? []), step]);
  const masked = maskedValues(graph);
  const written = new Map<AnyLayer, Written>();
  const problems: string[] = [];
  for (const { layer, name, inputShape, outputShape } of graph.placed) {
    const uses = steps.get(layer) as Step[];
    try {
      const config = new OwnConfig(layer.kind, name, layer.config, reader, {
        isFedNonNegative: uses.every((step) => nonNegative.has(activationOf(graph, step))),
        isFedMasked: uses.some(({ inputs }) => inputs.some((value) => masked.has(value))),
        arrays: () => arraysOf(weights.get((uses[0] as Step).name) as Weights),
      });
      written.set(layer, writtenAs(config, inputShape, outputShape));
    } catch (error) {
      if (!(error instanceof Unsupported)) throw error;
      problems.push(error.message);
    }
  }
  if (problems.length > 0) throw new UnsupportedModel(`save: model "${model.name}"`, problems);
  const order = kerasOrder(graph, (layer) => {
    const { before = [], behind = [] } = written.get(layer) as Written;
    return { before: before.length, behind: behind.length };
  });
  const wiring = new Wiring(graph, reader, written);
  const described = order.flatMap((layer) => {
    const uses = steps.get(layer) as Step[];
    const { className, config, hold, before = [], behind = [] } = written.get(layer) as Written;
    const wired = wiring.layer(layer, uses);
    const own = (uses[0] as Step).name;
    const variables = weights.get(own) as Weights;
    const arrays = arraysOf(variables);
    // Some of Keras's layers without weights refuse the entry.
    const frozen = layer.trainable || arrays.length === 0 ? {} : { trainable: false };
    const { name, nodes } = wired.main;
    const exported = { name, className, held: hold(arrays), own, trainable: layer.trainable, weights: variables, hold };
    return [
      ...before.map((helper, i) => helping(helper, wired.before[i] as Wired)),
      { ...exported, config: { name, ...frozen, dtype: "float32", ...config }, nodes },
      ...behind.map((helper, i) => helping(helper, wired.behind[i] as Wired)),
    ];
  });
  const isStack =
    model.kind === "sequential" &&
    graph.steps.length === graph.placed.length &&
    [...written.values()].every(({ call, behind = [] }) => !call && !behind.some(({ takesInput }) => takesInput));
  const layers = described.map(({ name, className, config, nodes }) => ({
    ...object(reader, "keras.layers", className, config),
    ...(isStack ? {} : { name, inbound_nodes: nodes }),
  }));
  const inputs = graph.inputs.map((each, i) => {
    const name = wiring.inputs[i] as string;
    const layer = object(reader, "keras.layers", "InputLayer", { ...inputConfig(each, reader), name });
    return isStack ? layer : { ...layer, name, inbound_nodes: [] };
  });
  const config = { name: model.name, trainable: true, layers: [...inputs, ...layers] };
  return {
    model: isStack
      ? object(reader, "keras", "Sequential", config)
      : object(reader, "keras.src.models.functional", "Functional", { ...config, ...wiring.ends() }),
    layers: described,
  };
}

/** Activations that put out nothing negative. */
const nonNegative = new Set(["relu", "relu6", "sigmoid", "hardSigmoid", "hardSigmoidKeras2", "softplus", "softmax"]);

/** That of the layer whose output a step is fed. */
function activationOf({ steps }: Graph, { inputs }: Step): string {
  const layer = steps.find(({ outputs }) => outputs.includes(inputs[0] as number))?.layer;
  return String(layer?.head?.activation ?? layer?.config.activation ?? "linear");
}

/** The values with a mask: of layers that make one, and of those that pass one on. */
function maskedValues({ steps }: Graph): Set<number> {
  const masked = new Set<number>();
  for (const { layer, inputs, outputs } of steps) {
    const isMade = layer.kind === "masking" || layer.kind === "embedding";
    const isMasked =
      layer.mask === "kept" ? masked.has(inputs[0] as number) : isMade || inputs.some((x) => masked.has(x));
    if (layer.mask !== undefined && isMasked) for (const value of outputs) masked.add(value);
  }
  return masked;
}

const NOTHING = (): Held => ({ own: [] });

/** A layer beside one of ours. */
const helping = ({ className, config, weights: own = [] }: Helper, { name, nodes }: Wired) => ({
  name,
  className,
  held: { own },
  own: name,
  trainable: true,
  weights: {},
  hold: NOTHING,
  config: { name, dtype: "float32", ...config },
  nodes,
});

const arraysOf = (variables: Weights): NamedArray[] =>
  Object.entries(variables).map(([name, variable]) => [
    name,
    fromHost("save", { data: Float32Array.from(variable.toTypedArray()), shape: variable.shape }),
  ]);

const inputConfig = ({ shape, dtype, batchSize }: GraphInput, { version }: Reader): Json => ({
  [version === 3 ? "batch_shape" : "batch_input_shape"]: [batchSize ?? null, ...shape],
  dtype: dtype ?? "float32",
  sparse: false,
  ragged: false,
});
