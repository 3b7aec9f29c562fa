import type { BaseModel } from "../../../model/base.js";
import type { Graph, GraphInput, Step } from "../../../model/graph.js";
import type { AnyLayer, Weights } from "../../../nn/layer.js";
import { fromHost } from "../../../util/file-array.js";
import { Unsupported, UnsupportedModel } from "../../graph/unsupported.js";
import { type Json, OwnConfig, object, type Reader } from "./config.js";
import { type Call, type Held, type NamedArray, type Written, writtenAs } from "./layers.js";
import { kerasOrder } from "./order.js";

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
  const order = kerasOrder(graph);
  const steps = new Map<AnyLayer, Step[]>();
  for (const step of graph.steps) steps.set(step.layer, [...(steps.get(step.layer) ?? []), step]);
  const written = new Map<AnyLayer, Written>();
  const problems: string[] = [];
  for (const { layer, name, inputShape } of graph.placed) {
    try {
      const isFedNonNegative = (steps.get(layer) as Step[]).every((step) => nonNegative.has(activationOf(graph, step)));
      written.set(
        layer,
        writtenAs(new OwnConfig(layer.kind, name, layer.config, reader, isFedNonNegative), inputShape),
      );
    } catch (error) {
      if (!(error instanceof Unsupported)) throw error;
      problems.push(error.message);
    }
  }
  if (problems.length > 0) throw new UnsupportedModel(`save: model "${model.name}"`, problems);
  const describe = (layer: AnyLayer) => {
    const uses = steps.get(layer) as Step[];
    const { className, config, call, hold, zeros } = written.get(layer) as Written;
    const name = wiring.names.get(layer) as string;
    const own = (uses[0] as Step).name;
    const variables = weights.get(own) as Weights;
    const arrays = arraysOf(variables);
    // Some of Keras's layers without weights refuse the entry.
    const frozen = layer.trainable || arrays.length === 0 ? {} : { trainable: false };
    const exported = { name, className, held: hold(arrays), own, trainable: layer.trainable, weights: variables, hold };
    const nodes = uses.map((step, use) =>
      zeros ? wiring.behind(wiring.padding(layer), use, zeros.shape, step) : wiring.node(step, call),
    );
    const described = { ...exported, config: { name, ...frozen, dtype: "float32", ...config }, nodes, call };
    return zeros
      ? [
          padding(
            wiring.padding(layer),
            zeros,
            uses.map((step) => wiring.node(step)),
          ),
          described,
        ]
      : [described];
  };
  const wiring = new Wiring(graph, reader, (layer) => written.get(layer)?.zeros !== undefined);
  const described = order.flatMap(describe);
  const isStack =
    model.kind === "sequential" && graph.steps.length === graph.placed.length && described.every(({ call }) => !call);
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

/** A layer that puts zeros in front of another. */
function padding(name: string, { className, config }: NonNullable<Written["zeros"]>, nodes: readonly unknown[]) {
  const hold = (): Held => ({ own: [] });
  const exported = { name, className, held: hold(), own: name, trainable: true, weights: {}, hold };
  return { ...exported, config: { name, dtype: "float32", ...config }, nodes, call: undefined };
}

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

type Reference = readonly [name: string, node: number, tensor: number];

/** A tensor that a layer is fed. */
interface Source {
  readonly from: Reference;
  readonly shape: readonly number[];
  readonly dtype: string;
}

/** A call of as many inputs as there are, with nothing said. */
const PLAIN: Call = { least: 1, options: {} };

/** A tensor in the words of Keras 3. */
const tensorOf = ({ from, shape, dtype }: Source, batchSize: number | undefined): Json => ({
  class_name: "__keras_tensor__",
  config: { shape: [batchSize ?? null, ...shape], dtype, keras_history: from },
});

/** How a graph's layers are connected, in the words of a version. */
class Wiring {
  /** The layers' names, without the points that Keras on PyTorch refuses. */
  readonly names: ReadonlyMap<AnyLayer, string>;
  /** The inputs' names: in Keras those of layers too, so that they differ from the others. */
  readonly inputs: readonly string[];
  private readonly paddings = new Map<AnyLayer, string>();
  private readonly references: Reference[] = [];
  private readonly shapes: (readonly number[])[] = [];

  constructor(
    private readonly graph: Graph,
    private readonly reader: Reader,
    isPadded: (layer: AnyLayer) => boolean,
  ) {
    const taken = new Set<string>();
    const unique = (wanted: string): string => {
      const base = wanted.replaceAll(".", "_");
      let name = base;
      for (let i = 1; taken.has(name); i++) name = `${base}_${i}`;
      taken.add(name);
      return name;
    };
    this.names = new Map(graph.placed.map(({ layer, name }) => [layer, unique(name)]));
    this.inputs = graph.inputs.map(({ name }) => unique(name));
    for (const { layer, name } of graph.placed)
      if (isPadded(layer)) this.paddings.set(layer, unique(`${name}_padding`));
    graph.inputs.forEach(({ shape }, value) => {
      this.references[value] = [this.inputs[value] as string, 0, 0];
      this.shapes[value] = shape;
    });
    const uses = new Map<AnyLayer, number>();
    for (const { layer, outputs, outputShapes } of graph.steps) {
      const node = uses.get(layer) ?? 0;
      uses.set(layer, node + 1);
      for (const [tensor, value] of outputs.entries()) {
        this.references[value] = [this.names.get(layer) as string, node, tensor];
        this.shapes[value] = outputShapes[tensor] as readonly number[];
      }
    }
  }

  /** What one use of a layer is fed. */
  node({ inputs: fed, batchSize }: Step, { least, options, named }: Call = PLAIN): unknown {
    const lacking = Array.from({ length: Math.max(0, least - fed.length) }, () => fed[0] as number);
    const sources = [...fed, ...lacking].map((value) => ({
      from: this.references[value] as Reference,
      shape: this.shapes[value] as readonly number[],
      dtype: this.graph.inputs[value]?.dtype ?? "float32",
    }));
    const names = named?.(fed.length);
    if (!names) return this.fed(sources, batchSize, options);
    const tensors = Object.fromEntries(sources.map((each, i) => [names[i] as string, tensorOf(each, batchSize)]));
    return { args: [], kwargs: { ...tensors, ...options } };
  }

  /** What the layer of zeros in front of a layer is called. */
  padding(layer: AnyLayer): string {
    return this.paddings.get(layer) as string;
  }

  /** What one use of a layer is fed that stands behind such a layer. */
  behind(name: string, use: number, shape: readonly number[], { batchSize }: Step): unknown {
    return this.fed([{ from: [name, use, 0], shape, dtype: "float32" }], batchSize, {});
  }

  private fed(sources: readonly Source[], batchSize: number | undefined, options: Json): unknown {
    if (this.reader.version === 2) return sources.map(({ from }) => [...from, options]);
    const tensors = sources.map((each) => tensorOf(each, batchSize));
    return { args: [tensors.length === 1 ? tensors[0] : tensors], kwargs: options };
  }

  ends(): Json {
    const inputs = this.inputs.map((name): Reference => [name, 0, 0]);
    const outputs = this.graph.outputs.map((value) => this.references[value] as Reference);
    // Keras 3 gives back a list where it is told of one.
    const form = (list: readonly Reference[]) => (this.reader.version === 3 && list.length === 1 ? list[0] : list);
    return { input_layers: form(inputs), output_layers: form(outputs) };
  }
}
