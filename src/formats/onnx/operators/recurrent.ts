import type { AnyLayer } from "../../../nn/layer.js";
import { gru, lstm, simpleRNN } from "../../../nn/layers/recurrent.js";
import type { HostArray } from "../../../util/host-array.js";
import { type Builder, known } from "../../graph/builder.js";
import { type Flow, type Known, transposed, type Value } from "../../graph/values.js";
import type { NodeView } from "../node.js";
import type { Operators } from "./operator.js";

/** What the three operators differ in. */
interface Cell {
  /** The places in ONNX of the gates in Keras's order. */
  readonly gates: readonly number[];
  /** Which input holds the peepholes, if there are such. */
  readonly peepholes?: number;
  layer(node: NodeView, units: number, goBackwards: boolean): AnyLayer;
  /** From ONNX's two biases, one row each. */
  bias(node: NodeView, ofInput: Float32Array, ofState: Float32Array): HostArray;
}

const summed = (_: NodeView, a: Float32Array, b: Float32Array): HostArray => ({
  data: a.map((v, i) => v + (b[i] as number)),
  shape: [a.length],
});

/** Rows of a weight [gates · units, …] with the gates in another order. */
function reordered(data: HostArray["data"], gates: readonly number[], size: number): Float32Array {
  const out = new Float32Array(data.length);
  gates.forEach((from, to) => out.set(data.subarray(from * size, (from + 1) * size) as Float32Array, to * size));
  return out;
}

const recurrent =
  (cell: Cell) =>
  (node: NodeView, builder: Builder): readonly (Value | undefined)[] => {
    const batchFirst = node.int("layout", 0) === 1;
    const given = builder.plain(node.flow());
    const x = batchFirst ? given : (builder.one("transpose", [given], { perm: [1, 0, 2] }) as Flow);
    const [w, r] = [node.known(1, "a kernel"), node.known(2, "a recurrent kernel")];
    const b = node.inputs[3] ? node.known(3, "a bias") : undefined;
    check(node, cell);
    const [directions, rows, features] = w.array.shape as [number, number, number];
    const gates = cell.gates.length;
    const units = rows / gates;
    const direction = node.text("direction", "forward");
    const backwards = direction === "bidirectional" ? [false, true] : [direction === "reverse"];
    if (backwards.length !== directions)
      throw node.damaged(`weights of ${backwards.length} directions`, `${directions}`);
    const sequences = backwards.map((back, d) => {
      const part = (array: Known["array"], size: number) => array.data.subarray(d * size, (d + 1) * size);
      const kernel = reordered(part(w.array, rows * features), cell.gates, units * features);
      const recurrentKernel = reordered(part(r.array, rows * units), cell.gates, units * units);
      const biases = b ? part(b.array, 2 * rows) : new Float32Array(2 * rows);
      const bias = cell.bias(
        node,
        reordered(biases.subarray(0, rows), cell.gates, units),
        reordered(biases.subarray(rows), cell.gates, units),
      );
      return builder.through(cell.layer(node, units, back), x, {
        kernel: turned(kernel, rows, features),
        recurrentKernel: turned(recurrentKernel, rows, units),
        bias,
      });
    });
    const steps = x.dims[1] as number;
    return [
      joined(builder, sequences, backwards, units, batchFirst),
      lastStates(builder, sequences, steps, units, batchFirst),
      undefined,
    ];
  };

const turned = (data: Float32Array, rows: number, columns: number): HostArray =>
  transposed(known(data, [rows, columns], "float32").array, [1, 0]);

/** Y: [steps, directions, batch, units], or the batch in front. */
function joined(
  builder: Builder,
  sequences: readonly Flow[],
  backwards: readonly boolean[],
  units: number,
  batchFirst: boolean,
): Value {
  const inTime = sequences.map((each, i) => (backwards[i] ? builder.one("reverse", [each], { axis: [1] }) : each));
  const steps = (sequences[0] as Flow).dims[1] as number;
  const directions = sequences.length;
  const wide = directions > 1 ? builder.one("concat", inTime, { axis: 2 }) : (inTime[0] as Value);
  const whole = builder.one("reshape", [wide], { shape: [-1, steps, directions, units] });
  return batchFirst ? whole : builder.one("transpose", [whole], { perm: [1, 2, 0, 3] });
}

