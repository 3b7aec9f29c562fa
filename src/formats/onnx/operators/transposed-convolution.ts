import type { AnyLayer } from "../../../nn/layer.js";
import { conv1dTranspose, conv2dTranspose } from "../../../nn/layers/conv-transpose.js";
import { concat, split } from "../../../nn/operations/parts.js";
import type { Sides } from "../../../ops/window.js";
import { type HostArray, shapedAs } from "../../../util/host-array.js";
import { type Flow, transposed } from "../../graph/values.js";
import { activationBehind, type Operators } from "./operator.js";
import { windowOf } from "./window.js";

const pair = (list: readonly number[]) => list as readonly [number, number];
const sidesPair = (sides: readonly Sides[]) => sides as readonly [Sides, Sides];

export const transposedConvolution: Operators = {
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
        : builder.operate(split, [x], { sizes: new Array<number>(groups).fill(inGroup), axis: axes + 1 }, x.layout);
    const made = given.map((each, group) => {
      const own = part(shapedAs(w.array, [inGroup, filters, ...kernel]), group);
      const ownBias = bias && part({ ...bias, shape: [filters] }, group);
      return builder.through(layer(), each as Flow, {
        kernel: transposed(own, [...kernel.map((_, i) => i + 2), 1, 0]),
        ...(ownBias ? { bias: ownBias } : {}),
      });
    });
    return [groups === 1 ? (made[0] as Flow) : builder.one(concat, made, { axis: axes + 1 }, x.layout)];
  },
};
