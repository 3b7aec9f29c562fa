import { batchNormalization } from "../../../../nn/layers/batch-normalization.js";
import { conv2d } from "../../../../nn/layers/conv.js";
import { conv2dTranspose } from "../../../../nn/layers/conv-transpose.js";
import { depthwiseConv2d } from "../../../../nn/layers/depthwise.js";
import { averagePooling2D, maxPooling2D } from "../../../../nn/layers/pooling.js";
import { depthToSpace, resizeBilinear, resizeNearestNeighbor, spaceToDepth } from "../../../../nn/operations/images.js";
import { localResponseNormalization } from "../../../../nn/operations/normalization.js";
import type { Operation } from "../../../../nn/operations/operation.js";
import { type Padding, type Sides, sidesOf } from "../../../../ops/window.js";
import type { Builder } from "../../../graph/builder.js";
import type { Flow } from "../../../graph/values.js";
import type { NodeView } from "../../../onnx/node.js";
import type { Behind, Operator, Operators } from "../../../onnx/operators/index.js";
import { type Tail, tailBehind, tailOf } from "./fused.js";
import { checkSizes } from "./like.js";

type Two = readonly [number, number];

/** An input of images with their channels last. */
function imagesIn(node: NodeView, i = 0): Flow {
  const layout = node.text("data_format", "NHWC");
  if (layout !== "NHWC") throw node.unsupported(`data_format ${layout}; with the channels last, NHWC, it is`);
  const x = node.flow(i);
  if (x.dims.length === 4) return x;
  throw node.damaged("images [batch, height, width, channels]", `${x.dims.length} axes`);
}

/** One number for each axis of an image: those of its height and width. */
function pixelsOf(node: NodeView, name: string): Two {
  const [batch, height, width, channels] = node.ints(name) ?? [1, 1, 1, 1];
  if (height === undefined || width === undefined || channels === undefined) {
    throw node.damaged(`four numbers as ${name}`, "fewer");
  }
  if (batch !== 1 || channels !== 1) throw node.unsupported(`${name} along the batch or the channels`);
  return [height, width];
}

function paddingOf(node: NodeView): Padding {
  const name = node.text("padding", "VALID");
  if (name === "SAME" || name === "VALID") return name === "SAME" ? "same" : "valid";
  const [, , top, bottom, left, right] = node.ints("explicit_paddings") ?? [];
  if (name === "EXPLICIT" && top !== undefined && bottom !== undefined && left !== undefined && right !== undefined) {
    return [
      [top, bottom],
      [left, right],
    ];
  }
  throw node.damaged("padding SAME, VALID or EXPLICIT with explicit_paddings of four axes", name);
}

const windowOf = (node: NodeView) => ({
  strides: pixelsOf(node, "strides"),
  padding: paddingOf(node),
  dilationRate: pixelsOf(node, "dilations"),
});

type TailFor = (node: NodeView, builder: Builder, behind: Behind, units: number) => Tail;

const unfused: TailFor = (_node, _builder, behind, units) => tailBehind(behind, units);

const biased = ({ bias, activation }: Tail) => ({ useBias: bias !== undefined, activation });

const weightsOf = (kernel: NonNullable<Tail["bias"]>, { bias }: Tail) => ({ kernel, ...(bias ? { bias } : {}) });

/** A kernel [height, width, channels / groups, filters]. */
const convolution =
  (tailFor: TailFor): Operator =>
  (node, builder, behind) => {
    const x = imagesIn(node);
    const { array } = node.known(1, "a kernel");
    const [height, width, inGroup, filters] = kernelSizes(node, array.shape);
    const groups = (x.dims[3] as number) / inGroup;
    if (!Number.isInteger(groups) || filters % groups !== 0) {
      throw node.damaged(`a kernel for ${x.dims[3]} channels`, `[${array.shape.join(", ")}]`);
    }
    const tail = tailFor(node, builder, behind, filters);
    const layer = conv2d({ ...windowOf(node), ...biased(tail), filters, kernelSize: [height, width], groups });
    return [tail.finish(builder.through(layer, x, weightsOf(array, tail)))];
  };

/** A kernel [height, width, channels, multiplier]. */
const depthwise =
  (tailFor: TailFor): Operator =>
  (node, builder, behind) => {
    const x = imagesIn(node);
    const { array } = node.known(1, "a kernel");
    const [height, width, channels, depthMultiplier] = kernelSizes(node, array.shape);
    if (channels !== x.dims[3]) throw node.damaged(`a kernel for ${x.dims[3]} channels`, `[${array.shape.join(", ")}]`);
    const tail = tailFor(node, builder, behind, channels * depthMultiplier);
    const window = { ...windowOf(node), kernelSize: [height, width] as const, depthMultiplier };
    const layer = depthwiseConv2d({ ...window, ...biased(tail) });
    return [tail.finish(builder.through(layer, x, weightsOf(array, tail)))];
  };

