// What else a graph may hold: further functions and reductions, comparisons, random numbers.
export {
  acos_forward,
  acosh_forward,
  asin_forward,
  asinh_forward,
  atan_forward,
  atanh_forward,
  cosh_forward,
  sinh_forward,
  tan_forward,
} from "../angles";
export { div_no_nan_forward, pow_forward, squared_difference_forward } from "../arithmetic";
export {
  equal,
  less,
  less_equal,
  logical_and,
  logical_not,
  logical_or,
  select_forward,
  select_items,
} from "../compare";
export { cumprod_forward, cumsum_forward } from "../cumulative";
export { fmod_forward, mod_forward } from "../modulo";
export { arg_peak, top_indices } from "../order";
export { random_normal, random_truncated_normal, random_uniform } from "../random";
export {
  reduce_maximum,
  reduce_maximum_magnitude,
  reduce_minimum,
  reduce_product,
  reduce_sum_of_magnitudes,
  reduce_sum_of_squares,
  shifted_exp,
  shifted_log,
  square_root,
} from "../reduce";
export { scatter_add, scatter_items, scatter_max, scatter_min, scatter_mul } from "../scatter";
export { log_softmax_forward } from "../softmax";
export {
  ceil_forward,
  cos_forward,
  exp_forward,
  expm1_forward,
  floor_forward,
  is_finite,
  is_nan,
  log1p_forward,
  log_forward,
  reciprocal_forward,
  round_forward,
  rsqrt_forward,
  sign_forward,
  sin_forward,
} from "../unary";
