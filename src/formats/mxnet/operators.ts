import type { Translation } from "./node.js";
import { outputName } from "./output-name.js";
import { rnn } from "./recurrent.js";

/** Puts what stands for an operator; returns the axes of its output, where they are others than the input's. */
type Operator = (t: Translation) => number | undefined;

const simple =
  (opType: string, count?: number): Operator =>
  (t) => {
    t.put(opType, t.inputs.slice(0, count));
    return undefined;
  };

/** With a number: on the right, or (turned) on the left. */
const withScalar =
  (opType: string, turned = false): Operator =>
  (t) => {
    const scalar = t.floats("scalar", [t.number("scalar")]);
    t.put(opType, turned ? [scalar, t.input(0)] : [t.input(0), scalar]);
    return undefined;
  };

/** Strides, dilations and padding of a window over as many axes as its kernel has. */
function windowOf(t: Translation) {
  t.only("layout", "NCHW", "NCW", "None");
  const kernel = t.numbers("kernel", []);
  if (kernel.length < 1 || kernel.length > 2) throw t.unsupported(`a kernel over ${kernel.length} axes`);
  const list = (key: string, otherwise: number) => {
    const given = t.numbers(key, []);
    return given.length === 0 ? kernel.map(() => otherwise) : given;
  };
  const pads = list("pad", 0);
  return { kernel, strides: list("stride", 1), dilations: list("dilate", 1), pads: [...pads, ...pads] };
}

const biased = (t: Translation) => t.inputs.slice(0, t.flag("no_bias", false) ? 2 : 3);

const convolution: Operator = (t) => {
  const { strides, dilations, pads } = windowOf(t);
  t.put("Conv", biased(t), { strides, dilations, pads, group: t.number("num_group", 1) });
  return undefined;
};

const deconvolution: Operator = (t) => {
  const { kernel, strides, dilations, pads } = windowOf(t);
  if (t.numbers("target_shape", []).some((n) => n > 0)) throw t.unsupported("target_shape");
  const adjusted = t.numbers("adj", []);
  const more = adjusted.length ? { output_padding: adjusted } : { output_padding: kernel.map(() => 0) };
  const inputs = t.inputs.slice(0, t.flag("no_bias", true) ? 2 : 3);
  t.put("ConvTranspose", inputs, { strides, dilations, pads, group: t.number("num_group", 1), ...more });
  return undefined;
};

const fullyConnected: Operator = (t) => {
  const [, weight, bias] = biased(t);
  const isFlat = t.flag("flatten", true);
  const x = isFlat ? t.before("Flatten", [t.input(0)]) : t.input(0);
  t.weight(1);
  t.put("Gemm", [x, weight as string, ...(bias === undefined ? [] : [bias])], { transB: 1 });
  return isFlat ? 2 : undefined;
};

const batchNorm: Operator = (t) => {
  t.only("axis", "1");
  const gamma = t.flag("fix_gamma", true) ? ones(t) : t.input(1);
  const [beta, mean, variance] = [t.input(2), t.input(3), t.input(4)];
  const given = { epsilon: { float: t.number("eps", 1e-3) }, momentum: { float: t.number("momentum", 0.9) } };
  t.put("BatchNormalization", [t.input(0), gamma, beta, mean, variance], given);
  return undefined;
};

function ones(t: Translation): string {
  const { shape } = t.weight(2);
  const size = shape.reduce((product, n) => product * n, 1);
  return t.floats("gamma", new Array<number>(size).fill(1), shape);
}

const activations: Readonly<Record<string, string>> = {
  relu: "Relu",
  sigmoid: "Sigmoid",
  tanh: "Tanh",
  softrelu: "Softplus",
  softsign: "Softsign",
};

const activation: Operator = (t) => {
  const type = t.text("act_type", "");
  const opType = Object.hasOwn(activations, type) ? activations[type] : undefined;
  if (opType === undefined) throw t.unsupported(`act_type ${type}`);
  t.put(opType, [t.input(0)]);
  return undefined;
};

const leakyReLU: Operator = (t) => {
  const [type, slope] = [t.text("act_type", "leaky"), { float: t.number("slope", 0.25) }];
  if (type === "leaky") t.put("LeakyRelu", [t.input(0)], { alpha: slope });
  else if (type === "elu") t.put("Elu", [t.input(0)], { alpha: slope });
  else if (type === "gelu") t.put("Gelu", [t.input(0)]);
  else if (type === "selu") t.put("Selu", [t.input(0)]);
  else if (type === "prelu") {
    // One slope for each channel, which is axis 1.
    const gamma = t.weight(1);
    const shape = [...gamma.shape, ...new Array<number>(Math.max(0, t.rank - 2)).fill(1)];
    t.put("PRelu", [t.input(0), t.constant("slopes", { ...gamma, shape })]);
  } else throw t.unsupported(`act_type ${type}`);
  return undefined;
};

