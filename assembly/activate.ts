// The activation functions of one vector, and the switch over those whose derivative can be told from their result y alone. These can
// be fused into the epilogue of a matrix product: x need not be kept.

import { all, expm1, loadSome, sigmoid, softplus, tanh } from "./math";
import { LANES, at, loadTail, storeTail } from "./vector";

export const IDENTITY: i32 = 0;
export const RELU: i32 = 1;
export const LEAKY_RELU: i32 = 2;
export const ELU: i32 = 3;
export const SELU: i32 = 4;
export const TANH: i32 = 5;
export const SIGMOID: i32 = 6;
export const SOFTPLUS: i32 = 7;
export const HARD_SIGMOID: i32 = 8;
export const HARD_SIGMOID_KERAS2: i32 = 9;

/** `p` where y ≤ 0, else `q`; a NaN takes `q`. */
@inline
function whereNotPositive(y: v128, p: v128, q: v128): v128 {
  return v128.bitselect(p, q, v128.le<real>(y, all(<real>0)));
}

// Each class is a pair of compile-time functions: `of(x, alpha)` is y, and `back(dy, y, alpha)` is dy · dy/dx.

export class Identity {
  @inline of(x: v128, alpha: v128): v128 {
    return x;
  }
  @inline back(dy: v128, y: v128, alpha: v128): v128 {
    return dy;
  }
}

export class Relu {
  /** `pmax(0, x)` is `0 < x ? x : 0`; with its arguments this way round NaN would be lost. `pmax(x, 0)` is `x < 0 ? 0 : x` and keeps it. */
  @inline of(x: v128, alpha: v128): v128 {
    return v128.pmax<real>(x, all(<real>0));
  }
  @inline back(dy: v128, y: v128, alpha: v128): v128 {
    return v128.andnot(dy, v128.le<real>(y, all(<real>0)));
  }
}

export class LeakyRelu {
  @inline of(x: v128, alpha: v128): v128 {
    return whereNotPositive(x, v128.mul<real>(x, alpha), x);
  }
  @inline back(dy: v128, y: v128, alpha: v128): v128 {
    return whereNotPositive(y, v128.mul<real>(dy, alpha), dy);
  }
}

export class Elu {
  @inline of(x: v128, alpha: v128): v128 {
    return whereNotPositive(x, v128.mul<real>(alpha, expm1(x)), x);
  }
  @inline back(dy: v128, y: v128, alpha: v128): v128 {
    return whereNotPositive(y, v128.mul<real>(dy, v128.add<real>(y, alpha)), dy);
  }
}

/** Klambauer et al. 2017: scale · elu(x), with the constants that keep mean 0 and variance 1. */
export class Selu {
  @inline of(x: v128, alpha: v128): v128 {
    const negative = v128.mul<real>(all(<real>1.7580993408473769), expm1(x));
    return whereNotPositive(x, negative, v128.mul<real>(all(<real>1.0507009873554805), x));
  }
  @inline back(dy: v128, y: v128, alpha: v128): v128 {
    const slope = v128.add<real>(y, all(<real>1.7580993408473769));
    return v128.mul<real>(dy, whereNotPositive(y, slope, all(<real>1.0507009873554805)));
  }
}

export class Tanh {
  @inline of(x: v128, alpha: v128): v128 {
    return tanh(x);
  }
  @inline back(dy: v128, y: v128, alpha: v128): v128 {
    return v128.mul<real>(dy, v128.sub<real>(all(<real>1), v128.mul<real>(y, y)));
  }
}

export class Sigmoid {
  @inline of(x: v128, alpha: v128): v128 {
    return sigmoid(x);
  }
  @inline back(dy: v128, y: v128, alpha: v128): v128 {
    return v128.mul<real>(dy, v128.mul<real>(y, v128.sub<real>(all(<real>1), y)));
  }
}

export class Softplus {
  @inline of(x: v128, alpha: v128): v128 {
    return softplus(x);
  }
  /** The slope is sigmoid x = 1 − e^−y. */
  @inline back(dy: v128, y: v128, alpha: v128): v128 {
    return v128.mul<real>(dy, v128.neg<real>(expm1(v128.neg<real>(y))));
  }
}

