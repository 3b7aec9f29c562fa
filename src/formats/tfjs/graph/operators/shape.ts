import { pad, reverse, tile, tril, triu } from "../../../../nn/operations/parts.js";
import { transpose } from "../../../../nn/operations/shape.js";
import { sizeOfShape } from "../../../../util/shapes.js";
import { type Builder, integers } from "../../../graph/builder.js";
import { BATCH, dimsOf, toDims, toNumbers, type Value } from "../../../graph/values.js";
import type { NodeView } from "../../../onnx/node.js";
import { positive, rankOf } from "../../../onnx/operators/axes.js";
import type { Operator, Operators } from "../../../onnx/operators/index.js";
import { padding } from "../../../onnx/operators/padding.js";
import { reshapeTo } from "../../../onnx/operators/shape.js";
import { axisIn, checkSizes, like, numberIn } from "./like.js";

/** Behind every axis. */
const TO_END = 2 ** 31 - 1;

/** The numbers that an input holds. */
const numbersIn = (node: NodeView, i: number): number[] => node.numbers(undefined, i) ?? [];

/** The sizes of a value without some of its axes. */
const without = (value: Value, axes: ReadonlySet<number>): number[] =>
  toNumbers(dimsOf(value).filter((_, i) => !axes.has(i)));

const withAxis = (value: Value, axis: number): number[] => toNumbers(dimsOf(value)).toSpliced(axis, 0, 1);

/** @param batch the size of it that the file is for, where it has a fixed one: it is free here */
export const reshapeIn =
  (batch?: number): Operator =>
  (node, builder) => {
    const [x, asked] = [node.input(0), numbersIn(node, 1)];
    if (asked.includes(0)) throw node.unsupported("a tensor without elements");
    const isRow = batch !== undefined && asked[0] === batch && x.kind === "flow" && dimsOf(x)[0] === -1;
    return [reshapeTo(node, builder, x, isRow ? [BATCH, ...asked.slice(1)] : asked)];
  };

/** The parts of a value along an axis. */
const parts = (given: Parameters<Operator>, value: Value, axis: number, sizes: readonly number[]) =>
  like("Split", () => ({ inputs: [value, integers(sizes)], attributes: { axis } }))(...given);

const split: Operator = (node, builder, behind) => {
  const x = node.input(1);
  const axis = axisIn(node, 0, rankOf(x));
  const [n, count] = [dimsOf(x)[axis] as number, node.int("num_split", 1)];
  if (n > 0 && (count < 1 || n % count !== 0)) throw node.damaged(`a size that ${count} divides`, `${n}`);
  const sizes = new Array<number>(n > 0 ? count : 1).fill(n / count);
  return parts([node, builder, behind], x, axis, sizes);
};

const splitV: Operator = (node, builder, behind) => {
  const x = node.input(0);
  const axis = axisIn(node, 2, rankOf(x));
  const asked = numbersIn(node, 1);
  const rest = (dimsOf(x)[axis] as number) - asked.reduce((sum, n) => sum + Math.max(0, n), 0);
  const sizes = asked.map((n) => (n < 0 ? rest : n));
  return parts([node, builder, behind], x, axis, sizes);
};

/** One value for each place along an axis. */
const unpack: Operator = (node, builder, behind) => {
  const x = node.input(0);
  const axis = positive(node.int("axis", 0), rankOf(x));
  const count = dimsOf(x)[axis] as number;
  const made = parts([node, builder, behind], x, axis, new Array<number>(Math.max(1, count)).fill(1));
  return made.map((each) => each && reshapeTo(node, builder, each, without(each, new Set([axis]))));
};

const pack: Operator = (node, builder, behind) => {
  const axis = positive(node.int("axis", 0), rankOf(node.input(0)) + 1);
  const inputs = node.inputs.map((each) => reshapeTo(node, builder, each as Value, withAxis(each as Value, axis)));
  return like("Concat", () => ({ inputs, attributes: { axis } }))(node, builder, behind);
};

const concat: Operator = (node, builder, behind) => {
  const inputs = node.inputs.slice(0, -1);
  const axis = axisIn(node, node.inputs.length - 1, rankOf(node.input(0)));
  return like("Concat", () => ({ inputs, attributes: { axis } }))(node, builder, behind);
};

/** Parts of axes from `starts` to before `ends`. */
const sliced = (
  [node, builder, behind]: Parameters<Operator>,
  x: Value,
  { starts, ends, axes, steps }: Record<"starts" | "ends" | "axes" | "steps", readonly number[]>,
): Value => {
  if (axes.length === 0) return x;
  const inputs = [x, ...[starts, ends, axes, steps].map((list) => integers(list))];
  return like("Slice", () => ({ inputs }))(node, builder, behind)[0] as Value;
};

const slice: Operator = (node, builder, behind) => {
  const x = node.input(0);
  const [starts, sizes] = [numbersIn(node, 1), numbersIn(node, 2)];
  const ends = starts.map((from, i) => ((sizes[i] as number) < 0 ? TO_END : from + (sizes[i] as number)));
  const [axes, steps] = [starts.map((_, i) => i), starts.map(() => 1)];
  return [sliced([node, builder, behind], x, { starts, ends, axes, steps })];
};

