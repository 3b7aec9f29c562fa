import { reshape as reshapeLayer } from "../../../nn/layers/reshape.js";
import { cast, reshape, transpose } from "../../../nn/operations/shape.js";
import type { FileArray } from "../../../util/file-array.js";
import { type Shape, sameShape, sizeOfShape } from "../../../util/shapes.js";
import { type Builder, fromFile, integers, known, uniform } from "../../graph/builder.js";
import { flattened } from "../../graph/rows.js";
import { CHANNELS_LAST, dimsOf, type Flow, ordered, PLAIN, toDims, toNumbers, type Value } from "../../graph/values.js";
import { type NodeView, sizesOf } from "../node.js";
import { positive, rankOf } from "./axes.js";
import type { Operators } from "./operator.js";

/** Elements of a batch: a number, and how many times the batch is in it. */
function sizeOf(dims: Shape): { size: number; batches: number } {
  return { size: Math.abs(sizeOfShape(dims)), batches: dims.filter((n) => n < 0).length };
}

/** The sizes that a Reshape asks for; of what it is asked, −1 is what is left over, of what comes out −k is k times the batch. */
function targetOf(node: NodeView, dims: Shape, asked: readonly number[]): number[] {
  const zeroIsKept = node.int("allowzero", 0) === 0;
  const target = toDims(asked).map((n, i) => (n === 0 && zeroIsKept ? (dims[i] as number) : n));
  const free = asked.indexOf(-1);
  if (free < 0) return target;
  const whole = sizeOf(dims);
  const rest = sizeOf(target.filter((_, i) => i !== free));
  const [size, batches] = [whole.size / rest.size, whole.batches - rest.batches];
  if (!Number.isInteger(size) || batches < 0 || batches > 1) {
    throw node.damaged(`a shape for ${whole.size} elements a row`, `[${asked.join(", ")}]`);
  }
  return target.map((n, i) => (i === free ? (batches === 1 ? -size : size) : n));
}

/** A flow under another shape. Rows that stay rows are a layer; else the one size that depends on the batch is worked out as it runs. */
function reshaped(node: NodeView, builder: Builder, given: Flow, target: readonly number[]): Value {
  const { dims } = given;
  if (sameShape(dims, target)) return given;
  const [first, ...row] = target as [number, ...number[]];
  const isRow = first === -1 && row.every((n) => n > 0) && dims[0] === -1;
  if (isRow && row.length === 1) return flattened(builder, given);
  const x = builder.plain(given);
  if (isRow) {
    return { ...x, x: builder.layer(reshapeLayer({ targetShape: row }), [x]), dims: target };
  }
  if (target.filter((n) => n < 0).length > 1) throw node.unsupported("two axes that grow with the batch");
  return builder.one(reshape, [x], { shape: target.map((n) => (n < 0 ? -1 : n)) });
}

/** A value under a shape that may hold −1 and multiples of the batch. */
export function reshapeTo(node: NodeView, builder: Builder, x: Value, asked: readonly number[]): Value {
  if (x.kind === "flow") return reshaped(node, builder, x, targetOf(node, x.dims, asked));
  return builder.one(reshape, [x], { shape: targetOf(node, dimsOf(x), asked) });
}

