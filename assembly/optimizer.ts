// One optimizer step over the elements [begin, end) of the weights `w` with gradients `g`: each array is read and written once.
// `hyper` is the address of a few reals, written before each step. The formulas are PyTorch's; Lion's is that of its paper.
// This file has the steps along a mean of gradients; adaptive.ts and adam.ts those that divide by its size.
import { all, signBit } from "./math";
import { Clipped, get, Given, hyperAt, put } from "./optimizer/access";
import { LANES } from "./vector";

@inline
function sgd<C>(w: usize, g: usize, i: usize, n: usize, factor: v128, low: v128, high: v128, minusRate: v128): void {
  put(w, i, madd(minusRate, changetype<C>(0).of(get(g, i, n), factor, low, high), get(w, i, n)), n);
}

function sgdRange<C>(w: usize, g: usize, hyper: usize, clip: usize, begin: usize, end: usize): void {
  const factor = changetype<C>(0).factor(clip);
  const high = changetype<C>(0).bound(clip);
  const low = v128.neg<real>(high);
  const minusRate = v128.neg<real>(hyperAt(hyper, 0));
  let i = begin;
  for (; i + LANES <= end; i += LANES) sgd<C>(w, g, i, LANES, factor, low, high, minusRate);
  if (i < end) sgd<C>(w, g, i, end - i, factor, low, high, minusRate);
}

/** w −= rate · g        hyper: rate */
export function sgd_update(w: usize, g: usize, hyper: usize, clip: usize, begin: usize, end: usize): void {
  if (clip) sgdRange<Clipped>(w, g, hyper, clip, begin, end);
  else sgdRange<Given>(w, g, hyper, clip, begin, end);
}

@inline
function momentum<C>(w: usize, g: usize, v: usize, i: usize, n: usize, factor: v128, low: v128, high: v128, minusRate: v128, mu: v128, rest: v128): void {
  const velocity = madd(mu, get(v, i, n), v128.mul<real>(rest, changetype<C>(0).of(get(g, i, n), factor, low, high)));
  put(v, i, velocity, n);
  put(w, i, madd(minusRate, velocity, get(w, i, n)), n);
}

function momentumRange<C>(w: usize, g: usize, v: usize, hyper: usize, clip: usize, begin: usize, end: usize): void {
  const factor = changetype<C>(0).factor(clip);
  const high = changetype<C>(0).bound(clip);
  const low = v128.neg<real>(high);
  const minusRate = v128.neg<real>(hyperAt(hyper, 0));
  const mu = hyperAt(hyper, 1);
  const rest = hyperAt(hyper, 2);
  let i = begin;
  for (; i + LANES <= end; i += LANES) momentum<C>(w, g, v, i, LANES, factor, low, high, minusRate, mu, rest);
  if (i < end) momentum<C>(w, g, v, i, end - i, factor, low, high, minusRate, mu, rest);
}

/** v = μ · v + rest · g;  w −= rate · v        hyper: rate, μ, rest (1; 1 − μ where v is a weighted mean; or as below) */
export function momentum_update(w: usize, g: usize, v: usize, hyper: usize, clip: usize, begin: usize, end: usize): void {
  if (clip) momentumRange<Clipped>(w, g, v, hyper, clip, begin, end);
  else momentumRange<Given>(w, g, v, hyper, clip, begin, end);
}

@inline
function nesterov<C>(w: usize, g: usize, v: usize, i: usize, n: usize, factor: v128, low: v128, high: v128, minusRate: v128, mu: v128, rest: v128): void {
  const gradient = v128.mul<real>(rest, changetype<C>(0).of(get(g, i, n), factor, low, high));
  const velocity = madd(mu, get(v, i, n), gradient);
  put(v, i, velocity, n);
  put(w, i, madd(minusRate, madd(mu, velocity, gradient), get(w, i, n)), n);
}