function kernelSizes(node: NodeView, shape: readonly number[]): readonly [number, number, number, number] {
  if (shape.length === 4 && shape.every((n) => n >= 1)) return shape as unknown as [number, number, number, number];
  throw node.damaged("a kernel of four axes", `[${shape.join(", ")}]`);
}

/** The gradient of a convolution as a layer: it is told the size that it puts out, and its padding is that of the convolution. */
const transposedConvolution: Operator = (node, builder, behind) => {
  const x = imagesIn(node, 2);
  const { array } = node.known(1, "a kernel");
  const [height, width, filters, channels] = kernelSizes(node, array.shape);
  if (channels !== x.dims[3]) throw node.damaged(`a kernel for ${x.dims[3]} channels`, `[${array.shape.join(", ")}]`);
  const size = (node.numbers(undefined, 0) ?? []).slice(-3);
  checkSizes(node, size);
  const { strides, padding, dilationRate } = windowOf(node);
  const reach = [height, width].map((k, i) => (k - 1) * (dilationRate[i] as number) + 1);
  const sides = reach.map((extent, i): Sides => {
    const along = typeof padding === "object" ? (padding[i] as Sides) : (padding as "same" | "valid");
    return sidesOf(along, size[i] as number, extent, strides[i] as number);
  });
  const outputPadding = sides.map(([before, after], i) => {
    const least = ((x.dims[i + 1] as number) - 1) * (strides[i] as number) + (reach[i] as number) - before - after;
    return (size[i] as number) - least;
  });
  if (size[2] !== filters || outputPadding.some((n, i) => !(n >= 0 && n < (strides[i] as number)))) {
    throw node.damaged(`a size that the convolution takes to [${x.dims.slice(1).join(", ")}]`, `[${size.join(", ")}]`);
  }
  const tail = tailBehind(behind, filters);
  const layer = conv2dTranspose({
    ...biased(tail),
    filters,
    kernelSize: [height, width],
    strides,
    dilationRate,
    padding: sides as unknown as readonly [Sides, Sides],
    outputPadding: outputPadding as unknown as Two,
  });
  return [tail.finish(builder.through(layer, x, weightsOf(array, tail)))];
};

const pooling =
  (layer: typeof maxPooling2D | typeof averagePooling2D): Operator =>
  (node, builder) => {
    const x = imagesIn(node);
    const options = { poolSize: pixelsOf(node, "ksize"), strides: pixelsOf(node, "strides"), padding: paddingOf(node) };
    return [builder.through(layer(options), x)];
  };

const normalized: Operator = (node, builder) => {
  const x = imagesIn(node);
  if (node.int("is_training", 1) === 1) throw node.unsupported("is_training; export it for inference");
  const [gamma, beta, movingMean, movingVariance] = ["a scale", "an offset", "a mean", "a variance"].map(
    (what, i) => node.known(i + 1, what).array,
  );
  const layer = batchNormalization({ epsilon: node.float("epsilon", 1e-4) });
  return [builder.through(layer, x, { gamma, beta, movingMean, movingVariance } as never)];
};

const resized =
  (operation: Operation): Operator =>
  (node, builder) => {
    const x = imagesIn(node);
    const size = node.numbers(undefined, 1) ?? [];
    checkSizes(node, [...size, x.dims[3] as number]);
    const isAligned = node.int("align_corners", 0) === 1;
    const isHalf = node.int("half_pixel_centers", 0) === 1;
    const coordinates = isAligned ? "alignCorners" : isHalf ? "halfPixel" : "asymmetric";
    const rounding = isAligned || isHalf ? "roundPreferCeil" : "floor";
    return [
      builder.one(operation, [x], { size, coordinates, ...(operation === resizeNearestNeighbor ? { rounding } : {}) }),
    ];
  };

export const images: Operators = {
  Conv2D: convolution(unfused),
  _FusedConv2D: convolution(tailOf),
  DepthwiseConv2dNative: depthwise(unfused),
  FusedDepthwiseConv2dNative: depthwise(tailOf),
  Conv2DBackpropInput: transposedConvolution,
  MaxPool: pooling(maxPooling2D),
  AvgPool: pooling(averagePooling2D),
  FusedBatchNorm: normalized,
  FusedBatchNormV2: normalized,
  FusedBatchNormV3: normalized,
  ResizeBilinear: resized(resizeBilinear),
  ResizeNearestNeighbor: resized(resizeNearestNeighbor),
  DepthToSpace: (node, builder) => [
    builder.one(depthToSpace, [imagesIn(node)], { blockSize: node.int("block_size", 1), order: "DCR" }),
  ],
  SpaceToDepth: (node, builder) => [
    builder.one(spaceToDepth, [imagesIn(node)], { blockSize: node.int("block_size", 1) }),
  ],
  LRN: (node, builder) => [
    builder.one(localResponseNormalization, [imagesIn(node)], {
      depthRadius: node.int("depth_radius", 5),
      bias: node.float("bias", 1),
      alpha: node.float("alpha", 1),
      beta: node.float("beta", 0.5),
    }),
  ],
};
