import type { LayerConfig } from "../../../nn/layer.js";
import type { SavedLayer } from "../../../nn/layers/inner.js";
import { type Operand, weightName } from "../../../nn/layers/operation-layer.js";
import { stateNames } from "../../../nn/layers/recurrent.js";
import type { HostArray } from "../../../util/host-array.js";
import { turned, type Weights } from "../../graph/weights.js";
import type { Rule } from "./call.js";
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
  leakyRelu: ["LeakyRelu", 0.2],
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

const like = (rank: number) => ({ rank, isFirst: false });

/** One of the directions, of which there is one. */
const direction = ({ writer }: Part, x: Edge, axis: number): Edge =>
  writer.node("Gather", [x, writer.integers([0], "direction", [])], { axis }, like(x.rank - 1));

/** The names of a step's activations in ONNX, and their parameters. */
function activationAttributes({ writer, step }: Part, kind: string, config: LayerConfig) {
  const { activation, recurrentActivation = activation } = config as Record<string, string>;
  const names = kind === "simpleRNN" ? [activation] : [recurrentActivation, activation];
  const wanted = (kind === "lstm" ? [...names, activation] : names).map((name) => {
    const found = activations[name as string];
    if (!found) throw writer.unsupported(step, `activation "${name}" of a step`);
    return found;
  });
  const numbers = (i: 1 | 2) => wanted.flatMap((each) => (each[i] === undefined ? [] : [each[i]]));
  const [alphas, betas] = [numbers(1), numbers(2)];
  return {
    activations: { texts: wanted.map(([name]) => name) },
    ...(alphas.length > 0 ? { activation_alpha: { floats: alphas } } : {}),
    ...(betas.length > 0 ? { activation_beta: { floats: betas } } : {}),
  };
}

/** Kernels and biases as ONNX has them; behind a bias may stand peepholes, of the gates i, f and o. */
function cellWeights({ writer }: Part, gates: readonly number[], units: number, weights: Weights): string[] {
  const rows = gates.length * units;
  const kernels = [weights.kernel, weights.recurrentKernel].map((kernel, i) => {
    const { data, shape } = turned(kernel as HostArray, [1, 0]);
    return writer.tensor({ data: placed(data, gates), shape: [1, ...shape] }, i === 0 ? "kernel" : "recurrent");
  });
  const bias = weights.bias?.data ?? new Float32Array(rows);
  const biases = new Float32Array(2 * rows);
  for (let from = 0; from < bias.length; from += rows)
    biases.set(placed(bias.subarray(from, from + rows), gates), from);
  return [...kernels, writer.floats([...biases], "bias", [1, 2 * rows])];
}

/**
 * One direction: every state, `[batch, steps, units]`, in the order in which the layer goes through the steps, or the last one; behind it, where
 * they are asked for, the states behind the last step.
 *
 * @param initial the states before the first step, each `[batch, units]`; none: zeros
 */
export function recurrence(
  part: Part,
  x: Edge,
  { kind, config }: SavedLayer,
  weights: Weights,
  initial: readonly Edge[] = [],
): [Edge, ...Edge[]] {
  const { writer, step } = part;
  if (config.stateful) throw writer.unsupported(step, "stateful");
  const { opType, gates } = cells[kind] as (typeof cells)[string];
  const units = Number(config.units);
  const bySteps = writer.node("Transpose", [x], { perm: [1, 0, 2] }, x);
  const begun = initial.map((state) => {
    const shape = writer.integers([1, -1, units], "state");
    return writer.node("Reshape", [writer.last(state), shape], {}, like(3));
  });
  const { peepholes } = weights;
  const throughCell = peepholes
    ? [writer.tensor({ data: placed(peepholes.data, [0, 2, 1]), shape: [1, 3 * units] }, "peepholes")]
    : [];
  const behindBias = ["", ...begun, ...["", ""].slice(begun.length), ...throughCell];
  const more = peepholes ? behindBias : begun.length > 0 ? behindBias.slice(0, 1 + begun.length) : [];
  const [y, ...ends] = writer.nodes(
    opType,
    [bySteps, ...cellWeights(part, gates, units, weights), ...more],
    {
      hidden_size: units,
      direction: config.goBackwards ? "reverse" : "forward",
      ...activationAttributes(part, kind, config),
      ...(kind === "gru" ? { linear_before_reset: config.resetAfter ? 1 : 0 } : {}),
    },
    [like(4), ...(config.returnState ? stateNames(kind).map(() => like(3)) : [])],
  ) as [Edge, ...Edge[]];
  const all = direction(part, y, 1);
  const states = ends.map((each) => direction(part, each, 0));
  const steps = step.inputShape[0] as number;
  if (!config.returnSequences) {
    const last = writer.integers([config.goBackwards ? 0 : steps - 1], "last", []);
    return [writer.node("Gather", [all, last], { axis: 0 }, like(2)), ...states];
  }
  const rowsFirst = writer.node("Transpose", [all], { perm: [1, 0, 2] }, like(3));
  return [config.goBackwards ? backwards(part, rowsFirst) : rowsFirst, ...states];
}

