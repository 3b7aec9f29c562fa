import { type Operand, operationTypes, weightName } from "../../../nn/layers/operation-layer.js";
import { operations } from "../../../nn/operations/index.js";
import type { Attributes, Operation } from "../../../nn/operations/operation.js";
import type { HostArray } from "../../../util/host-array.js";
import type { Shape } from "../../../util/shapes.js";
import { activated } from "./activation.js";
import { first, likeOf, positive, type Rule, requireOpset } from "./call.js";
import { comparisonRules } from "./comparison.js";
import { cumulativeRules } from "./cumulative.js";
import { divisionRules } from "./division.js";
import { imageRules } from "./images.js";
import type { LayerWriter } from "./layers.js";
import { placeRules } from "./places.js";
import { recurrentRules } from "./recurrent.js";
import type { Edge, Writer } from "./writer.js";

const castTo: Readonly<Record<string, number>> = { float32: 1, int32: 7, bool: 9 };

/** A node of the same operands, with these attributes as numbers with a point. */
const node =
  (opType: string, floats: Readonly<Record<string, number>> = {}): Rule =>
  ({ part, values, attributes, like }) => {
    const given = Object.entries(floats).map(([name, otherwise]) => {
      const own = name === "alpha" && opType === "ThresholdedRelu" ? "theta" : name;
      return [name, { float: Number(attributes[own] ?? otherwise) }] as const;
    });
    return part.writer.node(opType, values, Object.fromEntries(given), like);
  };

/** Axes as an attribute or, from an operator set on, as an input. */
function withAxes(
  writer: Writer,
  since: number,
  axes: readonly number[] | undefined,
): { inputs: readonly string[]; attributes: Record<string, readonly number[]> } {
  if (!axes) return { inputs: [], attributes: {} };
  if (writer.opset < since) return { inputs: [], attributes: { axes } };
  return { inputs: [writer.integers(axes, "axes")], attributes: {} };
}

const reduce =
  (opType: string, since: number): Rule =>
  (call) => {
    const { part, attributes, like } = call;
    const { axis, keepDims } = attributes as { axis?: number | number[]; keepDims?: boolean };
    const axes = axis === undefined ? undefined : [axis].flat().map((each) => positive(each, first(call).rank));
    const by = withAxes(part.writer, since, axes);
    const keepdims = keepDims ? 1 : 0;
    return part.writer.node(opType, [first(call), ...by.inputs], { ...by.attributes, keepdims }, like);
  };

const shaped =
  (opType: string): Rule =>
  (call) => {
    const { part, attributes, like } = call;
    const { axis } = attributes as { axis?: number | number[] };
    const rank = Math.max(first(call).rank, like.rank);
    const axes = axis === undefined ? undefined : [axis].flat().map((each) => positive(each, rank));
    const by = withAxes(part.writer, 13, axes);
    return part.writer.node(opType, [first(call), ...by.inputs], by.attributes, like);
  };

const along =
  (opType: string): Rule =>
  (call) => {
    const { part, attributes, like } = call;
    const axis = positive(attributes.axis ?? -1, first(call).rank);
    if (part.writer.opset < 13 && axis !== first(call).rank - 1) {
      throw part.writer.unsupported(part.step, `axis ${axis} in operator set ${part.writer.opset}; it takes 13`);
    }
    return part.writer.node(opType, [first(call)], { axis }, like);
  };

const since =
  (opset: number, rule: Rule): Rule =>
  (call) => {
    requireOpset(call, opset, String(call.part.step.layer.config.operation));
    return rule(call);
  };

/** Of whole numbers from operator set 12 on. */
const greatest =
  (opType: string): Rule =>
  (call) => {
    if (call.like.dtype) requireOpset(call, 12, `${opType} of whole numbers`);
    return node(opType)(call);
  };

const named =
  (name: string): Rule =>
  (call) =>
    activated(call.part, first(call), name);