export const shape: Operators = {
  Constant(node) {
    const value = node.tensor("value");
    if (value && value.dtype !== "string") return [fromFile(node.where, value as FileArray)];
    const one = node.node.attributes.has("value_int");
    if (one) return [integers([node.int("value_int", 0)], [])];
    const many = node.ints("value_ints");
    if (many) return [integers(many)];
    const float = node.node.attributes.get("value_float");
    if (float?.kind === "float") return [known(Float32Array.of(float.value), [], "float32")];
    const floats = node.node.attributes.get("value_floats");
    if (floats?.kind === "floats") return [known(Float32Array.from(floats.value), [floats.value.length], "float32")];
    throw node.unsupported(`a value of kind ${[...node.node.attributes.keys()].join(", ")}`);
  },
  ConstantOfShape(node, builder) {
    const dims = sizesOf(node.known(0, "a shape"));
    const value = node.tensor("value");
    const { data, dtype } = value
      ? fromFile(node.where, value as FileArray).array
      : known(Float32Array.of(0), [1], "float32").array;
    if (dims.some((n) => n < 0)) return [uniform(Number(data[0]), dtype, dims)];
    const size = sizeOfShape(dims);
    builder.spend(size);
    const filled = dtype === "float32" ? new Float32Array(size) : new Int32Array(size);
    return [known(filled.fill(data[0] as number), dims, dtype)];
  },
  Shape(node) {
    const x = node.input(0);
    const dims = toNumbers(dimsOf(x));
    const rank = dims.length;
    const [start, end] = [positive(node.int("start", 0), rank), positive(node.int("end", rank), rank)];
    return [integers(dims.slice(start, end))];
  },
  Size(node) {
    const x = node.input(0);
    return [integers([sizeOfShape(toNumbers(dimsOf(x)))], [])];
  },
  Reshape(node, builder) {
    const asked = node.numbers("shape", 1);
    if (!asked) throw node.damaged("a shape", "none");
    return [reshapeTo(node, builder, node.input(0), asked)];
  },
  Flatten(node, builder) {
    const x = node.input(0);
    const dims = dimsOf(x);
    const axis = positive(node.int("axis", 1), dims.length);
    const asked = [dims.slice(0, axis), dims.slice(axis)].map((part) => sizeOfShape(toNumbers(part)));
    return [reshapeTo(node, builder, x, asked)];
  },
  Squeeze(node, builder) {
    const x = node.input(0);
    const dims = dimsOf(x);
    const axes = node.numbers("axes", 1)?.map((axis) => positive(axis, dims.length));
    const kept = dims.filter((n, i) => (axes ? !axes.includes(i) : n !== 1));
    return [reshapeTo(node, builder, x, toNumbers(kept))];
  },
  Unsqueeze(node, builder) {
    const x = node.input(0);
    const dims = dimsOf(x);
    const axes = node.numbers("axes", 1) ?? [];
    const places = axes.map((axis) => positive(axis, dims.length + axes.length));
    const out: number[] = [];
    let from = 0;
    for (let i = 0; i < dims.length + axes.length; i++) out.push(places.includes(i) ? 1 : (dims[from++] as number));
    return [reshapeTo(node, builder, x, toNumbers(out))];
  },
  Transpose(node, builder) {
    const x = node.input(0);
    const rank = rankOf(x);
    const perm = node.ints("perm") ?? Array.from({ length: rank }, (_, i) => rank - 1 - i);
    if (x.kind === "known") return [builder.one(transpose, [x], { perm })];
    const toLast = [0, ...perm.slice(2).map((_, i) => i + 2), 1];
    const toFirst = [0, rank - 1, ...perm.slice(2).map((_, i) => i + 1)];
    // Between the two orders of an image nothing moves: its data already lie, or may go on lying, with the channels last.
    if (rank > 2 && x.layout.kind === "channelsLast" && sameShape(perm, toLast)) {
      return [{ ...x, dims: ordered(x.layout, x.dims), layout: PLAIN }];
    }
    if (rank > 2 && x.layout.kind === "plain" && sameShape(perm, toFirst)) {
      return [{ ...x, dims: perm.map((axis) => x.dims[axis] as number), layout: CHANNELS_LAST }];
    }
    return [builder.one(transpose, [builder.plain(x)], { perm })];
  },
  Cast(node, builder) {
    const x = node.input(0);
    const dtypes: Readonly<Record<number, string>> = {
      1: "float32",
      10: "float32",
      11: "float32",
      6: "int32",
      7: "int32",
      9: "bool",
    };
    const dtype = dtypes[node.int("to", 1)];
    if (dtype === undefined) throw node.unsupported(`data type ${node.int("to", 1)}`);
    if ((x.kind === "flow" ? x.dtype : x.array.dtype) === dtype) return [x];
    const layout = x.kind === "flow" ? x.layout : PLAIN;
    return [{ ...(builder.one(cast, [x], { dtype }, layout) as Flow), ...(x.kind === "flow" ? { dims: x.dims } : {}) }];
  },
  Range(node, builder) {
    const [start, limit, step] = [0, 1, 2].map((i) => Number(node.known(i, "a range").array.data[0])) as [
      number,
      number,
      number,
    ];
    const count = Math.max(0, Math.ceil((limit - start) / step));
    builder.spend(Number.isNaN(count) ? 0 : count);
    return [integers(Array.from({ length: count }, (_, i) => start + i * step))];
  },
};
