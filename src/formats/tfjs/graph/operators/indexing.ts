import { equal, where } from "../../../../nn/operations/comparison.js";
import { tensorScatterUpdate } from "../../../../nn/operations/places.js";
import { transpose } from "../../../../nn/operations/shape.js";
import { sizeOfShape } from "../../../../util/shapes.js";
import { integers, known, uniform } from "../../../graph/builder.js";
import { dimsOf, type Known, toDims, toNumbers, type Value } from "../../../graph/values.js";
import { type NodeView, sizesOf } from "../../../onnx/node.js";
import { positive, rankOf } from "../../../onnx/operators/axes.js";
import type { Operator, Operators } from "../../../onnx/operators/index.js";
import { reshapeTo } from "../../../onnx/operators/shape.js";
import { axisIn, checkSizes, dtypeOf, like, numberIn } from "./like.js";

/** The same number everywhere. */
function full(node: NodeView, value: number, dtype: Known["array"]["dtype"], dims: readonly number[]): Known {
  if (dims.some((n) => n < 0)) return uniform(value, dtype, dims);
  checkSizes(node, dims);
  const size = sizeOfShape(dims);
  return known((dtype === "float32" ? new Float32Array(size) : new Int32Array(size)).fill(value), dims, dtype);
}

const likeInput =
  (value: number): Operator =>
  (node) => [full(node, value, dtypeOf(node.input(0)), dimsOf(node.input(0)))];

/** Numbers at equal distances. */
function series(node: NodeView, start: number, step: number, count: number, dtype: Known["array"]["dtype"]): Known {
  checkSizes(node, [count]);
  const values = Array.from({ length: Math.max(0, count) }, (_, i) => start + i * step);
  return dtype === "int32" ? integers(values) : known(Float32Array.from(values), [values.length], "float32");
}

function range(node: NodeView): readonly Value[] {
  const [start, limit, step] = ["a start", "a limit", "a step"].map((what, i) => numberIn(node, i, what)) as [
    number,
    number,
    number,
  ];
  if (toDims([start, limit]).some((n, i) => n !== [start, limit][i])) {
    throw node.unsupported("a number for every row of the batch");
  }
  return [series(node, start, step, Math.ceil((limit - start) / step), dtypeOf(node.input(0)))];
}

function linSpace(node: NodeView): readonly Value[] {
  const [start, stop, count] = ["a start", "a stop", "a number"].map((what, i) => numberIn(node, i, what)) as [
    number,
    number,
    number,
  ];
  return [series(node, start, count > 1 ? (stop - start) / (count - 1) : 0, count, "float32")];
}

function oneHot(node: NodeView, builder: Parameters<Operator>[1]): readonly Value[] {
  const indices = node.input(0);
  const rank = rankOf(indices);
  const axis = positive(node.int("axis", -1), rank + 1);
  const depth = numberIn(node, 1, "a depth");
  checkSizes(node, [...toNumbers(dimsOf(indices)), depth]);
  const lifted = reshapeTo(node, builder, indices, [...toNumbers(dimsOf(indices)), 1]);
  const isThere = builder.one(equal, [lifted, series(node, 0, 1, depth, "int32")]);
  const made = builder.one(where, [isThere, node.known(2, "a value"), node.known(3, "a value")]);
  if (axis === rank) return [made];
  const perm = Array.from({ length: rank }, (_, i) => i).toSpliced(axis, 0, rank);
  return [builder.one(transpose, [made], { perm })];
}

/** What picks elements by their places, and makes numbers of nothing. */
export const indexing: Operators = {
  Fill: (node) => {
    const { data, shape, dtype } = node.known(1, "a value").array;
    if (sizeOfShape(shape) !== 1) throw node.damaged("one number", `${sizeOfShape(shape)}`);
    return [full(node, Number(data[0]), dtype, sizesOf(node.known(0, "a shape")))];
  },
  ZerosLike: likeInput(0),
  OnesLike: likeInput(1),
  Range: range,
  LinSpace: linSpace,
  OneHot: oneHot,
  GatherV2(node, builder, behind) {
    if (node.int("batch_dims", 0) !== 0) throw node.unsupported("batch_dims");
    const axis = axisIn(node, 2, rankOf(node.input(0)));
    return like("Gather", () => ({ inputs: node.inputs.slice(0, 2), attributes: { axis } }))(node, builder, behind);
  },
  Gather: like("Gather"),
  GatherNd: like("GatherND"),
  ScatterNd(node, builder) {
    const [indices, updates, dims] = [node.known(0, "indices"), node.input(1), sizesOf(node.known(2, "a shape"))];
    if (dims.some((n) => n < 0)) throw node.unsupported("places in the batch");
    const zeros = full(node, 0, dtypeOf(updates), dims);
    return builder.operate(tensorScatterUpdate, [zeros, indices, updates], { reduction: "add" });
  },
  TensorScatterUpdate: like("ScatterND"),
};
