import { type Padding, paddingAlong, reach, type Sides, sidesOf } from "../../../ops/window.js";
import type { HostArray } from "../../../util/host-array.js";
import { turned } from "../../graph/weights.js";
import type { CaffeSettings } from "../net.js";
import { pooledSize } from "../pooled-size.js";
import { activated } from "./activation.js";
import type { Edge, Part } from "./writer.js";

/** One number for both axes, or one each. */
export const pairOf = (value: unknown): readonly [number, number] =>
  typeof value === "number" ? [value, value] : (value as [number, number]);

/** Windows along an axis in Caffe: how much both ends are padded, how many there are, and how many of the first are none of ours. */
interface Placed {
  readonly pad: number;
  readonly count: number;
  readonly skip: number;
}

/**
 * Caffe pads both ends alike. Padding that differs becomes more of it in front, by whole steps, and the windows too many are cut away again.
 *
 * @param most that may be padded
 */
function placed(
  before: number,
  stride: number,
  out: number,
  most: number,
  countOf: (pad: number) => number,
): Placed | undefined {
  for (let skip = 0; before + skip * stride <= most; skip++) {
    const pad = before + skip * stride;
    const count = countOf(pad);
    if (count - skip >= out) return { pad, count, skip };
  }
  return undefined;
}

const zerosAlong = (x: Edge, axis: 0 | 1): Sides => x.zeros?.[axis] ?? [0, 0];

/** The sides of a layer's windows over an image, and what is padded around it already. */
function sidesAlong({ step }: Part, x: Edge, axis: 0 | 1, extent: number, stride: number, outside: Sides): Sides {
  const padding = paddingAlong(step.layer.config.padding as Padding, axis);
  return sidesOf(padding, (x.shape[axis] as number) + outside[0] + outside[1], extent, stride);
}

const both = <T>(f: (axis: 0 | 1) => T): readonly [T, T] => [f(0), f(1)];

/** Puts a layer of windows in its place: those of them that are none of ours are cut away. */
function cutTo({ step, writer }: Part, y: Edge, windows: readonly [Placed, Placed]): Edge {
  return [0, 1].reduce(
    (x, axis) => writer.cut(x, axis as 0 | 1, (windows[axis] as Placed).skip, step.outputShape[axis] as number),
    y,
  );
}

interface Convolution {
  readonly kernelSize: unknown;
  readonly filters: number;
  readonly groups: number;
  /** As Caffe has it. */
  readonly kernel: HostArray;
  readonly bias?: HostArray | undefined;
}

/** A convolution without what is behind it. */
export function convolved(part: Part, x: Edge, { kernelSize, filters, groups, kernel, bias }: Convolution): Edge {
  const { step, writer } = part;
  const { config } = step.layer;
  const [size, strides, dilations] = [kernelSize, config.strides, config.dilationRate ?? 1].map(pairOf) as [
    readonly [number, number],
    readonly [number, number],
    readonly [number, number],
  ];
  const windows = both((axis): Placed => {
    const [n, stride, extent] = [x.shape[axis] as number, strides[axis], reach(size[axis], dilations[axis])];
    const zeros = zerosAlong(x, axis);
    const before = zeros[0] + sidesAlong(part, x, axis, extent, stride, zeros)[0];
    const countOf = (pad: number) => Math.floor((n + 2 * pad - extent) / stride) + 1;
    return placed(before, stride, step.outputShape[axis] as number, Number.POSITIVE_INFINITY, countOf) as Placed;
  });
  const settings: CaffeSettings = {
    num_output: filters,
    ...(bias ? {} : { bias_term: false }),
    ...(groups > 1 ? { group: groups } : {}),
    ...windowSettings({
      kernel_size: size,
      stride: strides,
      pad: both((axis) => windows[axis].pad),
      dilation: dilations,
    }),
  };
  const shape = [windows[0].count, windows[1].count, filters];
  const blobs = [kernel, ...(bias ? [bias] : [])];
  return cutTo(
    part,
    writer.layer("Convolution", [x], { settings: { convolution_param: settings }, blobs, shape }),
    windows,
  );
}

