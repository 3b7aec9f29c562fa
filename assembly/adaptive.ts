// Optimizer steps that divide each weight's gradient by its usual size; see optimizer.ts.
import { get, hyperAt, put, scaledSquare } from "./optimizer/access";
import { LANES } from "./vector";

@inline
function adagrad(w: usize, g: usize, s: usize, i: usize, n: usize, rate: v128, start: v128, epsilon: v128): void {
  const gradient = get(g, i, n);
  const sum = madd(gradient, gradient, get(s, i, n));
  put(s, i, sum, n);
  const divisor = v128.add<real>(v128.sqrt<real>(v128.add<real>(sum, start)), epsilon);
  put(w, i, v128.sub<real>(get(w, i, n), v128.div<real>(v128.mul<real>(rate, gradient), divisor)), n);
}

/** s = s + g²;  w −= rate · g / (√(s + start) + ε)        hyper: rate, start, ε */
export function adagrad_update(w: usize, g: usize, s: usize, hyper: usize, begin: usize, end: usize): void {
  const rate = hyperAt(hyper, 0);
  const start = hyperAt(hyper, 1);
  const epsilon = hyperAt(hyper, 2);
  let i = begin;
  for (; i + LANES <= end; i += LANES) adagrad(w, g, s, i, LANES, rate, start, epsilon);
  if (i < end) adagrad(w, g, s, i, end - i, rate, start, epsilon);
}

@inline
function adadelta(
  w: usize,
  g: usize,
  s: usize,
  d: usize,
  i: usize,
  n: usize,
  minusRate: v128,
  rho: v128,
  rest: v128,
  epsilon: v128,
): void {
  const gradient = get(g, i, n);
  const square = madd(rho, get(s, i, n), scaledSquare(rest, gradient));
  put(s, i, square, n);
  const moved = get(d, i, n);
  const size = v128.sqrt<real>(v128.add<real>(square, epsilon));
  // Divided before multiplied: the product may overflow where the quotient does not.
  const move = v128.mul<real>(v128.div<real>(v128.sqrt<real>(v128.add<real>(moved, epsilon)), size), gradient);
  put(d, i, madd(rho, moved, scaledSquare(rest, move)), n);
  put(w, i, madd(minusRate, move, get(w, i, n)), n);
}

/**
 * s = ρ · s + (1 − ρ) · g²;  Δ = √(d + ε) / √(s + ε) · g;  d = ρ · d + (1 − ρ) · Δ²;  w −= rate · Δ
 *
 * hyper: rate, ρ, 1 − ρ, ε
 */
export function adadelta_update(w: usize, g: usize, s: usize, d: usize, hyper: usize, begin: usize, end: usize): void {
  const minusRate = v128.neg<real>(hyperAt(hyper, 0));
  const rho = hyperAt(hyper, 1);
  const rest = hyperAt(hyper, 2);
  const epsilon = hyperAt(hyper, 3);
  let i = begin;
  for (; i + LANES <= end; i += LANES) adadelta(w, g, s, d, i, LANES, minusRate, rho, rest, epsilon);
  if (i < end) adadelta(w, g, s, d, i, end - i, minusRate, rho, rest, epsilon);
}

