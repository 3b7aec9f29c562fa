import { LEAST } from "../../../nn/layers/rescaling.js";
import type { HostArray } from "../../../util/host-array.js";
import { normalizeAxes } from "../../../util/shapes.js";
import type { LayerWriter } from "./layers.js";
import type { Edge, Part, Writer } from "./writer.js";

/** A mean or a sum over axes that stay, with size 1; from an operator set on the axes are an input. */
function reduced(writer: Writer, opType: "ReduceMean" | "ReduceSum", x: Edge, axes: readonly number[]): Edge {
  const since = opType === "ReduceSum" ? 13 : 18;
  if (writer.opset < since) return writer.node(opType, [x], { axes }, x);
  return writer.node(opType, [x, writer.integers(axes, "axes")], {}, x);
}

/** x / √(mean of x² + ε) */
function overRoot(writer: Writer, x: Edge, axes: readonly number[], epsilon: unknown): Edge {
  const squares = reduced(writer, "ReduceMean", writer.node("Mul", [x, x], {}, x), axes);
  const shifted = writer.node("Add", [squares, writer.floats([Number(epsilon)], "epsilon", [])], {}, x);
  return writer.node("Div", [x, writer.node("Sqrt", [shifted], {}, x)], {}, x);
}

const centred = (writer: Writer, x: Edge, axes: readonly number[]): Edge =>
  writer.node("Sub", [x, reduced(writer, "ReduceMean", x, axes)], {}, x);

const axesOf = ({ step }: Part): number[] =>
  normalizeAxes("save", step.layer.config.axis as number, step.inputShape.length + 1);

/** A factor and an offset, each under the sizes that it broadcasts by. */
function affine(writer: Writer, x: Edge, weights: Part["weights"], shape: readonly number[]): Edge {
  const under = (array: HostArray, name: string) => writer.tensor({ ...array, shape }, name);
  const { gamma = weights.scale, beta } = weights;
  const scaled = gamma ? writer.node("Mul", [x, under(gamma, "gamma")], {}, x) : x;
  return beta ? writer.node("Add", [scaled, under(beta, "beta")], {}, x) : scaled;
}

/** The sizes of the normalized axes among those of a row, 1 for the others. */
const spread = ({ step }: Part, axes: readonly number[]): number[] =>
  step.inputShape.map((n, i) => (axes.includes(i + 1) ? n : 1));

const layerNormalization: LayerWriter = (part) => {
  const { step, weights, writer, inputs } = part;
  const { epsilon } = step.layer.config;
  const axes = axesOf(part);
  const x = writer.last(inputs[0] as Edge);
  if (writer.opset < 17 || axes.length > 1 || axes[0] !== step.inputShape.length) {
    return affine(writer, overRoot(writer, centred(writer, x, axes), axes, epsilon), weights, spread(part, axes));
  }
  const size = step.inputShape.at(-1) as number;
  const gamma = weights.gamma ?? { data: new Float32Array(size).fill(1), shape: [size] };
  const constants = [writer.tensor(gamma, "gamma"), ...(weights.beta ? [writer.tensor(weights.beta, "beta")] : [])];
  return writer.node("LayerNormalization", [x, ...constants], { axis: -1, epsilon: { float: Number(epsilon) } }, x);
};

/** Fixed numbers for each place along some axes. */
const normalization: LayerWriter = (part) => {
  const { step, weights, writer, inputs } = part;
  const { axis, invert } = step.layer.config;
  const axes = axis === null ? [] : axesOf(part);
  const x = writer.last(inputs[0] as Edge);
  const { mean, variance } = weights as Record<string, HostArray>;
  const shape = spread(part, axes);
  const least = Float32Array.from((variance as HostArray).data, (value) => Math.max(Math.sqrt(value), LEAST));
  const deviation = writer.tensor({ data: least, shape }, "deviation");
  const centre = writer.tensor({ ...(mean as HostArray), shape }, "mean");
  if (invert) return writer.node("Add", [writer.node("Mul", [x, deviation], {}, x), centre], {}, x);
  return writer.node("Div", [writer.node("Sub", [x, centre], {}, x), deviation], {}, x);
};

const rescaling: LayerWriter = ({ step, writer, inputs }) => {
  const x = writer.last(inputs[0] as Edge);
  const { scale, offset } = step.layer.config as Record<string, number | readonly number[]>;
  const numbers = (value: unknown, name: string) =>
    typeof value === "number" ? writer.floats([value], name, []) : writer.floats(value as number[], name);
  return writer.node(
    "Add",
    [writer.node("Mul", [x, numbers(scale, "scale")], {}, x), numbers(offset, "offset")],
    {},
    x,
  );
};

/** Of channels in groups, each group a row: from `[batch, channels, …]` and back. */
const groupNormalization: LayerWriter = ({ step, weights, writer, inputs }) => {
  const { groups, epsilon } = step.layer.config;
  const x = writer.first(inputs[0] as Edge);
  const [channels, ...pixels] = [step.inputShape.at(-1) as number, ...step.inputShape.slice(0, -1)];
  const shape = writer.integers([0, groups === -1 ? channels : Number(groups), -1], "groups");
  const grouped = writer.node("Reshape", [x, shape], {}, { rank: 3, isFirst: false });
  const even = overRoot(writer, centred(writer, grouped, [2]), [2], epsilon);
  const back = writer.integers([0, channels, ...pixels], "shape");
  const like = { rank: x.rank, isFirst: x.rank > 2 };
  return affine(writer, writer.node("Reshape", [even, back], {}, like), weights, [channels, ...pixels.map(() => 1)]);
};

export const normalizationWriters: Readonly<Record<string, LayerWriter>> = {
  normalization,
  rescaling,
  layerNormalization,
  groupNormalization,
  rmsNormalization(part) {
    const axes = axesOf(part);
    const x = part.writer.last(part.inputs[0] as Edge);
    const even = overRoot(part.writer, x, axes, part.step.layer.config.epsilon);
    return affine(part.writer, even, part.weights, spread(part, axes));
  },
  unitNormalization(part) {
    const { writer } = part;
    const x = writer.last(part.inputs[0] as Edge);
    const squares = reduced(writer, "ReduceSum", writer.node("Mul", [x, x], {}, x), axesOf(part));
    const least = writer.node("Max", [squares, writer.floats([1e-12], "least", [])], {}, x);
    return writer.node("Div", [x, writer.node("Sqrt", [least], {}, x)], {}, x);
  },
};
