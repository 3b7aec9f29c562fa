import * as make from "../../nn/layers/index.js";
import { reverse, stridedSlice } from "../../nn/operations/parts.js";
import type { Builder } from "../graph/builder.js";
import type { Flow, Known } from "../graph/values.js";
import { activationOf, Config, isOfSteps } from "./config.js";
import { type Lstm, lstm } from "./lstm.js";
import { featuresOf, type Maker, type Place, penalty } from "./place.js";

/** DL4J's gates are candidate, forget, output, input; the last three columns of RW are the peepholes of forget, output and input. */
function cellOf(c: Config, x: Flow, place: Place, { goBackwards = false, hasPeepholes = false }): Lstm {
  const [nin, units] = [featuresOf(c, x, [3]), c.size("nout")];
  const options = penalty(c, place, "kernelRegularizer", "recurrentRegularizer");
  const activations = { activation: activationOf(c), gate: activationOf(c, "gateActivation", "sigmoid") };
  const wide = place.parameters.take(c.where, [nin, 4 * units]);
  const columns = hasPeepholes ? 4 * units + 3 : 4 * units;
  const recurrent = place.parameters.take(c.where, [units, columns]);
  const { data } = place.parameters.take(c.where, [4 * units]);
  const bias = gates({ data, shape: [1, 4 * units], dtype: "float32" }, units, 4 * units).data;
  const peephole = (column: number) =>
    Array.from({ length: units }, (_, row) => recurrent.data[row * columns + 4 * units + column] as number);
  const peepholes = hasPeepholes ? [2, 0, 1].flatMap(peephole) : [];
  return {
    units,
    kernel: gates(wide, units, 4 * units),
    recurrentKernel: gates(recurrent, units, columns),
    bias: { data: bias, shape: [4 * units] },
    ...(peepholes.some((v) => v !== 0) ? { peepholes: { data: Float32Array.from(peepholes), shape: [3, units] } } : {}),
    ...activations,
    goBackwards,
    options,
  };
}

/** Columns of four gates in our order. */
function gates({ data, shape }: Known["array"], units: number, columns: number): Known["array"] {
  const rows = shape[0] as number;
  const out = new Float32Array(rows * 4 * units);
  for (let row = 0; row < rows; row++) {
    [3, 1, 0, 2].forEach((from, to) => {
      const begin = row * columns + from * units;
      out.set(data.subarray(begin, begin + units) as Float32Array, (row * 4 + to) * units);
    });
  }
  return { data: out, shape: [rows, 4 * units], dtype: "float32" };
}

export const oneWay =
  (hasPeepholes: boolean): Maker =>
  (c, x, place) =>
    lstm(place.builder, x, cellOf(c, x, place, { hasPeepholes }));

/** The sum of both directions. */
export const gravesBidirectional: Maker = (c, x, place) => {
  const ways = [false, true].map((goBackwards) => cellOf(c, x, place, { goBackwards, hasPeepholes: true }));
  const [forward, backward] = ways.map((cell) => lstm(place.builder, x, cell)) as [Flow, Flow];
  return { ...forward, x: place.builder.layer(make.add(), [forward, backward]) };
};

export const simpleRnn =
  (goBackwards: boolean): Maker =>
  (c, x, { builder, parameters, ...place }) => {
    const [nin, units] = [featuresOf(c, x, [3]), c.size("nout")];
    if (c.flag("hasLayerNorm", false)) throw c.unsupported("layer normalization within");
    const activation = activationOf(c);
    if (!isOfSteps(activation)) throw c.unsupported(`activation ${c.inner("activationFn")?.type} of a recurrent layer`);
    const [kernel, recurrentKernel] = [
      parameters.take(c.where, [nin, units]),
      parameters.take(c.where, [units, units]),
    ];
    const bias = parameters.take(c.where, [units]);
    const options = penalty(c, { builder, parameters, ...place }, "kernelRegularizer", "recurrentRegularizer");
    const layer = make.simpleRNN({
      ...options,
      units,
      activation: activation.name,
      goBackwards,
      returnSequences: true,
    });
    const y = builder.through(layer, x, { kernel, recurrentKernel, bias });
    return goBackwards ? (builder.one(reverse, [y], { axis: [1] }) as Flow) : y;
  };

/** A layer in both directions; its parameters come before those of the second one. */
export const bidirectional: Maker = (c, x, place) => {
  const inner = Config.of(c.get("fwd"), c.where);
  const one = (goBackwards: boolean): Flow => {
    if (inner.type === "lstm" || inner.type === "graveslstm") {
      const cell = cellOf(inner, x, place, { goBackwards, hasPeepholes: inner.type === "graveslstm" });
      return lstm(place.builder, x, cell);
    }
    if (inner.type === "simplernn") return simpleRnn(goBackwards)(inner, x, place);
    throw c.unsupported(`${inner.type} in both directions`);
  };
  const both = [one(false), one(true)];
  const mode = c.text("mode", "CONCAT");
  const merges: Readonly<Record<string, () => ReturnType<typeof make.add>>> = {
    ADD: make.add,
    MUL: make.multiply,
    AVERAGE: make.average,
    CONCAT: make.concatenate,
  };
  const merge = Object.hasOwn(merges, mode) ? merges[mode] : undefined;
  if (!merge) throw c.unsupported(`mode ${mode}`);
  const made = place.builder.layer(merge(), both);
  return { ...(both[0] as Flow), x: made, dims: [-1, ...made.rowShape] };
};

/** The last step of a sequence. */
export function lastStep(builder: Builder, x: Flow): Flow {
  const [, steps, features] = x.dims as [number, number, number];
  const range = { begin: [null, steps - 1, null], end: [null, steps, null], strides: [1, 1, 1] };
  const last = builder.one(stridedSlice, [x], range) as Flow;
  return builder.through(make.reshape({ targetShape: [features] }), last);
}
