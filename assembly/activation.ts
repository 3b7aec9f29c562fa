import { accumulate, map } from "./vector";

class Relu {
  /** `pmax(0, x)` is `0 < x ? x : 0` with its arguments this way round NaN would be lost; `pmax(x, 0)` is `x < 0 ? 0 : x` and keeps it. */
  @inline of(x: v128): v128 {
    return v128.pmax<real>(x, v128.splat<real>(0));
  }
}

class ReluGradient {
  @inline of(dy: v128, y: v128): v128 {
    return v128.and(dy, v128.gt<real>(y, v128.splat<real>(0)));
  }
}

/** y = max(x, 0) */
export function relu_forward(y: usize, x: usize, begin: usize, end: usize): void {
  map<Relu>(y, x, begin, end);
}

/** dx += dy where y > 0 */
export function relu_backward(dx: usize, dy: usize, y: usize, begin: usize, end: usize): void {
  accumulate<ReluGradient>(dx, dy, y, begin, end);
}
