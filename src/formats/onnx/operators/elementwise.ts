import type { AnyLayer } from "../../../nn/layer.js";
import { add, average, maximum, minimum, multiply, subtract } from "../../../nn/layers/merge.js";
import { sameShape, sizeOfShape } from "../../../util/shapes.js";
import { alongside, type Builder, known } from "../../graph/builder.js";
import { type Flow, type Layout, PLAIN, type Value } from "../../graph/values.js";
import type { NodeView } from "../node.js";
import { unary } from "./activation.js";
import type { Operators } from "./operator.js";

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

const folded =
  (
    name: string,
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
      values.reduce((a, b) => builder.one(name, [a, b], {}, layout)),
      values.length,
      builder,
      layout,
    );
  };

/** Comparisons and the like: never of weights alone. */
export const many =
  (name: string) =>
  (node: NodeView, builder: Builder): readonly Value[] => {
    const { values, layout } = aligned(builder, node.inputs as Value[]);
    return builder.operate(name, values, {}, layout);
  };

export const elementwise: Operators = {
  Add: folded("add", add),
  Sum: folded("add", add),
  Mean: folded("add", average, (y, count, builder, layout) => [
    builder.one("div", [y, known(Float32Array.of(count), [], "float32")], {}, layout),
  ]),
  Sub: folded("sub", subtract),
  Mul: folded("mul", multiply),
  Div(node, builder) {
    const { values, layout } = aligned(builder, node.inputs as Value[]);
    const [a, b] = values as [Value, Value];
    const one = (name: string, x: Value, y: Value) => builder.one(name, [x, y], {}, layout);
    if ((a.kind === "flow" ? a.dtype : a.array.dtype) !== "int32") return [one("div", a, b)];
    // Of whole numbers it is rounded to 0 there, down here: what is left over is taken away before.
    return [one("div", one("sub", a, one("fmod", a, b)), b)];
  },
  Mod: (node, builder) => folded(node.int("fmod", 0) === 1 ? "fmod" : "mod")(node, builder),
  Pow: folded("pow"),
  Max: folded("maximum", maximum),
  Min: folded("minimum", minimum),
  Equal: many("equal"),
  Greater: many("greater"),
  GreaterOrEqual: many("greaterEqual"),
  Less: many("less"),
  LessOrEqual: many("lessEqual"),
  And: many("logicalAnd"),
  Or: many("logicalOr"),
  Where: many("where"),
  Xor: many("logicalXor"),
  Not: unary("logicalNot"),
  Abs: unary("abs"),
  Neg: unary("neg"),
  Exp: unary("exp"),
  Log: unary("log"),
  Sqrt: unary("sqrt"),
  Reciprocal: unary("reciprocal"),
  Floor: unary("floor"),
  Ceil: unary("ceil"),
  Round: unary("round"),
  Sign: unary("sign"),
  Sin: unary("sin"),
  Cos: unary("cos"),
  Erf: unary("erf"),
  Tan: unary("tan"),
  Asin: unary("asin"),
  Acos: unary("acos"),
  Atan: unary("atan"),
  Sinh: unary("sinh"),
  Cosh: unary("cosh"),
  Asinh: unary("asinh"),
  Acosh: unary("acosh"),
  Atanh: unary("atanh"),
  IsNaN: unary("isNaN"),
  IsInf(node, builder) {
    if (node.int("detect_negative", 1) !== 1 || node.int("detect_positive", 1) !== 1) {
      throw node.unsupported("one sign of infinity alone");
    }
    return unary("isInf")(node, builder);
  },
  Gelu(node, builder) {
    if (node.text("approximate", "none") !== "none") throw node.unsupported("the approximation by tanh");
    return unary("gelu")(node, builder);
  },
};
