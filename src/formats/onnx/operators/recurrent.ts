import type { AnyLayer } from "../../../nn/layer.js";
import { gru, lstm, type SimpleRNNOptions, simpleRNN } from "../../../nn/layers/recurrent.js";
import { mul } from "../../../nn/operations/arithmetic.js";
import { greater, less, where } from "../../../nn/operations/comparison.js";
import type { Attributes, Operation } from "../../../nn/operations/operation.js";
import { concat, reverse, stridedSlice } from "../../../nn/operations/parts.js";
import { gather } from "../../../nn/operations/places.js";
import * as recurrences from "../../../nn/operations/recurrent.js";
import { cast, expandDims, reshape, transpose } from "../../../nn/operations/shape.js";
import type { HostArray } from "../../../util/host-array.js";
import { type Builder, integers, known } from "../../graph/builder.js";
import { type Flow, type Known, PLAIN, transposed, type Value } from "../../graph/values.js";
import type { NodeView } from "../node.js";
import type { Behind, Operators } from "./operator.js";

/** What the three operators differ in. */
interface Cell {
  /** The places in ONNX of the gates in Keras's order. */
  readonly gates: readonly number[];
  /** What its layer is as an operation. */
  readonly operation: Operation;
  /** The activations of one direction that are left out. */
  readonly usual: readonly string[];
  /** The options of the layer and of the operation. @throws Unsupported */
  options(node: NodeView, activations: readonly string[]): Attributes;
  layer(options: SimpleRNNOptions): AnyLayer;
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

const turned = (data: Float32Array, rows: number, columns: number): HostArray =>
  transposed(known(data, [rows, columns], "float32").array, [1, 0]);

/** One direction: every state, `[batch, steps, units]`, in the order of time, and those behind the last step, each `[batch, units]`. */
interface Direction {
  readonly sequence: Flow;
  readonly states: readonly Value[];
}

const recurrent =
  (cell: Cell) =>
  (node: NodeView, builder: Builder, behind: Behind): readonly (Value | undefined)[] => {
    refuse(node);
    const batchFirst = node.int("layout", 0) === 1;
    const given = builder.plain(node.flow());
    const x = batchFirst ? given : (builder.one(transpose, [given], { perm: [1, 0, 2] }) as Flow);
    checkInput(node, x);
    const directions = directionsOf(node, cell);
    const mask = maskOf(node, builder, x.dims[1] as number);
    const wanted = [1, 2].some((output) => behind.isRead(output));
    const made = directions.map((each) => gone(node, builder, cell, each, { x, mask, wanted, batchFirst }));
    const states = [0, 1].map((i) => {
      const ends = made.map((each) => each.states[i]);
      return ends.every((end) => end !== undefined) ? stacked(builder, ends, batchFirst) : undefined;
    });
    const sequences = made.map(({ sequence }) => sequence);
    return [joined(builder, sequences, batchFirst), ...states];
  };

/** @throws FormatError where it is not `[batch, steps, features]` as the kernel takes it */
function checkInput(node: NodeView, { dims }: Flow): void {
  const features = node.known(1, "a kernel").array.shape[2];
  const [batch, steps, own] = dims;
  if (dims.length === 3 && batch === -1 && (steps as number) > 0 && own === features) return;
  throw node.damaged(`sequences of ${features} features`, `[${dims.join(", ")}] with the batch in front`);
}

interface Place {
  /** Which of the weights of all directions are its own. */
  readonly index: number;
  readonly isBackwards: boolean;
  readonly activations: readonly string[];
}

function directionsOf(node: NodeView, { usual }: Cell): readonly Place[] {
  const direction = node.text("direction", "forward");
  const ways = direction === "bidirectional" ? [false, true] : [direction === "reverse"];
  const count = node.known(1, "a kernel").array.shape[0] as number;
  if (ways.length !== count) throw node.damaged(`weights of ${ways.length} directions`, `${count}`);
  const activations = activationsOf(
    node,
    ways.flatMap(() => usual),
  );
  return ways.map((isBackwards, index) => ({
    index,
    isBackwards,
    activations: activations.slice(index * usual.length, (index + 1) * usual.length),
  }));
}

/** What is the same for all directions. */
interface Common {
  readonly x: Flow;
  readonly mask: Value | undefined;
  /** Whether the states behind the last step are read. */
  readonly wanted: boolean;
  readonly batchFirst: boolean;
}

/** Goes one way through the steps: a layer, or the operation where it takes what a layer does not have. */
function gone(node: NodeView, builder: Builder, cell: Cell, place: Place, common: Common): Direction {
  const { x, mask, wanted, batchFirst } = common;
  const { kernel, recurrentKernel, bias, units, peepholes } = weightsOf(node, cell, place.index);
  const names = cell.operation === recurrences.lstm ? ["h", "c"] : ["h"];
  const initial = names.map((_, i) => initialOf(node, builder, 5 + i, place.index, x, batchFirst));
  const isBegun = initial.some((state) => state !== undefined);
  const states = isBegun ? initial.map((state) => state ?? rowOf(builder, x, new Float32Array(units))) : [];
  const options = { ...cell.options(node, place.activations), goBackwards: place.isBackwards };
  const weights = { kernel, recurrentKernel, bias };
  const made = (): Value[] => {
    if (!peepholes && !mask) {
      const layer = cell.layer({ ...options, units, returnSequences: true, returnState: wanted });
      const shapes = [[-1, x.dims[1] as number, units], ...names.map(() => [-1, units])];
      return builder
        .layers(layer, [x, ...states], weights)
        .map((y, i): Flow => ({ kind: "flow", x: y, dims: shapes[i] as number[], dtype: "float32", layout: PLAIN }));
    }
    const held = Object.entries(weights).map(([name, { data, shape }]) => known(data, shape, "float32", name));
    const more = { ...(peepholes ? { peepholes } : {}), ...(mask ? { mask } : {}) };
    const behind = [...Object.values(more), ...states];
    const all = [...Object.keys(more), ...(isBegun ? names : [])];
    return builder.operate(cell.operation, [x, ...held, ...behind], { ...options, more: all, returnState: wanted });
  };
  const [own, ...ends] = made() as [Value, ...Value[]];
  const inTime = place.isBackwards ? builder.one(reverse, [own], { axis: [1] }) : own;
  // Behind its length a row is 0.
  const sequence = mask ? builder.one(mul, [inTime, columnOf(builder, mask)]) : inTime;
  return { sequence: sequence as Flow, states: ends };
}

/** A mask [batch, steps] as factors [batch, steps, 1]. */
const columnOf = (builder: Builder, mask: Value): Value =>
  builder.one(expandDims, [builder.one(cast, [mask], { dtype: "float32" })], { axis: 2 });

/** The weights of one direction, in Keras's order. */
function weightsOf(node: NodeView, cell: Cell, direction: number) {
  const [w, r] = [node.known(1, "a kernel"), node.known(2, "a recurrent kernel")];
  const b = node.inputs[3] ? node.known(3, "a bias") : undefined;
  const p = cell.operation === recurrences.lstm && node.inputs[7] ? node.known(7, "peepholes") : undefined;
  const [, rows, features] = w.array.shape as [number, number, number];
  const units = rows / cell.gates.length;
  const part = ({ array }: Known, size: number) =>
    array.data.subarray(direction * size, (direction + 1) * size) as Float32Array;
  const biases = b ? part(b, 2 * rows) : new Float32Array(2 * rows);
  const inOrder = (data: Float32Array) => reordered(data, cell.gates, units);
  return {
    units,
    kernel: turned(reordered(part(w, rows * features), cell.gates, units * features), rows, features),
    recurrentKernel: turned(reordered(part(r, rows * units), cell.gates, units * units), rows, units),
    bias: cell.bias(node, inOrder(biases.subarray(0, rows)), inOrder(biases.subarray(rows))),
    // Of i, o and f there, of i, f and o here.
    peepholes: p && known(reordered(part(p, 3 * units), [0, 2, 1], units), [3, units], "float32", "peepholes"),
  };
}

/** A state [batch, units] before the first step; undefined where it is 0. */
function initialOf(
  node: NodeView,
  builder: Builder,
  place: number,
  direction: number,
  x: Flow,
  batchFirst: boolean,
): Flow | undefined {
  const state = node.inputs[place];
  if (!state) return undefined;
  const [axis, rows] = batchFirst ? [1, 0] : [0, 1];
  if (state.kind === "flow") {
    return builder.one(gather, [builder.plain(state), integers([direction], [])], { axis }) as Flow;
  }
  const { data, shape } = state.array;
  if (data.every((v) => v === 0)) return undefined;
  if (state.everywhere) throw node.unsupported("a state to begin with that is a number for every row of the batch");
  const [units, directions] = [shape[2] as number, shape[axis] as number];
  const of = (row: number) => {
    const from = (batchFirst ? row * directions + direction : direction * (shape[rows] as number) + row) * units;
    return Float32Array.from(data.subarray(from, from + units));
  };
  const first = of(0);
  for (let row = 1; row < (shape[rows] as number); row++) {
    if (of(row).some((v, i) => v !== first[i])) {
      throw node.unsupported("constant states to begin with that differ from row to row of the batch");
    }
  }
  return rowOf(builder, x, first);
}

/** The same numbers for every row of the batch, whose size x has. */
function rowOf(builder: Builder, x: Flow, row: Float32Array): Flow {
  const ofOne = builder.one(stridedSlice, [x], { begin: [null, 0, 0], end: [null, 1, 1], strides: [1, 1, 1] });
  const column = builder.one(reshape, [ofOne], { shape: [-1, 1] });
  // Nothing is less than itself, NaN neither.
  const never = builder.one(less, [column, column]);
  const zero = known(Float32Array.of(0), [], "float32");
  return builder.one(where, [never, zero, known(row, [row.length], "float32", "state")]) as Flow;
}

/** 1 for the steps [batch, steps] that a row has; undefined where all have all. */
function maskOf(node: NodeView, builder: Builder, steps: number): Value | undefined {
  const lengths = node.inputs[4];
  if (!lengths) return undefined;
  if (lengths.kind === "known") {
    if (lengths.array.data.every((n) => n === steps)) return undefined;
    throw node.unsupported("constant lengths of the sequences, which hold for one size of batch alone");
  }
  const column = builder.one(expandDims, [builder.plain(lengths)], { axis: 1 });
  const places = integers(
    Array.from({ length: steps }, (_, i) => i),
    [1, steps],
  );
  return builder.one(greater, [column, places]);
}

/** Y: [steps, directions, batch, units], or the batch in front. */
function joined(builder: Builder, sequences: readonly Flow[], batchFirst: boolean): Value {
  const [, steps, units] = (sequences[0] as Flow).dims as [number, number, number];
  const directions = sequences.length;
  const wide = directions > 1 ? builder.one(concat, sequences, { axis: 2 }) : (sequences[0] as Value);
  const whole = builder.one(reshape, [wide], { shape: [-1, steps, directions, units] });
  return batchFirst ? whole : builder.one(transpose, [whole], { perm: [1, 2, 0, 3] });
}

/** Y_h or Y_c: [directions, batch, units], or the batch in front. */
function stacked(builder: Builder, ends: readonly Value[], batchFirst: boolean): Value {
  const units = (ends[0] as Flow).dims[1] as number;
  const wide = ends.length > 1 ? builder.one(concat, ends, { axis: 1 }) : (ends[0] as Value);
  const whole = builder.one(reshape, [wide], { shape: [-1, ends.length, units] });
  return batchFirst ? whole : builder.one(transpose, [whole], { perm: [1, 0, 2] });
}

function refuse(node: NodeView): void {
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
  leakyrelu: {
    defaults: [0.01],
    ours: (alpha) => (Math.fround(alpha as number) === Math.fround(0.2) ? "leakyRelu" : undefined),
  },
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

/** The activations of a node's steps, of all directions. @throws Unsupported for those that are not there */
function activationsOf(node: NodeView, usual: readonly string[]): readonly string[] {
  const given = node.texts("activations") ?? usual;
  if (given.length !== usual.length) throw node.damaged(`${usual.length} activations`, `${given.length}`);
  const parameters = ["activation_alpha", "activation_beta"].map((name) => [...(node.floats(name) ?? [])]);
  // Those that take a parameter take the next one of the list.
  return given.map((name) => {
    const known = activations[name.toLowerCase()];
    const own = known?.defaults.map((value, i) => parameters[i]?.shift() ?? value) ?? [];
    const ours = known?.ours(...own);
    if (ours !== undefined) return ours;
    throw node.unsupported(`activation ${name}${own.length > 0 ? ` with ${own.join(", ")}` : ""} of a step`);
  });
}

export const recurrence: Operators = {
  LSTM: recurrent({
    gates: [0, 2, 3, 1],
    operation: recurrences.lstm,
    usual: ["Sigmoid", "Tanh", "Tanh"],
    options(node, [recurrentActivation, activation, ofCell]) {
      if (ofCell !== activation) throw node.unsupported(`activations ${activation} and ${ofCell}, which differ`);
      return { activation, recurrentActivation };
    },
    layer: lstm,
    bias: summed,
  }),
  GRU: recurrent({
    gates: [0, 1, 2],
    operation: recurrences.gru,
    usual: ["Sigmoid", "Tanh"],
    options(node, [recurrentActivation, activation]) {
      return { activation, recurrentActivation, resetAfter: node.int("linear_before_reset", 0) === 1 };
    },
    layer: gru,
    bias(node, a, b) {
      if (node.int("linear_before_reset", 0) !== 1) return summed(node, a, b);
      return { data: Float32Array.from([...a, ...b]), shape: [2, a.length] };
    },
  }),
  RNN: recurrent({
    gates: [0],
    operation: recurrences.simpleRnn,
    usual: ["Tanh"],
    options: (_, [activation]) => ({ activation }),
    layer: simpleRNN,
    bias: summed,
  }),
};
