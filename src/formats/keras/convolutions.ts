import * as make from "../../nn/layers/index.js";
import { type HostArray, later } from "../../util/host-array.js";
import { type Known, transposed } from "../graph/values.js";
import type { LayerConfig } from "./config.js";
import { ending, type Made, type Maker, padding } from "./made.js";

const window2d = (c: LayerConfig) => ({
  kernelSize: c.pair("kernel_size", 1),
  strides: c.pair("strides", 1),
  padding: padding(c),
  dilationRate: c.pair("dilation_rate", 1),
});

const window1d = (c: LayerConfig) => ({
  kernelSize: c.single("kernel_size", 1),
  strides: c.single("strides", 1),
  padding: padding(c),
  dilationRate: c.single("dilation_rate", 1),
});

/** Theano's convolutions turn the kernel; and in Keras 1 with Theano's order it is [filters, channels, …pixels]. */
function kernels(c: LayerConfig, which: readonly number[]): Pick<Made, "weights"> {
  const { version, backend } = c.dialect;
  const first = version === 1 && c.isChannelsFirst;
  if (!first && backend !== "theano") return {};
  return {
    weights: (arrays) =>
      arrays.map((array, i) => {
        if (!which.includes(i)) return array;
        const rank = array.shape.length;
        const perm = [...array.shape.slice(2).map((_, axis) => axis + 2), 1, 0];
        const placed = first ? transposed(array as Known["array"], perm) : array;
        return backend === "theano" ? turned(placed, rank - 2) : placed;
      }),
  };
}

/** The first axes read from their ends. */
const turned = (array: HostArray, axes: number): HostArray => later(array, array.shape, () => fromEnds(array, axes));

function fromEnds({ data, shape }: HostArray, axes: number): HostArray["data"] {
  const inner = shape.slice(axes).reduce((product, n) => product * n, 1);
  const count = data.length / Math.max(1, inner);
  const out = data.slice();
  // Of all leading axes together the order is the reverse one.
  for (let i = 0; i < count; i++) {
    for (let j = 0; j < inner; j++) out[i * inner + j] = data[(count - 1 - i) * inner + j] as number;
  }
  return out;
}

const conv2d: Maker = (c) => ({
  isSpatial: true,
  layer: make.conv2d({
    filters: c.get("filters", 0),
    ...window2d(c),
    groups: c.get("groups", 1),
    ...ending(c),
    ...c.ofWeight("kernel"),
  }),
  ...kernels(c, [0]),
});

/** Keras's convolutions of every kind. */
export const convolutions: Readonly<Record<string, Maker>> = {
  Conv2D: conv2d,
  Conv1D: (c) => ({
    isSpatial: true,
    layer: make.conv1d({
      filters: c.get("filters", 0),
      ...window1d(c),
      groups: c.get("groups", 1),
      ...ending(c),
      ...c.ofWeight("kernel"),
    }),
    ...kernels(c, [0]),
  }),
  DepthwiseConv1D: (c) => ({
    isSpatial: true,
    layer: make.depthwiseConv1d({
      ...window1d(c),
      depthMultiplier: c.get("depth_multiplier", 1),
      ...ending(c),
      ...c.ofWeight("depthwise"),
    }),
  }),
  SeparableConv1D: (c) => ({
    isSpatial: true,
    layer: make.separableConv1d({
      filters: c.get("filters", 0),
      ...window1d(c),
      depthMultiplier: c.get("depth_multiplier", 1),
      ...ending(c),
      ...c.ofWeight("depthwise"),
      ...c.ofWeight("pointwise"),
    }),
  }),
  Conv1DTranspose: (c) => ({
    isSpatial: true,
    layer: make.conv1dTranspose({
      filters: c.get("filters", 0),
      ...window1d(c),
      ...(c.has("output_padding") ? { outputPadding: c.single("output_padding", 0) } : {}),
      ...ending(c),
      ...c.ofWeight("kernel"),
    }),
  }),
  DepthwiseConv2D: (c) => ({
    isSpatial: true,
    layer: make.depthwiseConv2d({
      ...window2d(c),
      depthMultiplier: c.get("depth_multiplier", 1),
      ...ending(c),
      ...c.ofWeight("depthwise"),
    }),
    ...kernels(c, [0]),
  }),
  SeparableConv2D: (c) => ({
    isSpatial: true,
    layer: make.separableConv2d({
      filters: c.get("filters", 0),
      ...window2d(c),
      depthMultiplier: c.get("depth_multiplier", 1),
      ...ending(c),
      ...c.ofWeight("depthwise"),
      ...c.ofWeight("pointwise"),
    }),
    ...kernels(c, [0, 1]),
  }),
  Conv2DTranspose: (c) => ({
    isSpatial: true,
    layer: make.conv2dTranspose({
      filters: c.get("filters", 0),
      kernelSize: c.pair("kernel_size", 1),
      strides: c.pair("strides", 1),
      padding: padding(c),
      ...(c.has("output_padding") ? { outputPadding: c.pair("output_padding", 0) } : {}),
      dilationRate: c.pair("dilation_rate", 1),
      ...ending(c),
      ...c.ofWeight("kernel"),
    }),
    ...kernels(c, [0]),
  }),
};
