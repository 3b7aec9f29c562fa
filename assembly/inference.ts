// The kernels with which the usual networks predict. A page gets these with its code, and the others when something needs them.
export {
  elu_forward,
  gelu_forward,
  gelu_tanh_forward,
  hard_sigmoid_forward,
  leaky_relu_forward,
  relu_forward,
  selu_forward,
  sigmoid_forward,
  silu_forward,
  softplus_forward,
  tanh_forward,
} from "./activation";
export {
  add_forward,
  div_forward,
  maximum_forward,
  minimum_forward,
  mul_forward,
  pow_forward,
  sub_forward,
  subtract_from,
} from "./arithmetic";
export { attention_weights_forward } from "./attention";
export { batchnorm_forward, batchnorm_inverse } from "./batchnorm";
export { cast_from_int32, cast_from_uint8, cast_to_bool, cast_to_float32, cast_to_int32, cast_to_uint8 } from "./cast";
export { equal, less, less_equal, not_equal, select_forward, select_items } from "./compare";
export { conv_forward } from "./conv";
export { depthwise_forward } from "./depthwise";
export { gemm_nn, gemm_nt, gemm_pack, gemm_tn } from "./gemm";
export { groupnorm_forward } from "./groupnorm";
export { layernorm_forward } from "./layernorm";
export { copy, fill } from "./memory";
export { arg_peak } from "./order";
export { average_pool_forward, max_pool_forward } from "./pooling";
export { prelu_forward } from "./prelu";
export { divide_by, reduce_maximum, reduce_minimum, reduce_sum, square_root } from "./reduce";
export { fill_int32, fill_uint8, first_bad_index, gather_forward, one_hot, strided_copy } from "./shape";
export { log_softmax_forward, softmax_forward } from "./softmax";
export { copy_planes, transpose_planes } from "./transpose";
export {
  abs_forward,
  clip_forward,
  erf_forward,
  exp_forward,
  floor_forward,
  log_forward,
  neg_forward,
  reciprocal_forward,
  rsqrt_forward,
  sqrt_forward,
  square_forward,
} from "./unary";
