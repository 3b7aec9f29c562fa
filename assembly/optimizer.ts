// One optimizer step over the elements [begin, end) of the weights `w` with gradients `g`: each array is read and written once.
// `hyper` is the address of a few reals, written before each step. The formulas are PyTorch's.
import { LANES, at, loadTail, storeTail } from "./vector";

/** The vector at element `i`, of which `n` elements count: the constant LANES in the loops, fewer in the tail. */
@inline
function get(base: usize, i: usize, n: usize): v128 {
  return n == LANES ? v128.load(at(base, i)) : loadTail(at(base, i), n);
}

@inline
function put(base: usize, i: usize, v: v128, n: usize): void {
  if (n == LANES) v128.store(at(base, i), v);
  else storeTail(at(base, i), v, n);
}

/** Reads hyper-parameter `i` into every lane. */
@inline
function hyperAt(hyper: usize, i: usize): v128 {
  return v128.splat<real>(load<real>(at(hyper, i)));
}

@inline
function sgd(w: usize, g: usize, i: usize, n: usize, minusRate: v128): void {
  put(w, i, madd(minusRate, get(g, i, n), get(w, i, n)), n);
}

/** w −= rate · g        hyper: rate */
export function sgd_update(w: usize, g: usize, hyper: usize, begin: usize, end: usize): void {
  const minusRate = v128.neg<real>(hyperAt(hyper, 0));
  let i = begin;
  for (; i + LANES <= end; i += LANES) sgd(w, g, i, LANES, minusRate);
  if (i < end) sgd(w, g, i, end - i, minusRate);
}

@inline
function momentum(w: usize, g: usize, v: usize, i: usize, n: usize, minusRate: v128, mu: v128): void {
  const velocity = madd(mu, get(v, i, n), get(g, i, n));
  put(v, i, velocity, n);
  put(w, i, madd(minusRate, velocity, get(w, i, n)), n);
}

/** v = μ · v + g;  w −= rate · v        hyper: rate, μ */
export function momentum_update(w: usize, g: usize, v: usize, hyper: usize, begin: usize, end: usize): void {
  const minusRate = v128.neg<real>(hyperAt(hyper, 0));
  const mu = hyperAt(hyper, 1);
  let i = begin;
  for (; i + LANES <= end; i += LANES) momentum(w, g, v, i, LANES, minusRate, mu);
  if (i < end) momentum(w, g, v, i, end - i, minusRate, mu);
}

@inline
function nesterov(w: usize, g: usize, v: usize, i: usize, n: usize, minusRate: v128, mu: v128): void {
  const gradient = get(g, i, n);
  const velocity = madd(mu, get(v, i, n), gradient);
  put(v, i, velocity, n);
  put(w, i, madd(minusRate, madd(mu, velocity, gradient), get(w, i, n)), n);
}

/** v = μ · v + g;  w −= rate · (g + μ · v)        hyper: rate, μ */
export function nesterov_update(w: usize, g: usize, v: usize, hyper: usize, begin: usize, end: usize): void {
  const minusRate = v128.neg<real>(hyperAt(hyper, 0));
  const mu = hyperAt(hyper, 1);
  let i = begin;
  for (; i + LANES <= end; i += LANES) nesterov(w, g, v, i, LANES, minusRate, mu);
  if (i < end) nesterov(w, g, v, i, end - i, minusRate, mu);
}

@inline
function rmsprop(
  w: usize,
  g: usize,
  s: usize,
  i: usize,
  n: usize,
  rate: v128,
  rho: v128,
  rest: v128,
  epsilon: v128,
): void {
  const gradient = get(g, i, n);
  const square = madd(rho, get(s, i, n), v128.mul<real>(rest, v128.mul<real>(gradient, gradient)));
  put(s, i, square, n);
  const divisor = v128.add<real>(v128.sqrt<real>(square), epsilon);
  put(w, i, v128.sub<real>(get(w, i, n), v128.div<real>(v128.mul<real>(rate, gradient), divisor)), n);
}

/** s = ρ · s + (1 − ρ) · g²;  w −= rate · g / (√s + ε)        hyper: rate, ρ, 1 − ρ, ε */
export function rmsprop_update(w: usize, g: usize, s: usize, hyper: usize, begin: usize, end: usize): void {
  const rate = hyperAt(hyper, 0);
  const rho = hyperAt(hyper, 1);
  const rest = hyperAt(hyper, 2);
  const epsilon = hyperAt(hyper, 3);
  let i = begin;
  for (; i + LANES <= end; i += LANES) rmsprop(w, g, s, i, LANES, rate, rho, rest, epsilon);
  if (i < end) rmsprop(w, g, s, i, end - i, rate, rho, rest, epsilon);
}

@inline
function adam(
  w: usize,
  g: usize,
  m: usize,
  v: usize,
  i: usize,
  n: usize,
  rate: v128,
  beta1: v128,
  rest1: v128,
  beta2: v128,
  rest2: v128,
  root: v128,
  epsilon: v128,
  keep: v128,
): void {
  const gradient = get(g, i, n);
  const mean = madd(beta1, get(m, i, n), v128.mul<real>(rest1, gradient));
  const square = madd(beta2, get(v, i, n), v128.mul<real>(rest2, v128.mul<real>(gradient, gradient)));
  put(m, i, mean, n);
  put(v, i, square, n);
  const divisor = madd(v128.sqrt<real>(square), root, epsilon);
  const move = v128.div<real>(v128.mul<real>(rate, mean), divisor);
  put(w, i, v128.sub<real>(v128.mul<real>(keep, get(w, i, n)), move), n);
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
  let i = begin;
  for (; i + LANES <= end; i += LANES) {
    adam(w, g, m, v, i, LANES, rate, beta1, rest1, beta2, rest2, root, epsilon, keep);
  }
  if (i < end) adam(w, g, m, v, i, end - i, rate, beta1, rest1, beta2, rest2, root, epsilon, keep);
}
