import * as arithmetic from "../../ops/arithmetic.js";
import * as product from "../../ops/matmul.js";
import * as modulo from "../../ops/modulo.js";
import type { Tensor } from "../../tensor/tensor.js";
import { ofTwo, operationOf } from "./operation.js";

export const add = ofTwo("add", arithmetic.add);
export const sub = ofTwo("sub", arithmetic.sub);
export const mul = ofTwo("mul", arithmetic.mul);
export const div = ofTwo("div", arithmetic.div);
export const pow = ofTwo("pow", arithmetic.pow);
export const maximum = ofTwo("maximum", arithmetic.maximum);
export const minimum = ofTwo("minimum", arithmetic.minimum);
export const fmod = ofTwo("fmod", modulo.fmod);
export const mod = ofTwo("mod", modulo.mod);
export const matmul = operationOf("matmul", ([a, b], { transposeA, transposeB }) =>
  product.matmul(a as Tensor, b as Tensor, transposeA as boolean | undefined, transposeB as boolean | undefined),
);
