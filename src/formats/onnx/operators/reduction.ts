import type { Attributes, Operation } from "../../../nn/operations/operation.js";
import * as reductions from "../../../nn/operations/reduction.js";
import type { Builder } from "../../graph/builder.js";
import { axisIn, CHANNELS_LAST, type Flow, PLAIN, type Value } from "../../graph/values.js";
import type { NodeView } from "../node.js";
import { positive, rankOf } from "./axes.js";
import { averages, maxima, type Pooling, pooledOver } from "./global-pooling.js";
import type { Behind, Operators } from "./operator.js";

/** A reduction; with the axes of an image gone, what is left is in ONNX's order. @param pooling the layers that do the same over all of them */
const reduced =
  (operation: Operation, own: Attributes = {}, pooling?: Pooling) =>
  (node: NodeView, builder: Builder, behind: Behind): readonly Value[] => {
    const x = node.input(0);
    const rank = rankOf(x);
    const axes = node.numbers("axes", 1);
    const keepDims = node.int("keepdims", 1) === 1;
    if (!axes && node.int("noop_with_empty_axes", 0) === 1) return [x];
    const wanted = (axes ?? Array.from({ length: rank }, (_, i) => i)).map((axis) => positive(axis, rank));
    const isLast = x.kind === "flow" && x.layout.kind === "channelsLast";
    const pixelsOnly = wanted.every((axis) => axis >= 2) && wanted.length === rank - 2;
    const pooled = pooling && isLast && pixelsOnly ? pooledOver(pooling, builder, behind, x, keepDims) : undefined;
    if (pooled) return [pooled];
    if (isLast && (keepDims || pixelsOnly)) {
      const layout = keepDims ? CHANNELS_LAST : PLAIN;
      return builder.operate(
        operation,
        [x],
        { axis: wanted.map((axis) => axisIn(x as Flow, axis)), keepDims, ...own },
        layout,
      );
    }
    return builder.operate(operation, [builder.plain(x)], { axis: wanted, keepDims, ...own });
  };

const arg =
  (operation: Operation) =>
  (node: NodeView, builder: Builder): readonly Value[] => {
    const x = builder.plain(node.input(0));
    const axis = positive(node.int("axis", 0), rankOf(x));
    const keepDims = node.int("keepdims", 1) === 1;
    return builder.operate(operation, [x], { axis, keepDims, selectLastIndex: node.int("select_last_index", 0) === 1 });
  };

/** What comes of sums and the like, along axes. */
export const reduction: Operators = {
  ReduceSum: reduced(reductions.sum),
  ReduceMean: reduced(reductions.mean, {}, averages),
  ReduceMax: reduced(reductions.max, {}, maxima),
  ReduceMin: reduced(reductions.min),
  ReduceProd: reduced(reductions.prod),
  ReduceLogSumExp: reduced(reductions.logSumExp),
  ReduceL1: reduced(reductions.norm, { ord: 1 }),
  ReduceL2: reduced(reductions.norm, { ord: 2 }),
  ArgMax: arg(reductions.argMax),
  ArgMin: arg(reductions.argMin),
  TopK(node, builder) {
    const x = builder.plain(node.input(0));
    const k = node.inputs[1] ? Number(node.known(1, "k").array.data[0]) : node.int("k", 1);
    return builder.operate(reductions.topk, [x], {
      k,
      axis: positive(node.int("axis", -1), rankOf(x)),
      largest: node.int("largest", 1) === 1,
    });
  },
  CumSum(node, builder) {
    const x = builder.plain(node.input(0));
    const axis = positive(Number(node.known(1, "an axis").array.data[0]), rankOf(x));
    const [exclusive, reverse] = [node.int("exclusive", 0) === 1, node.int("reverse", 0) === 1];
    return builder.operate(reductions.cumsum, [x], { axis, exclusive, reverse });
  },
  Einsum(node, builder) {
    const given = node.inputs.map((each) => builder.plain(each as Value));
    return builder.operate(reductions.einsum, given, { equation: node.text("equation", "") });
  },
};
