import { concatenate } from "../../../nn/layers/merge.js";
import { reshape } from "../../../nn/layers/reshape.js";
import type { FileArray } from "../../../util/file-array.js";
import { type Shape, sameShape, sizeOfShape } from "../../../util/shapes.js";
import { type Builder, fromFile, integers, known, uniform } from "../../graph/builder.js";
import { flattened } from "../../graph/rows.js";
import {
  axisIn,
  BATCH,
  CHANNELS_LAST,
  dimsOf,
  type Flow,
  ordered,
  PLAIN,
  toDims,
  toNumbers,
  type Value,
} from "../../graph/values.js";
import { type NodeView, sizesOf } from "../node.js";
import { alongAxes, positive, rankOf } from "./axes.js";
import { aligned } from "./elementwise.js";
import type { Operators } from "./operator.js";
import { padding } from "./pooling.js";

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
    return { ...x, x: builder.layer(reshape({ targetShape: row }), [x]), dims: target };
  }
  if (target.filter((n) => n < 0).length > 1) throw node.unsupported("two axes that grow with the batch");
  return builder.one("reshape", [x], { shape: target.map((n) => (n < 0 ? -1 : n)) });
}

/** A value under a shape that may hold −1 and multiples of the batch. */
export function reshapeTo(node: NodeView, builder: Builder, x: Value, asked: readonly number[]): Value {
  if (x.kind === "flow") return reshaped(node, builder, x, targetOf(node, x.dims, asked));
  return builder.one("reshape", [x], { shape: targetOf(node, dimsOf(x), asked) });
}

function slice(node: NodeView, builder: Builder): readonly Value[] {
  const x = node.input(0);
  const dims = dimsOf(x);
  const rank = dims.length;
  const starts = node.numbers("starts", 1);
  const ends = node.numbers("ends", 2);
  if (!starts || !ends) throw node.damaged("starts and ends", "none");
  const axes = (node.numbers("axes", 3) ?? starts.map((_, i) => i)).map((axis) => positive(axis, rank));
  const steps = node.numbers(undefined, 4, "steps") ?? starts.map(() => 1);
  const [begin, end] = [new Array<number | null>(rank).fill(null), new Array<number | null>(rank).fill(null)];
  const strides = new Array<number>(rank).fill(1);
  let isAll = true;
  axes.forEach((axis, i) => {
    const [n, step] = [dims[axis] as number, steps[i] as number];
    const [from, to] = [starts[i] as number, ends[i] as number];
    if (n < 0) {
      if (from === 0 && to >= BATCH && step === 1) return;
      throw node.unsupported("a part of the batch");
    }
    isAll = false;
    // Beyond either end is to that end; below 0 a step goes to before the first.
    begin[axis] = Math.max(-n, Math.min(from, step < 0 ? n - 1 : n));
    end[axis] = to < -n ? (step < 0 ? null : 0) : to >= n ? (step < 0 ? n - 1 : null) : to;
    strides[axis] = step;
  });
  if (isAll) return [x];
  return alongAxes(builder, x, "stridedSlice", () => {
    const isTurned = x.kind === "flow" && x.layout.kind === "channelsLast";
    const order = <T>(list: T[]) => (isTurned ? ordered(x.layout, list) : list);
    return { begin: order(begin), end: order(end), strides: order(strides) };
  });
}

