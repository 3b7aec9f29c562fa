import { checkPadding, checkPair, type Sides } from "../../../ops/window.js";
import type { Shape } from "../../../util/shapes.js";
import type { Json, OwnConfig } from "./config.js";

/** Padding by numbers in Keras: its word for it, and where there is none a layer of zeros in front. */
export interface Padded {
  readonly word: string;
  readonly zeros?: { readonly className: string; readonly config: Json; readonly shape: Shape };
}

/** What a window is along one axis. */
interface Window {
  readonly size: number;
  readonly length: number;
  readonly stride: number;
}

/** @param canBeZeros false where the padding of a window is not zeros */
export function paddedAs(c: OwnConfig, row: Shape, length: string, canBeZeros: boolean): Padded {
  const value = c.get<unknown>("padding");
  if (typeof value === "string") return { word: value };
  const { sides, windows } = alongAxes(c, row, length);
  if (isAll(sides, () => [0, 0])) return { word: "valid" };
  if (row.length > 0 && isAll(sides, (axis) => sameSides(windows[axis] as Window))) return { word: "same" };
  if (!canBeZeros || row.length === 0) {
    throw c.unsupported(`padding ${JSON.stringify(value)}, which is not Keras's "same" for an input of [${row}]`);
  }
  const shape = row.map((n, axis) => n + (sides[axis]?.[0] ?? 0) + (sides[axis]?.[1] ?? 0));
  const config = { padding: sides.length === 1 ? sides[0] : sides, data_format: "channels_last" };
  return {
    word: "valid",
    zeros: {
      className: `ZeroPadding${sides.length}D`,
      config: sides.length === 1 ? { padding: config.padding } : config,
      shape,
    },
  };
}

/** The same for a transposed convolution, whose padding is cut from what comes out. */
export function croppedAs(c: OwnConfig): string {
  const value = c.get<unknown>("padding");
  if (typeof value === "string") return value;
  const { sides, windows } = alongAxes(c, [], "kernelSize");
  const beyond = windows.map(({ length, stride }) => length - stride);
  const isPlain = [c.get<Sides | number | undefined>("outputPadding") ?? 0].flat().every((n) => n === 0);
  if (isPlain && beyond.every((n) => n >= 0)) {
    if (isAll(sides, () => [0, 0])) return "valid";
    if (isAll(sides, (axis) => halves(beyond[axis] as number))) return "same";
  }
  throw c.unsupported(`padding ${JSON.stringify(value)}, which is neither Keras's "valid" nor its "same"`);
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
