import { activation as activationLayer } from "../../../nn/layers/activation.js";
import { dropout } from "../../../nn/layers/dropout.js";
import type { Attributes } from "../../../nn/operations.js";
import { shapedAs } from "../../../util/host-array.js";
import { alongside, type Builder } from "../../graph/builder.js";
import { axisIn, type Flow, type Value } from "../../graph/values.js";
import type { NodeView } from "../node.js";
import type { Operators } from "./operator.js";

/** A function of each element by its name here: of a flow a layer, of known numbers their values. */
const named =
  (name: string) =>
  (node: NodeView, builder: Builder): readonly Value[] => {
    const x = node.input(0);
    return [x.kind === "flow" ? builder.through(activationLayer({ activation: name }), x) : builder.one(name, [x])];
  };

/** The same as an operation: for functions that layers do not have, or with parameters. */
export const unary =
  (name: string, attributes: (node: NodeView) => Attributes = () => ({})) =>
  (node: NodeView, builder: Builder): readonly Value[] => {
    const x = node.input(0);
    const layout = x.kind === "flow" ? x.layout : undefined;
    const [y] = builder.operate(name, [x], attributes(node), layout);
    return [x.kind === "flow" && y?.kind === "flow" ? { ...y, dims: x.dims } : (y as Value)];
  };

/** Softmax, or its logarithm, along an axis; before operator set 13 over all axes from that one on. */
const alongAxis =
  (name: "softmax" | "logSoftmax") =>
  (node: NodeView, builder: Builder): readonly Value[] => {
    const x = node.input(0);
    if (x.kind === "known") return [builder.one(name, [x], { axis: node.int("axis", -1) })];
    const rank = x.dims.length;
    const axis = node.int("axis", node.opset < 13 ? 1 : -1);
    const at = axis < 0 ? axis + rank : axis;
    if (node.opset < 13 && x.dims.slice(at + 1).some((n) => n !== 1)) {
      throw node.unsupported(`all axes from ${at} on in one; export it with operator set 13 or later`);
    }
    const given = x.layout.kind === "flattened" ? builder.plain(x) : x;
    const place = axisIn(given, at);
    if (place === rank - 1) return [builder.through(activationLayer({ activation: name }), given)];
    return [{ ...(builder.one(name, [given], { axis: place }, given.layout) as Flow), dims: x.dims }];
  };

export const activation: Operators = {
  Relu: named("relu"),
  Sigmoid: named("sigmoid"),
  Tanh: named("tanh"),
  Selu: unary("selu", (node) => ({
    alpha: node.float("alpha", 1.6732631921768188),
    gamma: node.float("gamma", 1.0507010221481323),
  })),
  HardSigmoid: unary("hardSigmoid", (node) => ({ alpha: node.float("alpha", 0.2), beta: node.float("beta", 0.5) })),
  HardSwish: named("hardSwish"),
  Mish: named("mish"),
  Softsign: unary("softsign"),
  Celu: unary("celu", (node) => ({ alpha: node.float("alpha", 1) })),
  ThresholdedRelu: unary("thresholdedRelu", (node) => ({ theta: node.float("alpha", 1) })),
  Softplus: named("softplus"),
  PRelu(node, builder) {
    const [x, slope] = [node.flow(), node.known(1, "slopes")];
    const given = x.layout.kind === "flattened" ? builder.plain(x) : x;
    const { array } = alongside(slope, given);
    const shape = array.shape.length >= given.dims.length ? array.shape.slice(1) : array.shape;
    return [builder.one("prelu", [given, { ...slope, array: shapedAs(array, shape) }], {}, given.layout)];
  },
  Elu: unary("elu", (node) => ({ alpha: node.float("alpha", 1) })),
  LeakyRelu: unary("leakyRelu", (node) => ({ alpha: node.float("alpha", 0.01) })),
  Softmax: alongAxis("softmax"),
  LogSoftmax: alongAxis("logSoftmax"),
  Clip(node, builder) {
    const [min, max] = [node.scalar("min", 1) ?? -Number.MAX_VALUE, node.scalar("max", 2) ?? Number.MAX_VALUE];
    return min === 0 && max === 6
      ? named("relu6")(node, builder)
      : unary("clipByValue", () => ({ min, max }))(node, builder);
  },
  Identity: (node) => [node.input(0)],
  /** Off in inference; a model that is trained on drops as it did. */
  Dropout(node, builder) {
    const x = node.input(0);
    const rate = node.scalar("ratio", 1) ?? 0.5;
    return [x.kind === "flow" && rate > 0 && rate < 1 ? builder.through(dropout({ rate }), x) : x];
  },
};
