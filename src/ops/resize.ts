import type { Kernels } from "#kernels/kernels";
import { isSketching } from "../backend/engine.js";
import { asTensor, type Tensor, type TensorLike, table } from "../tensor/tensor.js";
import { checkName, checkOptions, show } from "../util/check.js";
import { requireFloat } from "../util/dtypes.js";
import { ShapeError, ValueError } from "../util/errors.js";
import { type Shape, showShape } from "../util/shapes.js";
import { add, mul, sub } from "./arithmetic.js";
import { gatherOp } from "./gather.js";
import { op } from "./op.js";

/** The size that an image gets. */
interface Size {
  height: number;
  width: number;
}

type Method = "nearest" | "bilinear";

/** Rows of y, the range of the kernels. */
const rowsOf = (y: Tensor): number => (y.shape[0] as number) * (y.shape[1] as number);

/**
 * x [batch, height, width, channels] at another size.
 *
 * @__NO_SIDE_EFFECTS__
 */
function resizing(name: string, method: Method) {
  const sizes = (x: Shape, y: Shape) => [x[1], x[2], x[3], y[1], y[2]] as [number, number, number, number, number];
  return op<[x: unknown], Size>(name, {
    shape: ([x], { height, width }) => [x[0] as number, height, width, x[3] as number],
    forward: (k: Kernels, y, [x]) => {
      k[`resize_${method}_forward`](y.at, x.at, ...sizes(x.shape, y.shape), 0, rowsOf(y));
    },
    backward: (k, [dx], dy) => {
      if (dx) k[`resize_${method}_backward`](dx.at, dy.at, ...sizes(dx.shape, dy.shape), 0, rowsOf(dy));
    },
  });
}

const nearestOp = resizing("resizeNearestNeighbor", "nearest");

/**
 * Images at another size: each pixel of y is the pixel of x that holds its middle, y[i, j] = x[⌊(i + ½) · height / size[0]⌋, …], as
 * TensorFlow 2 and Keras (TensorFlow.js with halfPixelCenters). At a whole multiple of the size, pixels are repeated.
 *
 * @param x `[batch, height, width, channels]`
 * @param size the new height and width
 * @param options other coordinates and roundings, see `ResizeNearestOptions`
 * @throws DTypeError, ShapeError where x has another rank or no pixel, ValueError for a size that is not two whole numbers ≥ 1
 *   and for an unknown option
 * @example
 * wg.resizeNearestNeighbor([[[[1], [2]]]], [2, 4]).toTypedArray(); // [1, 1, 2, 2, 1, 1, 2, 2]
 */
export function resizeNearestNeighbor(
  x: TensorLike,
  size: readonly [number, number],
  options: ResizeNearestOptions = {},
): Tensor {
  const name = "resizeNearestNeighbor";
  const { t, plain, size: sizes, axes } = checked(name, x, size, options, ["rounding"]);
  const rounding = checkName(name, "rounding", options.rounding ?? "roundPreferCeil", roundings);
  if (plain && rounding === "roundPreferCeil") return nearestOp([t], sizes);
  const round = rounded[rounding];
  return axes.reduce((y, along, i) => pixels(y, i + 1, along.to, () => placesAlong(along).map(round)), t);
}

const bilinearOp = resizing("resizeBilinear", "bilinear");

/**
 * Images at another size: each pixel of y lies at ((i + ½) · height / size[0] − ½, …) of x, between the four pixels around it; beyond the
 * middle of the outermost pixels it is theirs. So do TensorFlow 2 and Keras (TensorFlow.js with halfPixelCenters), and PyTorch without
 * `align_corners`. Made smaller, pixels between the places are passed over.
 *
 * @param options other coordinates, see `ResizeOptions`
 * @param x, size, @throws as in `resizeNearestNeighbor`
 * @example
 * wg.resizeBilinear([[[[0], [4]]]], [1, 4]).toTypedArray(); // [0, 1, 3, 4]
 * wg.resizeBilinear([[[[0], [3]]]], [1, 4], { coordinates: "alignCorners" }).toTypedArray(); // [0, 1, 2, 3]
 */
export function resizeBilinear(x: TensorLike, size: readonly [number, number], options: ResizeOptions = {}): Tensor {
  const { t, plain, size: sizes, axes } = checked("resizeBilinear", x, size, options, []);
  if (plain) return bilinearOp([t], sizes);
  return axes.reduce((y, along, i) => between(y, i + 1, along), t);
}

const coordinateModes = ["halfPixel", "alignCorners", "asymmetric", "pytorchHalfPixel"] as const;
const roundings = ["roundPreferCeil", "roundPreferFloor", "floor", "ceil"] as const;

