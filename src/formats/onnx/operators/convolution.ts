import type { AnyLayer } from "../../../nn/layer.js";
import { conv1d, conv2d } from "../../../nn/layers/conv.js";
import { conv1dTranspose, conv2dTranspose } from "../../../nn/layers/conv-transpose.js";
import { depthwiseConv2d } from "../../../nn/layers/depthwise.js";
import type { Sides } from "../../../ops/window.js";
import { type HostArray, shapedAs } from "../../../util/host-array.js";
import { type Flow, type Known, transposed } from "../../graph/values.js";
import { activationBehind, type Operators } from "./operator.js";
import { windowOf } from "./window.js";

const pair = (list: readonly number[]) => list as readonly [number, number];
const sidesPair = (sides: readonly Sides[]) => sides as readonly [Sides, Sides];

/** W [filters, channels / groups, …pixels] → [pixels, channels / groups, filters]. */
const kernelOf = ({ array }: Known) => transposed(array, [...array.shape.slice(2).map((_, i) => i + 2), 1, 0]);

export const convolution: Operators = {
  Conv(node, builder, behind) {
    const x = builder.last(node.flow());
    const w = node.known(1, "a kernel");
    const bias = node.inputs[2] ? node.known(2, "a bias").array : undefined;
    const [filters, inGroup, ...kernel] = w.array.shape as [number, number, ...number[]];
    const groups = node.int("group", 1);
    const channels = x.dims[1] as number;
    if (inGroup * groups !== channels || filters % groups !== 0 || kernel.length !== x.dims.length - 2) {
      throw node.damaged(`a kernel for ${channels} channels in ${groups} groups`, `[${w.array.shape.join(", ")}]`);
    }
    const { strides, dilations, sides } = windowOf(node, kernel, x.dims.slice(2));
    const common = { useBias: bias !== undefined, activation: activationBehind(behind) };
    const biases: Record<string, HostArray> = bias ? { bias } : {};
    if (kernel.length === 1) {
      const [size, stride, dilation] = [kernel[0], strides[0], dilations[0]] as [number, number, number];
      const layer = conv1d({
        ...common,
        filters,
        kernelSize: size,
        strides: stride,
        padding: sides[0] as Sides,
        dilationRate: dilation,
        groups,
      });
      return [builder.through(layer, x, { kernel: kernelOf(w), ...biases })];
    }
    const window = { strides: pair(strides), padding: sidesPair(sides), dilationRate: pair(dilations) };
    if (groups > 1 && inGroup === 1) {
      const depthMultiplier = filters / groups;
      const layer = depthwiseConv2d({ ...common, ...window, kernelSize: pair(kernel), depthMultiplier });
      const [height, width] = pair(kernel);
      const split = shapedAs(w.array, [groups, depthMultiplier, height, width]);
      return [builder.through(layer, x, { kernel: transposed(split, [2, 3, 0, 1]), ...biases })];
    }
    const layer = conv2d({ ...common, ...window, filters, kernelSize: pair(kernel), groups });
    return [builder.through(layer, x, { kernel: kernelOf(w), ...biases })];
  },

  ConvTranspose(node, builder, behind) {
    const x = builder.last(node.flow());
    const w = node.known(1, "a kernel");
    const bias = node.inputs[2] ? node.known(2, "a bias").array : undefined;
    const [channels, filters, ...kernel] = w.array.shape as [number, number, ...number[]];
    const groups = node.int("group", 1);
    const axes = kernel.length;
    if (channels !== x.dims[1] || channels % groups !== 0 || axes !== x.dims.length - 2)
      throw node.damaged(`a kernel for ${x.dims[1]} channels in ${groups} groups`, `${channels}`);
    if (node.ints("output_shape")) throw node.unsupported("output_shape; export it with pads");
    const automatic = node.text("auto_pad", "NOTSET");
    if (automatic !== "NOTSET" && automatic !== "VALID")
      throw node.unsupported(`auto_pad ${automatic}; export it with pads`);
    const { strides, dilations, sides } = windowOf(node, kernel, x.dims.slice(2));
    const more = node.ints("output_padding") ?? kernel.map(() => 0);
    if (more.length !== axes) throw node.damaged(`${axes} numbers as output_padding`, `${more.length}`);
    const common = { filters, useBias: bias !== undefined, activation: activationBehind(behind) };
    const layer = (): AnyLayer =>
      axes === 1
        ? conv1dTranspose({
            ...common,
            kernelSize: kernel[0] as number,
            strides: strides[0] as number,
            padding: sides[0] as Sides,
            outputPadding: more[0] as number,
            dilationRate: dilations[0] as number,
          })
        : conv2dTranspose({
            ...common,
            kernelSize: pair(kernel),
            strides: pair(strides),
            padding: sidesPair(sides),
            outputPadding: pair(more),
            dilationRate: pair(dilations),
          });
    const inGroup = channels / groups;
    const part = ({ data, shape }: HostArray, group: number) => {
      const size = data.length / groups;
      return { data: data.slice(group * size, (group + 1) * size), shape, dtype: w.array.dtype };
    };
    // Each group of channels has a layer of its own.
    const given =
      groups === 1
        ? [x]
        : builder.operate("split", [x], { sizes: new Array<number>(groups).fill(inGroup), axis: axes + 1 }, x.layout);
    const made = given.map((each, group) => {
      const own = part(shapedAs(w.array, [inGroup, filters, ...kernel]), group);
      const ownBias = bias && part({ ...bias, shape: [filters] }, group);
      return builder.through(layer(), each as Flow, {
        kernel: transposed(own, [...kernel.map((_, i) => i + 2), 1, 0]),
        ...(ownBias ? { bias: ownBias } : {}),
      });
    });
    return [groups === 1 ? (made[0] as Flow) : builder.one("concat", made, { axis: axes + 1 }, x.layout)];
  },
};
