// What the optimizers' kernels share.
import { LANES, at, loadTail, storeTail } from "../vector";

/** The vector at element `i`, of which `n` elements count: the constant LANES in the loops, fewer in the tail. */
@inline
export function get(base: usize, i: usize, n: usize): v128 {
  return n == LANES ? v128.load(at(base, i)) : loadTail(at(base, i), n);
}

@inline
export function put(base: usize, i: usize, v: v128, n: usize): void {
  if (n == LANES) v128.store(at(base, i), v);
  else storeTail(at(base, i), v, n);
}

/** Reads hyper-parameter `i` into every lane. */
@inline
export function hyperAt(hyper: usize, i: usize): v128 {
  return v128.splat<real>(load<real>(at(hyper, i)));
}

/** rest · x². */
@inline
export function scaledSquare(rest: v128, x: v128): v128 {
  return v128.mul<real>(rest, v128.mul<real>(x, x));
}

// How gradients are bounded as they are read: `clip` is the address of three doubles, Σg² over what is clipped together, the limit of its
// root, and the limit of each element; or 0, which bounds nothing and has loops of its own (with them a small update takes 30 % longer).

/** limit / √Σg² where the norm is above its limit, else 1; NaN where it is no finite number: there is no direction left to keep. */
@inline
function factorOf(clip: usize): v128 {
  const norm = sqrt<f64>(load<f64>(clip));
  const limit = load<f64>(clip, 8);
  if (norm <= limit) return v128.splat<real>(1);
  return v128.splat<real>(<real>(norm < Infinity ? limit / norm : NaN));
}

/** Gradients as they are. */
export class Given {
  @inline factor(clip: usize): v128 {
    return v128.splat<real>(1);
  }
  @inline bound(clip: usize): v128 {
    return v128.splat<real>(0);
  }
  @inline of(x: v128, factor: v128, low: v128, high: v128): v128 {
    return x;
  }
}

/** Gradients times a factor, then each limited; NaN stays. */
export class Clipped {
  @inline factor(clip: usize): v128 {
    return factorOf(clip);
  }
  @inline bound(clip: usize): v128 {
    return v128.splat<real>(<real>load<f64>(clip, 16));
  }
  @inline of(x: v128, factor: v128, low: v128, high: v128): v128 {
    return v128.pmin<real>(v128.pmax<real>(v128.mul<real>(x, factor), low), high);
  }
}
