// Optimizer steps that divide each weight's gradient by its usual size; see optimizer.ts.
import { Clipped, get, Given, hyperAt, put, scaledSquare } from "./optimizer/access";
import { LANES } from "./vector";

@inline
function adagrad<C>(w: usize, g: usize, s: usize, i: usize, n: usize, factor: v128, low: v128, high: v128, rate: v128, start: v128, epsilon: v128): void {
  const gradient = changetype<C>(0).of(get(g, i, n), factor, low, high);
  const sum = madd(gradient, gradient, get(s, i, n));
  put(s, i, sum, n);
  const divisor = v128.add<real>(v128.sqrt<real>(v128.add<real>(sum, start)), epsilon);
  put(w, i, v128.sub<real>(get(w, i, n), v128.div<real>(v128.mul<real>(rate, gradient), divisor)), n);
}

function adagradRange<C>(w: usize, g: usize, s: usize, hyper: usize, clip: usize, begin: usize, end: usize): void {
  const factor = changetype<C>(0).factor(clip);
  const high = changetype<C>(0).bound(clip);
  const low = v128.neg<real>(high);
  const rate = hyperAt(hyper, 0);
  const start = hyperAt(hyper, 1);
  const epsilon = hyperAt(hyper, 2);
  let i = begin;
  for (; i + LANES <= end; i += LANES) adagrad<C>(w, g, s, i, LANES, factor, low, high, rate, start, epsilon);
  if (i < end) adagrad<C>(w, g, s, i, end - i, factor, low, high, rate, start, epsilon);
}

/** s = s + g²;  w −= rate · g / (√(s + start) + ε)        hyper: rate, start, ε */
export function adagrad_update(w: usize, g: usize, s: usize, hyper: usize, clip: usize, begin: usize, end: usize): void {
  if (clip) adagradRange<Clipped>(w, g, s, hyper, clip, begin, end);
  else adagradRange<Given>(w, g, s, hyper, clip, begin, end);
}

@inline
function adadelta<C>(
  w: usize,
  g: usize,
  s: usize,
  d: usize,
  i: usize,
  n: usize,
  factor: v128,
  low: v128,
  high: v128,
  minusRate: v128,
  rho: v128,
  rest: v128,
  epsilon: v128,
): void {
  const gradient = changetype<C>(0).of(get(g, i, n), factor, low, high);
  const square = madd(rho, get(s, i, n), scaledSquare(rest, gradient));
  put(s, i, square, n);
  const moved = get(d, i, n);
  const size = v128.sqrt<real>(v128.add<real>(square, epsilon));
  // Divided before multiplied: the product may overflow where the quotient does not.
  const move = v128.mul<real>(v128.div<real>(v128.sqrt<real>(v128.add<real>(moved, epsilon)), size), gradient);
  put(d, i, madd(rho, moved, scaledSquare(rest, move)), n);
  put(w, i, madd(minusRate, move, get(w, i, n)), n);
}

function adadeltaRange<C>(w: usize, g: usize, s: usize, d: usize, hyper: usize, clip: usize, begin: usize, end: usize): void {
  const factor = changetype<C>(0).factor(clip);
  const high = changetype<C>(0).bound(clip);
  const low = v128.neg<real>(high);
  const minusRate = v128.neg<real>(hyperAt(hyper, 0));
  const rho = hyperAt(hyper, 1);
  const rest = hyperAt(hyper, 2);
  const epsilon = hyperAt(hyper, 3);
  let i = begin;
  for (; i + LANES <= end; i += LANES) adadelta<C>(w, g, s, d, i, LANES, factor, low, high, minusRate, rho, rest, epsilon);
  if (i < end) adadelta<C>(w, g, s, d, i, end - i, factor, low, high, minusRate, rho, rest, epsilon);
}

/**
 * s = ρ · s + (1 − ρ) · g²;  Δ = √(d + ε) / √(s + ε) · g;  d = ρ · d + (1 − ρ) · Δ²;  w −= rate · Δ
 *
 * hyper: rate, ρ, 1 − ρ, ε
 */
export function adadelta_update(w: usize, g: usize, s: usize, d: usize, hyper: usize, clip: usize, begin: usize, end: usize): void {
  if (clip) adadeltaRange<Clipped>(w, g, s, d, hyper, clip, begin, end);
  else adadeltaRange<Given>(w, g, s, d, hyper, clip, begin, end);
}