export class HardSigmoid {
  @inline of(x: v128, alpha: v128): v128 {
    const raised = v128.pmax<real>(v128.add<real>(x, all(<real>3)), all(<real>0));
    return v128.div<real>(v128.pmin<real>(raised, all(<real>6)), all(<real>6));
  }
  @inline back(dy: v128, y: v128, alpha: v128): v128 {
    const flat = v128.or(v128.le<real>(y, all(<real>0)), v128.ge<real>(y, all(<real>1)));
    return v128.andnot(v128.div<real>(dy, all(<real>6)), flat);
  }
}

export class HardSigmoidKeras2 {
  @inline of(x: v128, alpha: v128): v128 {
    const line = v128.add<real>(v128.mul<real>(x, all(<real>0.2)), all(<real>0.5));
    return v128.pmin<real>(v128.pmax<real>(line, all(<real>0)), all(<real>1));
  }
  @inline back(dy: v128, y: v128, alpha: v128): v128 {
    const flat = v128.or(v128.le<real>(y, all(<real>0)), v128.ge<real>(y, all(<real>1)));
    return v128.andnot(v128.mul<real>(dy, all(<real>0.2)), flat);
  }
}

/** y = f(x) for one vector, by the number of the function. */
@inline
export function activate(kind: i32, x: v128, alpha: v128): v128 {
  switch (kind) {
    case RELU: return changetype<Relu>(0).of(x, alpha);
    case LEAKY_RELU: return changetype<LeakyRelu>(0).of(x, alpha);
    case ELU: return changetype<Elu>(0).of(x, alpha);
    case SELU: return changetype<Selu>(0).of(x, alpha);
    case TANH: return changetype<Tanh>(0).of(x, alpha);
    case SIGMOID: return changetype<Sigmoid>(0).of(x, alpha);
    case SOFTPLUS: return changetype<Softplus>(0).of(x, alpha);
    case HARD_SIGMOID: return changetype<HardSigmoid>(0).of(x, alpha);
    case HARD_SIGMOID_KERAS2: return changetype<HardSigmoidKeras2>(0).of(x, alpha);
  }
  return x;
}

/** y[i] = F(x[i]), where y may be x. Not inlined: the kernel of a function and the fused epilogue share one loop. */
export function forward<F>(y: usize, x: usize, alpha: real, begin: usize, end: usize): void {
  const a = all(alpha);
  let i = begin;
  for (; i + LANES <= end; i += LANES) v128.store(at(y, i), changetype<F>(0).of(v128.load(at(x, i)), a));
  if (i < end) storeTail(at(y, i), changetype<F>(0).of(loadTail(at(x, i), end - i), a), end - i);
}

/** The same with the code of F once in the binary, for long functions; see lanes.ts. */
export function forwardLong<F>(y: usize, x: usize, alpha: real, begin: usize, end: usize): void {
  const a = all(alpha);
  let i = begin;
  if (i >= end) return;
  do {
    const v = changetype<F>(0).of(loadSome(at(x, i), end - i), a);
    if (i + LANES > end) return storeTail(at(y, i), v, end - i);
    v128.store(at(y, i), v);
    i += LANES;
  } while (i < end);
}

/** dx[i] += dy[i] · F′, from y[i]. */
export function backward<F>(dx: usize, dy: usize, y: usize, alpha: real, begin: usize, end: usize): void {
  const a = all(alpha);
  let i = begin;
  for (; i + LANES <= end; i += LANES) {
    const g = changetype<F>(0).back(v128.load(at(dy, i)), v128.load(at(y, i)), a);
    v128.store(at(dx, i), v128.add<real>(v128.load(at(dx, i)), g));
  }
  if (i < end) {
    const n = end - i;
    const g = changetype<F>(0).back(loadTail(at(dy, i), n), loadTail(at(y, i), n), a);
    storeTail(at(dx, i), v128.add<real>(loadTail(at(dx, i), n), g), n);
  }
}