const matmul: Rule = ({ part, values, attributes, like }) => {
  const { writer } = part;
  const operands = values.map((value, i) => {
    if (!attributes[i === 0 ? "transposeA" : "transposeB"]) return value;
    const perm = Array.from({ length: value.rank }, (_, axis) => axis);
    perm.splice(-2, 2, value.rank - 1, value.rank - 2);
    return writer.node("Transpose", [value], { perm }, value);
  });
  return writer.node("MatMul", operands, {}, like);
};

const clipByValue: Rule = (call) => {
  const { part, attributes, like } = call;
  const [min, max] = [Number(attributes.min), Number(attributes.max)];
  if (part.writer.opset < 11) {
    return part.writer.node("Clip", [first(call)], { min: { float: min }, max: { float: max } }, like);
  }
  const bounds = [part.writer.floats([min], "min", []), part.writer.floats([max], "max", [])];
  return part.writer.node("Clip", [first(call), ...bounds], {}, like);
};

const ofName = (...opTypes: readonly string[]): Record<string, Rule> =>
  Object.fromEntries(opTypes.map((opType) => [opType.charAt(0).toLowerCase() + opType.slice(1), node(opType)]));

const triangle =
  (upper: 0 | 1): Rule =>
  (call) => {
    requireOpset(call, 14, "Trilu");
    const k = call.part.writer.integers([Number(call.attributes.k ?? 0)], "k", []);
    return call.part.writer.node("Trilu", [first(call), k], { upper }, call.like);
  };

/** How each operation of `wg` that has an equal in ONNX is written. */
export const operationRules: Readonly<Record<string, Rule>> = {
  ...ofName("Abs", "Neg", "Exp", "Log", "Sqrt", "Reciprocal", "Floor", "Ceil", "Sign", "Sin", "Cos", "Erf"),
  ...ofName("Tan", "Asin", "Acos", "Atan", "Sinh", "Cosh", "Asinh", "Acosh", "Atanh", "Softsign", "Relu", "Sigmoid"),
  ...ofName("Tanh", "Add", "Sub", "Mul", "Pow"),
  prelu: node("PRelu"),
  maximum: greatest("Max"),
  minimum: greatest("Min"),
  elu: node("Elu", { alpha: 1 }),
  leakyRelu: node("LeakyRelu", { alpha: 0.2 }),
  selu: node("Selu", { alpha: 1.6732632423543772, gamma: 1.0507009873554805 }),
  hardSigmoid: node("HardSigmoid", { alpha: 1 / 6, beta: 0.5 }),
  thresholdedRelu: since(10, node("ThresholdedRelu", { alpha: 1 })),
  ...Object.fromEntries(["gelu", "hardSwish", "mish", "relu6", "silu", "softplus"].map((name) => [name, named(name)])),
  ...comparisonRules,
  ...cumulativeRules,
  ...divisionRules,
  ...imageRules,
  ...placeRules,
  ...recurrentRules,
  celu: since(12, node("Celu", { alpha: 1 })),
  logSigmoid(call) {
    const { writer } = call.part;
    const turned = writer.node("Neg", [first(call)], {}, call.like);
    return writer.node("Neg", [writer.node("Softplus", [turned], {}, call.like)], {}, call.like);
  },
  expm1(call) {
    const { writer } = call.part;
    return writer.node("Sub", [node("Exp")(call) as Edge, writer.floats([1], "one", [])], {}, call.like);
  },
  log1p(call) {
    const { writer } = call.part;
    const more = writer.node("Add", [first(call), writer.floats([1], "one", [])], {}, call.like);
    return writer.node("Log", [more], {}, call.like);
  },
  round: since(11, node("Round")),
  norm(call) {
    const ord = call.attributes.ord ?? 2;
    if (ord === 1) return reduce("ReduceL1", 18)(call);
    if (ord === 2 || ord === "euclidean") return reduce("ReduceL2", 18)(call);
    const sizes = call.part.writer.node("Abs", [first(call)], {}, first(call));
    return reduce("ReduceMax", 18)({ ...call, values: [sizes] });
  },
  triu: triangle(1),
  tril: triangle(0),
  einsum: since(12, ({ part, values, attributes, like }) =>
    part.writer.node("Einsum", values, { equation: String(attributes.equation) }, like),
  ),
  broadcastTo({ part, values, attributes, like }) {
    const shape = part.writer.integers(attributes.shape as number[], "shape");
    return part.writer.node("Expand", [...values, shape], {}, like);
  },
  square: (call) => call.part.writer.node("Mul", [first(call), first(call)], {}, call.like),
  rsqrt: (call) => call.part.writer.node("Reciprocal", [node("Sqrt")(call) as Edge], {}, call.like),
  sum: reduce("ReduceSum", 13),
  mean: reduce("ReduceMean", 18),
  max: reduce("ReduceMax", 18),
  min: reduce("ReduceMin", 18),
  prod: reduce("ReduceProd", 18),
  logSumExp: reduce("ReduceLogSumExp", 18),
  squeeze: shaped("Squeeze"),
  expandDims: shaped("Unsqueeze"),
  softmax: along("Softmax"),
  logSoftmax: along("LogSoftmax"),
  matmul,
  clipByValue,
  transpose({ part, values, attributes, like }) {
    const perm = attributes.perm as number[] | undefined;
    return part.writer.node("Transpose", values, perm ? { perm } : {}, like);
  },
  reshape({ part, values, attributes, like }) {
    return part.writer.node(
      "Reshape",
      [...values, part.writer.integers(attributes.shape as number[], "shape")],
      {},
      like,
    );
  },
  tile({ part, values, attributes, like }) {
    return part.writer.node("Tile", [...values, part.writer.integers(attributes.reps as number[], "times")], {}, like);
  },
  concat({ part, values, attributes, like }) {
    return part.writer.node("Concat", values, { axis: positive(attributes.axis ?? 0, like.rank) }, like);
  },
  gather({ part, values, attributes, like }) {
    return part.writer.node("Gather", values, { axis: Number(attributes.axis ?? 0) }, like);
  },
  cast(call) {
    return call.part.writer.node("Cast", [first(call)], { to: castTo[String(call.attributes.dtype)] ?? 1 }, call.like);
  },
};

