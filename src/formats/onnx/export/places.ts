import { type Call, first, likeOf, positive, type Rule, requireOpset } from "./call.js";

/** What is the whole axis from or to. */
export const END = 2 ** 31 - 1;

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
  const { writer } = part;
  const starts = [attributes.begin].flat() as number[];
  const sizes = [attributes.size ?? -1].flat() as number[];
  const ends = starts.map((from, i) => ((sizes[i] ?? -1) < 0 ? END : from + (sizes[i] as number)));
  const axes = starts.map((_, i) => i);
  if (writer.opset < 10) return writer.node("Slice", [first(call)], { starts, ends, axes }, like);
  const given = Object.entries({ starts, ends, axes }).map(([name, list]) => writer.integers(list, name));
  return writer.node("Slice", [first(call), ...given], {}, like);
};

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
  cumsum(call) {
    requireOpset(call, 11, "CumSum");
    const { part, attributes, like } = call;
    const axis = part.writer.integers([positive(attributes.axis ?? 0, first(call).rank)], "axis", []);
    const [exclusive, reverse] = [attributes.exclusive, attributes.reverse].map((each) => (each ? 1 : 0));
    return part.writer.node("CumSum", [first(call), axis], { exclusive: exclusive ?? 0, reverse: reverse ?? 0 }, like);
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
  reverse(call) {
    requireOpset(call, 10, "steps backwards");
    const { part, attributes, like } = call;
    const all = Array.from({ length: like.rank }, (_, i) => i);
    const axes = ([attributes.axis ?? all].flat() as number[]).map((axis) => positive(axis, like.rank));
    const each = (n: number) => axes.map(() => n);
    const given = Object.entries({ starts: each(END), ends: each(-END), axes, steps: each(-1) });
    const inputs = given.map(([name, list]) => part.writer.integers(list, name));
    return part.writer.node("Slice", [first(call), ...inputs], {}, like);
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
    const { writer, step } = part;
    const mode = String(attributes.mode ?? "constant");
    if (mode === "symmetric") throw writer.unsupported(step, `padding of mode "${mode}"`);
    if (mode === "wrap") requireOpset(call, 19, `padding of mode "${mode}"`);
    const sides = attributes.paddings as readonly (readonly [number, number])[];
    const pads = [...sides.map(([a]) => a), ...sides.map(([, b]) => b)];
    const value = Number(attributes.constant ?? 0);
    if (writer.opset < 11) return writer.node("Pad", [first(call)], { mode, pads, value: { float: value } }, like);
    const constant = like.dtype ? writer.integers([value], "value", []) : writer.floats([value], "value", []);
    const filling = mode === "constant" ? [constant] : [];
    return writer.node("Pad", [first(call), writer.integers(pads, "pads"), ...filling], { mode }, like);
  },
};