/** Y_h: [directions, batch, units], or the batch in front; a sequence that was gone through backwards lies in that order. */
function lastStates(
  builder: Builder,
  sequences: readonly Flow[],
  steps: number,
  units: number,
  batchFirst: boolean,
): Value {
  const last = sequences.map((each) =>
    builder.one("stridedSlice", [each], {
      begin: [null, steps - 1, null],
      end: [null, steps, null],
      strides: [1, 1, 1],
    }),
  );
  const whole = last.length > 1 ? builder.one("concat", last, { axis: 1 }) : (last[0] as Value);
  const placed = builder.one("reshape", [whole], { shape: [-1, last.length, units] });
  return batchFirst ? placed : builder.one("transpose", [placed], { perm: [1, 0, 2] });
}

function check(node: NodeView, { peepholes }: Cell): void {
  if (node.inputs[4]) throw node.unsupported("lengths of the sequences");
  for (const i of [5, 6]) {
    const state = node.inputs[i];
    if (state && i !== peepholes && !(state.kind === "known" && state.array.data.every((v) => v === 0))) {
      throw node.unsupported("a state to begin with that is not 0");
    }
  }
  if (peepholes !== undefined && node.inputs[peepholes]) throw node.unsupported("peepholes");
  if (node.node.attributes.has("clip")) throw node.unsupported("clip");
  if (node.int("input_forget", 0) !== 0) throw node.unsupported("input_forget");
}

/** Activations of a step by ONNX's names, with the parameters that each has when they are left out. */
const activations: Readonly<
  Record<string, { defaults: readonly number[]; ours(...of: number[]): string | undefined }>
> = {
  tanh: { defaults: [], ours: () => "tanh" },
  sigmoid: { defaults: [], ours: () => "sigmoid" },
  relu: { defaults: [], ours: () => "relu" },
  softplus: { defaults: [], ours: () => "softplus" },
  elu: { defaults: [1], ours: (alpha) => (alpha === 1 ? "elu" : undefined) },
  affine: { defaults: [1, 0], ours: (alpha, beta) => (alpha === 1 && beta === 0 ? "linear" : undefined) },
  hardsigmoid: {
    defaults: [0.2, 0.5],
    ours: (alpha, beta) =>
      beta !== 0.5
        ? undefined
        : { [Math.fround(0.2)]: "hardSigmoidKeras2", [Math.fround(1 / 6)]: "hardSigmoid" }[
            Math.fround(alpha as number)
          ],
  },
};

/** The activations of a node's steps, which are the same in both directions here. @throws Unsupported for those that are not there */
function activationsOf(node: NodeView, usual: readonly string[]): readonly string[] {
  const given = node.texts("activations") ?? usual;
  const parameters = ["activation_alpha", "activation_beta"].map((name) => [...(node.floats(name) ?? [])]);
  // Those that take a parameter take the next one of the list.
  const found = given.map((name) => {
    const known = activations[name.toLowerCase()];
    const own = known?.defaults.map((value, i) => parameters[i]?.shift() ?? value) ?? [];
    const ours = known?.ours(...own);
    if (ours !== undefined) return ours;
    throw node.unsupported(`activation ${name}${own.length > 0 ? ` with ${own.join(", ")}` : ""} of a step`);
  });
  if (found.some((each, i) => each !== found[i % usual.length])) {
    throw node.unsupported(`different activations of two directions: ${given.join(", ")}`);
  }
  return found;
}

export const recurrence: Operators = {
  LSTM: recurrent({
    gates: [0, 2, 3, 1],
    peepholes: 7,
    layer(node, units, goBackwards) {
      const [recurrentActivation, activation, ofCell] = activationsOf(node, ["Sigmoid", "Tanh", "Tanh"]) as [
        string,
        string,
        string,
      ];
      if (ofCell !== activation) throw node.unsupported(`activations ${activation} and ${ofCell}, which differ`);
      return lstm({ units, returnSequences: true, goBackwards, activation, recurrentActivation });
    },
    bias: summed,
  }),
  GRU: recurrent({
    gates: [0, 1, 2],
    layer(node, units, goBackwards) {
      const [recurrentActivation, activation] = activationsOf(node, ["Sigmoid", "Tanh"]) as [string, string];
      const resetAfter = node.int("linear_before_reset", 0) === 1;
      return gru({ units, returnSequences: true, goBackwards, activation, recurrentActivation, resetAfter });
    },
    bias(node, a, b) {
      if (node.int("linear_before_reset", 0) !== 1) return summed(node, a, b);
      return { data: Float32Array.from([...a, ...b]), shape: [2, a.length] };
    },
  }),
  RNN: recurrent({
    gates: [0],
    layer(node, units, goBackwards) {
      const [activation] = activationsOf(node, ["Tanh"]) as [string];
      return simpleRNN({ units, returnSequences: true, goBackwards, activation });
    },
    bias: summed,
  }),
};