/** Which axes of a strided slice are what, by the bits of its masks. */
function stridedSpec(node: NodeView, rank: number) {
  const [begin, end, steps] = [numbersIn(node, 1), numbersIn(node, 2), numbersIn(node, 3)];
  const bit = (mask: string, i: number) => ((node.int(mask, 0) >> i) & 1) === 1;
  const count = begin.length;
  if (end.length !== count || steps.length !== count) throw node.damaged(`${count} ends and steps`, `${end.length}`);
  const places = begin.map((_, i) => i);
  const used = places.filter((i) => !bit("new_axis_mask", i) && !bit("ellipsis_mask", i)).length;
  const spec = { starts: [] as number[], ends: [] as number[], axes: [] as number[], steps: [] as number[] };
  /** Axes of the outcome: one of x, or a new one. */
  const kept: (number | "new")[] = [];
  let axis = 0;
  for (const i of places) {
    if (bit("ellipsis_mask", i)) {
      for (const last = axis + rank - used; axis < last; axis++) kept.push(axis);
    } else if (bit("new_axis_mask", i)) kept.push("new");
    else {
      const [from, to, step] = [begin[i] as number, end[i] as number, steps[i] as number];
      const isOne = bit("shrink_axis_mask", i);
      if (!isOne) kept.push(axis);
      spec.axes.push(axis++);
      spec.steps.push(isOne ? 1 : step);
      spec.starts.push(!isOne && bit("begin_mask", i) ? (step < 0 ? TO_END : 0) : from);
      const last = bit("end_mask", i) ? (step < 0 ? -TO_END : TO_END) : to;
      spec.ends.push(isOne ? (from === -1 ? TO_END : from + 1) : last);
    }
  }
  if (axis > rank) throw node.damaged(`a slice of ${rank} axes`, `${axis}`);
  for (; axis < rank; axis++) kept.push(axis);
  return { spec, kept };
}

const stridedSlice: Operator = (node, builder, behind) => {
  const x = node.input(0);
  const { spec, kept } = stridedSpec(node, rankOf(x));
  const part = sliced([node, builder, behind], x, spec);
  const dims = toNumbers(dimsOf(part));
  if (kept.length === dims.length && kept.every((axis, i) => axis === i)) return [part];
  const shape = kept.map((axis) => (axis === "new" ? 1 : (dims[axis] as number)));
  return [reshapeTo(node, builder, part, shape)];
};

/** The sizes of a row with what is put around it. */
const widened = (x: Value, sides: readonly (readonly [number, number])[]): number[] =>
  dimsOf(x).flatMap((n, i) =>
    n < 0 ? [] : [n + (sides[i] as readonly [number, number])[0] + (sides[i] as readonly [number, number])[1]],
  );

function padded(node: NodeView, builder: Builder): readonly Value[] {
  const x = node.input(0);
  const rank = rankOf(x);
  const list = numbersIn(node, 1);
  if (list.length !== 2 * rank) throw node.damaged(`padding of ${rank} axes`, `${list.length} numbers`);
  const sides = Array.from({ length: rank }, (_, i) => [list[2 * i] as number, list[2 * i + 1] as number] as const);
  if (list.every((n) => n === 0)) return [x];
  checkSizes(node, widened(x, sides));
  const constant = node.op === "PadV2" ? numberIn(node, 2, "a value") : 0;
  const mode = node.op === "MirrorPad" ? node.text("mode", "REFLECT").toLowerCase() : "constant";
  const outer = [sides[0], sides[rank - 1]].flat();
  const isInner = (rank === 3 || rank === 4) && outer.every((n) => n === 0) && list.every((n) => n >= 0);
  if (x.kind === "flow" && dimsOf(x)[0] === -1 && isInner && mode === "constant" && constant === 0) {
    return [builder.through(padding(sides.slice(1, -1)), x)];
  }
  return [builder.one(pad, [x], { paddings: sides, constant, mode })];
}

/** Blocks of pixels as rows of the batch. */
const spaceToBatch: Operator = (node, builder) => {
  const [block, paddings] = [numbersIn(node, 1), numbersIn(node, 2)];
  const x = node.flow();
  const [batch, ...others] = toNumbers(x.dims) as [number, ...number[]];
  const sides = [[0, 0], ...block.map((_, i) => [paddings[2 * i], paddings[2 * i + 1]])];
  while (sides.length < x.dims.length) sides.push([0, 0]);
  checkSizes(node, widened(x, sides as [number, number][]));
  const isPadded = paddings.some((n) => n !== 0);
  const wide = isPadded ? builder.one(pad, [x], { paddings: sides, constant: 0, mode: "constant" }) : x;
  const pixels = dimsOf(wide).slice(1, 1 + block.length);
  const rest = others.slice(block.length);
  const cut = pixels.map((n, i) => n / (block[i] as number));
  if (!cut.every(Number.isInteger))
    throw node.damaged(`pixels that [${block.join(", ")}] divides`, `[${pixels.join(", ")}]`);
  const blocks = cut.flatMap((n, i) => [n, block[i] as number]);
  const apart = reshapeTo(node, builder, wide, [batch, ...blocks, ...rest]);
  const [steps, places] = [block.map((_, i) => 2 * i + 2), block.map((_, i) => 2 * i + 1)];
  const perm = [...steps, 0, ...places, ...rest.map((_, i) => 1 + blocks.length + i)];
  const turned = builder.one(transpose, [apart], { perm });
  return [reshapeTo(node, builder, turned, [batch * sizeOfShape(block), ...cut, ...rest])];
};

