import * as comparisons from "../../../nn/operations/comparison.js";
import { many, unary } from "./elementwise.js";
import type { Operators } from "./operator.js";

export const comparison: Operators = {
  Equal: many(comparisons.equal),
  Greater: many(comparisons.greater),
  GreaterOrEqual: many(comparisons.greaterEqual),
  Less: many(comparisons.less),
  LessOrEqual: many(comparisons.lessEqual),
  And: many(comparisons.logicalAnd),
  Or: many(comparisons.logicalOr),
  Xor: many(comparisons.logicalXor),
  Not: unary(comparisons.logicalNot),
  Where: many(comparisons.where),
};
