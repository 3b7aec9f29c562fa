import type { ValueType } from "../../../nn/operations/operation.js";
import { type Call, type Rule, requireOpset } from "./call.js";
import type { Edge, Part } from "./writer.js";

const image = (call: Call): Edge => call.part.writer.first(call.values[0] as Edge);

/** Images at another size; that of the batch and the channels stays. */
export function resizedTo(
  { writer }: Part,
  x: Edge,
  size: readonly [number, number],
  attributes: Readonly<Record<string, string>>,
): Edge {
  const like = { rank: 1, isFirst: false };
  const bounds = [[0], [2]].map((at) => writer.integers(at, "bound"));
  const outer = writer.node("Slice", [writer.node("Shape", [x], {}, like), ...bounds], {}, like);
  const sizes = writer.node("Concat", [outer, writer.integers(size, "size")], { axis: 0 }, like);
  return writer.node("Resize", [x, writer.none, writer.none, sizes], attributes, x);
}

const coordinates: Readonly<Record<string, string>> = {
  halfPixel: "half_pixel",
  alignCorners: "align_corners",
  asymmetric: "asymmetric",
  pytorchHalfPixel: "pytorch_half_pixel",
};

const roundings: Readonly<Record<string, string>> = {
  roundPreferCeil: "round_prefer_ceil",
  roundPreferFloor: "round_prefer_floor",
  floor: "floor",
  ceil: "ceil",
};

const resize =
  (mode: "linear" | "nearest"): Rule =>
  (call) => {
    requireOpset(call, 11, "Resize");
    const { part, attributes } = call;
    const x = image(call);
    const how = {
      mode,
      coordinate_transformation_mode: coordinates[String(attributes.coordinates ?? "halfPixel")] as string,
      ...(mode === "nearest"
        ? { nearest_mode: roundings[String(attributes.rounding ?? "roundPreferCeil")] as string }
        : {}),
    };
    const scales = attributes.scales as readonly number[] | undefined;
    if (!scales) return resizedTo(part, x, attributes.size as [number, number], how);
    return part.writer.node("Resize", [x, part.writer.none, part.writer.floats([1, 1, ...scales], "scales")], how, x);
  };

/** Operations on images, which get them as they come: their channels in front of the pixels or behind. */
export const imageRules: Readonly<Record<string, Rule>> = {
  resizeBilinear: resize("linear"),
  resizeNearestNeighbor: resize("nearest"),
  depthToSpace(call) {
    const mode = String(call.attributes.order ?? "DCR");
    if (mode !== "DCR") requireOpset(call, 11, `order ${mode}`);
    const x = image(call);
    const own = { blocksize: Number(call.attributes.blockSize), ...(mode === "DCR" ? {} : { mode }) };
    return call.part.writer.node("DepthToSpace", [x], own, x);
  },
  spaceToDepth(call) {
    const { writer } = call.part;
    const n = Number(call.attributes.blockSize);
    const x = image(call);
    if ((call.attributes.order ?? "DCR") === "DCR") return writer.node("SpaceToDepth", [x], { blocksize: n }, x);
    const depth = (call.outputs[0] as ValueType).shape.at(-1) as number;
    const [pixels, channels] = [n * n, depth / (n * n)];
    // All channels of a pixel stand together there, all pixels of a channel here.
    const order = Array.from({ length: depth }, (_, i) => (i % pixels) * channels + Math.floor(i / pixels));
    const deep = writer.node("SpaceToDepth", [x], { blocksize: n }, x);
    return writer.node("Gather", [deep, writer.integers(order, "order")], { axis: 1 }, deep);
  },
  instanceNorm(call) {
    const { writer, step } = call.part;
    const x = image(call);
    const channels = step.inputShape.at(-1) as number;
    const all = (value: number, name: string) => writer.floats(new Array<number>(channels).fill(value), name);
    const [gamma, beta] = [call.values[1] ?? all(1, "gamma"), call.values[2] ?? all(0, "beta")];
    const epsilon = { float: Number(call.attributes.epsilon ?? 1e-3) };
    return writer.node("InstanceNormalization", [x, gamma, beta], { epsilon }, x);
  },
  /** Alpha is divided by the size of the neighbourhood there, of which the odd channel lies behind. */
  localResponseNormalization(call) {
    const { writer, step } = call.part;
    const { depthRadius = 5, bias = 1, alpha = 1, beta = 0.5 } = call.attributes as Record<string, number>;
    const [before, behind] = [depthRadius, depthRadius].flat().slice(-2) as [number, number];
    if (behind - before > 1 || behind < before) throw writer.unsupported(step, `depthRadius [${before}, ${behind}]`);
    const size = before + behind + 1;
    const own = { size, bias: { float: bias }, alpha: { float: alpha * size }, beta: { float: beta } };
    const x = image(call);
    return writer.node("LRN", [x], own, x);
  },
};
