import type { LayerConfig } from "../../../nn/layer.js";
import type { SavedLayer } from "../../../nn/layers/inner.js";
import type { HostArray } from "../../../util/host-array.js";
import { turned, type Weights } from "../../graph/weights.js";
import type { LayerWriter } from "./layers.js";
import type { Edge, Part } from "./writer.js";

/** The operators, with the places in ONNX of the gates in Keras's order. */
const cells: Readonly<Record<string, { readonly opType: string; readonly gates: readonly number[] }>> = {
  simpleRNN: { opType: "RNN", gates: [0] },
  lstm: { opType: "LSTM", gates: [0, 2, 3, 1] },
  gru: { opType: "GRU", gates: [0, 1, 2] },
};

/** Activations of a step by ONNX's names, with the parameters that ONNX has for them. */
const activations: Readonly<Record<string, readonly [name: string, alpha?: number, beta?: number]>> = {
  tanh: ["Tanh"],
  sigmoid: ["Sigmoid"],
  relu: ["Relu"],
  linear: ["Affine", 1, 0],
  elu: ["Elu", 1],
  softplus: ["Softplus"],
  hardSigmoid: ["HardSigmoid", 1 / 6, 0.5],
  hardSigmoidKeras2: ["HardSigmoid", 0.2, 0.5],
};

/** Rows of [gates · units, …] with each gate in its place. */
function placed(data: HostArray["data"], gates: readonly number[]): Float32Array {
  const size = data.length / gates.length;
  const out = new Float32Array(data.length);
  gates.forEach((to, from) => out.set(data.subarray(from * size, (from + 1) * size) as Float32Array, to * size));
  return out;
}

/** One direction: every state, `[batch, steps, units]`, in the order in which the layer goes through the steps; or the last one. */
function states({ writer, step }: Part, x: Edge, { kind, config }: SavedLayer, weights: Weights): Edge {
  const { opType, gates } = cells[kind] as (typeof cells)[string];
  const units = Number(config.units);
  const rows = gates.length * units;
  const kernels = [weights.kernel, weights.recurrentKernel].map((kernel, i) => {
    const { data, shape } = turned(kernel as HostArray, [1, 0]);
    return writer.tensor({ data: placed(data, gates), shape: [1, ...shape] }, i === 0 ? "kernel" : "recurrent");
  });
  const bias = weights.bias?.data ?? new Float32Array(rows);
  const biases = new Float32Array(2 * rows);
  for (let from = 0; from < bias.length; from += rows)
    biases.set(placed(bias.subarray(from, from + rows), gates), from);
  const { activation, recurrentActivation = activation } = config as LayerConfig & Record<string, string>;
  const names = kind === "simpleRNN" ? [activation] : [recurrentActivation, activation];
  const wanted = (kind === "lstm" ? [...names, activation] : names).map((name) => {
    const found = activations[name as string];
    if (!found) throw writer.unsupported(step, `activation "${name}" of a step`);
    return found;
  });
  const numbers = (i: 1 | 2) => wanted.flatMap((each) => (each[i] === undefined ? [] : [each[i]]));
  const [alphas, betas] = [numbers(1), numbers(2)];
  const bySteps = writer.node("Transpose", [x], { perm: [1, 0, 2] }, x);
  const y = writer.node(
    opType,
    [bySteps, ...kernels, writer.floats([...biases], "bias", [1, 2 * rows])],
    {
      hidden_size: units,
      direction: config.goBackwards ? "reverse" : "forward",
      activations: { texts: wanted.map(([name]) => name) },
      ...(alphas.length > 0 ? { activation_alpha: { floats: alphas } } : {}),
      ...(betas.length > 0 ? { activation_beta: { floats: betas } } : {}),
      ...(kind === "gru" ? { linear_before_reset: config.resetAfter ? 1 : 0 } : {}),
    },
    { rank: 4, isFirst: false },
  );
  const like = (rank: number) => ({ rank, isFirst: false });
  const all = writer.node("Gather", [y, writer.integers([0], "direction", [])], { axis: 1 }, like(3));
  const steps = step.inputShape[0] as number;
  if (!config.returnSequences) {
    const last = writer.integers([config.goBackwards ? 0 : steps - 1], "last", []);
    return writer.node("Gather", [all, last], { axis: 0 }, like(2));
  }
  const rowsFirst = writer.node("Transpose", [all], { perm: [1, 0, 2] }, like(3));
  return config.goBackwards ? backwards({ writer, step } as Part, rowsFirst) : rowsFirst;
}

/** The steps from the last to the first. */
function backwards({ writer, step }: Part, x: Edge): Edge {
  const steps = step.inputShape[0] as number;
  const order = Array.from({ length: steps }, (_, i) => steps - 1 - i);
  return writer.node("Gather", [x, writer.integers(order, "order")], { axis: 1 }, x);
}

/** @throws where states come in or go out, or are carried from batch to batch */
function withoutStates({ writer, step }: Part, { returnState, stateful }: LayerConfig): void {
  if (returnState) throw writer.unsupported(step, "returnState");
  if (stateful) throw writer.unsupported(step, "stateful");
  if (step.inputs.length > 1) throw writer.unsupported(step, "initial states");
}

const recurrent: LayerWriter = (part) => {
  withoutStates(part, part.step.layer.config);
  return states(part, part.writer.last(part.inputs[0] as Edge), part.step.layer, part.weights);
};

/** The weights of one direction, by the names that the layer itself has for them. */
const ofDirection = (way: string, weights: Weights): Weights =>
  Object.fromEntries(
    Object.entries(weights).flatMap(([name, array]) =>
      name.startsWith(way) ? [[name.charAt(way.length).toLowerCase() + name.slice(way.length + 1), array]] : [],
    ),
  );

const bidirectional: LayerWriter = (part) => {
  const { writer, step, weights } = part;
  const { layer, backwardLayer, mergeMode } = step.layer.config as LayerConfig & {
    layer: SavedLayer;
    backwardLayer?: SavedLayer;
  };
  withoutStates(part, layer.config);
  if (mergeMode === null) throw writer.unsupported(step, "mergeMode null");
  const x = writer.last(part.inputs[0] as Edge);
  const forth = states(part, x, layer, ofDirection("forward", weights));
  const turnedLayer = backwardLayer ?? {
    ...layer,
    config: { ...layer.config, goBackwards: !layer.config.goBackwards },
  };
  const own = states(part, x, turnedLayer, ofDirection("backward", weights));
  const back = layer.config.returnSequences ? backwards(part, own) : own;
  if (mergeMode === "concat") return writer.node("Concat", [forth, back], { axis: forth.rank - 1 }, forth);
  const both = writer.node(mergeMode === "mul" ? "Mul" : "Add", [forth, back], {}, forth);
  return mergeMode === "ave" ? writer.node("Mul", [both, writer.floats([0.5], "half", [])], {}, both) : both;
};

export const recurrentWriters: Readonly<Record<string, LayerWriter>> = {
  simpleRNN: recurrent,
  lstm: recurrent,
  gru: recurrent,
  bidirectional,
};
