import * as activations from "../../../../nn/operations/activation.js";
import * as comparisons from "../../../../nn/operations/comparison.js";
import * as math from "../../../../nn/operations/math.js";
import { cast } from "../../../../nn/operations/shape.js";
import { isFloat } from "../../../../util/dtypes.js";
import type { Value } from "../../../graph/values.js";
import { dimsOf, toNumbers } from "../../../graph/values.js";
import { rankOf } from "../../../onnx/operators/axes.js";
import { many, unary } from "../../../onnx/operators/elementwise.js";
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
  return [isFloat(dtypeOf(quotient)) ? builder.one(math.floor, [quotient]) : quotient];
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
    builder.one(math.square, [like("Sub")(node, builder, behind)[0] as Value]),
  ],

  Equal: many(comparisons.equal),
  NotEqual: many(comparisons.notEqual),
  Greater: many(comparisons.greater),
  GreaterEqual: many(comparisons.greaterEqual),
  Less: many(comparisons.less),
  LessEqual: many(comparisons.lessEqual),
  LogicalAnd: many(comparisons.logicalAnd),
  LogicalOr: many(comparisons.logicalOr),
  LogicalNot: unary(comparisons.logicalNot),
  SelectV2: like("Where"),
  /** Its condition may have the first axis alone. */
  Select(node, builder) {
    const [condition, a, b] = [node.input(0), node.input(1), node.input(2)];
    const more = rankOf(a) - rankOf(condition);
    const isFirst = rankOf(condition) === 1 && more > 0;
    const shape = [...toNumbers(dimsOf(condition)), ...new Array<number>(Math.max(0, more)).fill(1)];
    return builder.operate(comparisons.where, [isFirst ? reshapeTo(node, builder, condition, shape) : condition, a, b]);
  },

  Relu: like("Relu"),
  Relu6: unary(activations.relu6),
  Elu: unary(activations.elu),
  Selu: unary(activations.selu),
  LeakyRelu: unary(activations.leakyRelu, (node) => ({ alpha: node.float("alpha", 0.2) })),
  Prelu: like("PRelu"),
  Sigmoid: like("Sigmoid"),
  Tanh: like("Tanh"),
  Softplus: like("Softplus"),
  Softsign: like("Softsign"),
  Softmax: like("Softmax"),
  LogSoftmax: like("LogSoftmax"),
  ClipByValue: (node, builder) =>
    unary(activations.clipByValue, () => ({ min: numberIn(node, 1, "a limit"), max: numberIn(node, 2, "a limit") }))(
      node,
      builder,
    ),

  Abs: unary(math.abs),
  Acos: unary(math.acos),
  Acosh: unary(math.acosh),
  Asin: unary(math.asin),
  Asinh: unary(math.asinh),
  Atan: unary(math.atan),
  Atanh: unary(math.atanh),
  Ceil: unary(math.ceil),
  Cos: unary(math.cos),
  Cosh: unary(math.cosh),
  Erf: unary(math.erf),
  Exp: unary(math.exp),
  Expm1: unary(math.expm1),
  Floor: unary(math.floor),
  IsFinite: unary(math.finite),
  IsInf: unary(math.infinite),
  IsNan: unary(math.notANumber),
  Log: unary(math.log),
  Log1p: unary(math.log1p),
  Neg: unary(math.neg),
  Reciprocal: unary(math.reciprocal),
  Round: unary(math.round),
  Rsqrt: unary(math.rsqrt),
  Sign: unary(math.sign),
  Sin: unary(math.sin),
  Sinh: unary(math.sinh),
  Sqrt: unary(math.sqrt),
  Square: unary(math.square),
  Tan: unary(math.tan),

  Cast(node, builder) {
    const [x, asked] = [node.input(0), node.text("DstT", "")];
    const dtype = Object.hasOwn(dtypes, asked) ? dtypes[asked] : undefined;
    if (dtype === undefined) throw node.unsupported(`type ${asked}`);
    return [dtypeOf(x) === dtype ? x : builder.one(cast, [x], { dtype })];
  },
};
