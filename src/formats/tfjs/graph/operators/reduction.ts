import type { AnyLayer } from "../../../../nn/layer.js";
import {
  globalAveragePooling1D,
  globalAveragePooling2D,
  globalMaxPooling1D,
  globalMaxPooling2D,
} from "../../../../nn/layers/global-pooling.js";
import type { Attributes, Operation } from "../../../../nn/operations/operation.js";
import * as reductions from "../../../../nn/operations/reduction.js";
import { cast } from "../../../../nn/operations/shape.js";
import type { Builder } from "../../../graph/builder.js";
import { dimsOf, type Value } from "../../../graph/values.js";
import type { NodeView } from "../../../onnx/node.js";
import { positive, rankOf } from "../../../onnx/operators/axes.js";
import type { Operator, Operators } from "../../../onnx/operators/index.js";
import { axisIn, like, numberIn } from "./like.js";

function axesOf(node: NodeView): { axis: readonly number[]; keepDims: boolean } {
  const rank = rankOf(node.input(0));
  const axis = (node.numbers(undefined, 1) ?? []).map((each) => positive(each, rank));
  return { axis, keepDims: node.int("keep_dims", 0) === 1 };
}

type Pooling = (options: { keepdims: boolean }) => AnyLayer;

/** A reduction. @param pooling the layers that do it over all pixels of an image, and all steps of a sequence */
const reduced =
  (operation: Operation, own: Attributes = {}, pooling?: { image: Pooling; sequence: Pooling }): Operator =>
  (node, builder) => {
    const x = node.input(0);
    const { axis, keepDims } = axesOf(node);
    if (axis.length === 0) return [x];
    const isInner = axis.length === rankOf(x) - 2 && axis.every((each) => each > 0 && each < rankOf(x) - 1);
    const layer = [pooling?.sequence, pooling?.image][axis.length - 1];
    if (layer && isInner && x.kind === "flow" && x.dtype === "float32" && dimsOf(x)[0] === -1) {
      return [builder.through(layer({ keepdims: keepDims }), x)];
    }
    return builder.operate(operation, [x], { axis, keepDims, ...own });
  };

/** Of truth values: the least or the greatest of them as numbers. */
const ofBools =
  (operation: Operation): Operator =>
  (node, builder) => {
    const numbers = builder.one(cast, [node.input(0)], { dtype: "int32" });
    return [builder.one(cast, [builder.one(operation, [numbers], axesOf(node))], { dtype: "bool" })];
  };

const arg =
  (operation: Operation): Operator =>
  (node, builder) =>
    builder.operate(operation, [node.input(0)], { axis: axisIn(node, 1, rankOf(node.input(0))), keepDims: false });

const cumulative =
  (operation: Operation): Operator =>
  (node: NodeView, builder: Builder): readonly Value[] => {
    const [exclusive, reverse] = [node.int("exclusive", 0) === 1, node.int("reverse", 0) === 1];
    return builder.operate(operation, [node.input(0)], {
      axis: axisIn(node, 1, rankOf(node.input(0))),
      exclusive,
      reverse,
    });
  };

/** What comes of sums and the like, along axes. */
export const reduction: Operators = {
  All: ofBools(reductions.min),
  Any: ofBools(reductions.max),
  Sum: reduced(reductions.sum),
  Mean: reduced(reductions.mean, {}, { image: globalAveragePooling2D, sequence: globalAveragePooling1D }),
  Max: reduced(reductions.max, {}, { image: globalMaxPooling2D, sequence: globalMaxPooling1D }),
  Min: reduced(reductions.min),
  Prod: reduced(reductions.prod),
  EuclideanNorm: reduced(reductions.norm, { ord: 2 }),
  ArgMax: arg(reductions.argMax),
  ArgMin: arg(reductions.argMin),
  Cumsum: cumulative(reductions.cumsum),
  Cumprod: cumulative(reductions.cumprod),
  TopKV2: (node, builder, behind) => {
    numberIn(node, 1, "k");
    return like("TopK")(node, builder, behind);
  },
};
