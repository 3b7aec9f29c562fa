import * as compare from "../../ops/compare.js";
import type { Tensor } from "../../tensor/tensor.js";
import { ofOne, ofTwo, operationOf } from "./operation.js";

export const equal = ofTwo("equal", compare.equal);
export const notEqual = ofTwo("notEqual", compare.notEqual);
export const greater = ofTwo("greater", compare.greater);
export const greaterEqual = ofTwo("greaterEqual", compare.greaterEqual);
export const less = ofTwo("less", compare.less);
export const lessEqual = ofTwo("lessEqual", compare.lessEqual);
export const logicalAnd = ofTwo("logicalAnd", compare.logicalAnd);
export const logicalOr = ofTwo("logicalOr", compare.logicalOr);
export const logicalXor = ofTwo("logicalXor", compare.logicalXor);
export const logicalNot = ofOne("logicalNot", compare.logicalNot);
export const where = operationOf("where", ([condition, a, b]) =>
  compare.where(condition as Tensor, a as Tensor, b as Tensor),
);