/** g / (√s + ε), or with `centered` g / (√(s − m²) + ε), after s and m have taken in g; times `rate`. */
@inline
function normalized(
  g: usize,
  s: usize,
  m: usize,
  i: usize,
  n: usize,
  centered: bool,
  rate: v128,
  rho: v128,
  rest: v128,
  epsilon: v128,
): v128 {
  const gradient = get(g, i, n);
  let square = madd(rho, get(s, i, n), scaledSquare(rest, gradient));
  put(s, i, square, n);
  if (centered) {
    const mean = madd(rho, get(m, i, n), v128.mul<real>(rest, gradient));
    put(m, i, mean, n);
    // Rounding may take it below 0, where the gradient hardly changes.
    square = v128.max<real>(v128.sub<real>(square, v128.mul<real>(mean, mean)), v128.splat<real>(0));
  }
  return v128.div<real>(v128.mul<real>(rate, gradient), v128.add<real>(v128.sqrt<real>(square), epsilon));
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

/** s = ρ · s + (1 − ρ) · g²;  w −= rate · g / (√s + ε)        hyper: rate, ρ, 1 − ρ, ε */
export function rmsprop_update(w: usize, g: usize, s: usize, hyper: usize, begin: usize, end: usize): void {
  const rate = hyperAt(hyper, 0);
  const rho = hyperAt(hyper, 1);
  const rest = hyperAt(hyper, 2);
  const epsilon = hyperAt(hyper, 3);
  let i = begin;
  for (; i + LANES <= end; i += LANES) {
    step(w, i, LANES, normalized(g, s, 0, i, LANES, false, rate, rho, rest, epsilon));
  }
  if (i < end) step(w, i, end - i, normalized(g, s, 0, i, end - i, false, rate, rho, rest, epsilon));
}

/** m = ρ · m + (1 − ρ) · g;  s as in rmsprop_update;  w −= rate · g / (√(s − m²) + ε)        hyper: rate, ρ, 1 − ρ, ε */
export function rmsprop_centered_update(
  w: usize,
  g: usize,
  s: usize,
  m: usize,
  hyper: usize,
  begin: usize,
  end: usize,
): void {
  const rate = hyperAt(hyper, 0);
  const rho = hyperAt(hyper, 1);
  const rest = hyperAt(hyper, 2);
  const epsilon = hyperAt(hyper, 3);
  let i = begin;
  for (; i + LANES <= end; i += LANES) {
    step(w, i, LANES, normalized(g, s, m, i, LANES, true, rate, rho, rest, epsilon));
  }
  if (i < end) step(w, i, end - i, normalized(g, s, m, i, end - i, true, rate, rho, rest, epsilon));
}

/** s as in rmsprop_update;  v = μ · v + g / (√s + ε);  w −= rate · v        hyper: rate, ρ, 1 − ρ, ε, μ */
export function rmsprop_momentum_update(
  w: usize,
  g: usize,
  s: usize,
  v: usize,
  hyper: usize,
  begin: usize,
  end: usize,
): void {
  const minusRate = v128.neg<real>(hyperAt(hyper, 0));
  const rho = hyperAt(hyper, 1);
  const rest = hyperAt(hyper, 2);
  const epsilon = hyperAt(hyper, 3);
  const mu = hyperAt(hyper, 4);
  const one = v128.splat<real>(1);
  let i = begin;
  for (; i + LANES <= end; i += LANES) {
    const move = normalized(g, s, 0, i, LANES, false, one, rho, rest, epsilon);
    stepWithMomentum(w, v, i, LANES, move, minusRate, mu);
  }
  if (i < end) {
    const move = normalized(g, s, 0, i, end - i, false, one, rho, rest, epsilon);
    stepWithMomentum(w, v, i, end - i, move, minusRate, mu);
  }
}

/** Both: v = μ · v + g / (√(s − m²) + ε);  w −= rate · v        hyper: rate, ρ, 1 − ρ, ε, μ */
export function rmsprop_centered_momentum_update(
  w: usize,
  g: usize,
  s: usize,
  m: usize,
  v: usize,
  hyper: usize,
  begin: usize,
  end: usize,
): void {
  const minusRate = v128.neg<real>(hyperAt(hyper, 0));
  const rho = hyperAt(hyper, 1);
  const rest = hyperAt(hyper, 2);
  const epsilon = hyperAt(hyper, 3);
  const mu = hyperAt(hyper, 4);
  const one = v128.splat<real>(1);
  let i = begin;
  for (; i + LANES <= end; i += LANES) {
    const move = normalized(g, s, m, i, LANES, true, one, rho, rest, epsilon);
    stepWithMomentum(w, v, i, LANES, move, minusRate, mu);
  }
  if (i < end) {
    const move = normalized(g, s, m, i, end - i, true, one, rho, rest, epsilon);
    stepWithMomentum(w, v, i, end - i, move, minusRate, mu);
  }
}
