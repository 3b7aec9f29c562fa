import { concatenate } from "../../../nn/layers/merge.js";
import { concat, pad, split, stridedSlice, tile, tril, triu } from "../../../nn/operations/parts.js";
import { broadcastTo } from "../../../nn/operations/shape.js";
import { sameShape } from "../../../util/shapes.js";
import { type Builder, uniform } from "../../graph/builder.js";
import { axisIn, BATCH, dimsOf, type Flow, ordered, toDims, toNumbers, type Value } from "../../graph/values.js";
import type { NodeView } from "../node.js";
import { alongAxes, positive, rankOf } from "./axes.js";
import { aligned } from "./elementwise.js";
import type { Operators } from "./operator.js";
import { padding } from "./padding.js";

function sliced(node: NodeView, builder: Builder): readonly Value[] {
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
  return alongAxes(builder, x, stridedSlice, () => {
    const isTurned = x.kind === "flow" && x.layout.kind === "channelsLast";
    const order = <T>(list: T[]) => (isTurned ? ordered(x.layout, list) : list);
    return { begin: order(begin), end: order(end), strides: order(strides) };
  });
}

function padded(node: NodeView, builder: Builder): readonly Value[] {
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
  return alongAxes(builder, x, pad, () => ({
    paddings: x.kind === "flow" ? ordered(x.layout, sides) : sides,
    constant: value,
    mode,
  }));
}

export const parts: Operators = {
  Concat(node, builder) {
    const given = node.inputs as readonly Value[];
    const { values, layout } = aligned(builder, given);
    const rank = rankOf(values[0] as Value);
    const axis = positive(node.int("axis", 1), rank);
    const flows = values.filter((value) => value.kind === "flow");
    const [first] = flows;
    if (!first) return [builder.one(concat, values, { axis })];
    const place = axisIn(first, axis);
    if (place > 0 && flows.length === values.length && flows.length > 1 && first.dims[0] === -1) {
      const x = builder.layer(concatenate({ axis: place === rank - 1 ? -1 : place }), flows);
      const size = flows.reduce((sum, { dims }) => sum + (dims[axis] as number), 0);
      return [{ ...first, x, dims: first.dims.map((n, i) => (i === axis ? size : n)) }];
    }
    return [builder.one(concat, values, { axis: place }, layout)];
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
    return alongAxes(builder, x, split, (place) => ({ sizes, axis: place(axis) }));
  },
  Slice: sliced,
  Trilu(node, builder) {
    const k = node.inputs[1] ? Number(node.known(1, "k").array.data[0]) : 0;
    return builder.operate(node.int("upper", 1) === 1 ? triu : tril, [builder.plain(node.input(0))], { k });
  },
  Pad: padded,
  Tile(node, builder) {
    const reps = node.numbers(undefined, 1, "repeats") as number[];
    return alongAxes(builder, node.input(0), tile, (place, rank) => {
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
    if (isAlike) return [builder.one(tile, [x], { reps: target.map((n, i) => n / (dims[i] as number)) })];
    if (target.some((n) => n % BATCH === 0)) {
      // A number for every row is that number wherever it is added or multiplied.
      const data = x.kind === "known" ? x.array.data : undefined;
      if (x.kind === "known" && data?.every((v) => v === data[0])) {
        return [uniform(Number(data[0]), x.array.dtype, toDims(target))];
      }
      throw node.unsupported("different numbers repeated for every row of the batch");
    }
    return [builder.one(broadcastTo, [x], { shape: target })];
  },
};
