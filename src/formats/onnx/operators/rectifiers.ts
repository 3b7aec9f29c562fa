import * as functions from "../../../nn/operations/rectifiers.js";
import { shapedAs } from "../../../util/host-array.js";
import { alongside } from "../../graph/builder.js";
import { unary } from "./elementwise.js";
import type { Operators } from "./operator.js";

/** Activations that few networks have. */
export const rectifiers: Operators = {
  Celu: unary(functions.celu, (node) => ({ alpha: node.float("alpha", 1) })),
  Softsign: unary(functions.softsign),
  ThresholdedRelu: unary(functions.thresholdedRelu, (node) => ({ theta: node.float("alpha", 1) })),
  PRelu(node, builder) {
    const [x, slope] = [node.flow(), node.known(1, "slopes")];
    const given = x.layout.kind === "flattened" ? builder.plain(x) : x;
    const { array } = alongside(slope, given);
    const shape = array.shape.length >= given.dims.length ? array.shape.slice(1) : array.shape;
    return [builder.one(functions.prelu, [given, { ...slope, array: shapedAs(array, shape) }], {}, given.layout)];
  },
};