/** The same with the code of F once in the binary, for long functions; see lanes.ts. */
export function backwardLong<F>(dx: usize, dy: usize, y: usize, alpha: real, begin: usize, end: usize): void {
  const a = all(alpha);
  let i = begin;
  if (i >= end) return;
  do {
    const n = end - i;
    const g = changetype<F>(0).back(loadSome(at(dy, i), n), loadSome(at(y, i), n), a);
    const v = v128.add<real>(loadSome(at(dx, i), n), g);
    if (n < LANES) return storeTail(at(dx, i), v, n);
    v128.store(at(dx, i), v);
    i += LANES;
  } while (i < end);
}

/** y[i] = f(y[i]) in place, by the number of the function: the switch is outside the loop. */
export function activateRange(kind: i32, alpha: real, y: usize, begin: usize, end: usize): void {
  switch (kind) {
    case RELU: return forward<Relu>(y, y, alpha, begin, end);
    case LEAKY_RELU: return forward<LeakyRelu>(y, y, alpha, begin, end);
    case ELU: return forwardLong<Elu>(y, y, alpha, begin, end);
    case SELU: return forwardLong<Selu>(y, y, alpha, begin, end);
    case TANH: return forwardLong<Tanh>(y, y, alpha, begin, end);
    case SIGMOID: return forwardLong<Sigmoid>(y, y, alpha, begin, end);
    case SOFTPLUS: return forwardLong<Softplus>(y, y, alpha, begin, end);
    case HARD_SIGMOID: return forward<HardSigmoid>(y, y, alpha, begin, end);
    case HARD_SIGMOID_KERAS2: return forward<HardSigmoidKeras2>(y, y, alpha, begin, end);
  }
}

/** dz[i] = dy[i] · F′, from y[i], where dz may be dy. */
function slope<F>(dz: usize, dy: usize, y: usize, alpha: real, begin: usize, end: usize): void {
  const a = all(alpha);
  let i = begin;
  for (; i + LANES <= end; i += LANES) {
    v128.store(at(dz, i), changetype<F>(0).back(v128.load(at(dy, i)), v128.load(at(y, i)), a));
  }
  if (i < end) {
    const n = end - i;
    storeTail(at(dz, i), changetype<F>(0).back(loadTail(at(dy, i), n), loadTail(at(y, i), n), a), n);
  }
}

/** The same with the code of F once in the binary, for long functions; see lanes.ts. */
function slopeLong<F>(dz: usize, dy: usize, y: usize, alpha: real, begin: usize, end: usize): void {
  const a = all(alpha);
  let i = begin;
  if (i >= end) return;
  do {
    const n = end - i;
    const g = changetype<F>(0).back(loadSome(at(dy, i), n), loadSome(at(y, i), n), a);
    if (n < LANES) return storeTail(at(dz, i), g, n);
    v128.store(at(dz, i), g);
    i += LANES;
  } while (i < end);
}

/** dz[i] = dy[i] · f′, from y[i], by the number of the function. */
export function slopeRange(kind: i32, alpha: real, dz: usize, dy: usize, y: usize, begin: usize, end: usize): void {
  switch (kind) {
    case IDENTITY: return slope<Identity>(dz, dy, y, alpha, begin, end);
    case RELU: return slope<Relu>(dz, dy, y, alpha, begin, end);
    case LEAKY_RELU: return slope<LeakyRelu>(dz, dy, y, alpha, begin, end);
    case ELU: return slope<Elu>(dz, dy, y, alpha, begin, end);
    case SELU: return slope<Selu>(dz, dy, y, alpha, begin, end);
    case TANH: return slope<Tanh>(dz, dy, y, alpha, begin, end);
    case SIGMOID: return slope<Sigmoid>(dz, dy, y, alpha, begin, end);
    case SOFTPLUS: return slopeLong<Softplus>(dz, dy, y, alpha, begin, end);
    case HARD_SIGMOID: return slope<HardSigmoid>(dz, dy, y, alpha, begin, end);
    case HARD_SIGMOID_KERAS2: return slope<HardSigmoidKeras2>(dz, dy, y, alpha, begin, end);
  }
}
