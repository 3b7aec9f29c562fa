// Adam's family of optimizer steps; see optimizer.ts. RAdam goes through `adam_update` with hyper-parameters of its own.
import { Clipped, get, Given, hyperAt, put, scaledSquare } from "./optimizer/access";
import { LANES } from "./vector";

@inline
function adam<C>(
  w: usize,
  g: usize,
  m: usize,
  v: usize,
  top: usize,
  i: usize,
  n: usize,
  factor: v128,
  low: v128,
  high: v128,
  amsgrad: bool,
  rate: v128,
  beta1: v128,
  rest1: v128,
  beta2: v128,
  rest2: v128,
  root: v128,
  epsilon: v128,
  keep: v128,
): void {
  const gradient = changetype<C>(0).of(get(g, i, n), factor, low, high);
  const mean = madd(beta1, get(m, i, n), v128.mul<real>(rest1, gradient));
  let square = madd(beta2, get(v, i, n), scaledSquare(rest2, gradient));
  put(m, i, mean, n);
  put(v, i, square, n);
  if (amsgrad) {
    square = v128.max<real>(get(top, i, n), square);
    put(top, i, square, n);
  }
  const divisor = madd(v128.sqrt<real>(square), root, epsilon);
  const move = v128.div<real>(v128.mul<real>(rate, mean), divisor);
  put(w, i, v128.sub<real>(v128.mul<real>(keep, get(w, i, n)), move), n);
}

@inline
function adamRange<C>(
  w: usize,
  g: usize,
  m: usize,
  v: usize,
  top: usize,
  amsgrad: bool,
  hyper: usize,
  clip: usize,
  begin: usize,
  end: usize,
): void {
  const factor = changetype<C>(0).factor(clip);
  const high = changetype<C>(0).bound(clip);
  const low = v128.neg<real>(high);
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
    adam<C>(w, g, m, v, top, i, LANES, factor, low, high, amsgrad, rate, beta1, rest1, beta2, rest2, root, epsilon, keep);
  }
  if (i < end) adam<C>(w, g, m, v, top, i, end - i, factor, low, high, amsgrad, rate, beta1, rest1, beta2, rest2, root, epsilon, keep);
}

/**
 * m = β₁ · m + (1 − β₁) · g;  v = β₂ · v + (1 − β₂) · g²;  w = keep · w − rate′ · m / (√v · root + ε)
 *
 * hyper: rate′ = rate / (1 − β₁ᵗ), β₁, 1 − β₁, β₂, 1 − β₂, root = 1 / √(1 − β₂ᵗ), ε, keep = 1 − rate · decay (1 for plain Adam)
 */
export function adam_update(w: usize, g: usize, m: usize, v: usize, hyper: usize, clip: usize, begin: usize, end: usize): void {
  if (clip) adamRange<Clipped>(w, g, m, v, 0, false, hyper, clip, begin, end);
  else adamRange<Given>(w, g, m, v, 0, false, hyper, clip, begin, end);
}

/** m and v as in adam_update;  top = max(top, v);  w = keep · w − rate′ · m / (√top · root + ε)        hyper: as adam_update */
export function amsgrad_update(
  w: usize,
  g: usize,
  m: usize,
  v: usize,
  top: usize,
  hyper: usize,
  clip: usize,
  begin: usize,
  end: usize,
): void {
  if (clip) adamRange<Clipped>(w, g, m, v, top, true, hyper, clip, begin, end);
  else adamRange<Given>(w, g, m, v, top, true, hyper, clip, begin, end);
}

@inline
function adamax<C>(
  w: usize,
  g: usize,
  m: usize,
  u: usize,
  i: usize,
  n: usize,
  factor: v128,
  low: v128,
  high: v128,
  rate: v128,
  beta1: v128,
  rest1: v128,
  beta2: v128,
  inside: v128,
  epsilon: v128,
): void {
  const gradient = changetype<C>(0).of(get(g, i, n), factor, low, high);
  const mean = madd(beta1, get(m, i, n), v128.mul<real>(rest1, gradient));
  const size = v128.add<real>(v128.abs<real>(gradient), inside);
  const most = v128.max<real>(v128.mul<real>(beta2, get(u, i, n)), size);
  put(m, i, mean, n);
  put(u, i, most, n);
  put(w, i, v128.sub<real>(get(w, i, n), v128.div<real>(v128.mul<real>(rate, mean), v128.add<real>(most, epsilon))), n);
}

