import { type Tensor, tensor } from "../../tensor/tensor.js";
import { ShapeError } from "../../util/errors.js";
import { type Shape, showShape } from "../../util/shapes.js";
import { type Padding, paddingAlong, placesOf, reach, sidesOf } from "../window.js";

/** One axis of a window that moves over an input. */
interface Axis {
  input: number;
  kernel: number;
  output: number;
  stride: number;
  /** Zeros in front. */
  pad: number;
  dilation: number;
}

/** The letters of assembly/conv.ts. */
export interface Geometry {
  batch: number;
  channels: number;
  filters: number;
  groups: number;
  y: Axis;
  x: Axis;
}

/** How a window moves, each checked. */
export interface Window {
  strides: readonly [number, number];
  padding: Padding;
  dilations: readonly [number, number];
}

/** The windows over an input of `[height, width]`; an output of 0 or fewer is one that does not fit. */
export function slide(input: Shape, kernel: Shape, { strides, padding, dilations }: Window): { y: Axis; x: Axis } {
  const axis = (i: 0 | 1): Axis => {
    const [n, k, stride, dilation] = [input[i] as number, kernel[i] as number, strides[i], dilations[i]];
    const extent = reach(k, dilation);
    const sides = sidesOf(paddingAlong(padding, i), n, extent, stride);
    return { input: n, kernel: k, output: placesOf(n, sides, extent, stride), stride, pad: sides[0], dilation };
  };
  return { y: axis(0), x: axis(1) };
}

/**
 * As `slide`; what errors call the operation and its input is given, as is what they show of the shapes.
 *
 * @throws ShapeError where the window is larger than the padded input
 */
export function slideInside(
  who: string,
  input: Shape,
  kernel: Shape,
  window: Window,
  names: readonly [string, string] = ["height", "width"],
): { y: Axis; x: Axis } {
  const { y, x } = slide(input, kernel, window);
  for (const [name, { input: n, kernel: k, dilation, output }] of [
    [names[0], y],
    [names[1], x],
  ] as const) {
    if (output > 0) continue;
    throw new ShapeError(
      `${who}: input expected a ${name} of at least ${reach(k, dilation)} with its padding, as far as the kernel reaches, got ${n}; ` +
        'use padding "same" or a smaller kernel',
    );
  }
  return { y, x };
}

// What a pass copies at a time: so many elements fit the second-level cache, beside a panel of the kernel.
const STAGED = 65536;
/** In the kernel's gradient, of x and dy together. */
const TAKEN = 65536;
const HEADER = 256;
/** A panel's columns, at most: those of vectors of 256 bits, so that both widths cut the work alike. A tile's rows. */
const COLUMNS = 16;
const ROWS = 4;

/** Rows of an image, or whole images, per step. */
interface Step {
  rows: number;
  images: number;
}

/** As many rows as stay below `limit`, in parts of about equal size; or whole images. `sizeOf` says what some rows of one image take. */
function stepOf(rows: number, batch: number, limit: number, sizeOf: (rows: number) => number): Step {
  if (rows < 1) return { rows: 1, images: 1 };
  const whole = sizeOf(rows);
  if (whole <= limit) return { rows, images: Math.max(1, Math.min(batch, Math.floor(limit / Math.max(1, whole)))) };
  let most = rows;
  while (most > 1 && sizeOf(most) > limit) most--;
  return { rows: Math.ceil(rows / Math.ceil(rows / most)), images: 1 };
}

/** Input rows that `rows` output rows read. */
const reads = ({ kernel, stride, dilation }: Axis, rows: number): number =>
  (rows - 1) * stride + reach(kernel, dilation);

/** Output rows that `rows` input rows are read by, at most. */
const meets = ({ kernel, stride, dilation }: Axis, rows: number): number =>
  Math.floor((rows - 1 + (kernel - 1) * dilation) / stride) + 2;

/** In the kernel's gradient: the most parts that it is a sum of, and the fewest pixels of one. */
const MOST_PARTS = 16;
const PART_PIXELS = 256;
/** What the parts' sums take is at most this share of x and y, or what a step copies. */
const PARTS_SHARE = 1 / 8;
/** Rows of the kernel that are worth copying x and dy for; and pieces of work, parts × stripes, that are enough for any number of threads. */
const STRIPE_ROWS = 32;
const ENOUGH_PIECES = 64;

/** How the work of the kernel's gradient is cut, and its sums: parts, of them stripes. See assembly/conv/geometry.ts. */
export interface Parts {
  partRows: number;
  stripeRows: number;
  /** How many there are. */
  parts: number;
  stripes: number;
  /** Elements of the kernel: a part's sums. */
  size: number;
}

