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