/** One function of `wg`, where ONNX has it. */
export const operationWriter: LayerWriter = (part) => {
  const { step, inputs, weights, writer } = part;
  const { operation, attributes, operands } = step.layer.config as {
    operation: string;
    attributes: Attributes;
    operands: readonly Operand[];
  };
  const rule = Object.hasOwn(operationRules, operation) ? operationRules[operation] : undefined;
  if (!rule) throw writer.unsupported(step, `operation "${operation}": no equal in ONNX is known here`);
  const isOnImages = Object.hasOwn(imageRules, operation);
  const like = (rank: number) => ({ rank, isFirst: false });
  const drawn = (): readonly Edge[] => {
    let next = 0;
    return operands.map((operand, i): Edge => {
      if (operand.kind === "input") {
        const x = inputs[next++] as Edge;
        return isOnImages ? x : writer.last(x);
      }
      const own = like(operand.shape.length);
      const array = weights[weightName(i)] as HostArray;
      if (operand.kind === "weight") return { ...own, name: writer.tensor(array, `operand${i}`) };
      const name = writer.integers(operand.values, `operand${i}`, operand.shape);
      const whole = { ...own, name, dtype: "int32" } as const;
      if (operand.dtype === "int32") return whole;
      return writer.node("Cast", [whole], { to: castTo.bool as number }, { ...own, dtype: "bool" });
    });
  };
  let place = 0;
  const placed = operands.map((operand): Operand => {
    if (operand.kind !== "input") return operand;
    return { ...operand, shape: operand.shape ?? [-1, ...(step.inputShapes[place++] as Shape)] };
  });
  const outputs = operationTypes(operations[operation] as Operation, attributes, placed);
  let values: readonly Edge[] | undefined;
  return rule({
    part,
    get values() {
      values ??= drawn();
      return values;
    },
    attributes,
    outputs,
    like: likeOf(outputs[0] as (typeof outputs)[number]),
  });
};