const batchToSpace: Operator = (node, builder, behind) => {
  const [block, crops] = [numbersIn(node, 1), numbersIn(node, 2)];
  const x = node.flow();
  const [batch, ...others] = toNumbers(x.dims) as [number, ...number[]];
  const [pixels, rest] = [others.slice(0, block.length), others.slice(block.length)];
  const rows = batch / sizeOfShape(block);
  if (!Number.isInteger(rows)) throw node.damaged("a batch that SpaceToBatchND has made", "another");
  const apart = reshapeTo(node, builder, x, [...block, rows, ...others]);
  const first = block.length;
  const perm = [first, ...block.flatMap((_, i) => [first + 1 + i, i]), ...rest.map((_, i) => 2 * first + 1 + i)];
  const turned = builder.one(transpose, [apart], { perm });
  const whole = pixels.map((n, i) => n * (block[i] as number));
  const joined = reshapeTo(node, builder, turned, [rows, ...whole, ...rest]);
  if (crops.every((n) => n === 0)) return [joined];
  const [starts, ends] = [
    block.map((_, i) => crops[2 * i] as number),
    whole.map((n, i) => n - (crops[2 * i + 1] as number)),
  ];
  const [axes, steps] = [block.map((_, i) => i + 1), block.map(() => 1)];
  return [sliced([node, builder, behind], joined, { starts, ends, axes, steps })];
};

/** The shape to which two shapes broadcast. */
const broadcastArgs: Operator = (node) => {
  const [a, b] = [numbersIn(node, 0), numbersIn(node, 1)];
  const [long, short] = a.length < b.length ? [b, a] : [a, b];
  const ones = new Array<number>(long.length - short.length).fill(1);
  return [integers(long.map((n, i) => (n === 1 ? ([...ones, ...short][i] as number) : n)))];
};

/** What moves elements, and what counts them. */
export const shape: Operators = {
  Shape: like("Shape"),
  ShapeN: (node) => node.inputs.map((each) => integers(toNumbers(dimsOf(each as Value)))),
  Size: like("Size"),
  Rank: (node) => [integers([rankOf(node.input(0))], [])],
  Reshape: reshapeIn(),
  Squeeze(node, builder) {
    const x = node.input(0);
    const asked = node.ints("squeeze_dims")?.map((axis) => positive(axis, rankOf(x)));
    const axes = asked ?? dimsOf(x).flatMap((n, i) => (n === 1 ? [i] : []));
    return [reshapeTo(node, builder, x, without(x, new Set(axes)))];
  },
  ExpandDims(node, builder) {
    const x = node.input(0);
    return [reshapeTo(node, builder, x, withAxis(x, axisIn(node, 1, rankOf(x) + 1)))];
  },
  Transpose: (node, builder) => [
    builder.one(transpose, [node.input(0)], {
      perm: numbersIn(node, 1).map((axis) => positive(axis, rankOf(node.input(0)))),
    }),
  ],
  ConcatV2: concat,
  Split: split,
  SplitV: splitV,
  Pack: pack,
  Unpack: unpack,
  Slice: slice,
  StridedSlice: stridedSlice,
  Pad: padded,
  PadV2: padded,
  MirrorPad: padded,
  Tile(node, builder, behind) {
    const [x, reps] = [node.input(0), numbersIn(node, 1)];
    checkSizes(node, [...reps, ...toNumbers(dimsOf(x))]);
    if (toDims(reps).every((n) => n > 0)) return builder.operate(tile, [x], { reps });
    const dims = reps.map((n, i) => n * (dimsOf(x)[i] as number));
    return like("Expand", () => ({ inputs: [x, integers(dims)] }))(node, builder, behind);
  },
  BroadcastTo(node, builder, behind) {
    checkSizes(node, numbersIn(node, 1));
    return like("Expand")(node, builder, behind);
  },
  BroadcastArgs: broadcastArgs,
  ReverseV2: (node, builder) =>
    builder.operate(reverse, [node.input(0)], {
      axis: numbersIn(node, 1).map((axis) => positive(axis, rankOf(node.input(0)))),
    }),
  SpaceToBatchND: spaceToBatch,
  BatchToSpaceND: batchToSpace,
  MatrixBandPart(node, builder) {
    const [lower, upper] = [numberIn(node, 1, "a number of lines"), numberIn(node, 2, "a number of lines")];
    const below = lower < 0 ? node.input(0) : builder.one(triu, [node.input(0)], { k: -lower });
    return [upper < 0 ? below : builder.one(tril, [below], { k: upper })];
  },
};