function pad(node: NodeView, builder: Builder): readonly Value[] {
  const x = node.input(0);
  const rank = rankOf(x);
  const pads = node.numbers(node.opset < 11 ? "pads" : undefined, 1, "pads") ?? node.numbers("pads", undefined);
  if (!pads) throw node.damaged("pads", "none");
  const mode = node.text("mode", "constant");
  if (!["constant", "reflect", "edge", "wrap"].includes(mode)) throw node.unsupported(`mode ${mode}`);
  const value = node.opset < 11 ? node.float("value", 0) : (node.scalar("value", 2) ?? 0);
  const all = node.numbers(undefined, 3, "axes") ?? Array.from({ length: rank }, (_, i) => i);
  const sides = Array.from({ length: rank }, () => [0, 0] as [number, number]);
  all.forEach((axis, i) => {
    sides[positive(axis, rank)] = [pads[i] as number, pads[i + all.length] as number];
  });
  if (sides.flat().some((n) => n < 0)) throw node.unsupported("padding below 0");
  if (sides.flat().every((n) => n === 0)) return [x];
  const pixels = sides.slice(2);
  const outside = sides.slice(0, 2).flat();
  const isImage = x.kind === "flow" && x.layout.kind === "channelsLast" && outside.every((n) => n === 0);
  if (isImage && mode === "constant" && value === 0 && pixels.length <= 2)
    return [builder.through(padding(pixels), x as Flow)];
  return alongAxes(builder, x, "pad", () => ({
    paddings: x.kind === "flow" ? ordered(x.layout, sides) : sides,
    constant: value,
    mode,
  }));
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
    if (x.kind === "known") return [builder.one("transpose", [x], { perm })];
    const toLast = [0, ...perm.slice(2).map((_, i) => i + 2), 1];
    const toFirst = [0, rank - 1, ...perm.slice(2).map((_, i) => i + 1)];
    // Between the two orders of an image nothing moves: its data already lie, or may go on lying, with the channels last.
    if (rank > 2 && x.layout.kind === "channelsLast" && sameShape(perm, toLast)) {
      return [{ ...x, dims: ordered(x.layout, x.dims), layout: PLAIN }];
    }
    if (rank > 2 && x.layout.kind === "plain" && sameShape(perm, toFirst)) {
      return [{ ...x, dims: perm.map((axis) => x.dims[axis] as number), layout: CHANNELS_LAST }];
    }
    return [builder.one("transpose", [builder.plain(x)], { perm })];
  },
  Concat(node, builder) {
    const given = node.inputs as readonly Value[];
    const { values, layout } = aligned(builder, given);
    const rank = rankOf(values[0] as Value);
    const axis = positive(node.int("axis", 1), rank);
    const flows = values.filter((value) => value.kind === "flow");
    const [first] = flows;
    if (!first) return [builder.one("concat", values, { axis })];
    const place = axisIn(first, axis);
    if (place > 0 && flows.length === values.length && flows.length > 1 && first.dims[0] === -1) {
      const x = builder.layer(concatenate({ axis: place === rank - 1 ? -1 : place }), flows);
      const size = flows.reduce((sum, { dims }) => sum + (dims[axis] as number), 0);
      return [{ ...first, x, dims: first.dims.map((n, i) => (i === axis ? size : n)) }];
    }
    return [builder.one("concat", values, { axis: place }, layout)];
  },
  Split(node, builder) {
    const x = node.input(0);
    const dims = dimsOf(x);
    const axis = positive(node.int("axis", 0), dims.length);
    const n = dims[axis] as number;
    if (n < 0) throw node.unsupported("parts of the batch");
    const count = node.int("num_outputs", node.node.outputs.length);
    const each = Math.ceil(n / count);
    const sizes = node.numbers("split", 1) ?? Array.from({ length: count }, (_, i) => Math.min(each, n - i * each));
    return alongAxes(builder, x, "split", (place) => ({ sizes, axis: place(axis) }));
  },
  Slice: slice,
  DepthToSpace(node, builder) {
    const x = builder.last(node.flow());
    const attributes = { blockSize: node.int("blocksize", 1), order: node.text("mode", "DCR") };
    return builder.operate("depthToSpace", [x], attributes, CHANNELS_LAST);
  },
  SpaceToDepth(node, builder) {
    const x = builder.last(node.flow());
    return builder.operate("spaceToDepth", [x], { blockSize: node.int("blocksize", 1) }, CHANNELS_LAST);
  },
  Trilu(node, builder) {
    const k = node.inputs[1] ? Number(node.known(1, "k").array.data[0]) : 0;
    return builder.operate(node.int("upper", 1) === 1 ? "triu" : "tril", [builder.plain(node.input(0))], { k });
  },
  Pad: pad,
  Tile(node, builder) {
    const reps = node.numbers(undefined, 1, "repeats") as number[];
    return alongAxes(builder, node.input(0), "tile", (place, rank) => {
      const placed = new Array<number>(rank).fill(1);
      for (const [axis, times] of reps.entries()) placed[place(axis)] = times;
      return { reps: placed };
    });
  },
  Expand(node, builder) {
    const x = builder.plain(node.input(0));
    const dims = toNumbers(dimsOf(x));
    const asked = node.numbers(undefined, 1) as number[];
    const rank = Math.max(asked.length, dims.length);
    const at = (list: readonly number[], i: number) => list[i - rank + list.length] ?? 1;
    const target = Array.from({ length: rank }, (_, i) => (at(asked, i) === 1 ? at(dims, i) : at(asked, i)));
    if (sameShape(target, dims)) return [x];
    const isAlike =
      x.kind === "flow" && dims.length === rank && target.every((n, i) => n % BATCH !== 0 || n === dims[i]);
    if (isAlike) return [builder.one("tile", [x], { reps: target.map((n, i) => n / (dims[i] as number)) })];
    if (target.some((n) => n % BATCH === 0)) {
      // A number for every row is that number wherever it is added or multiplied.
      const data = x.kind === "known" ? x.array.data : undefined;
      if (x.kind === "known" && data?.every((v) => v === data[0])) {
        return [uniform(Number(data[0]), x.array.dtype, toDims(target))];
      }
      throw node.unsupported("different numbers repeated for every row of the batch");
    }
    return [builder.one("broadcastTo", [x], { shape: target })];
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
    return [
      { ...(builder.one("cast", [x], { dtype }, layout) as Flow), ...(x.kind === "flow" ? { dims: x.dims } : {}) },
    ];
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