/** The steps from the last to the first. */
function backwards({ writer, step }: Part, x: Edge): Edge {
  const steps = step.inputShape[0] as number;
  const order = Array.from({ length: steps }, (_, i) => steps - 1 - i);
  return writer.node("Gather", [x, writer.integers(order, "order")], { axis: 1 }, x);
}

const recurrent: LayerWriter = (part) => {
  const [x, ...initial] = part.inputs as [Edge, ...Edge[]];
  return recurrence(part, part.writer.last(x), part.step.layer, part.weights, initial);
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
  const [x, ...initial] = [writer.last(part.inputs[0] as Edge), ...part.inputs.slice(1)] as [Edge, ...Edge[]];
  const turnedLayer = backwardLayer ?? {
    ...layer,
    config: { ...layer.config, goBackwards: !layer.config.goBackwards },
  };
  const count = stateNames(layer.kind).length;
  const [ahead, behind] = [initial.slice(0, count), initial.slice(count)];
  const [forth, ...endsForth] = recurrence(part, x, layer, ofDirection("forward", weights), ahead);
  const [own, ...endsBack] = recurrence(part, x, turnedLayer, ofDirection("backward", weights), behind);
  const back = layer.config.returnSequences ? backwards(part, own) : own;
  const merged = (): readonly Edge[] => {
    if (mergeMode === null) return [forth, back];
    if (mergeMode === "concat") return [writer.node("Concat", [forth, back], { axis: forth.rank - 1 }, forth)];
    const both = writer.node(mergeMode === "mul" ? "Mul" : "Add", [forth, back], {}, forth);
    return [mergeMode === "ave" ? writer.node("Mul", [both, writer.floats([0.5], "half", [])], {}, both) : both];
  };
  return [...merged(), ...endsForth, ...endsBack];
};

/** A recurrent function of `wg`, whose weights are the operation's operands. */
const recurrentRule =
  (kind: string, usual: readonly string[] = []): Rule =>
  ({ part, attributes }) => {
    const { writer, step, inputs, weights } = part;
    const { more = usual, ...options } = attributes as { more?: readonly string[] };
    if (more.includes("mask")) throw writer.unsupported(step, "a mask: the operators of ONNX take lengths alone");
    const operands = step.layer.config.operands as readonly Operand[];
    const [x, ...initial] = inputs as [Edge, ...Edge[]];
    const names = ["x", "kernel", "recurrentKernel", "bias", ...more];
    const held: Record<string, HostArray> = {};
    for (const [i, { kind: of }] of operands.entries()) {
      const name = names[i] as string;
      const isState = ["x", "h", "c"].includes(name);
      if (isState !== (of === "input")) throw writer.unsupported(step, `${name} of kind ${of}`);
      if (!isState) held[name] = weights[weightName(i)] as HostArray;
    }
    const units = held.recurrentKernel?.shape[0];
    const own = { activation: "tanh", recurrentActivation: "sigmoid", resetAfter: true, ...options };
    const layer = { kind, config: { ...own, returnSequences: true, units } } as SavedLayer;
    return recurrence(part, writer.last(x), layer, held, initial);
  };

export const recurrentRules: Readonly<Record<string, Rule>> = {
  simpleRnn: recurrentRule("simpleRNN"),
  gru: recurrentRule("gru"),
  lstm: recurrentRule("lstm", ["peepholes"]),
};

export const recurrentWriters: Readonly<Record<string, LayerWriter>> = {
  simpleRNN: recurrent,
  lstm: recurrent,
  gru: recurrent,
  bidirectional,
};
