// What dense and convolutional networks predict with. A page gets it with its code.
export {
  elu_forward,
  hard_sigmoid_forward,
  hard_sigmoid_keras2_forward,
  leaky_relu_forward,
  relu_forward,
  selu_forward,
  sigmoid_forward,
  silu_forward,
  softplus_forward,
  tanh_forward,
} from "../activation";
export { add_forward, div_forward, maximum_forward, minimum_forward, mul_forward, sub_forward } from "../arithmetic";
export { batchnorm_forward, batchnorm_inverse } from "../batchnorm";
export { cast_from_int32, cast_from_uint8, cast_to_bool, cast_to_float32, cast_to_int32, cast_to_uint8 } from "../cast";
export { conv_forward } from "../conv";
export { gemm_nn, gemm_pack } from "../gemm";
export { copy, fill } from "../memory";
export { average_pool_forward, max_pool_forward } from "../pooling";
export { divide_by, reduce_sum } from "../reduce";
export { fill_int32, fill_uint8, first_bad_index, gather_forward, one_hot, strided_copy } from "../shape";
export { softmax_forward } from "../softmax";
export { copy_planes, transpose_planes } from "../transpose";
export { abs_forward, clip_forward, neg_forward, sqrt_forward, square_forward } from "../unary";
