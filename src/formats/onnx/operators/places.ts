import { mod } from "../../../nn/operations/arithmetic.js";
import {
  gather,
  gatherND,
  scatterElements,
  takeAlongAxis,
  tensorScatterUpdate,
} from "../../../nn/operations/places.js";
import { type Builder, integers } from "../../graph/builder.js";
import { dimsOf, type Value } from "../../graph/values.js";
import type { NodeView } from "../node.js";
import { alongAxes, positive, rankOf } from "./axes.js";
import type { Operators } from "./operator.js";

/**
 * Indices that count from the front, as ONNX's may count from the end: where they are worked out, by their remainder. What the model is fed stays as
 * it is, so that a number which is no index is reported.
 *
 * @param sizes what the indices along the last axis run through; one for all
 */
function fromFront(builder: Builder, indices: Value, sizes: readonly number[]): Value {
  if (indices.kind === "known") {
    const at = (i: number) => sizes[i % sizes.length] as number;
    const data = Int32Array.from(indices.array.data, (v, i) => (v < 0 ? v + at(i) : v));
    return { ...indices, array: { ...indices.array, data, dtype: "int32" } };
  }
  const given = builder.plain(indices);
  if (!given.x.node.layer || sizes.some((n) => n < 0)) return given;
  return builder.one(mod, [given, integers(sizes, sizes.length === 1 ? [] : [sizes.length])]);
}

/** What a node takes from or puts into, and its indices along an axis. */
function alongAxis(node: NodeView, builder: Builder): { x: Value; indices: Value; axis: number } {
  const x = builder.plain(node.input(0));
  const axis = positive(node.int("axis", 0), rankOf(x));
  return { x, axis, indices: fromFront(builder, node.input(1), [dimsOf(x)[axis] as number]) };
}

/** The same with indices that are tuples, each the place of a part. */
function ofTuples(node: NodeView, builder: Builder, batchDims = 0): { x: Value; indices: Value } {
  const x = builder.plain(node.input(0));
  const depth = dimsOf(node.input(1)).at(-1) as number;
  return { x, indices: fromFront(builder, node.input(1), dimsOf(x).slice(batchDims, batchDims + depth)) };
}

/** What takes, or puts, what is at places. */
export const places: Operators = {
  Gather(node, builder) {
    const list = node.input(1);
    // A list of places leaves the axes where they are.
    if (list.kind === "known" && rankOf(list) === 1) {
      const size = dimsOf(node.input(0))[positive(node.int("axis", 0), rankOf(node.input(0)))] as number;
      const places = fromFront(builder, list, [size]);
      return alongAxes(builder, node.input(0), gather, (place) => ({ axis: place(node.int("axis", 0)) }), [places]);
    }
    const { x, indices, axis } = alongAxis(node, builder);
    return [builder.one(gather, [x, indices], { axis })];
  },
  GatherElements(node, builder) {
    const { x, indices, axis } = alongAxis(node, builder);
    return builder.operate(takeAlongAxis, [x, indices], { axis });
  },
  GatherND(node, builder) {
    const batchDims = node.int("batch_dims", 0);
    const { x, indices } = ofTuples(node, builder, batchDims);
    return builder.operate(gatherND, [x, indices], { batchDims });
  },
  ScatterElements(node, builder) {
    const { x, indices, axis } = alongAxis(node, builder);
    const attributes = { axis, reduction: node.text("reduction", "none") };
    return builder.operate(scatterElements, [x, indices, builder.plain(node.input(2))], attributes);
  },
  ScatterND(node, builder) {
    const { x, indices } = ofTuples(node, builder);
    const attributes = { reduction: node.text("reduction", "none") };
    return builder.operate(tensorScatterUpdate, [x, indices, builder.plain(node.input(2))], attributes);
  },
};
