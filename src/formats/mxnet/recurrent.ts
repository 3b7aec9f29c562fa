import { toHost } from "../../util/file-array.js";
import { sizeOfShape } from "../../util/shapes.js";
import type { Translation } from "./node.js";
import { outputName } from "./output-name.js";

// The operator RNN of MXNet (src/operator/rnn-inl.h): data [steps, batch, features], one vector of parameters, states [layers · directions, batch,
// units], of an LSTM its cells. The vector is cuDNN's: of each layer, of each direction, the kernels of the input and of the state, gates by rows;
// then, in the same order, the biases of both.

interface Mode {
  readonly opType: "LSTM" | "GRU" | "RNN";
  readonly activation?: string;
  /** The places of the gates in ONNX's order. */
  readonly gates: readonly number[];
}

/** Of an LSTM input, forget, candidate, output; of a GRU reset, update, candidate. */
const modes: Readonly<Record<string, Mode>> = {
  lstm: { opType: "LSTM", gates: [0, 3, 1, 2] },
  gru: { opType: "GRU", gates: [1, 0, 2] },
  rnn_tanh: { opType: "RNN", activation: "Tanh", gates: [0] },
  rnn_relu: { opType: "RNN", activation: "Relu", gates: [0] },
};

/** A part of the vector, by rows of gates. */
type Part = (rows: number, columns: number) => Float32Array;

/** Puts a recurrent operator of ONNX for each layer. @param isZero whether an input is a state of zeros */
export function rnn(t: Translation): undefined {
  const wanted = t.text("mode", "");
  const mode = Object.hasOwn(modes, wanted) ? modes[wanted] : undefined;
  if (!mode) throw t.damaged(`a mode of ${Object.keys(modes).join(", ")}`, JSON.stringify(wanted));
  t.only("use_sequence_length", "False", "0");
  for (const key of ["projection_size", "lstm_state_clip_min", "lstm_state_clip_max"]) {
    if (t.has(key)) throw t.unsupported(key);
  }
  const [units, layers] = [size(t, "state_size"), size(t, "num_layers")];
  const directions = t.flag("bidirectional", false) ? 2 : 1;
  const count = mode.gates.length;
  const { shape, bytes, dtype } = t.weight(1);
  const vector = toHost(`${t.where}: parameters`, { shape, bytes, dtype }, "float32").data as Float32Array;
  const features = featuresOf(vector.length, { rows: directions * count * units, units, layers, directions });
  if (!(features >= 1 && Number.isInteger(features))) {
    throw t.damaged(`parameters of ${layers} layers with ${units} units`, `${sizeOfShape(shape)} numbers`);
  }
  let at = 0;
  const take: Part = (rows, columns) => vector.subarray(at, (at += rows * columns));
  const widths = Array.from({ length: layers }, (_, layer) => (layer === 0 ? features : directions * units));
  const kernels = widths.map((width) => stacked(directions, [width, units], take, mode, units));
  const biases = widths.map(() => stacked(directions, [1, 1], take, mode, units));
  let x = t.input(0);
  const ends: string[][] = [];
  for (let layer = 0; layer < layers; layer++) {
    const rows = count * units;
    const [w, r] = kernels[layer] as [number[], number[]];
    const [wb, rb] = biases[layer] as [number[], number[]];
    const bias = Array.from({ length: directions }, (_, d) =>
      [wb, rb].flatMap((b) => b.slice(d * rows, (d + 1) * rows)),
    );
    const weights = [
      t.floats(`kernel${layer}`, w, [directions, rows, widths[layer] as number]),
      t.floats(`recurrent${layer}`, r, [directions, rows, units]),
      t.floats(`bias${layer}`, bias.flat(), [directions, 2 * rows]),
    ];
    const begun = (mode.opType === "LSTM" ? [2, 3] : [2]).map((i) => stateOf(t, i, layer * directions, directions));
    const given = [x, ...weights, ...(begun.some((each) => each !== "") ? ["", ...begun] : [])];
    const outputs = ["y", "h", ...(mode.opType === "LSTM" ? ["c"] : [])].map((what) => `${t.name}:${what}${layer}`);
    t.put(
      mode.opType,
      given,
      {
        hidden_size: units,
        direction: directions === 2 ? "bidirectional" : "forward",
        ...(mode.opType === "GRU" ? { linear_before_reset: 1 } : {}),
        ...(mode.activation ? { activations: { texts: Array(directions).fill(mode.activation) } } : {}),
      },
      outputs,
    );
    ends.push(outputs.slice(1));
    const isLast = layer === layers - 1;
    // [steps, directions, batch, units] → [steps, batch, directions · units].
    const turned = t.before("Transpose", [outputs[0] as string], { perm: [0, 2, 1, 3] });
    const shapeOf = { shape: [0, 0, -1] };
    x = isLast ? t.put("Reshape", [turned], shapeOf) : t.before("Reshape", [turned], shapeOf);
    if (!isLast && t.number("p", 0) > 0) x = t.before("Dropout", [x], { ratio: { float: t.number("p", 0) } });
  }
  if (t.flag("state_outputs", false)) {
    (ends[0] as string[]).forEach((_, i) => {
      if (!t.isRead(i + 1)) return;
      const all = ends.map((each) => each[i] as string);
      t.put("Concat", all, { axis: 0 }, [outputName(t.name, i + 1)]);
    });
  }
  return undefined;
}

function size(t: Translation, key: string): number {
  const found = t.number(key);
  if (Number.isInteger(found) && found >= 1 && found < 2 ** 20) return found;
  throw t.damaged(`a size from 1 on as ${key}`, `${found}`);
}

/** The features that go in: nothing but the vector's length tells it. */
function featuresOf(length: number, { rows, units, layers, directions }: Record<string, number>): number {
  const own = (rows as number) * ((units as number) + 2);
  const between = ((layers as number) - 1) * (own + (rows as number) * (directions as number) * (units as number));
  return (length - own - between) / (rows as number);
}

/** Two matrices of each direction, those of the first kind together, then those of the second; gates in ONNX's order. */
function stacked(
  directions: number,
  columns: readonly [number, number],
  take: Part,
  { gates }: Mode,
  units: number,
): [number[], number[]] {
  const out: [number[], number[]] = [[], []];
  for (let d = 0; d < directions; d++) {
    columns.forEach((width, kind) => {
      const part = take(gates.length * units, width);
      const block = units * width;
      for (const gate of gates)
        for (const value of part.subarray(gate * block, (gate + 1) * block)) out[kind]?.push(value);
    });
  }
  return out;
}

/** The states of one layer's directions before the first step; `""`: zeros. */
function stateOf(t: Translation, i: number, first: number, directions: number): string {
  if (t.inputs.length <= i || t.isZero(i)) return "";
  return t.before("Slice", [t.input(i)], { axes: [0], starts: [first], ends: [first + directions] });
}