/** g / (√(s + inside) + ε), or with `centered` g / (√(s − m² + inside) + ε), after s and m have taken in g; times `rate`. */
@inline
function normalized<C>(
  g: usize,
  s: usize,
  m: usize,
  i: usize,
  n: usize,
  factor: v128,
  low: v128,
  high: v128,
  centered: bool,
  rate: v128,
  rho: v128,
  rest: v128,
  epsilon: v128,
  inside: v128,
): v128 {
  const gradient = changetype<C>(0).of(get(g, i, n), factor, low, high);
  let square = madd(rho, get(s, i, n), scaledSquare(rest, gradient));
  put(s, i, square, n);
  if (centered) {
    const mean = madd(rho, get(m, i, n), v128.mul<real>(rest, gradient));
    put(m, i, mean, n);
    // Rounding may take it below 0, where the gradient hardly changes.
    square = v128.max<real>(v128.sub<real>(square, v128.mul<real>(mean, mean)), v128.splat<real>(0));
  }
  return v128.div<real>(v128.mul<real>(rate, gradient), v128.add<real>(v128.sqrt<real>(v128.add<real>(square, inside)), epsilon));
}

@inline
function step(w: usize, i: usize, n: usize, move: v128): void {
  put(w, i, v128.sub<real>(get(w, i, n), move), n);
}

@inline
function stepWithMomentum(w: usize, v: usize, i: usize, n: usize, move: v128, minusRate: v128, mu: v128): void {
  const velocity = madd(mu, get(v, i, n), move);
  put(v, i, velocity, n);
  put(w, i, madd(minusRate, velocity, get(w, i, n)), n);
}

function rmspropRange<C>(w: usize, g: usize, s: usize, hyper: usize, clip: usize, begin: usize, end: usize): void {
  const factor = changetype<C>(0).factor(clip);
  const high = changetype<C>(0).bound(clip);
  const low = v128.neg<real>(high);
  const rate = hyperAt(hyper, 0);
  const rho = hyperAt(hyper, 1);
  const rest = hyperAt(hyper, 2);
  const epsilon = hyperAt(hyper, 3);
  const inside = hyperAt(hyper, 4);
  let i = begin;
  for (; i + LANES <= end; i += LANES) {
    step(w, i, LANES, normalized<C>(g, s, 0, i, LANES, factor, low, high, false, rate, rho, rest, epsilon, inside));
  }
  if (i < end) step(w, i, end - i, normalized<C>(g, s, 0, i, end - i, factor, low, high, false, rate, rho, rest, epsilon, inside));
}

/** s = ρ · s + (1 − ρ) · g²;  w −= rate · g / (√(s + inside) + ε)        hyper: rate, ρ, 1 − ρ, ε, inside */
export function rmsprop_update(w: usize, g: usize, s: usize, hyper: usize, clip: usize, begin: usize, end: usize): void {
  if (clip) rmspropRange<Clipped>(w, g, s, hyper, clip, begin, end);
  else rmspropRange<Given>(w, g, s, hyper, clip, begin, end);
}

function rmspropCenteredRange<C>(
  w: usize,
  g: usize,
  s: usize,
  m: usize,
  hyper: usize,
  clip: usize,
  begin: usize,
  end: usize,
): void {
  const factor = changetype<C>(0).factor(clip);
  const high = changetype<C>(0).bound(clip);
  const low = v128.neg<real>(high);
  const rate = hyperAt(hyper, 0);
  const rho = hyperAt(hyper, 1);
  const rest = hyperAt(hyper, 2);
  const epsilon = hyperAt(hyper, 3);
  const inside = hyperAt(hyper, 4);
  let i = begin;
  for (; i + LANES <= end; i += LANES) {
    step(w, i, LANES, normalized<C>(g, s, m, i, LANES, factor, low, high, true, rate, rho, rest, epsilon, inside));
  }
  if (i < end) step(w, i, end - i, normalized<C>(g, s, m, i, end - i, factor, low, high, true, rate, rho, rest, epsilon, inside));
}

