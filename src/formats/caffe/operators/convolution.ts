import { conv2d } from "../../../nn/layers/conv.js";
import { conv2dTranspose } from "../../../nn/layers/conv-transpose.js";
import { depthwiseConv2d } from "../../../nn/layers/depthwise.js";
import { concatenate } from "../../../nn/layers/merge.js";
import { split } from "../../../nn/operations/parts.js";
import type { Sides } from "../../../ops/window.js";
import type { Builder } from "../../graph/builder.js";
import { flattened, product } from "../../graph/rows.js";
import { type Flow, type Known, transposed } from "../../graph/values.js";
import type { LayerView, Window } from "../layer.js";
import { activationBehind, imageOf, type Operators } from "./operator.js";

const PARAMETERS = "convolution_param";

/** What convolutions and transposed ones have in common. */
function settingsOf(view: LayerView, x: Flow) {
  const [filters, groups] = [view.number(PARAMETERS, "num_output", 0), view.number(PARAMETERS, "group", 1)];
  const channels = x.dims[1] as number;
  if (filters < 1 || groups < 1 || channels % groups !== 0 || filters % groups !== 0) {
    throw view.damaged(`channels and num_output that group ${groups} divides`, `${channels} and ${filters}`);
  }
  if (view.axis(PARAMETERS, 1, 4) !== 1) throw view.unsupported("an axis other than 1");
  return { filters, groups, channels, window: view.window(PARAMETERS) };
}

const biasOf = (view: LayerView, message: string, size: number): { bias?: Known["array"] } =>
  view.flag(message, "bias_term", true) ? { bias: view.blob(1, [size]) } : {};

const sidesOf = ({ pads: [down, across] }: Window): [Sides, Sides] => [
  [down, down],
  [across, across],
];

/** A part of an array along its first axis. */
function part({ data, shape, dtype }: Known["array"], i: number, count: number): Known["array"] {
  const size = data.length / count;
  return {
    data: data.slice(i * size, (i + 1) * size),
    shape: [(shape[0] as number) / count, ...shape.slice(1)],
    dtype,
  };
}

function transposeOf(view: LayerView, builder: Builder, x: Flow): Flow {
  const { filters, groups, channels, window } = settingsOf(view, x);
  const { kernel, strides, dilations } = window;
  const w = view.blob(0, [channels, filters / groups, ...kernel]);
  const { bias } = biasOf(view, PARAMETERS, filters);
  const each = (from: Flow, i: number): Flow => {
    const layer = conv2dTranspose({
      filters: filters / groups,
      kernelSize: kernel,
      strides,
      padding: sidesOf(window),
      // A stride beyond the kernel leaves no pixels behind here as there.
      outputPadding: 0,
      dilationRate: dilations,
      useBias: bias !== undefined,
    });
    const weights = { kernel: transposed(part(w, i, groups), [2, 3, 1, 0]) };
    return builder.through(layer, from, bias ? { ...weights, bias: part(bias, i, groups) } : weights);
  };
  if (groups === 1) return each(x, 0);
  const sizes = Array.from({ length: groups }, () => channels / groups);
  const parts = builder.operate(split, [x], { sizes, axis: 3 }, x.layout) as Flow[];
  const made = parts.map(each);
  const first = made[0] as Flow;
  const dims = first.dims.map((n, axis) => (axis === 1 ? filters : n));
  return { ...first, x: builder.layer(concatenate({ axis: -1 }), made), dims };
}

export const convolution: Operators = {
  Convolution(view, builder) {
    const x = imageOf(view, builder);
    const { filters, groups, channels, window } = settingsOf(view, x);
    const { kernel, strides, dilations } = window;
    const inGroup = channels / groups;
    const w = view.blob(0, [filters, inGroup, ...kernel]);
    const bias = biasOf(view, PARAMETERS, filters);
    const common = {
      kernelSize: kernel,
      strides,
      padding: sidesOf(window),
      dilationRate: dilations,
      useBias: bias.bias !== undefined,
      activation: activationBehind(view),
    };
    if (groups > 1 && inGroup === 1) {
      const depthMultiplier = filters / groups;
      const split = { ...w, shape: [groups, depthMultiplier, ...kernel] };
      const weights = { kernel: transposed(split, [2, 3, 0, 1]), ...bias };
      return [builder.through(depthwiseConv2d({ ...common, depthMultiplier }), x, weights)];
    }
    const weights = { kernel: transposed(w, [2, 3, 1, 0]), ...bias };
    return [builder.through(conv2d({ ...common, filters, groups }), x, weights)];
  },

  Deconvolution: (view, builder) => [transposeOf(view, builder, imageOf(view, builder))],

  InnerProduct(view, builder) {
    const message = "inner_product_param";
    const given = view.input();
    const rank = given.dims.length;
    const axis = view.axis(message, 1, rank);
    if (axis !== 1 && axis !== rank - 1) throw view.unsupported(`axis ${axis}; 1 and the last one are`);
    const x = axis === 1 ? flattened(builder, given) : builder.plain(given);
    const [units, size] = [view.number(message, "num_output", 0), x.dims.at(-1) as number];
    if (units < 1) throw view.damaged("num_output of inner_product_param from 1", `${units}`);
    const kernel = view.flag(message, "transpose", false)
      ? view.blob(0, [size, units])
      : transposed(view.blob(0, [units, size]), [1, 0]);
    const { bias } = biasOf(view, message, units);
    return [product(builder, x, kernel, bias, { activation: activationBehind(view) })];
  },
};
