import type { Kernels } from "#kernels/kernels";
import { asTensor, type Tensor, type TensorLike } from "../tensor/tensor.js";
import { type DType, requireFloat } from "../util/dtypes.js";
import { type FusedActivation, gradientThrough } from "./fused.js";
import { op } from "./op.js";

/** A function of each element by itself: `x` of a float type, any shape. */
interface Elementwise<A> {
  /** What `backward` reads beside dy, default the result `y`. */
  from?: "x" | "y";
  /** The result's dtype where it is not that of `x`. */
  dtype?: DType;
  /** y = f(x) */
  forward(k: Kernels, y: number, x: number, size: number, attributes: A): void;
  /** dx += dy · f′, from `s`, which is y or x. Without it no gradient flows. */
  backward?(k: Kernels, dx: number, dy: number, s: number, size: number, attributes: A): void;
  /** The same as a number of `activationCodes` with its parameter: the gradient can then be written over dy. */
  fused?(attributes: A): FusedActivation;
}

/**
 * The operation of one such function.
 *
 * @__NO_SIDE_EFFECTS__
 */
export function elementwise<A = void>(name: string, f: Elementwise<A>) {
  const { backward, fused, from = "y" } = f;
  return op<[x: unknown], A>(name, {
    shape: ([x]) => x,
    dtype: ([x]) => {
      const own = requireFloat(name, "x", x);
      return f.dtype ?? own;
    },
    forward: (k, y, [x], attributes) => f.forward(k, y.at, x.at, y.size, attributes),
    ...(backward && {
      backward(k, [dx], dy: Tensor, { x: [x], y, attributes, fresh: [fresh] }) {
        if (!dx) return;
        if (fused && fresh) gradientThrough(k, dx, dy, y, fused(attributes));
        else backward(k, dx.at, dy.at, (from === "x" ? x : y).at, y.size, attributes);
      },
    }),
    ...(fused && { assigns: [0], inPlace: true }),
  });
}

/** `x` as a tensor of a float type. @throws DTypeError */
export function floatOf(operation: string, x: TensorLike): Tensor {
  const t = asTensor(x, undefined, operation, "x");
  requireFloat(operation, "x", t.dtype);
  return t;
}
