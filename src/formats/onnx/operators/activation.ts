import { activation as activationLayer } from "../../../nn/layers/activation.js";
import * as functions from "../../../nn/operations/activation.js";
import type { Operation } from "../../../nn/operations/operation.js";
import type { Builder } from "../../graph/builder.js";
import { axisIn, type Flow, type Value } from "../../graph/values.js";
import type { NodeView } from "../node.js";
import { unary } from "./elementwise.js";
import type { Operators } from "./operator.js";

/** A function of each element by its name here: of a flow a layer, of known numbers their values. */
const named =
  (operation: Operation) =>
  (node: NodeView, builder: Builder): readonly Value[] => {
    const x = node.input(0);
    return [
      x.kind === "flow"
        ? builder.through(activationLayer({ activation: operation.name }), x)
        : builder.one(operation, [x]),
    ];
  };

/** Softmax, or its logarithm, along an axis; before operator set 13 over all axes from that one on. */
const alongAxis =
  (operation: Operation) =>
  (node: NodeView, builder: Builder): readonly Value[] => {
    const x = node.input(0);
    if (x.kind === "known") return [builder.one(operation, [x], { axis: node.int("axis", -1) })];
    const rank = x.dims.length;
    const axis = node.int("axis", node.opset < 13 ? 1 : -1);
    const at = axis < 0 ? axis + rank : axis;
    if (node.opset < 13 && x.dims.slice(at + 1).some((n) => n !== 1)) {
      throw node.unsupported(`all axes from ${at} on in one; export it with operator set 13 or later`);
    }
    const given = x.layout.kind === "flattened" ? builder.plain(x) : x;
    const place = axisIn(given, at);
    if (place === rank - 1) return [builder.through(activationLayer({ activation: operation.name }), given)];
    return [{ ...(builder.one(operation, [given], { axis: place }, given.layout) as Flow), dims: x.dims }];
  };

export const activation: Operators = {
  Relu: named(functions.relu),
  Sigmoid: named(functions.sigmoid),
  Tanh: named(functions.tanh),
  Selu: unary(functions.selu, (node) => ({
    alpha: node.float("alpha", 1.6732631921768188),
    gamma: node.float("gamma", 1.0507010221481323),
  })),
  HardSigmoid: unary(functions.hardSigmoid, (node) => ({
    alpha: node.float("alpha", 0.2),
    beta: node.float("beta", 0.5),
  })),
  HardSwish: named(functions.hardSwish),
  Mish: named(functions.mish),
  Softplus: named(functions.softplus),
  Elu: unary(functions.elu, (node) => ({ alpha: node.float("alpha", 1) })),
  LeakyRelu: unary(functions.leakyRelu, (node) => ({ alpha: node.float("alpha", 0.01) })),
  Softmax: alongAxis(functions.softmax),
  LogSoftmax: alongAxis(functions.logSoftmax),
  Clip(node, builder) {
    const [min, max] = [node.scalar("min", 1) ?? -Number.MAX_VALUE, node.scalar("max", 2) ?? Number.MAX_VALUE];
    return min === 0 && max === 6
      ? named(functions.relu6)(node, builder)
      : unary(functions.clipByValue, () => ({ min, max }))(node, builder);
  },
  Identity: (node) => [node.input(0)],
};
