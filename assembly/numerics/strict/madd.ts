/** a · b + c, rounded after the multiplication and after the addition: the same bits on every processor. */
@inline
export function madd(a: v128, b: v128, c: v128): v128 {
  return v128.add<real>(c, v128.mul<real>(a, b));
}