const pooling: Operator = (t) => {
  const type = t.text("pool_type", "max");
  if (type !== "max" && type !== "avg") throw t.unsupported(`pool_type ${type}`);
  if (t.flag("global_pool", false)) {
    t.put(type === "max" ? "GlobalMaxPool" : "GlobalAveragePool", [t.input(0)]);
    return undefined;
  }
  const { kernel, strides, pads } = windowOf(t);
  t.only("pooling_convention", "valid", "full");
  const isFull = t.text("pooling_convention", "valid") === "full";
  const given = { kernel_shape: kernel, strides, pads, ceil_mode: isFull ? 1 : 0 };
  const counts = { count_include_pad: t.flag("count_include_pad", true) ? 1 : 0 };
  t.put(type === "max" ? "MaxPool" : "AveragePool", [t.input(0)], type === "max" ? given : { ...given, ...counts });
  return undefined;
};

const softmaxOutput: Operator = (t) => {
  const isMulti = t.flag("multi_output", false);
  if (!isMulti && t.rank > 2 && !t.flag("preserve_shape", false)) throw t.unsupported(`an input of ${t.rank} axes`);
  t.put("Softmax", [t.input(0)], { axis: isMulti ? 1 : -1 });
  return undefined;
};

const softmaxActivation: Operator = (t) => {
  const isChannel = t.text("mode", "instance") === "channel";
  if (!isChannel && t.rank > 2) throw t.unsupported(`an input of ${t.rank} axes`);
  t.put("Softmax", [t.input(0)], { axis: isChannel ? 1 : -1 });
  return undefined;
};

const alongAxis =
  (opType: string): Operator =>
  (t) => {
    if (t.has("temperature") && t.number("temperature") !== 1) throw t.unsupported("a temperature");
    t.put(opType, [t.input(0)], { axis: t.number("axis", -1) });
    return undefined;
  };

const reshape: Operator = (t) => {
  const shape = t.numbers(t.has("shape") ? "shape" : "target_shape", []);
  if (shape.length === 0 || shape.some((n) => n < -1)) throw t.unsupported(`shape ${t.text("shape", "()")}`);
  if (t.flag("reverse", false)) throw t.unsupported("reverse");
  t.put("Reshape", [t.input(0)], { shape });
  return shape.length;
};

const pad: Operator = (t) => {
  const widths = t.numbers("pad_width", []);
  const mode = t.text("mode", "constant");
  if (widths.length !== 2 * t.rank) throw t.damaged(`${2 * t.rank} numbers as pad_width`, `${widths.length}`);
  const pads = [0, 1].flatMap((side) => widths.filter((_, i) => i % 2 === side));
  t.put("Pad", [t.input(0)], { mode, pads, value: { float: t.number("constant_value", 0) } });
  return undefined;
};

const upSampling: Operator = (t) => {
  t.only("sample_type", "nearest");
  if (t.number("num_args", 1) !== 1) throw t.unsupported("several inputs");
  const scale = t.number("scale");
  t.put("Upsample", [t.input(0)], { mode: "nearest", scales: { float: [1, 1, scale, scale] } });
  return undefined;
};

const reduction =
  (opType: string): Operator =>
  (t) => {
    if (t.flag("exclude", false)) throw t.unsupported("exclude");
    const axes = t.numbers("axis", []);
    if (axes.length === 0) throw t.unsupported("all axes, the batch among them");
    const keeps = t.flag("keepdims", false);
    t.put(opType, [t.input(0)], { axes, keepdims: keeps ? 1 : 0 });
    return keeps ? undefined : t.rank - axes.length;
  };

const swapaxis: Operator = (t) => {
  const perm = Array.from({ length: t.rank }, (_, i) => i);
  const [a, b] = ["dim1", "dim2"].map((key) => (t.number(key, 0) + t.rank) % t.rank) as [number, number];
  if (!(a in perm && b in perm)) throw t.damaged(`axes below ${t.rank} as dim1 and dim2`, `${a} and ${b}`);
  [perm[a], perm[b]] = [b, a];
  t.put("Transpose", [t.input(0)], { perm });
  return undefined;
};

const embedding: Operator = (t) => {
  const indices = t.before("Cast", [t.input(0)], { to: 6 });
  t.weight(1);
  t.put("Gather", [t.input(1), indices], { axis: 0 });
  return t.rank + 1;
};

const sliceAxis: Operator = (t) => {
  const end = t.has("end") ? t.number("end") : 2 ** 31 - 1;
  t.put("Slice", [t.input(0)], { axes: [t.number("axis")], starts: [t.number("begin")], ends: [end] });
  return undefined;
};

const split: Operator = (t) => {
  t.only("squeeze_axis", "False", "0");
  const count = t.number("num_outputs");
  if (!(count >= 1 && count <= 1024)) throw t.damaged("up to 1024 outputs", `${count}`);
  const outputs = Array.from({ length: count }, (_, i) => outputName(t.name, i));
  t.put("Split", [t.input(0)], { axis: t.number("axis", 1) }, outputs);
  return undefined;
};

