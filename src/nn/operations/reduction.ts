import * as cumulative from "../../ops/cumulative.js";
import * as products from "../../ops/einsum.js";
import * as order from "../../ops/order.js";
import * as reduce from "../../ops/reduce.js";
import type { Tensor } from "../../tensor/tensor.js";
import { type Operation, operationOf, withAttributes } from "./operation.js";

/** @__NO_SIDE_EFFECTS__ */
function alongAxes(
  name: string,
  f: (x: Tensor, axis?: number | readonly number[], keepDims?: boolean) => Tensor,
): Operation {
  return withAttributes(name, f, "axis", "keepDims");
}

export const sum = alongAxes("sum", reduce.sum);
export const mean = alongAxes("mean", reduce.mean);
export const max = alongAxes("max", reduce.max);
export const min = alongAxes("min", reduce.min);
export const prod = alongAxes("prod", reduce.prod);
export const logSumExp = alongAxes("logSumExp", reduce.logSumExp);
export const norm = withAttributes("norm", reduce.norm, "ord", "axis", "keepDims");
export const argMax = withAttributes("argMax", order.argMax, "axis", "keepDims", "selectLastIndex");
export const argMin = withAttributes("argMin", order.argMin, "axis", "keepDims", "selectLastIndex");
export const topk = operationOf("topk", ([x], { k, axis, largest }) => {
  const options = { axis: axis as number, largest: largest as boolean };
  const { values, indices } = order.topk(x as Tensor, k as number, options);
  return [values, indices];
});
export const cumsum = withAttributes("cumsum", cumulative.cumsum, "axis", "exclusive", "reverse");
export const cumprod = withAttributes("cumprod", cumulative.cumprod, "axis", "exclusive", "reverse");
export const einsum = operationOf("einsum", (x, { equation }) => products.einsum(equation as string, ...x));
