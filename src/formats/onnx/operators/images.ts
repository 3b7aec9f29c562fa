import { depthToSpace, resizeBilinear, resizeNearestNeighbor, spaceToDepth } from "../../../nn/operations/images.js";
import type { Builder } from "../../graph/builder.js";
import { CHANNELS_LAST, type Value } from "../../graph/values.js";
import type { NodeView } from "../node.js";
import type { Operators } from "./operator.js";

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
  if (mode === "linear" || mode === "bilinear") return [builder.one(resizeBilinear, [x], options, x.layout)];
  if (mode !== "nearest") throw node.unsupported(`mode ${mode}`);
  const rounding = {
    round_prefer_floor: "roundPreferFloor",
    round_prefer_ceil: "roundPreferCeil",
    floor: "floor",
    ceil: "ceil",
  }[node.text("nearest_mode", old ? "floor" : "round_prefer_floor")];
  if (!rounding) throw node.unsupported(`nearest_mode ${node.text("nearest_mode", "")}`);
  return [builder.one(resizeNearestNeighbor, [x], { ...options, rounding }, x.layout)];
}

export const images: Operators = {
  Resize: resized,
  Upsample: resized,
  DepthToSpace(node, builder) {
    const x = builder.last(node.flow());
    const attributes = { blockSize: node.int("blocksize", 1), order: node.text("mode", "DCR") };
    return builder.operate(depthToSpace, [x], attributes, CHANNELS_LAST);
  },
  SpaceToDepth(node, builder) {
    const x = builder.last(node.flow());
    return builder.operate(spaceToDepth, [x], { blockSize: node.int("blocksize", 1) }, CHANNELS_LAST);
  },
};