/** m = ρ · m + (1 − ρ) · g;  s as in rmsprop_update;  w −= rate · g / (√(s − m² + inside) + ε)        hyper: as rmsprop_update */
export function rmsprop_centered_update(
  w: usize,
  g: usize,
  s: usize,
  m: usize,
  hyper: usize,
  clip: usize,
  begin: usize,
  end: usize,
): void {
  if (clip) rmspropCenteredRange<Clipped>(w, g, s, m, hyper, clip, begin, end);
  else rmspropCenteredRange<Given>(w, g, s, m, hyper, clip, begin, end);
}

function rmspropMomentumRange<C>(
  w: usize,
  g: usize,
  s: usize,
  v: usize,
  hyper: usize,
  clip: usize,
  begin: usize,
  end: usize,
): void {
  const factor = changetype<C>(0).factor(clip);
  const high = changetype<C>(0).bound(clip);
  const low = v128.neg<real>(high);
  const minusRate = v128.neg<real>(hyperAt(hyper, 0));
  const rho = hyperAt(hyper, 1);
  const rest = hyperAt(hyper, 2);
  const epsilon = hyperAt(hyper, 3);
  const inside = hyperAt(hyper, 4);
  const mu = hyperAt(hyper, 5);
  const ofGradient = hyperAt(hyper, 6);
  let i = begin;
  for (; i + LANES <= end; i += LANES) {
    const move = normalized<C>(g, s, 0, i, LANES, factor, low, high, false, ofGradient, rho, rest, epsilon, inside);
    stepWithMomentum(w, v, i, LANES, move, minusRate, mu);
  }
  if (i < end) {
    const move = normalized<C>(g, s, 0, i, end - i, factor, low, high, false, ofGradient, rho, rest, epsilon, inside);
    stepWithMomentum(w, v, i, end - i, move, minusRate, mu);
  }
}

/**
 * s as in rmsprop_update;  v = μ · v + rest · g / (√(s + inside) + ε);  w −= rate · v
 *
 * hyper: rate, ρ, 1 − ρ, ε, inside, μ, rest (1, or the rate where v has it already: then rate is 1)
 */
export function rmsprop_momentum_update(
  w: usize,
  g: usize,
  s: usize,
  v: usize,
  hyper: usize,
  clip: usize,
  begin: usize,
  end: usize,
): void {
  if (clip) rmspropMomentumRange<Clipped>(w, g, s, v, hyper, clip, begin, end);
  else rmspropMomentumRange<Given>(w, g, s, v, hyper, clip, begin, end);
}

function rmspropCenteredMomentumRange<C>(
  w: usize,
  g: usize,
  s: usize,
  m: usize,
  v: usize,
  hyper: usize,
  clip: usize,
  begin: usize,
  end: usize,
): void {
  const factor = changetype<C>(0).factor(clip);
  const high = changetype<C>(0).bound(clip);
  const low = v128.neg<real>(high);
  const minusRate = v128.neg<real>(hyperAt(hyper, 0));
  const rho = hyperAt(hyper, 1);
  const rest = hyperAt(hyper, 2);
  const epsilon = hyperAt(hyper, 3);
  const inside = hyperAt(hyper, 4);
  const mu = hyperAt(hyper, 5);
  const ofGradient = hyperAt(hyper, 6);
  let i = begin;
  for (; i + LANES <= end; i += LANES) {
    const move = normalized<C>(g, s, m, i, LANES, factor, low, high, true, ofGradient, rho, rest, epsilon, inside);
    stepWithMomentum(w, v, i, LANES, move, minusRate, mu);
  }
  if (i < end) {
    const move = normalized<C>(g, s, m, i, end - i, factor, low, high, true, ofGradient, rho, rest, epsilon, inside);
    stepWithMomentum(w, v, i, end - i, move, minusRate, mu);
  }
}

/** Both: v = μ · v + rest · g / (√(s − m² + inside) + ε);  w −= rate · v        hyper: as rmsprop_momentum_update */
export function rmsprop_centered_momentum_update(
  w: usize,
  g: usize,
  s: usize,
  m: usize,
  v: usize,
  hyper: usize,
  clip: usize,
  begin: usize,
  end: usize,
): void {
  if (clip) rmspropCenteredMomentumRange<Clipped>(w, g, s, m, v, hyper, clip, begin, end);
  else rmspropCenteredMomentumRange<Given>(w, g, s, m, v, hyper, clip, begin, end);
}