export function partsOf({ batch, channels, filters, groups, y, x }: Geometry): Parts {
  const rowsOfKernel = y.kernel * x.kernel * (channels / groups);
  const size = rowsOfKernel * filters;
  const pixels = batch * y.output * x.output;
  const room = Math.max(TAKEN, PARTS_SHARE * batch * (y.input * x.input * channels + y.output * x.output * filters));
  const wanted = Math.floor(Math.min(MOST_PARTS, pixels / PART_PIXELS, room / Math.max(1, size)));
  const most = Math.max(1, wanted);
  const partRows =
    batch >= most ? y.output * Math.ceil(batch / most) : Math.ceil(y.output / Math.floor(most / Math.max(1, batch)));
  const parts = Math.ceil((batch * y.output) / Math.max(1, partRows));
  const cuts = Math.max(1, Math.floor(Math.min(rowsOfKernel / STRIPE_ROWS, ENOUGH_PIECES / Math.max(1, parts))));
  const stripeRows = Math.ceil(rowsOfKernel / cuts / ROWS) * ROWS;
  return { partRows, stripeRows, parts, stripes: Math.ceil(rowsOfKernel / stripeRows), size };
}

interface Steps {
  forward: Step;
  input: Step;
  kernel: Step;
}

/** @param channels of what is copied: in a depthwise convolution those of the output */
function stepsOf(g: Geometry, channels: number): Steps {
  const { batch, filters, y, x } = g;
  const staged = (rows: number) => reads(y, rows) * reads(x, x.output) * channels;
  const met = (rows: number) => meets(y, rows) * meets(x, x.input) * filters;
  const { partRows } = partsOf(g);
  const [rows, images] = partRows < y.output ? [partRows, 1] : [y.output, Math.ceil(partRows / y.output)];
  return {
    forward: stepOf(y.output, batch, STAGED, staged),
    input: stepOf(y.input, batch, STAGED, met),
    kernel: stepOf(rows, images, TAKEN, (some) => staged(some) + some * x.output * (filters + COLUMNS)),
  };
}

/** The elements of scratch of the three passes. */
export function scratchSizes(g: Geometry): { forward: number; input: number; kernel: number } {
  const { y, x, groups, channels, filters } = g;
  const steps = stepsOf(g, channels);
  const taps = y.kernel * x.kernel;
  const staged = ({ rows, images }: Step) => images * reads(y, rows) * reads(x, x.output) * channels;
  const met = ({ rows, images }: Step) => images * meets(y, rows) * meets(x, x.input) * filters;
  return {
    forward: HEADER + taps * (channels / groups) * COLUMNS + staged(steps.forward),
    input: HEADER + taps * (filters / groups) * COLUMNS + met(steps.input),
    kernel: HEADER + COLUMNS * steps.kernel.rows * steps.kernel.images * x.output + staged(steps.kernel),
  };
}

/** The elements of scratch of the three passes of a depthwise convolution. */
export function depthwiseScratch(g: Geometry): { forward: number; input: number; kernel: number } {
  const { y, x, filters } = g;
  const { forward, input, kernel } = stepsOf(g, filters);
  const staged = ({ rows, images }: Step) => images * reads(y, rows) * reads(x, x.output) * filters;
  const fixed = HEADER + 4 * filters;
  return {
    forward: fixed + staged({ ...forward, images: 1 }),
    input: fixed + meets(y, input.rows) * meets(x, x.input) * filters,
    kernel: fixed + staged(kernel),
  };
}

/** The geometry where kernels read it, in the order of assembly/conv/geometry.ts. */
export function geometryTensor(g: Geometry, isDepthwise = false): Tensor {
  const { y, x } = g;
  const steps = stepsOf(g, isDepthwise ? g.filters : g.channels);
  const sizes = isDepthwise ? depthwiseScratch(g) : scratchSizes(g);
  const { partRows, stripeRows } = partsOf(g);
  const values = [
    g.batch,
    y.input,
    x.input,
    g.channels,
    g.filters,
    y.kernel,
    x.kernel,
    y.output,
    x.output,
    y.stride,
    x.stride,
    y.pad,
    x.pad,
    y.dilation,
    x.dilation,
    g.groups,
    ...[steps.forward, steps.input, steps.kernel].flatMap(({ rows, images }) => [rows, images]),
    partRows,
    stripeRows,
    sizes.forward,
    sizes.input,
    sizes.kernel,
  ];
  return tensor(Int32Array.from(values), [values.length], "int32");
}

/** @throws ShapeError unless x is `[batch, height, width, channels]` and so on, as `axes` lists them */
export function checkRank(operation: string, argument: string, shape: Shape, axes: readonly string[]): void {
  if (shape.length === axes.length && shape.slice(argument === "x" ? 1 : 0).every((n) => n > 0)) return;
  throw new ShapeError(
    `${operation}: ${argument} expected [${axes.join(", ")}]${shape.length === axes.length ? " with sizes > 0" : ""}, got ${showShape(shape)}; ` +
      (argument === "x" ? "reshape it, one sample to a batch of 1" : "reshape it"),
  );
}
