import type { Attributes, Operation } from "../../../nn/operations/operation.js";
import { sizeOfShape } from "../../../util/shapes.js";
import { alongside, type Builder } from "../../graph/builder.js";
import { type Layout, PLAIN, type Value } from "../../graph/values.js";
import type { NodeView } from "../node.js";

/**
 * Values so that they broadcast against each other as ONNX has it: all with their channels last where one has that and the others can, else all in
 * ONNX's order.
 */
export function aligned(builder: Builder, values: readonly Value[]): { values: readonly Value[]; layout: Layout } {
  const flows = values.filter((value) => value.kind === "flow");
  const rank = Math.max(...values.map((value) => (value.kind === "flow" ? value.dims : value.array.shape).length));
  const last = flows.find(({ layout, dims }) => layout.kind === "channelsLast" && dims.length === rank);
  if (last && flows.every(({ dims, layout }) => dims.length === rank && layout.kind !== "flattened")) {
    const turned = values.map((value) => (value.kind === "flow" ? builder.last(value) : alongside(value, last)));
    return { values: turned, layout: last.layout };
  }
  // A single number does not care in which order a flattened image lies.
  const [only] = flows;
  const scalars = values.every((value) => value.kind === "flow" || sizeOfShape(value.array.shape) === 1);
  if (flows.length === 1 && scalars && only?.layout.kind === "flattened") return { values, layout: only.layout };
  return { values: values.map((value) => builder.plain(value)), layout: PLAIN };
}

/** A function of each element as an operation: for those that layers do not have, or with parameters. */
export const unary =
  (operation: Operation, attributes: (node: NodeView) => Attributes = () => ({})) =>
  (node: NodeView, builder: Builder): readonly Value[] => {
    const x = node.input(0);
    const layout = x.kind === "flow" ? x.layout : undefined;
    const [y] = builder.operate(operation, [x], attributes(node), layout);
    return [x.kind === "flow" && y?.kind === "flow" ? { ...y, dims: x.dims } : (y as Value)];
  };

/** Comparisons and the like: never of weights alone. */
export const many =
  (operation: Operation) =>
  (node: NodeView, builder: Builder): readonly Value[] => {
    const { values, layout } = aligned(builder, node.inputs as Value[]);
    return builder.operate(operation, values, {}, layout);
  };