function adamaxRange<C>(w: usize, g: usize, m: usize, u: usize, hyper: usize, clip: usize, begin: usize, end: usize): void {
  const factor = changetype<C>(0).factor(clip);
  const high = changetype<C>(0).bound(clip);
  const low = v128.neg<real>(high);
  const rate = hyperAt(hyper, 0);
  const beta1 = hyperAt(hyper, 1);
  const rest1 = hyperAt(hyper, 2);
  const beta2 = hyperAt(hyper, 3);
  const inside = hyperAt(hyper, 4);
  const epsilon = hyperAt(hyper, 5);
  let i = begin;
  for (; i + LANES <= end; i += LANES) adamax<C>(w, g, m, u, i, LANES, factor, low, high, rate, beta1, rest1, beta2, inside, epsilon);
  if (i < end) adamax<C>(w, g, m, u, i, end - i, factor, low, high, rate, beta1, rest1, beta2, inside, epsilon);
}

/**
 * m = β₁ · m + (1 − β₁) · g;  u = max(β₂ · u, |g| + inside);  w −= rate′ · m / (u + ε)
 *
 * hyper: rate′ = rate / (1 − β₁ᵗ), β₁, 1 − β₁, β₂, inside, ε
 */
export function adamax_update(w: usize, g: usize, m: usize, u: usize, hyper: usize, clip: usize, begin: usize, end: usize): void {
  if (clip) adamaxRange<Clipped>(w, g, m, u, hyper, clip, begin, end);
  else adamaxRange<Given>(w, g, m, u, hyper, clip, begin, end);
}

@inline
function nadam<C>(
  w: usize,
  g: usize,
  m: usize,
  v: usize,
  i: usize,
  n: usize,
  factor: v128,
  low: v128,
  high: v128,
  ofGradient: v128,
  ofMean: v128,
  beta1: v128,
  rest1: v128,
  beta2: v128,
  rest2: v128,
  root: v128,
  epsilon: v128,
): void {
  const gradient = changetype<C>(0).of(get(g, i, n), factor, low, high);
  const mean = madd(beta1, get(m, i, n), v128.mul<real>(rest1, gradient));
  const square = madd(beta2, get(v, i, n), scaledSquare(rest2, gradient));
  put(m, i, mean, n);
  put(v, i, square, n);
  const move = madd(ofMean, mean, v128.mul<real>(ofGradient, gradient));
  const divisor = madd(v128.sqrt<real>(square), root, epsilon);
  put(w, i, v128.sub<real>(get(w, i, n), v128.div<real>(move, divisor)), n);
}

function nadamRange<C>(w: usize, g: usize, m: usize, v: usize, hyper: usize, clip: usize, begin: usize, end: usize): void {
  const factor = changetype<C>(0).factor(clip);
  const high = changetype<C>(0).bound(clip);
  const low = v128.neg<real>(high);
  const ofGradient = hyperAt(hyper, 0);
  const ofMean = hyperAt(hyper, 1);
  const beta1 = hyperAt(hyper, 2);
  const rest1 = hyperAt(hyper, 3);
  const beta2 = hyperAt(hyper, 4);
  const rest2 = hyperAt(hyper, 5);
  const root = hyperAt(hyper, 6);
  const epsilon = hyperAt(hyper, 7);
  let i = begin;
  for (; i + LANES <= end; i += LANES) {
    nadam<C>(w, g, m, v, i, LANES, factor, low, high, ofGradient, ofMean, beta1, rest1, beta2, rest2, root, epsilon);
  }
  if (i < end) nadam<C>(w, g, m, v, i, end - i, factor, low, high, ofGradient, ofMean, beta1, rest1, beta2, rest2, root, epsilon);
}

/**
 * m and v as in adam_update;  w −= (a · g + b · m) / (√v · root + ε)
 *
 * hyper: a = rate · (1 − μₜ) / (1 − Πμ), b = rate · μₜ₊₁ / (1 − Πμ · μₜ₊₁), β₁, 1 − β₁, β₂, 1 − β₂, root = 1 / √(1 − β₂ᵗ), ε
 */
export function nadam_update(w: usize, g: usize, m: usize, v: usize, hyper: usize, clip: usize, begin: usize, end: usize): void {
  if (clip) nadamRange<Clipped>(w, g, m, v, hyper, clip, begin, end);
  else nadamRange<Given>(w, g, m, v, hyper, clip, begin, end);
}
