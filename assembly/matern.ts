// The Matérn covariance of smoothness 5/2 (Rasmussen and Williams, Gaussian Processes for Machine Learning, 2006, equation 4.17).
// Multiply, then add, in both builds: what it is used for has the same bits on every processor.
import { all, loadSome, storeSome } from "./lanes";
import { LANES, SIZE, at } from "./vector";

@inline
const f32Build: bool = sizeof<real>() == 4;

@inline
function mulAdd(a: v128, b: v128, c: v128): v128 {
  return v128.add<real>(v128.mul<real>(a, b), c);
}

/** eˣ for x ≤ 0, at least the least normal number: 2ⁿ · eʳ with |r| ≤ ½ ln 2, eʳ by its Taylor polynomial. */
@inline
function expOfNegative(x: v128): v128 {
  const inside = v128.max<real>(x, all(f32Build ? <real>-87 : <real>-708));
  // Adding 1.5 · 2^(mantissa bits) leaves the whole number in the low bits of the sum.
  const shifter = all(f32Build ? <real>12582912 : <real>6755399441055744);
  const m = mulAdd(inside, all(<real>1.4426950408889634), shifter);
  const n = v128.sub<real>(m, shifter);
  let r = mulAdd(n, all(f32Build ? <real>-0.693359375 : <real>-6.93147180369123816490e-1), inside);
  r = mulAdd(n, all(f32Build ? <real>2.12194440054691e-4 : <real>-1.90821492927058770002e-10), r);
  let p = all(<real>1.6059043836821613e-10);
  p = mulAdd(p, r, all(<real>2.08767569878681e-9));
  p = mulAdd(p, r, all(<real>2.505210838544172e-8));
  p = mulAdd(p, r, all(<real>2.755731922398589e-7));
  p = mulAdd(p, r, all(<real>2.7557319223985893e-6));
  p = mulAdd(p, r, all(<real>2.48015873015873e-5));
  p = mulAdd(p, r, all(<real>1.984126984126984e-4));
  p = mulAdd(p, r, all(<real>0.001388888888888889));
  p = mulAdd(p, r, all(<real>0.008333333333333333));
  p = mulAdd(p, r, all(<real>0.041666666666666664));
  p = mulAdd(p, r, all(<real>0.16666666666666666));
  p = mulAdd(p, r, all(<real>0.5));
  p = mulAdd(p, r, all(<real>1));
  p = mulAdd(p, r, all(<real>1));
  const power = f32Build
    ? i32x4.add(i32x4.shl(m, 23), i32x4.splat(127 << 23))
    : i64x2.add(i64x2.shl(m, 52), i64x2.splat(<i64>1023 << 52));
  return v128.mul<real>(p, power);
}

/**
 * With ρ = √5 · |a[i] − b[j]|: y[i, j] = (1 + ρ + ρ²/3) e^−ρ, and slope[i, j] = −⅚ (1 + ρ) e^−ρ, its derivative by the squared distance.
 *
 *   a  [n, d]     b  [d, m]     y, slope  [n, m]
 */
export function matern52(
  y: usize,
  slope: usize,
  a: usize,
  b: usize,
  d: usize,
  m: usize,
  begin: usize,
  end: usize,
): void {
  const one = all(<real>1);
  for (let i = begin; i < end; i++) {
    const row = at(a, i * d);
    for (let j: usize = 0; j < m; j += LANES) {
      const n = m - j;
      let square = all(<real>0);
      let column = at(b, j);
      for (let k: usize = 0; k < d; k++, column += m * SIZE) {
        const difference = v128.sub<real>(all(load<real>(at(row, k))), loadSome(column, n));
        square = mulAdd(difference, difference, square);
      }
      const fifth = v128.mul<real>(square, all(<real>5));
      const rho = v128.sqrt<real>(fifth);
      const e = expOfNegative(v128.neg<real>(rho));
      const first = v128.add<real>(rho, one);
      const value = mulAdd(fifth, all(<real>0.3333333333333333), first);
      storeSome(at(y, i * m + j), v128.mul<real>(value, e), n);
      storeSome(at(slope, i * m + j), v128.mul<real>(v128.mul<real>(first, e), all(<real>-0.8333333333333334)), n);
    }
  }
}
