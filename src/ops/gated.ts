import type { Kernels } from "#kernels/kernels";
import { empty, type Tensor, type TensorLike } from "../tensor/tensor.js";
import { requireFloat } from "../util/dtypes.js";
import { activationCodes, gradientThrough } from "./fused.js";
import { op } from "./op.js";

// x · g(x): activations that let through a part of each element, which follows from the element.

interface Gate {
  /** Writes g, and returns what `backward` reads. */
  forward(k: Kernels, g: Tensor, x: Tensor): Tensor;
  /** dx += dg · g′; it may write over `dg`. */
  backward(k: Kernels, dx: Tensor, dg: Tensor, g: Tensor, saved: Tensor): void;
}

/** @__NO_SIDE_EFFECTS__ */
function gated(name: string, gate: Gate) {
  return op<[x: unknown], void, readonly [g: Tensor, saved: Tensor]>(name, {
    shape: ([x]) => x,
    dtype: ([x]) => requireFloat(name, "x", x),
    forward(k, y, [x]) {
      const g = empty(x.shape, x.dtype);
      const saved = gate.forward(k, g, x);
      k.mul_forward(y.at, x.at, g.at, ...flat(x.size));
      return [g, saved];
    },
    backward(k, [dx], dy, { x: [x], saved: [g, saved] }) {
      if (!dx) return;
      k.mul_backward(dx.at, dy.at, x.at, g.at, ...flat(x.size));
      const dg = empty(x.shape, x.dtype);
      k.mul_forward(dg.at, dy.at, x.at, ...flat(x.size));
      gate.backward(k, dx, dg, g, saved);
    },
  });
}

/** How a kernel that stretches its inputs takes two of one shape: element by element. */
const flat = (size: number) => [1, 1, size, 0, 0, 0, 1, 0, 0, 0, 1, 0, size] as const;

const hardSwishOp = gated("hardSwish", {
  forward(k, g, x) {
    k.hard_sigmoid_forward(g.at, x.at, 0, x.size);
    return g;
  },
  backward: (k, dx, dg, g) => k.hard_sigmoid_backward(dx.at, dg.at, g.at, 0, dx.size),
});

/**
 * hardSwish(x) = x · hardSigmoid(x), in pieces what silu is. Any shape. Howard et al. 2019 (MobileNetV3).
 *
 * @throws DTypeError where `x` is not of a float type
 * @example
 * wg.hardSwish([-3, 1.5, 4]).toArray(); // [0, 1.125, 4]
 */
export function hardSwish(x: TensorLike): Tensor {
  return hardSwishOp([x]);
}

const mishOp = gated("mish", {
  forward(k, g, x) {
    const softplus = empty(x.shape, x.dtype);
    k.softplus_forward(softplus.at, x.at, 0, x.size);
    k.tanh_forward(g.at, softplus.at, 0, x.size);
    return softplus;
  },
  backward(k, dx, dg, g, softplus) {
    gradientThrough(k, dg, dg, g, { code: activationCodes.tanh, alpha: 0 });
    k.softplus_backward(dx.at, dg.at, softplus.at, 0, dx.size);
  },
});

/**
 * mish(x) = x · tanh(softplus(x)). Any shape. Misra 2019.
 *
 * @throws DTypeError where `x` is not of a float type
 * @example
 * wg.mish([-1, 0, 100]).toArray(); // [-0.3034, 0, 100]
 */
export function mish(x: TensorLike): Tensor {
  return mishOp([x]);
}
