import { checkPadding, checkPair, type Sides } from "../../../ops/window.js";
import type { Shape } from "../../../util/shapes.js";
import type { OwnConfig } from "./config.js";
import type { Helper, Written } from "./written.js";

/** Padding by numbers in Keras: its word for it, and where there is none a layer of zeros in front. */
export interface Padded {
  readonly word: string;
  readonly before: readonly Helper[];
}

/** What a window is along one axis. */
export interface Window {
  readonly size: number;
  readonly length: number;
  readonly stride: number;
}

/** @param canBeZeros false where the padding of a window is not zeros */
export function paddedAs(c: OwnConfig, row: Shape, length: string, canBeZeros: boolean): Padded {
  const value = c.get<unknown>("padding");
  if (typeof value === "string") return { word: value, before: [] };
  const { sides, windows } = alongAxes(c, row, length);
  if (isAll(sides, () => [0, 0])) return { word: "valid", before: [] };
  if (row.length > 0 && isAll(sides, (axis) => sameSides(windows[axis] as Window))) return { word: "same", before: [] };
  if (!canBeZeros || row.length === 0) {
    throw c.unsupported(`padding ${JSON.stringify(value)}, which is not Keras's "same" for an input of [${row}]`);
  }
  return { word: "valid", before: [zerosAround(sides, row)] };
}

/** A layer of zeros around the first axes of a row. */
export function zerosAround(sides: readonly Sides[], row: Shape): Helper {
  const isOne = sides.length === 1;
  return {
    suffix: "padding",
    className: `ZeroPadding${sides.length}D`,
    config: isOne ? { padding: sides[0] } : { padding: sides, data_format: "channels_last" },
    shape: row.map((n, axis) => n + (sides[axis]?.[0] ?? 0) + (sides[axis]?.[1] ?? 0)),
  };
}

/** The same for a transposed convolution, whose padding is cut from what comes out: by Keras's word, or by a layer behind. */
export function croppedAs(
  c: OwnConfig,
  row: Shape,
  out: Shape,
): { readonly word: string } & Pick<Written, "behind" | "shape"> {
  const value = c.get<unknown>("padding");
  if (typeof value === "string") return { word: value };
  const { sides, windows } = alongAxes(c, row, "kernelSize");
  const beyond = windows.map(({ length, stride }) => length - stride);
  const isPlain = [c.get<Sides | number | undefined>("outputPadding") ?? 0].flat().every((n) => n === 0);
  if (isPlain && beyond.every((n) => n >= 0)) {
    if (isAll(sides, () => [0, 0])) return { word: "valid" };
    if (isAll(sides, (axis) => halves(beyond[axis] as number))) return { word: "same" };
  }
  const cut = cutFrom(
    windows,
    sides.map(([before]) => before),
    out,
  );
  if (cut) return { word: "valid", ...cut };
  throw c.unsupported(`padding ${JSON.stringify(value)}, which leaves more than Keras puts out`);
}

/**
 * What cuts a transposed convolution's output, a part of what it puts out with "valid", to a length that begins behind so many pixels.
 *
 * @returns undefined where it is no part of it
 */
export function cutFrom(
  windows: readonly Window[],
  before: readonly number[],
  out: Shape,
): Required<Pick<Written, "behind" | "shape">> | undefined {
  const whole = windows.map(({ size, length, stride }) => size * stride + Math.max(length - stride, 0));
  const behind = whole.map((n, axis) => n - (before[axis] as number) - (out[axis] as number));
  if (out.length === 0 || behind.some((n) => n < 0)) return undefined;
  const cropping = behind.map((n, axis) => [before[axis] as number, n]);
  const config = windows.length === 1 ? { cropping: cropping[0] } : { cropping, data_format: "channels_last" };
  const cut = { suffix: "cropping", className: `Cropping${windows.length}D`, config, shape: out };
  return { behind: [cut], shape: [...whole, out.at(-1) as number] };
}

function alongAxes(c: OwnConfig, row: Shape, length: string): { sides: Sides[]; windows: Window[] } {
  const axes = c.kind.toLowerCase().includes("1d") ? 1 : 2;
  const pair = (key: string) => checkPair("save", key, c.get(key) ?? 1);
  const [lengths, strides, dilations] = [pair(length), pair("strides"), pair("dilationRate")];
  const sides = checkPadding("save", "padding", c.get("padding"), axes) as Sides[];
  const windows = sides.map((_, axis) => ({
    size: row[axis] ?? 0,
    length: ((lengths[axis] as number) - 1) * (dilations[axis] as number) + 1,
    stride: strides[axis] as number,
  }));
  return { sides, windows };
}

const isAll = (sides: readonly Sides[], wanted: (axis: number) => Sides): boolean =>
  sides.every(([before, behind], axis) => before === wanted(axis)[0] && behind === wanted(axis)[1]);

/** What TensorFlow's "same" puts before and behind. */
function sameSides({ size, length, stride }: Window): Sides {
  return halves(Math.max(0, (Math.ceil(size / stride) - 1) * stride + length - size));
}

const halves = (n: number): Sides => [Math.floor(n / 2), Math.ceil(n / 2)];
