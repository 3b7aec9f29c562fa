// Backward kernels take y, the result, except those of gelu and silu, which take x.

import {
  Elu,
  HardSigmoid,
  HardSigmoidKeras2,
  LeakyRelu,
  Relu,
  Selu,
  Sigmoid,
  Softplus,
  Tanh,
  backward,
  backwardLong,
  slopeRange,
  forward,
  forwardLong,
} from "./activate";
import { accumulateLong, all, gaussian, gaussianTail, mapLong, sigmoid } from "./math";

/** y = max(x, 0) */
export function relu_forward(y: usize, x: usize, begin: usize, end: usize): void {
  forward<Relu>(y, x, 0, begin, end);
}

/** dx += dy where y > 0 */
export function relu_backward(dx: usize, dy: usize, y: usize, begin: usize, end: usize): void {
  backward<Relu>(dx, dy, y, 0, begin, end);
}

/** y = x where x > 0, else alpha · x */
export function leaky_relu_forward(y: usize, x: usize, alpha: real, begin: usize, end: usize): void {
  forward<LeakyRelu>(y, x, alpha, begin, end);
}

/** dx += dy where y > 0, else alpha · dy; alpha ≥ 0 */
export function leaky_relu_backward(dx: usize, dy: usize, y: usize, alpha: real, begin: usize, end: usize): void {
  backward<LeakyRelu>(dx, dy, y, alpha, begin, end);
}

/** y = x where x > 0, else alpha · (eˣ − 1) */
export function elu_forward(y: usize, x: usize, alpha: real, begin: usize, end: usize): void {
  forwardLong<Elu>(y, x, alpha, begin, end);
}

/** dx += dy where y > 0, else dy · (y + alpha) */
export function elu_backward(dx: usize, dy: usize, y: usize, alpha: real, begin: usize, end: usize): void {
  backward<Elu>(dx, dy, y, alpha, begin, end);
}

/** y = scale · elu(x, alpha), with the two constants of Klambauer et al. 2017 */
export function selu_forward(y: usize, x: usize, begin: usize, end: usize): void {
  forwardLong<Selu>(y, x, 0, begin, end);
}

/** dx += dy · scale where y > 0, else dy · (y + scale · alpha) */
export function selu_backward(dx: usize, dy: usize, y: usize, begin: usize, end: usize): void {
  backward<Selu>(dx, dy, y, 0, begin, end);
}

/** y = tanh x */
export function tanh_forward(y: usize, x: usize, begin: usize, end: usize): void {
  forwardLong<Tanh>(y, x, 0, begin, end);
}

/** dx += dy · (1 − y²) */
export function tanh_backward(dx: usize, dy: usize, y: usize, begin: usize, end: usize): void {
  backward<Tanh>(dx, dy, y, 0, begin, end);
}

/** y = 1 / (1 + e^−x) */
export function sigmoid_forward(y: usize, x: usize, begin: usize, end: usize): void {
  forwardLong<Sigmoid>(y, x, 0, begin, end);
}

/** dx += dy · y · (1 − y) */
export function sigmoid_backward(dx: usize, dy: usize, y: usize, begin: usize, end: usize): void {
  backward<Sigmoid>(dx, dy, y, 0, begin, end);
}

/** y = ln(1 + eˣ) */
export function softplus_forward(y: usize, x: usize, begin: usize, end: usize): void {
  forwardLong<Softplus>(y, x, 0, begin, end);
}

/** dx += dy · (1 − e^−y) */
export function softplus_backward(dx: usize, dy: usize, y: usize, begin: usize, end: usize): void {
  backwardLong<Softplus>(dx, dy, y, 0, begin, end);
}

/** y = min(max(x + 3, 0), 6) / 6 */
export function hard_sigmoid_forward(y: usize, x: usize, begin: usize, end: usize): void {
  forward<HardSigmoid>(y, x, 0, begin, end);
}

/** dx += dy / 6 where 0 < y < 1 */
export function hard_sigmoid_backward(dx: usize, dy: usize, y: usize, begin: usize, end: usize): void {
  backward<HardSigmoid>(dx, dy, y, 0, begin, end);
}

/** y = min(max(0.2 x + 0.5, 0), 1) */
export function hard_sigmoid_keras2_forward(y: usize, x: usize, begin: usize, end: usize): void {
  forward<HardSigmoidKeras2>(y, x, 0, begin, end);
}

/** dx += 0.2 dy where 0 < y < 1 */
export function hard_sigmoid_keras2_backward(dx: usize, dy: usize, y: usize, begin: usize, end: usize): void {
  backward<HardSigmoidKeras2>(dx, dy, y, 0, begin, end);
}

/**
 * dz = dy · f′, from y, where f has the number `kind` in activate.ts: the first step back through a product with a fused activation. It assigns,
 * and dz may be dy: what is behind the activation of a fused operation is that operation's own.
 */
