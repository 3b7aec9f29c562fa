import type { ValueType } from "../../../nn/operations/operation.js";
import { type PadMode, paddedPlaces } from "../../../ops/pad.js";
import type { Sides } from "../../../ops/window.js";
import { type Call, first, likeOf, positive, type Rule, requireOpset } from "./call.js";
import { END, padded, sliced } from "./parts.js";
import type { Edge } from "./writer.js";

const argument =
  (opType: string): Rule =>
  (call) => {
    const { part, attributes, like } = call;
    const isLast = attributes.selectLastIndex === true;
    if (isLast) requireOpset(call, 12, "selectLastIndex");
    return part.writer.node(
      opType,
      [first(call)],
      {
        axis: positive(attributes.axis ?? 0, first(call).rank),
        keepdims: attributes.keepDims === true ? 1 : 0,
        ...(isLast ? { select_last_index: 1 } : {}),
      },
      like,
    );
  };

const scattered =
  (opType: string, ownAttributes: (call: Call) => Record<string, number>): Rule =>
  (call) => {
    const { part, values, attributes, like } = call;
    const reduction = String(attributes.reduction ?? "none");
    requireOpset(call, 11, opType);
    if (reduction !== "none") requireOpset(call, reduction === "max" || reduction === "min" ? 18 : 16, reduction);
    return part.writer.node(
      opType,
      values,
      { ...ownAttributes(call), ...(reduction === "none" ? {} : { reduction }) },
      like,
    );
  };

/** A part of each axis from `begin` on, `size` long. */
const slice: Rule = (call) => {
  const { part, attributes, like } = call;
  const starts = [attributes.begin].flat() as number[];
  const sizes = [attributes.size ?? -1].flat() as number[];
  const ends = starts.map((from, i) => ((sizes[i] ?? -1) < 0 ? END : from + (sizes[i] as number)));
  const axes = starts.map((_, i) => i);
  return sliced(part.writer, first(call), starts, ends, axes, { like });
};

const stridedSlice: Rule = (call) => {
  const { part, attributes, like } = call;
  const { begin, end, strides } = attributes as Record<string, readonly (number | null)[]>;
  const steps = (strides ?? (begin as readonly number[]).map(() => 1)) as readonly number[];
  const starts = (begin as readonly (number | null)[]).map((at, i) => at ?? ((steps[i] as number) < 0 ? END : 0));
  const ends = (end as readonly (number | null)[]).map((at, i) => at ?? ((steps[i] as number) < 0 ? -END : END));
  const axes = starts.map((_, i) => i);
  if (steps.some((each) => each !== 1)) requireOpset(call, 10, "steps other than 1");
  return sliced(part.writer, first(call), starts, ends, axes, { steps, like });
};

/** Padding by elements of x: those that stand along each axis, taken from it. */
const repeated = (call: Call, sides: readonly Sides[], mode: Exclude<PadMode, "constant">): Edge =>
  sides.reduce((y, [before, after], axis) => {
    if (before + after === 0) return y;
    const { writer, step } = call.part;
    const n = ((call.outputs[0] as ValueType).shape[axis] as number) - before - after;
    if (n < 0) throw writer.unsupported(step, `padding of mode "${mode}" of the batch, whose size is not known`);
    const places = writer.integers(paddedPlaces(mode, n, [before, after]), "places");
    return writer.node("Gather", [y, places], { axis }, y);
  }, first(call));

/** Operations that look for places, or take and put what is at such. */
export const placeRules: Readonly<Record<string, Rule>> = {
  argMax: argument("ArgMax"),
  argMin: argument("ArgMin"),
  topk(call) {
    const { part, attributes, outputs } = call;
    const { writer } = part;
    const isSmallest = attributes.largest === false;
    if (isSmallest) requireOpset(call, 11, "the smallest ones");
    const k = Number(attributes.k ?? 1);
    const axis = positive(attributes.axis ?? -1, first(call).rank);
    const inputs = [first(call), ...(writer.opset < 10 ? [] : [writer.integers([k], "k")])];
    const own = { axis, ...(writer.opset < 10 ? { k } : {}), ...(isSmallest ? { largest: 0 } : {}) };
    return writer.nodes("TopK", inputs, own, outputs.map(likeOf));
  },
  gatherND(call) {
    const { part, values, attributes, like } = call;
    const batchDims = Number(attributes.batchDims ?? 0);
    requireOpset(call, batchDims > 0 ? 12 : 11, "GatherND");
    return part.writer.node("GatherND", values, batchDims > 0 ? { batch_dims: batchDims } : {}, like);
  },
  takeAlongAxis(call) {
    requireOpset(call, 11, "GatherElements");
    const axis = positive(call.attributes.axis ?? 0, call.like.rank);
    return call.part.writer.node("GatherElements", call.values, { axis }, call.like);
  },
  scatterElements: scattered("ScatterElements", ({ attributes, like }) => ({
    axis: positive(attributes.axis ?? 0, like.rank),
  })),
  tensorScatterUpdate: scattered("ScatterND", () => ({})),
  slice,
  stridedSlice,
  reverse(call) {
    requireOpset(call, 10, "steps backwards");
    const { part, attributes, like } = call;
    const all = Array.from({ length: like.rank }, (_, i) => i);
    const axes = ([attributes.axis ?? all].flat() as number[]).map((axis) => positive(axis, like.rank));
    const each = (n: number) => axes.map(() => n);
    return sliced(part.writer, first(call), each(END), each(-END), axes, { steps: each(-1), like });
  },
  split(call) {
    const { part, attributes, outputs } = call;
    const { writer } = part;
    const axis = positive(attributes.axis ?? 0, first(call).rank);
    const sizes = outputs.map(({ shape }) => shape[axis] as number);
    if (writer.opset < 13) return writer.nodes("Split", [first(call)], { axis, split: sizes }, outputs.map(likeOf));
    return writer.nodes("Split", [first(call), writer.integers(sizes, "sizes")], { axis }, outputs.map(likeOf));
  },
  pad(call) {
    const { part, attributes, like } = call;
    const mode = (attributes.mode ?? "constant") as PadMode;
    const sides = attributes.paddings as readonly Sides[];
    const isLong = sides.some((pair, axis) =>
      pair.some((n) => 2 * n >= ((call.outputs[0] as ValueType).shape[axis] as number)),
    );
    if (mode === "symmetric" || mode === "wrap" || (mode === "reflect" && isLong)) return repeated(call, sides, mode);
    return padded(part.writer, first(call), sides, mode, Number(attributes.constant ?? 0), like);
  },
};
