import type { AnyLayer } from "../../../nn/layer.js";
import * as merge from "../../../nn/layers/merge.js";
import { add, div, fmod, maximum, minimum, mod, mul, pow, sub } from "../../../nn/operations/arithmetic.js";
import type { Operation } from "../../../nn/operations/operation.js";
import { sameShape } from "../../../util/shapes.js";
import { type Builder, known } from "../../graph/builder.js";
import type { Flow, Layout, Value } from "../../graph/values.js";
import type { NodeView } from "../node.js";
import { aligned } from "./elementwise.js";
import type { Operators } from "./operator.js";

const folded =
  (
    operation: Operation,
    layer?: () => AnyLayer,
    behind: (y: Value, count: number, builder: Builder, layout: Layout) => readonly Value[] = (y) => [y],
  ) =>
  (node: NodeView, builder: Builder): readonly Value[] => {
    const given = node.inputs.filter((each) => each !== undefined);
    const { values, layout } = aligned(builder, given);
    const flows = values.filter((value) => value.kind === "flow");
    const [first, ...others] = flows as [Flow, ...Flow[]];
    const alike = others.length > 0 && others.every(({ dims }) => sameShape(dims, first.dims));
    if (layer && alike && flows.length === values.length) {
      return [{ ...first, x: builder.layer(layer(), flows) }];
    }
    return behind(
      values.reduce((a, b) => builder.one(operation, [a, b], {}, layout)),
      values.length,
      builder,
      layout,
    );
  };

export const arithmetic: Operators = {
  Add: folded(add, merge.add),
  Sum: folded(add, merge.add),
  Mean: folded(add, merge.average, (y, count, builder, layout) => [
    builder.one(div, [y, known(Float32Array.of(count), [], "float32")], {}, layout),
  ]),
  Sub: folded(sub, merge.subtract),
  Mul: folded(mul, merge.multiply),
  Div(node, builder) {
    const { values, layout } = aligned(builder, node.inputs as Value[]);
    const [a, b] = values as [Value, Value];
    const one = (operation: Operation, x: Value, y: Value) => builder.one(operation, [x, y], {}, layout);
    if ((a.kind === "flow" ? a.dtype : a.array.dtype) !== "int32") return [one(div, a, b)];
    // Of whole numbers it is rounded to 0 there, down here: what is left over is taken away before.
    return [one(div, one(sub, a, one(fmod, a, b)), b)];
  },
  Mod: (node, builder) => folded(node.int("fmod", 0) === 1 ? fmod : mod)(node, builder),
  Pow: folded(pow),
  Max: folded(maximum, merge.maximum),
  Min: folded(minimum, merge.minimum),
};
