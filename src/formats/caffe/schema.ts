import { type Enumeration, type Field, many, one, type Schema } from "../protobuf.js";
import { parameters } from "./parameters.js";

// The messages of caffe.proto (BVLC/caffe, src/caffe/proto) that a network consists of.

const message = (name: string, fields: Readonly<Record<number, Field>>): Schema => ({ name, fields: () => fields });
const names = (...list: string[]): Enumeration => ({ values: { ...list } });

const phase = names("TRAIN", "TEST");

export const blobShape: Schema = message("BlobShape", { 1: many("dim", "int64") });

/** Before `shape` there were always four axes. */
const blob = message("BlobProto", {
  1: one("num", "int32"),
  2: one("channels", "int32"),
  3: one("height", "int32"),
  4: one("width", "int32"),
  5: many("data", "floats"),
  7: one("shape", blobShape),
  8: many("double_data", "doubles"),
});

const rule = message("NetStateRule", {
  1: one("phase", phase),
  2: one("min_level", "int32"),
  3: one("max_level", "int32"),
  4: many("stage", "string"),
  5: many("not_stage", "string"),
});

const paramSpec = message("ParamSpec", {
  1: one("name", "string"),
  2: one("share_mode", names("STRICT", "PERMISSIVE")),
  3: one("lr_mult", "float"),
  4: one("decay_mult", "float"),
});

const layer = message("LayerParameter", {
  1: one("name", "string"),
  2: one("type", "string"),
  3: many("bottom", "string"),
  4: many("top", "string"),
  5: many("loss_weight", "float"),
  6: many("param", paramSpec),
  7: many("blobs", blob),
  8: many("include", rule),
  9: many("exclude", rule),
  10: one("phase", phase),
  11: many("propagate_down", "bool"),
  ...Object.fromEntries(parameters.map(({ name, number, schema }) => [number, one(name, schema)])),
});

/** Layers before 2014: an enumeration of types, settings at other numbers. `layer` is the form before that. */
const oldLayer = message("V1LayerParameter", {
  1: one("layer", message("V0LayerParameter", { 1: one("name", "string") })),
  2: many("bottom", "string"),
  3: many("top", "string"),
  4: one("name", "string"),
  5: one("type", {
    values: {
      35: "ABSVAL",
      1: "ACCURACY",
      30: "ARGMAX",
      2: "BNLL",
      3: "CONCAT",
      37: "CONTRASTIVE_LOSS",
      4: "CONVOLUTION",
      5: "DATA",
      39: "DECONVOLUTION",
      6: "DROPOUT",
      32: "DUMMY_DATA",
      7: "EUCLIDEAN_LOSS",
      25: "ELTWISE",
      38: "EXP",
      8: "FLATTEN",
      9: "HDF5_DATA",
      10: "HDF5_OUTPUT",
      28: "HINGE_LOSS",
      11: "IM2COL",
      12: "IMAGE_DATA",
      13: "INFOGAIN_LOSS",
      14: "INNER_PRODUCT",
      15: "LRN",
      29: "MEMORY_DATA",
      16: "MULTINOMIAL_LOGISTIC_LOSS",
      34: "MVN",
      17: "POOLING",
      26: "POWER",
      18: "RELU",
      19: "SIGMOID",
      27: "SIGMOID_CROSS_ENTROPY_LOSS",
      36: "SILENCE",
      20: "SOFTMAX",
      21: "SOFTMAX_LOSS",
      22: "SPLIT",
      33: "SLICE",
      23: "TANH",
      24: "WINDOW_DATA",
      31: "THRESHOLD",
    },
  }),
  6: many("blobs", blob),
  7: many("blobs_lr", "float"),
  8: many("weight_decay", "float"),
  32: many("include", rule),
  33: many("exclude", rule),
  35: many("loss_weight", "float"),
  ...Object.fromEntries(
    parameters.flatMap(({ name, old, schema }) => (old === undefined ? [] : [[old, one(name, schema)]])),
  ),
});

export const netSchema: Schema = message("NetParameter", {
  1: one("name", "string"),
  2: many("layers", oldLayer),
  3: many("input", "string"),
  4: many("input_dim", "int32"),
  5: one("force_backward", "bool"),
  8: many("input_shape", blobShape),
  100: many("layer", layer),
});