const binary: Readonly<Record<string, string>> = {
  plus: "Add",
  add: "Add",
  minus: "Sub",
  sub: "Sub",
  mul: "Mul",
  div: "Div",
  power: "Pow",
  maximum: "Max",
  minimum: "Min",
};

/** `elemwise_add`, `_plus`, `broadcast_add`; `_plus_scalar`, `_rminus_scalar`: by their names without case and underscores. */
const arithmetic: Record<string, Operator> = Object.fromEntries(
  Object.entries(binary).flatMap(([name, opType]): [string, Operator][] => [
    ...["", "elemwise", "broadcast"].map((prefix): [string, Operator] => [`${prefix}${name}`, simple(opType, 2)]),
    [`${name}scalar`, withScalar(opType)],
    [`r${name}scalar`, withScalar(opType, true)],
  ]),
);

const elements: Record<string, Operator> = Object.fromEntries(
  ["Relu", "Sigmoid", "Tanh", "Softsign", "Exp", "Log", "Sqrt", "Abs", "Floor", "Ceil", "Erf", "Sin", "Cos"]
    .concat("Reciprocal", "Identity")
    .map((opType) => [opType.toLowerCase(), simple(opType, 1)]),
);

/** By MXNet's names in small letters, without underscores. */
export const operators: Readonly<Record<string, Operator>> = {
  ...arithmetic,
  ...elements,
  addn: simple("Sum"),
  elementwisesum: simple("Sum"),
  negative: simple("Neg", 1),
  copy: simple("Identity", 1),
  blockgrad: simple("Identity", 1),
  linearregressionoutput: simple("Identity", 1),
  maeregressionoutput: simple("Identity", 1),
  logisticregressionoutput: simple("Sigmoid", 1),
  square: (t) => {
    t.put("Mul", [t.input(0), t.input(0)]);
    return undefined;
  },
  convolution,
  deconvolution,
  fullyconnected: fullyConnected,
  batchnorm: batchNorm,
  activation,
  leakyrelu: leakyReLU,
  pooling,
  softmaxoutput: softmaxOutput,
  softmaxactivation: softmaxActivation,
  softmax: (t) => (t.inputs.length > 1 ? softmaxOutput(t) : alongAxis("Softmax")(t)),
  logsoftmax: alongAxis("LogSoftmax"),
  concat: (t) => {
    t.put("Concat", t.inputs, { axis: t.number("dim", 1) });
    return undefined;
  },
  flatten: (t) => {
    t.put("Flatten", [t.input(0)]);
    return 2;
  },
  reshape,
  transpose: (t) => {
    const axes = t.numbers("axes", []);
    const perm = axes.length ? axes : Array.from({ length: t.rank }, (_, i) => t.rank - 1 - i);
    t.put("Transpose", [t.input(0)], { perm });
    return undefined;
  },
  expanddims: (t) => {
    t.put("Unsqueeze", [t.input(0)], { axes: [t.number("axis")] });
    return t.rank + 1;
  },
  dropout: (t) => {
    t.put("Dropout", [t.input(0)], { ratio: { float: t.number("p", 0.5) } });
    return undefined;
  },
  lrn: (t) => {
    const float = (key: string, otherwise: number) => ({ float: t.number(key, otherwise) });
    const given = { alpha: float("alpha", 1e-4), beta: float("beta", 0.75), bias: float("knorm", 2) };
    t.put("LRN", [t.input(0)], { size: t.number("nsize"), ...given });
    return undefined;
  },
  pad,
  upsampling: upSampling,
  clip: (t) => {
    t.put("Clip", [t.input(0)], { min: { float: t.number("a_min") }, max: { float: t.number("a_max") } });
    return undefined;
  },
  mean: reduction("ReduceMean"),
  sum: reduction("ReduceSum"),
  sumaxis: reduction("ReduceSum"),
  max: reduction("ReduceMax"),
  min: reduction("ReduceMin"),
  embedding,
  sliceaxis: sliceAxis,
  slicechannel: split,
  split,
  rnn,
  swapaxis,
  swapaxes: swapaxis,
  sequencelast: (t) => {
    t.only("use_sequence_length", "False", "0");
    t.only("axis", "0");
    const last = t.constant("last", { dtype: "int64", shape: [], bytes: new Uint8Array(8).fill(255) });
    t.put("Gather", [t.input(0), last], { axis: 0 });
    return t.rank - 1;
  },
};

/** What stands for an operator, if anything does. */
export function operatorOf(op: string): Operator | undefined {
  const name = op.toLowerCase().replaceAll("_", "").replace(/v1$/, "");
  return Object.hasOwn(operators, name) ? operators[name] : undefined;
}