export interface ResizeOptions {
  /**
   * Where pixel i of y lies in x, with s = new size / old size, as ONNX names them: `"halfPixel"` (default): (i + ½) / s − ½;
   * `"alignCorners"`: i · (old − 1) / (new − 1), 0 for one pixel; `"asymmetric"`: i / s; `"pytorchHalfPixel"`: as halfPixel, 0 for one pixel.
   */
  coordinates?: (typeof coordinateModes)[number];
  /** s for height and width, where it is not new / old, as where an odd new size was cut; not used with alignCorners. */
  scales?: readonly [number, number];
}

export interface ResizeNearestOptions extends ResizeOptions {
  /** Which pixel is taken at a place between two: the nearest, of equally near ones the second (default) or the first; the one before; the one behind. */
  rounding?: (typeof roundings)[number];
}

type Coordinates = NonNullable<ResizeOptions["coordinates"]>;
type Rounding = NonNullable<ResizeNearestOptions["rounding"]>;

/** One axis of a resizing. */
interface Axis {
  from: number;
  to: number;
  scale: number | undefined;
  coordinates: Coordinates;
}

/** The places of pixels along an axis. Without a scale they are quotients of whole numbers, so that no rounding moves a pixel. */
function placesAlong({ from, to, scale, coordinates }: Axis): number[] {
  const half = (i: number) => (scale === undefined ? ((2 * i + 1) * from - to) / (2 * to) : (i + 0.5) / scale - 0.5);
  const place: Record<Coordinates, (i: number) => number> = {
    halfPixel: half,
    alignCorners: (i) => (to === 1 ? 0 : (i * (from - 1)) / (to - 1)),
    asymmetric: (i) => (scale === undefined ? (i * from) / to : i / scale),
    pytorchHalfPixel: (i) => (to === 1 ? 0 : half(i)),
  };
  return Array.from({ length: to }, (_, i) => Math.min(Math.max(place[coordinates](i), 0), from - 1));
}

const rounded: Record<Rounding, (place: number) => number> = {
  roundPreferCeil: (place) => Math.floor(place + 0.5),
  roundPreferFloor: (place) => Math.ceil(place - 0.5),
  floor: Math.floor,
  ceil: Math.ceil,
};

/** The pixels of x at `count` indices along an axis, 1 or 2. */
const pixels = (x: Tensor, axis: number, count: number, indices: () => readonly number[]): Tensor =>
  gatherOp([x, table([count], "int32", indices)], axis);

/** x between the two pixels around each place along an axis. */
function between(x: Tensor, axis: number, along: Axis): Tensor {
  // A sketch ends with `low`, which has the shape.
  const places = isSketching() ? [] : placesAlong(along);
  const low = pixels(x, axis, along.to, () => places.map(Math.floor));
  if (places.every(Number.isInteger)) return low;
  const high = pixels(x, axis, along.to, () => places.map(Math.ceil));
  const parts = table([1, 1, 1, 1].with(axis, along.to), x.dtype, () =>
    places.map((place) => place - Math.floor(place)),
  );
  return add(low, mul(sub(high, low), parts));
}

/** Its arguments, checked. */
function checked(name: string, x: TensorLike, size: unknown, options: ResizeNearestOptions, known: string[]) {
  const t = asTensor(x, undefined, name, "x");
  requireFloat(name, "x", t.dtype);
  if (!Array.isArray(size) || size.length !== 2 || !size.every((n) => Number.isInteger(n) && n >= 1)) {
    throw new ValueError(`${name}: size expected [height, width] of whole numbers ≥ 1, got ${show(size)}`);
  }
  checkOptions(name, options, ["coordinates", "scales", ...known]);
  const coordinates = checkName(name, "coordinates", options.coordinates ?? "halfPixel", coordinateModes);
  const { scales } = options;
  if (
    scales !== undefined &&
    !(Array.isArray(scales) && scales.length === 2 && scales.every((s) => s > 0 && s < Infinity))
  ) {
    throw new ValueError(`${name}: scales expected two numbers > 0, got ${show(scales)}`);
  }
  if (t.rank !== 4 || t.shape[1] === 0 || t.shape[2] === 0) {
    throw new ShapeError(
      `${name}: x expected [batch, height, width, channels] with a pixel at least, got ${showShape(t.shape)}; reshape it`,
    );
  }
  const axis = (i: 0 | 1): Axis => ({ from: t.shape[i + 1] as number, to: size[i], scale: scales?.[i], coordinates });
  const plain = coordinates === "halfPixel" && scales === undefined;
  return {
    t,
    plain,
    size: { height: size[0], width: size[1] },
    axes: [axis(0), axis(1)],
  };
}
