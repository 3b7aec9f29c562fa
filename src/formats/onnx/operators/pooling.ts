import type { AnyLayer } from "../../../nn/layer.js";
import {
  globalAveragePooling1D,
  globalAveragePooling2D,
  globalMaxPooling1D,
  globalMaxPooling2D,
} from "../../../nn/layers/global-pooling.js";
import { zeroPadding1D, zeroPadding2D } from "../../../nn/layers/padding.js";
import { averagePooling1D, averagePooling2D, maxPooling1D, maxPooling2D } from "../../../nn/layers/pooling.js";
import type { Sides } from "../../../ops/window.js";
import type { Builder } from "../../graph/builder.js";
import type { Value } from "../../graph/values.js";
import type { NodeView } from "../node.js";
import type { Operators } from "./operator.js";
import { windowOf } from "./window.js";

type Kind = "max" | "average";

const layers = {
  max: { one: maxPooling1D, two: maxPooling2D },
  average: { one: averagePooling1D, two: averagePooling2D },
};

function pool(kind: Kind, node: NodeView, builder: Builder): readonly Value[] {
  const x = builder.last(node.flow());
  const kernel = node.ints("kernel_shape");
  if (!kernel) throw node.damaged("attribute kernel_shape", "none");
  const ceil = node.int("ceil_mode", 0) === 1;
  const { strides, dilations, sides } = windowOf(node, kernel, x.dims.slice(2), ceil);
  if (dilations.some((n) => n !== 1)) throw node.unsupported("dilations");
  if (node.node.outputs.length > 1 && node.node.outputs[1] !== "")
    throw node.unsupported("the places of the greatest values");
  const isPadded = sides.some(([before, behind]) => before + behind > 0);
  if (kind === "average" && isPadded && node.int("count_include_pad", 0) === 1) {
    if (ceil) throw node.unsupported("count_include_pad together with ceil_mode");
    const padded = builder.through(padding(sides), x);
    return [
      builder.through(
        windows(
          kind,
          kernel,
          strides,
          sides.map(() => [0, 0] as const),
        ),
        padded,
      ),
    ];
  }
  return [builder.through(windows(kind, kernel, strides, sides), x)];
}

function windows(kind: Kind, kernel: readonly number[], strides: readonly number[], sides: readonly Sides[]): AnyLayer {
  const { one, two } = layers[kind];
  if (kernel.length === 1) {
    return one({ poolSize: kernel[0] as number, strides: strides[0] as number, padding: sides[0] as Sides });
  }
  const pair = (list: readonly number[]) => list as readonly [number, number];
  return two({ poolSize: pair(kernel), strides: pair(strides), padding: sides as readonly [Sides, Sides] });
}

export function padding(sides: readonly Sides[]): AnyLayer {
  if (sides.length === 1) return zeroPadding1D({ padding: [...(sides[0] as Sides)] as [number, number] });
  return zeroPadding2D({ padding: sides as readonly [Sides, Sides] });
}

function global(one: () => AnyLayer, two: () => AnyLayer) {
  return (node: NodeView, builder: Builder): readonly Value[] => {
    const x = builder.last(node.flow());
    const axes = x.dims.length - 2;
    if (axes !== 1 && axes !== 2) throw node.unsupported(`pooling over ${axes} axes`);
    return [builder.through(axes === 1 ? one() : two(), x)];
  };
}

/** The size that a Resize asks for, by sizes or by scales, of the axes behind the channels. */
function resized(node: NodeView, builder: Builder): readonly Value[] {
  const x = builder.last(node.flow());
  const { dims } = x;
  if (dims.length !== 4) throw node.unsupported(`${dims.length} axes; images are resized`);
  const old = node.op === "Upsample" || node.opset < 11;
  const scales = node.numbers(undefined, old ? 1 : 2, "scales") ?? node.floats("scales");
  const sizes = old ? undefined : node.numbers(undefined, 3, "sizes");
  const isSized = sizes !== undefined && sizes.length > 0;
  if (!isSized && scales?.length !== 4) throw node.damaged("sizes or scales of four axes", "others");
  const outer = isSized ? [true, sizes[1] === dims[1]] : scales?.slice(0, 2).map((s) => s === 1);
  if (!outer?.every(Boolean)) throw node.unsupported("another size of the batch or the channels");
  const factors = isSized ? undefined : (scales as number[]).slice(2);
  const size = dims
    .slice(2)
    .map((n, i) => (isSized ? (sizes[i + 2] as number) : Math.floor(n * ((factors as number[])[i] as number))));
  const mode = node.text("mode", "nearest");
  const coordinates = {
    half_pixel: "halfPixel",
    pytorch_half_pixel: "pytorchHalfPixel",
    align_corners: "alignCorners",
    asymmetric: "asymmetric",
  }[node.text("coordinate_transformation_mode", old ? "asymmetric" : "half_pixel")];
  if (!coordinates) throw node.unsupported(`coordinates ${node.text("coordinate_transformation_mode", "")}`);
  if (node.int("antialias", 0) !== 0 || node.int("exclude_outside", 0) !== 0)
    throw node.unsupported("antialias and exclude_outside");
  const options = { size, coordinates, ...(factors ? { scales: factors } : {}) };
  if (mode === "linear" || mode === "bilinear") return [builder.one("resizeBilinear", [x], options, x.layout)];
  if (mode !== "nearest") throw node.unsupported(`mode ${mode}`);
  const rounding = {
    round_prefer_floor: "roundPreferFloor",
    round_prefer_ceil: "roundPreferCeil",
    floor: "floor",
    ceil: "ceil",
  }[node.text("nearest_mode", old ? "floor" : "round_prefer_floor")];
  if (!rounding) throw node.unsupported(`nearest_mode ${node.text("nearest_mode", "")}`);
  return [builder.one("resizeNearestNeighbor", [x], { ...options, rounding }, x.layout)];
}

export const pooling: Operators = {
  Resize: resized,
  Upsample: resized,
  MaxPool: (node, builder) => pool("max", node, builder),
  AveragePool: (node, builder) => pool("average", node, builder),
  GlobalAveragePool: global(
    () => globalAveragePooling1D({ keepdims: true }),
    () => globalAveragePooling2D({ keepdims: true }),
  ),
  GlobalMaxPool: global(
    () => globalMaxPooling1D({ keepdims: true }),
    () => globalMaxPooling2D({ keepdims: true }),
  ),
};
