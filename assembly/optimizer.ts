// One optimizer step over the elements [begin, end) of the weights `w` with gradients `g`: each array is read and written once.
// `hyper` is the address of a few reals, written before each step. The formulas are PyTorch's; Lion's is that of its paper.
// This file has the steps along a mean of gradients; adaptive.ts and adam.ts those that divide by its size.
import { all, signBit } from "./math";
import { get, hyperAt, put } from "./optimizer/access";
import { LANES } from "./vector";

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
function momentum(w: usize, g: usize, v: usize, i: usize, n: usize, minusRate: v128, mu: v128, rest: v128): void {
  const velocity = madd(mu, get(v, i, n), v128.mul<real>(rest, get(g, i, n)));
  put(v, i, velocity, n);
  put(w, i, madd(minusRate, velocity, get(w, i, n)), n);
}

/** v = μ · v + rest · g;  w −= rate · v        hyper: rate, μ, rest (1, or 1 − μ where v is a weighted mean) */
export function momentum_update(w: usize, g: usize, v: usize, hyper: usize, begin: usize, end: usize): void {
  const minusRate = v128.neg<real>(hyperAt(hyper, 0));
  const mu = hyperAt(hyper, 1);
  const rest = hyperAt(hyper, 2);
  let i = begin;
  for (; i + LANES <= end; i += LANES) momentum(w, g, v, i, LANES, minusRate, mu, rest);
  if (i < end) momentum(w, g, v, i, end - i, minusRate, mu, rest);
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

/** 1, −1, or x itself where it is 0 or NaN. */
@inline
function signOf(x: v128): v128 {
  const one = v128.or(all(<real>1), v128.and(x, signBit()));
  const zero = all(<real>0);
  return v128.bitselect(one, x, v128.or(v128.lt<real>(x, zero), v128.gt<real>(x, zero)));
}

@inline
function lion(
  w: usize,
  g: usize,
  m: usize,
  i: usize,
  n: usize,
  minusRate: v128,
  beta1: v128,
  rest1: v128,
  beta2: v128,
  rest2: v128,
  keep: v128,
): void {
  const gradient = get(g, i, n);
  const mean = get(m, i, n);
  const direction = signOf(madd(beta1, mean, v128.mul<real>(rest1, gradient)));
  put(m, i, madd(beta2, mean, v128.mul<real>(rest2, gradient)), n);
  put(w, i, madd(minusRate, direction, v128.mul<real>(keep, get(w, i, n))), n);
}

/**
 * w = keep · w − rate · sign(β₁ · m + (1 − β₁) · g);  m = β₂ · m + (1 − β₂) · g
 *
 * hyper: rate, β₁, 1 − β₁, β₂, 1 − β₂, keep = 1 − rate · decay
 */
export function lion_update(w: usize, g: usize, m: usize, hyper: usize, begin: usize, end: usize): void {
  const minusRate = v128.neg<real>(hyperAt(hyper, 0));
  const beta1 = hyperAt(hyper, 1);
  const rest1 = hyperAt(hyper, 2);
  const beta2 = hyperAt(hyper, 3);
  const rest2 = hyperAt(hyper, 4);
  const keep = hyperAt(hyper, 5);
  let i = begin;
  for (; i + LANES <= end; i += LANES) lion(w, g, m, i, LANES, minusRate, beta1, rest1, beta2, rest2, keep);
  if (i < end) lion(w, g, m, i, end - i, minusRate, beta1, rest1, beta2, rest2, keep);
}
