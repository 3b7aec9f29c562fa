import { gelu } from "../../../nn/operations/activation.js";
import * as functions from "../../../nn/operations/math.js";
import { unary } from "./elementwise.js";
import type { Operators } from "./operator.js";

/** Functions of each element. */
export const math: Operators = {
  Abs: unary(functions.abs),
  Neg: unary(functions.neg),
  Exp: unary(functions.exp),
  Log: unary(functions.log),
  Sqrt: unary(functions.sqrt),
  Reciprocal: unary(functions.reciprocal),
  Floor: unary(functions.floor),
  Ceil: unary(functions.ceil),
  Round: unary(functions.round),
  Sign: unary(functions.sign),
  Sin: unary(functions.sin),
  Cos: unary(functions.cos),
  Erf: unary(functions.erf),
  Tan: unary(functions.tan),
  Asin: unary(functions.asin),
  Acos: unary(functions.acos),
  Atan: unary(functions.atan),
  Sinh: unary(functions.sinh),
  Cosh: unary(functions.cosh),
  Asinh: unary(functions.asinh),
  Acosh: unary(functions.acosh),
  Atanh: unary(functions.atanh),
  IsNaN: unary(functions.notANumber),
  IsInf(node, builder) {
    if (node.int("detect_negative", 1) !== 1 || node.int("detect_positive", 1) !== 1) {
      throw node.unsupported("one sign of infinity alone");
    }
    return unary(functions.infinite)(node, builder);
  },
  Gelu(node, builder) {
    if (node.text("approximate", "none") !== "none") throw node.unsupported("the approximation by tanh");
    return unary(gelu)(node, builder);
  },
};
