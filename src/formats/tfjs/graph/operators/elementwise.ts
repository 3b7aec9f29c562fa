import { isFloat } from "../../../../util/dtypes.js";
import type { Value } from "../../../graph/values.js";
import { dimsOf, toNumbers } from "../../../graph/values.js";
import { unary } from "../../../onnx/operators/activation.js";
import { rankOf } from "../../../onnx/operators/axes.js";
import { many } from "../../../onnx/operators/elementwise.js";
import type { Operator, Operators } from "../../../onnx/operators/index.js";
import { reshapeTo } from "../../../onnx/operators/shape.js";
import { dtypeOf, like, numberIn } from "./like.js";

const dtypes: Readonly<Record<string, string>> = {
  DT_FLOAT: "float32",
  DT_HALF: "float32",
  DT_BFLOAT16: "float32",
  DT_DOUBLE: "float32",
  DT_INT32: "int32",
  DT_INT64: "int32",
  DT_BOOL: "bool",
};

/** Of whole numbers the whole quotient. */
const floorDiv: Operator = (node, builder, behind) => {
  const [quotient] = like("Div")(node, builder, behind) as [Value];
  return [isFloat(dtypeOf(quotient)) ? builder.one("floor", [quotient]) : quotient];
};

const handedThrough: Operator = (node) => [node.input(0)];

const add = like("Add");
const div = like("Div");

/** Functions of each element, and of elements that stand in the same place. */
export const elementwise: Operators = {
  Identity: handedThrough,
  StopGradient: handedThrough,
  PreventGradient: handedThrough,
  Snapshot: handedThrough,
  CheckNumerics: handedThrough,
  EnsureShape: handedThrough,
  PlaceholderWithDefault: handedThrough,
  IdentityN: (node) => node.inputs,

  Add: add,
  AddV2: add,
  BiasAdd: (node, builder, behind) => {
    const layout = node.text("data_format", "NHWC");
    if (layout !== "NHWC" && rankOf(node.input(0)) > 2) throw node.unsupported(`data_format ${layout}`);
    return add(node, builder, behind);
  },
  AddN: like("Sum"),
  Sub: like("Sub"),
  Mul: like("Mul"),
  Div: div,
  RealDiv: div,
  FloorDiv: floorDiv,
  FloorMod: like("Mod"),
  Pow: like("Pow"),
  Maximum: like("Max"),
  Minimum: like("Min"),
  SquaredDifference: (node, builder, behind) => [
    builder.one("square", [like("Sub")(node, builder, behind)[0] as Value]),
  ],

  Equal: many("equal"),
  NotEqual: many("notEqual"),
  Greater: many("greater"),
  GreaterEqual: many("greaterEqual"),
  Less: many("less"),
  LessEqual: many("lessEqual"),
  LogicalAnd: many("logicalAnd"),
  LogicalOr: many("logicalOr"),
  LogicalNot: unary("logicalNot"),
  SelectV2: like("Where"),
  /** Its condition may have the first axis alone. */
  Select(node, builder) {
    const [condition, a, b] = [node.input(0), node.input(1), node.input(2)];
    const more = rankOf(a) - rankOf(condition);
    const isFirst = rankOf(condition) === 1 && more > 0;
    const shape = [...toNumbers(dimsOf(condition)), ...new Array<number>(Math.max(0, more)).fill(1)];
    return builder.operate("where", [isFirst ? reshapeTo(node, builder, condition, shape) : condition, a, b]);
  },

  Relu: like("Relu"),
  Relu6: unary("relu6"),
  Elu: unary("elu"),
  Selu: unary("selu"),
  LeakyRelu: unary("leakyRelu", (node) => ({ alpha: node.float("alpha", 0.2) })),
  Prelu: like("PRelu"),
  Sigmoid: like("Sigmoid"),
  Tanh: like("Tanh"),
  Softplus: like("Softplus"),
  Softsign: like("Softsign"),
  Softmax: like("Softmax"),
  LogSoftmax: like("LogSoftmax"),
  ClipByValue: (node, builder) =>
    unary("clipByValue", () => ({ min: numberIn(node, 1, "a limit"), max: numberIn(node, 2, "a limit") }))(
      node,
      builder,
    ),

  Abs: unary("abs"),
  Acos: unary("acos"),
  Acosh: unary("acosh"),
  Asin: unary("asin"),
  Asinh: unary("asinh"),
  Atan: unary("atan"),
  Atanh: unary("atanh"),
  Ceil: unary("ceil"),
  Cos: unary("cos"),
  Cosh: unary("cosh"),
  Erf: unary("erf"),
  Exp: unary("exp"),
  Expm1: unary("expm1"),
  Floor: unary("floor"),
  IsFinite: unary("isFinite"),
  IsInf: unary("isInf"),
  IsNan: unary("isNaN"),
  Log: unary("log"),
  Log1p: unary("log1p"),
  Neg: unary("neg"),
  Reciprocal: unary("reciprocal"),
  Round: unary("round"),
  Rsqrt: unary("rsqrt"),
  Sign: unary("sign"),
  Sin: unary("sin"),
  Sinh: unary("sinh"),
  Sqrt: unary("sqrt"),
  Square: unary("square"),
  Tan: unary("tan"),

  Cast(node, builder) {
    const [x, asked] = [node.input(0), node.text("DstT", "")];
    const dtype = Object.hasOwn(dtypes, asked) ? dtypes[asked] : undefined;
    if (dtype === undefined) throw node.unsupported(`type ${asked}`);
    return [dtypeOf(x) === dtype ? x : builder.one("cast", [x], { dtype })];
  },
};