/** Pairs as lists, of one number where both are that; what is usual is left out. Square windows alone can be dilated, and read by all. */
function windowSettings(pairs: Readonly<Record<string, readonly [number, number]>>): CaffeSettings {
  const usual: Readonly<Record<string, number>> = { stride: 1, pad: 0, dilation: 1 };
  return Object.fromEntries(
    Object.entries(pairs)
      .filter(([name, pair]) => pair.some((n) => n !== usual[name]))
      .map(([name, [h, w]]) => [name, h === w ? [h] : [h, w]]),
  );
}

/** A transposed convolution, and what of it lies beyond ours cut away. */
export function deconvolved(part: Part): Edge {
  const { step, writer, weights, inputs } = part;
  const x = inputs[0] as Edge;
  const { config } = step.layer;
  const [size, strides, dilations] = [config.kernelSize, config.strides, config.dilationRate].map(pairOf) as [
    readonly [number, number],
    readonly [number, number],
    readonly [number, number],
  ];
  const windows = both((axis): Placed => {
    const [n, out, stride] = [x.shape[axis], step.outputShape[axis], strides[axis]] as [number, number, number];
    const extent = reach(size[axis], dilations[axis]);
    // As the gradient of a convolution over the output: its padding is cut away.
    const [before] = sidesOf(paddingAlong(config.padding as Padding, axis), out, extent, stride);
    const whole = (n - 1) * stride + extent;
    const behind = whole - before - out;
    if (behind < 0) throw writer.unsupported(step, "pixels behind those that its kernel reaches");
    const pad = Math.min(before, behind);
    return { pad, count: whole - 2 * pad, skip: before - pad };
  });
  const filters = Number(config.filters);
  const settings: CaffeSettings = {
    num_output: filters,
    ...(weights.bias ? {} : { bias_term: false }),
    ...windowSettings({
      kernel_size: size,
      stride: strides,
      pad: both((axis) => windows[axis].pad),
      dilation: dilations,
    }),
  };
  const blobs = [turned(weights.kernel as HostArray, [3, 2, 0, 1]), ...(weights.bias ? [weights.bias] : [])];
  const shape = [windows[0].count, windows[1].count, filters];
  const y = writer.layer("Deconvolution", [x], { settings: { convolution_param: settings }, blobs, shape });
  return activated(part, cutTo(part, y, windows), String(config.activation));
}

/** Caffe's windows go on to where pixels end, and its means count the padding. */
export function pooled(part: Part, kind: "MAX" | "AVE"): Edge {
  const { step, writer, inputs } = part;
  const x = inputs[0] as Edge;
  const { config } = step.layer;
  const [size, strides] = [pairOf(config.poolSize), pairOf(config.strides)];
  const windows = both((axis): Placed => {
    const [n, k, stride, out] = [x.shape[axis], size[axis], strides[axis], step.outputShape[axis]] as [
      number,
      number,
      number,
      number,
    ];
    const zeros = zerosAlong(x, axis);
    const [own] = sidesAlong(part, x, axis, k, stride, zeros);
    if (kind === "MAX" && zeros.some((count) => count > 0))
      throw writer.unsupported(step, "zeros around an image that is pooled");
    if (kind === "AVE" && (own > 0 || zeros[0] !== zeros[1])) {
      throw writer.unsupported(step, "means that leave out padding in front; Caffe counts it, the same at both ends");
    }
    const before = zeros[0] + own;
    const most = kind === "AVE" ? before : k - 1;
    const found = placed(before, stride, out, Math.min(most, k - 1), (pad) => pooledSize(n, k, stride, pad));
    if (found) return found;
    throw writer.unsupported(
      step,
      `padding ${JSON.stringify(config.padding)} of its sizes, which Caffe's pooling has no equal of`,
    );
  });
  const pad = both((axis) => windows[axis].pad);
  const settings: CaffeSettings = {
    pool: kind,
    ...axisSettings("kernel", "kernel_size", size, undefined),
    ...axisSettings("stride", "stride", strides, 1),
    ...axisSettings("pad", "pad", pad, 0),
  };
  const shape = [windows[0].count, windows[1].count, x.shape[2] as number];
  return cutTo(part, writer.layer("Pooling", [x], { settings: { pooling_param: settings }, shape }), windows);
}

function axisSettings(
  one: string,
  name: string,
  [h, w]: readonly [number, number],
  usual: number | undefined,
): CaffeSettings {
  if (h !== w) return { [`${one}_h`]: h, [`${one}_w`]: w };
  return h === usual ? {} : { [name]: h };
}
