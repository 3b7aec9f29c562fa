import { type Enumeration, type Field, many, one, type Schema } from "../protobuf.js";

/** The settings of a kind of layer: its field in LayerParameter and, where it was there before, in V1LayerParameter. */
export interface LayerParameters {
  readonly name: string;
  readonly number: number;
  readonly old: number | undefined;
  readonly schema: Schema;
}

const parameter = (
  name: string,
  number: number,
  old: number | undefined,
  fields: Readonly<Record<number, Field>>,
): LayerParameters => ({ name, number, old, schema: { name, fields: () => fields } });

const names = (...list: string[]): Enumeration => ({ values: { ...list } });
const engine = names("DEFAULT", "CAFFE", "CUDNN");

const filler: Schema = {
  name: "FillerParameter",
  fields: () => ({
    1: one("type", "string"),
    2: one("value", "float"),
    3: one("min", "float"),
    4: one("max", "float"),
    5: one("mean", "float"),
    6: one("std", "float"),
    7: one("sparse", "int32"),
    8: one("variance_norm", names("FAN_IN", "FAN_OUT", "AVERAGE")),
  }),
};

const shape: Schema = { name: "BlobShape", fields: () => ({ 1: many("dim", "int64") }) };

export const parameters: readonly LayerParameters[] = [
  parameter("transform_param", 100, 36, {
    1: one("scale", "float"),
    2: one("mirror", "bool"),
    3: one("crop_size", "uint32"),
    4: one("mean_file", "string"),
    5: many("mean_value", "float"),
    6: one("force_color", "bool"),
    7: one("force_gray", "bool"),
  }),
  parameter("loss_param", 101, 42, {
    1: one("ignore_label", "int32"),
    2: one("normalize", "bool"),
    3: one("normalization", names("FULL", "VALID", "BATCH_SIZE", "NONE")),
  }),
  parameter("accuracy_param", 102, 27, {
    1: one("top_k", "uint32"),
    2: one("axis", "int32"),
    3: one("ignore_label", "int32"),
  }),
  parameter("argmax_param", 103, 23, {
    1: one("out_max_val", "bool"),
    2: one("top_k", "uint32"),
    3: one("axis", "int32"),
  }),
  parameter("concat_param", 104, 9, { 1: one("concat_dim", "uint32"), 2: one("axis", "int32") }),
  parameter("convolution_param", 106, 10, {
    1: one("num_output", "uint32"),
    2: one("bias_term", "bool"),
    3: many("pad", "uint32"),
    4: many("kernel_size", "uint32"),
    5: one("group", "uint32"),
    6: many("stride", "uint32"),
    7: one("weight_filler", filler),
    8: one("bias_filler", filler),
    9: one("pad_h", "uint32"),
    10: one("pad_w", "uint32"),
    11: one("kernel_h", "uint32"),
    12: one("kernel_w", "uint32"),
    13: one("stride_h", "uint32"),
    14: one("stride_w", "uint32"),
    15: one("engine", engine),
    16: one("axis", "int32"),
    17: one("force_nd_im2col", "bool"),
    18: many("dilation", "uint32"),
  }),
  parameter("data_param", 107, 11, {
    1: one("source", "string"),
    2: one("scale", "float"),
    3: one("mean_file", "string"),
    4: one("batch_size", "uint32"),
    5: one("crop_size", "uint32"),
    6: one("mirror", "bool"),
    7: one("rand_skip", "uint32"),
    8: one("backend", names("LEVELDB", "LMDB")),
    10: one("prefetch", "uint32"),
  }),
  parameter("dropout_param", 108, 12, { 1: one("dropout_ratio", "float") }),
  parameter("eltwise_param", 110, 24, {
    1: one("operation", names("PROD", "SUM", "MAX")),
    2: many("coeff", "float"),
    3: one("stable_prod_grad", "bool"),
  }),
  parameter("exp_param", 111, 41, { 1: one("base", "float"), 2: one("scale", "float"), 3: one("shift", "float") }),
  parameter("inner_product_param", 117, 17, {
    1: one("num_output", "uint32"),
    2: one("bias_term", "bool"),
    3: one("weight_filler", filler),
    4: one("bias_filler", filler),
    5: one("axis", "int32"),
    6: one("transpose", "bool"),
  }),
  parameter("lrn_param", 118, 18, {
    1: one("local_size", "uint32"),
    2: one("alpha", "float"),
    3: one("beta", "float"),
    4: one("norm_region", names("ACROSS_CHANNELS", "WITHIN_CHANNEL")),
    5: one("k", "float"),
    6: one("engine", engine),
  }),
  parameter("mvn_param", 120, 34, {
    1: one("normalize_variance", "bool"),
    2: one("across_channels", "bool"),
    3: one("eps", "float"),
  }),
  parameter("pooling_param", 121, 19, {
    1: one("pool", names("MAX", "AVE", "STOCHASTIC")),
    2: one("kernel_size", "uint32"),
    3: one("stride", "uint32"),
    4: one("pad", "uint32"),
    5: one("kernel_h", "uint32"),
    6: one("kernel_w", "uint32"),
    7: one("stride_h", "uint32"),
    8: one("stride_w", "uint32"),
    9: one("pad_h", "uint32"),
    10: one("pad_w", "uint32"),
    11: one("engine", engine),
    12: one("global_pooling", "bool"),
    13: one("round_mode", names("CEIL", "FLOOR")),
  }),
  parameter("power_param", 122, 21, { 1: one("power", "float"), 2: one("scale", "float"), 3: one("shift", "float") }),
  parameter("relu_param", 123, 30, { 1: one("negative_slope", "float"), 2: one("engine", engine) }),
  parameter("sigmoid_param", 124, 38, { 1: one("engine", engine) }),
  parameter("softmax_param", 125, 39, { 1: one("engine", engine), 2: one("axis", "int32") }),
  parameter("slice_param", 126, 31, {
    1: one("slice_dim", "uint32"),
    2: many("slice_point", "uint32"),
    3: one("axis", "int32"),
  }),
  parameter("tanh_param", 127, 37, { 1: one("engine", engine) }),
  parameter("threshold_param", 128, 25, { 1: one("threshold", "float") }),
  parameter("prelu_param", 131, undefined, { 1: one("filler", filler), 2: one("channel_shared", "bool") }),
  parameter("reshape_param", 133, undefined, {
    1: one("shape", shape),
    2: one("axis", "int32"),
    3: one("num_axes", "int32"),
  }),
  parameter("log_param", 134, undefined, {
    1: one("base", "float"),
    2: one("scale", "float"),
    3: one("shift", "float"),
  }),
  parameter("flatten_param", 135, undefined, { 1: one("axis", "int32"), 2: one("end_axis", "int32") }),
  parameter("reduction_param", 136, undefined, {
    1: one("operation", { values: { 1: "SUM", 2: "ASUM", 3: "SUMSQ", 4: "MEAN" } }),
    2: one("axis", "int32"),
    3: one("coeff", "float"),
  }),
  parameter("embed_param", 137, undefined, {
    1: one("num_output", "uint32"),
    2: one("input_dim", "uint32"),
    3: one("bias_term", "bool"),
    4: one("weight_filler", filler),
    5: one("bias_filler", filler),
  }),
  parameter("tile_param", 138, undefined, { 1: one("axis", "int32"), 2: one("tiles", "int32") }),
  parameter("batch_norm_param", 139, undefined, {
    1: one("use_global_stats", "bool"),
    2: one("moving_average_fraction", "float"),
    3: one("eps", "float"),
  }),
  parameter("elu_param", 140, undefined, { 1: one("alpha", "float") }),
  parameter("bias_param", 141, undefined, {
    1: one("axis", "int32"),
    2: one("num_axes", "int32"),
    3: one("filler", filler),
  }),
  parameter("scale_param", 142, undefined, {
    1: one("axis", "int32"),
    2: one("num_axes", "int32"),
    3: one("filler", filler),
    4: one("bias_term", "bool"),
    5: one("bias_filler", filler),
  }),
  parameter("input_param", 143, undefined, { 1: many("shape", shape) }),
  parameter("crop_param", 144, undefined, { 1: one("axis", "int32"), 2: many("offset", "uint32") }),
  parameter("recurrent_param", 146, undefined, {
    1: one("num_output", "uint32"),
    2: one("weight_filler", filler),
    3: one("bias_filler", filler),
    4: one("debug_info", "bool"),
    5: one("expose_hidden", "bool"),
  }),
  parameter("swish_param", 147, undefined, { 1: one("beta", "float") }),
  parameter("clip_param", 148, undefined, { 1: one("min", "float"), 2: one("max", "float") }),
];
