/** a · b + c, rounded once where the processor has fused multiply-add. */
@inline
export function madd(a: v128, b: v128, c: v128): v128 {
  return v128.relaxed_madd<real>(a, b, c);
}
