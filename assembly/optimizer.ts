// One optimizer step over the elements [begin, end) of the weights `w` with gradients `g`: each array is read and written once.
// `hyper` is the address of a few reals, written before each step. The formulas are PyTorch's.
import { LANES, at, loadTail, storeTail } from "./vector";

/** The vector at element `i`; `n` < LANES in the tail, else LANES. */
// @ts-ignore: decorator
@inline
function get(base: usize, i: usize, n: usize): v128 {
  return n == LANES ? v128.load(at(base, i)) : loadTail(at(base, i), n);
}

// @ts-ignore: decorator
@inline
function put(base: usize, i: usize, v: v128, n: usize): void {
  if (n == LANES) v128.store(at(base, i), v);
  else storeTail(at(base, i), v, n);
}

/** Reads hyper-parameter `i` into every lane. */
// @ts-ignore: decorator
@inline
function hyperAt(hyper: usize, i: usize): v128 {
  return v128.splat<real>(load<real>(at(hyper, i)));
}

/** w −= rate · g        hyper: rate */
export function sgd_update(w: usize, g: usize, hyper: usize, begin: usize, end: usize): void {
  const minusRate = v128.neg<real>(hyperAt(hyper, 0));
  for (let i = begin; i < end; i += LANES) {
    const n = min(LANES, end - i);
    put(w, i, madd(minusRate, get(g, i, n), get(w, i, n)), n);
  }
}

/** v = μ · v + g;  w −= rate · v        hyper: rate, μ */
export function momentum_update(w: usize, g: usize, v: usize, hyper: usize, begin: usize, end: usize): void {
  const minusRate = v128.neg<real>(hyperAt(hyper, 0));
  const momentum = hyperAt(hyper, 1);
  for (let i = begin; i < end; i += LANES) {
    const n = min(LANES, end - i);
    const velocity = madd(momentum, get(v, i, n), get(g, i, n));
    put(v, i, velocity, n);
    put(w, i, madd(minusRate, velocity, get(w, i, n)), n);
  }
}

/** v = μ · v + g;  w −= rate · (g + μ · v)        hyper: rate, μ */
export function nesterov_update(w: usize, g: usize, v: usize, hyper: usize, begin: usize, end: usize): void {
  const minusRate = v128.neg<real>(hyperAt(hyper, 0));
  const momentum = hyperAt(hyper, 1);
  for (let i = begin; i < end; i += LANES) {
    const n = min(LANES, end - i);
    const gradient = get(g, i, n);
    const velocity = madd(momentum, get(v, i, n), gradient);
    put(v, i, velocity, n);
    put(w, i, madd(minusRate, madd(momentum, velocity, gradient), get(w, i, n)), n);
  }
}

/** s = ρ · s + (1 − ρ) · g²;  w −= rate · g / (√s + ε)        hyper: rate, ρ, 1 − ρ, ε */
export function rmsprop_update(w: usize, g: usize, s: usize, hyper: usize, begin: usize, end: usize): void {
  const rate = hyperAt(hyper, 0);
  const rho = hyperAt(hyper, 1);
  const rest = hyperAt(hyper, 2);
  const epsilon = hyperAt(hyper, 3);
  for (let i = begin; i < end; i += LANES) {
    const n = min(LANES, end - i);
    const gradient = get(g, i, n);
    const square = madd(rho, get(s, i, n), v128.mul<real>(rest, v128.mul<real>(gradient, gradient)));
    put(s, i, square, n);
    const divisor = v128.add<real>(v128.sqrt<real>(square), epsilon);
    put(w, i, v128.sub<real>(get(w, i, n), v128.mul<real>(rate, v128.div<real>(gradient, divisor))), n);
  }
}

/**
 * m = β₁ · m + (1 − β₁) · g;  v = β₂ · v + (1 − β₂) · g²;  w = keep · w − rate′ · m / (√v · root + ε)
 *
 * hyper: rate′ = rate / (1 − β₁ᵗ), β₁, 1 − β₁, β₂, 1 − β₂, root = 1 / √(1 − β₂ᵗ), ε, keep = 1 − rate · decay (1 for plain Adam)
 */
export function adam_update(w: usize, g: usize, m: usize, v: usize, hyper: usize, begin: usize, end: usize): void {
  const rate = hyperAt(hyper, 0);
  const beta1 = hyperAt(hyper, 1);
  const rest1 = hyperAt(hyper, 2);
  const beta2 = hyperAt(hyper, 3);
  const rest2 = hyperAt(hyper, 4);
  const root = hyperAt(hyper, 5);
  const epsilon = hyperAt(hyper, 6);
  const keep = hyperAt(hyper, 7);
  for (let i = begin; i < end; i += LANES) {
    const n = min(LANES, end - i);
    const gradient = get(g, i, n);
    const mean = madd(beta1, get(m, i, n), v128.mul<real>(rest1, gradient));
    const square = madd(beta2, get(v, i, n), v128.mul<real>(rest2, v128.mul<real>(gradient, gradient)));
    put(m, i, mean, n);
    put(v, i, square, n);
    const divisor = madd(v128.sqrt<real>(square), root, epsilon);
    const move = v128.mul<real>(rate, v128.div<real>(mean, divisor));
    put(w, i, v128.sub<real>(v128.mul<real>(keep, get(w, i, n)), move), n);
  }
}
