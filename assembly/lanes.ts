/** Every lane `x`. */
// @ts-ignore: decorator
@inline
export function all(x: real): v128 {
  return v128.splat<real>(x);
}

/** Only the sign bit of every lane. */
// @ts-ignore: decorator
@inline
export function signBit(): v128 {
  return sizeof<real>() == 4 ? i32x4.splat(0x80000000) : i64x2.splat(0x8000000000000000);
}
