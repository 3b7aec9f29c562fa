// The hyperbolic functions and their inverses, made of exp, log and their companions so that nothing cancels and only results overflow.

import { exp, expm1, log1p } from "./exponential";
import { all, signBit } from "./lanes";

@inline
const f32Build: bool = sizeof<real>() == 4;

/** Where sinh and cosh are e^|x| / 2, worked out from the root of it, as e^|x| may be ∞ where they are not. */
@inline
function steep(a: v128): v128 {
  return v128.gt<real>(a, all(f32Build ? <real>80 : <real>700));
}

/** sinh x = (t + t / (t + 1)) / 2 with t = e^|x| − 1, within 3 ULP (f64: 3). */
@inline
export function sinh(x: v128): v128 {
  const half = all(<real>0.5);
  const a = v128.abs<real>(x);
  const far = steep(a);
  const t = expm1(v128.bitselect(v128.mul<real>(a, half), a, far));
  const e = v128.add<real>(t, all(<real>1));
  const near = v128.mul<real>(half, v128.add<real>(t, v128.div<real>(t, e)));
  const y = v128.bitselect(v128.mul<real>(v128.mul<real>(half, e), e), near, far);
  return v128.xor(y, v128.and(x, signBit()));
}

/** cosh x = (e + 1 / e) / 2 with e = e^|x|, within 3 ULP (f64: 3). */
@inline
export function cosh(x: v128): v128 {
  const half = all(<real>0.5);
  const a = v128.abs<real>(x);
  const far = steep(a);
  const e = exp(v128.bitselect(v128.mul<real>(a, half), a, far));
  const scaled = v128.mul<real>(half, e);
  return v128.bitselect(v128.mul<real>(scaled, e), v128.add<real>(scaled, v128.div<real>(half, e)), far);
}

/** Where 1 + x² is x² and 2x may be ∞. */
@inline
function distant(a: v128): v128 {
  return v128.gt<real>(a, all(f32Build ? <real>67108864 : <real>18014398509481984));
}

/** ln(1 + u), and ln 2u where `far` */
@inline
function logOf(u: v128, far: v128): v128 {
  return v128.add<real>(log1p(u), v128.and(far, all(<real>0.6931471805599453)));
}

/** asinh x = ln(1 + |x| + x² / (1 + √(1 + x²))), within 4 ULP (f64: 4). */
@inline
export function asinh(x: v128): v128 {
  const one = all(<real>1);
  const a = v128.abs<real>(x);
  const far = distant(a);
  const square = v128.mul<real>(a, a);
  const root = v128.sqrt<real>(v128.add<real>(square, one));
  const u = v128.add<real>(a, v128.div<real>(square, v128.add<real>(root, one)));
  return v128.xor(logOf(v128.bitselect(a, u, far), far), v128.and(x, signBit()));
}

/** acosh x = ln(1 + t + √(t (x + 1))) with t = x − 1, within 4 ULP (f64: 4); NaN below 1. */
@inline
export function acosh(x: v128): v128 {
  const one = all(<real>1);
  const far = distant(x);
  const t = v128.sub<real>(x, one);
  const root = v128.mul<real>(v128.sqrt<real>(t), v128.sqrt<real>(v128.add<real>(x, one)));
  return logOf(v128.bitselect(x, v128.add<real>(t, root), far), far);
}

/** atanh x = ln(1 + 2|x| / (1 − |x|)) / 2, within 4 ULP (f64: 4); ±∞ at ±1, NaN beyond. */
@inline
export function atanh(x: v128): v128 {
  const a = v128.abs<real>(x);
  const u = v128.div<real>(v128.add<real>(a, a), v128.sub<real>(all(<real>1), a));
  return v128.xor(v128.mul<real>(log1p(u), all(<real>0.5)), v128.and(x, signBit()));
}
