import type { Tensor, TensorLike } from "../tensor/tensor.js";
import { binaryOp, direct, through, whole } from "./arithmetic.js";

const modOp = binaryOp(
  "mod",
  (k) => k.mod_forward,
  direct((k) => k.accumulate_into),
  through((k) => k.mod_backward_b, "ba"),
  whole,
);

/**
 * The remainder a − b · ⌊a / b⌋ with the sign of b, as in TensorFlow and Python, exact whatever the quotient; broadcast as in `add`. NaN for
 * b = 0 (int32: 0). The gradients are dy for a and −dy · ⌊a / b⌋ for b.
 *
 * @throws as `add`
 * @example
 * wg.mod([5, -5, 5, 5.5], [3, 3, -3, 2]).toArray(); // [2, 1, -1, 1.5]
 */
export function mod(a: TensorLike, b: TensorLike): Tensor {
  return modOp(a, b);
}

const fmodOp = binaryOp(
  "fmod",
  (k) => k.fmod_forward,
  direct((k) => k.accumulate_into),
  through((k) => k.fmod_backward_b, "ba"),
  whole,
);

/**
 * The remainder a − b · trunc(a / b) with the sign of a, as in C and NumPy, exact whatever the quotient; broadcast as in `add`. NaN for b = 0
 * (int32: 0). The gradients are dy for a and −dy · trunc(a / b) for b.
 *
 * @throws as `add`
 * @example
 * wg.fmod([5, -5, 5, 5.5], [3, 3, -3, 2]).toArray(); // [2, -2, 2, 1.5]
 */
export function fmod(a: TensorLike, b: TensorLike): Tensor {
  return fmodOp(a, b);
}