export function activation_gradient(
  dz: usize,
  dy: usize,
  y: usize,
  kind: i32,
  alpha: real,
  begin: usize,
  end: usize,
): void {
  slopeRange(kind, alpha, dz, dy, y, begin, end);
}

/** Limits x to where f(x) is not yet 0 or x, so that an infinity never meets a 0 in a product. */
@inline
function within(x: v128, limit32: real, limit64: real): v128 {
  const limit = sizeof<real>() == 4 ? limit32 : limit64;
  return v128.pmin<real>(v128.pmax<real>(x, all(-limit)), all(limit));
}

class Silu {
  @inline of(x: v128): v128 {
    return v128.mul<real>(v128.pmax<real>(x, all(sizeof<real>() == 4 ? <real>-106 : <real>-750)), sigmoid(x));
  }
}

class SiluGradient {
  @inline of(dy: v128, x: v128): v128 {
    const inside = within(x, 106, 750);
    const s = sigmoid(inside);
    const one = all(<real>1);
    return v128.mul<real>(dy, v128.mul<real>(s, madd(inside, v128.sub<real>(one, s), one)));
  }
}

/** y = x · sigmoid x */
export function silu_forward(y: usize, x: usize, begin: usize, end: usize): void {
  mapLong<Silu>(y, x, begin, end);
}

/** dx += dy · s · (1 + x · (1 − s)), s = sigmoid x */
export function silu_backward(dx: usize, dy: usize, x: usize, begin: usize, end: usize): void {
  accumulateLong<SiluGradient>(dx, dy, x, begin, end);
}

/** Φ(x), the normal distribution function, given g = e^(−x²/2): the lower tail keeps its relative accuracy. */
@inline
function normalCdf(x: v128, g: v128): v128 {
  const k = all(sizeof<real>() == 4 ? <real>4.242640687119286 : <real>5.656854249492381);
  const tail = v128.mul<real>(gaussianTail(g, v128.abs<real>(x), k), all(<real>0.5));
  return v128.bitselect(tail, v128.sub<real>(all(<real>1), tail), v128.lt<real>(x, all(<real>0)));
}

class Gelu {
  @inline of(x: v128): v128 {
    const inside = within(x, 15, 40);
    const above = v128.pmax<real>(x, inside);
    return v128.mul<real>(above, normalCdf(inside, gaussian(inside, <real>0.5)));
  }
}

class GeluGradient {
  @inline of(dy: v128, x: v128): v128 {
    const inside = within(x, 15, 40);
    const g = gaussian(inside, <real>0.5);
    const density = v128.mul<real>(g, all(<real>0.3989422804014327));
    return v128.mul<real>(dy, madd(inside, density, normalCdf(inside, g)));
  }
}

/** y = x · Φ(x) = x/2 · (1 + erf(x/√2)); Hendrycks and Gimpel 2016 */
export function gelu_forward(y: usize, x: usize, begin: usize, end: usize): void {
  mapLong<Gelu>(y, x, begin, end);
}

/** dx += dy · (Φ(x) + x · e^(−x²/2) / √(2π)) */
export function gelu_backward(dx: usize, dy: usize, x: usize, begin: usize, end: usize): void {
  accumulateLong<GeluGradient>(dx, dy, x, begin, end);
}

// ½ (1 + tanh u) = sigmoid 2u, and 2u = a x + b x³ with a = 2 √(2/π), b = 0.044715 a.

class GeluTanh {
  @inline of(x: v128): v128 {
    const slope = madd(v128.mul<real>(x, x), all(<real>0.07135481627260025), all(<real>1.5957691216057308));
    return v128.mul<real>(v128.pmax<real>(x, all(<real>-30)), sigmoid(v128.mul<real>(x, slope)));
  }
}

class GeluTanhGradient {
  @inline of(dy: v128, x: v128): v128 {
    const inside = within(x, 30, 30);
    const square = v128.mul<real>(inside, inside);
    const s = sigmoid(v128.mul<real>(inside, madd(square, all(<real>0.07135481627260025), all(<real>1.5957691216057308))));
    const slope = madd(square, all(<real>0.21406444881780075), all(<real>1.5957691216057308));
    const one = all(<real>1);
    const change = v128.mul<real>(v128.mul<real>(inside, slope), v128.sub<real>(one, s));
    return v128.mul<real>(dy, v128.mul<real>(s, v128.add<real>(one, change)));
  }
}

/** y = x/2 · (1 + tanh(√(2/π) · (x + 0.044715 x³))) */
export function gelu_tanh_forward(y: usize, x: usize, begin: usize, end: usize): void {
  mapLong<GeluTanh>(y, x, begin, end);
}

/** dx += dy · s · (1 + x · (a + 3b x²) · (1 − s)), s = sigmoid(a x + b x³) */
export function gelu_tanh_backward(dx: usize, dy: usize, x: usize, begin: usize, end: usize): void {
  accumulateLong<GeluTanhGradient>(dx, dy, x, begin, end);
}
