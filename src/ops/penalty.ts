import { empty, type Tensor, type TensorLike } from "../tensor/tensor.js";
import { checkNumber, checkOptions } from "../util/check.js";
import { requireFloat } from "../util/dtypes.js";
import { op } from "./op.js";

/** Elements of one partial sum in the kernels. */
const CHUNK = 1024;

const penaltyOp = op<[w: unknown], { l1: number; l2: number }>("penalty", {
  named: ["w"],
  shape: () => [],
  dtype: ([w]) => requireFloat("penalty", "w", w),
  forward(k, y, [w], { l1, l2 }) {
    const chunks = Math.ceil(w.size / CHUNK);
    const sums = empty([chunks, 2], "float64");
    k.penalty_sums(sums.at, w.at, w.size, 0, chunks);
    k.penalty_forward(y.at, sums.at, l1, l2, chunks);
  },
  backward: (k, [dw], dy, { x: [w], attributes: { l1, l2 } }) =>
    dw && k.penalty_backward(dw.at, dy.at, w.at, l1, l2, 0, w.size),
});

/**
 * l1 · Σ|w| + l2 · Σw², a scalar, for `w` of any shape. Its gradient is l1 · sign(w) + 2 · l2 · w, with sign(0) = 0.
 *
 * @param options.l1 default 0
 * @param options.l2 default 0
 * @throws DTypeError where `w` is not of a float type, ValueError for a factor < 0
 * @example
 * wg.penalty([3, -4], { l1: 0.5, l2: 2 }).item(); // 53.5
 */
export function penalty(w: TensorLike, options: { l1?: number; l2?: number }): Tensor {
  checkOptions("penalty", options, ["l1", "l2"], true);
  const l1 = checkNumber("penalty", "l1", options.l1 ?? 0, { min: 0 });
  const l2 = checkNumber("penalty", "l2", options.l2 ?? 0, { min: 0 });
  return penaltyOp([w], { l1, l2 });
}
