import { conv1d, conv2d } from "../../../nn/layers/conv.js";
import { depthwiseConv2d } from "../../../nn/layers/depthwise.js";
import type { Sides } from "../../../ops/window.js";
import { type HostArray, shapedAs } from "../../../util/host-array.js";
import { type Known, transposed } from "../../graph/values.js";
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
};