function nesterovRange<C>(w: usize, g: usize, v: usize, hyper: usize, clip: usize, begin: usize, end: usize): void {
  const factor = changetype<C>(0).factor(clip);
  const high = changetype<C>(0).bound(clip);
  const low = v128.neg<real>(high);
  const minusRate = v128.neg<real>(hyperAt(hyper, 0));
  const mu = hyperAt(hyper, 1);
  const rest = hyperAt(hyper, 2);
  let i = begin;
  for (; i + LANES <= end; i += LANES) nesterov<C>(w, g, v, i, LANES, factor, low, high, minusRate, mu, rest);
  if (i < end) nesterov<C>(w, g, v, i, end - i, factor, low, high, minusRate, mu, rest);
}

/** v = μ · v + rest · g;  w −= rate · (rest · g + μ · v)        hyper: rate, μ, rest (1, or the rate where v has it already: then rate is 1) */
export function nesterov_update(w: usize, g: usize, v: usize, hyper: usize, clip: usize, begin: usize, end: usize): void {
  if (clip) nesterovRange<Clipped>(w, g, v, hyper, clip, begin, end);
  else nesterovRange<Given>(w, g, v, hyper, clip, begin, end);
}

/** 1, −1, or x itself where it is 0 or NaN. */
@inline
function signOf(x: v128): v128 {
  const one = v128.or(all(<real>1), v128.and(x, signBit()));
  const zero = all(<real>0);
  return v128.bitselect(one, x, v128.or(v128.lt<real>(x, zero), v128.gt<real>(x, zero)));
}

@inline
function lion<C>(
  w: usize,
  g: usize,
  m: usize,
  i: usize,
  n: usize,
  factor: v128,
  low: v128,
  high: v128,
  minusRate: v128,
  beta1: v128,
  rest1: v128,
  beta2: v128,
  rest2: v128,
  keep: v128,
): void {
  const gradient = changetype<C>(0).of(get(g, i, n), factor, low, high);
  const mean = get(m, i, n);
  const direction = signOf(madd(beta1, mean, v128.mul<real>(rest1, gradient)));
  put(m, i, madd(beta2, mean, v128.mul<real>(rest2, gradient)), n);
  put(w, i, madd(minusRate, direction, v128.mul<real>(keep, get(w, i, n))), n);
}

function lionRange<C>(w: usize, g: usize, m: usize, hyper: usize, clip: usize, begin: usize, end: usize): void {
  const factor = changetype<C>(0).factor(clip);
  const high = changetype<C>(0).bound(clip);
  const low = v128.neg<real>(high);
  const minusRate = v128.neg<real>(hyperAt(hyper, 0));
  const beta1 = hyperAt(hyper, 1);
  const rest1 = hyperAt(hyper, 2);
  const beta2 = hyperAt(hyper, 3);
  const rest2 = hyperAt(hyper, 4);
  const keep = hyperAt(hyper, 5);
  let i = begin;
  for (; i + LANES <= end; i += LANES) lion<C>(w, g, m, i, LANES, factor, low, high, minusRate, beta1, rest1, beta2, rest2, keep);
  if (i < end) lion<C>(w, g, m, i, end - i, factor, low, high, minusRate, beta1, rest1, beta2, rest2, keep);
}

/**
 * w = keep · w − rate · sign(β₁ · m + (1 − β₁) · g);  m = β₂ · m + (1 − β₂) · g
 *
 * hyper: rate, β₁, 1 − β₁, β₂, 1 − β₂, keep = 1 − rate · decay
 */
export function lion_update(w: usize, g: usize, m: usize, hyper: usize, clip: usize, begin: usize, end: usize): void {
  if (clip) lionRange<Clipped>(w, g, m, hyper, clip, begin, end);
  else lionRange<Given>(w, g, m, hyper, clip, begin, end);
}

/** w = hyper[place] · w: the decay of weights in front of their update. */
export function decay_update(w: usize, hyper: usize, place: usize, begin: usize, end: usize): void {
  const keep = hyperAt(hyper, place);
  let i = begin;
  for (; i + LANES <= end; i += LANES) put(w, i, v128.mul<real>(keep, get(w, i, LANES)), LANES);
  if (i < end) put(w, i, v128.mul<real>(keep, get(w, i, end - i)), end - i);
}
