import { pad, slice } from "../../ops/slice.js";
import type { Sides } from "../../ops/window.js";
import { checkOptions, show } from "../../util/check.js";
import { ShapeError, ValueError } from "../../util/errors.js";
import { showShape } from "../../util/shapes.js";
import { type Layer, type LayerOptions, layerOptions } from "../layer.js";
import { checkAxes, commonOf } from "./common.js";

/** One number for all four sides, one for top and bottom and one for left and right, or `[[top, bottom], [left, right]]`. */
export type Border = number | readonly [number, number] | readonly [Sides, Sides];

export interface ZeroPadding1DOptions extends LayerOptions {
  /** Zeros at both ends, or `[before, behind]`. Default: 1. */
  padding?: number | Sides;
}

export interface ZeroPadding2DOptions extends LayerOptions {
  /** Lines of zeros around an image: one number, `[height, width]`, or `[[top, bottom], [left, right]]`. Default: 1. */
  padding?: Border;
}

export interface Cropping1DOptions extends LayerOptions {
  /** Steps taken off at both ends, or `[before, behind]`. Default: 1. */
  cropping?: number | Sides;
}

export interface Cropping2DOptions extends LayerOptions {
  /** Lines taken off an image: one number, `[height, width]`, or `[[top, bottom], [left, right]]`. Default: 0. */
  cropping?: Border;
}

/**
 * Zeros before and behind a sequence: `[batch, steps, channels]` → `[batch, before + steps + behind, channels]`.
 *
 * @throws ValueError for an unknown or impossible option, ShapeError at `compile` where the input has other axes
 * @example
 * wg.layers.zeroPadding1D({ padding: [2, 0] }).outputShape([9, 4], "pad"); // [11, 4]
 */
export function zeroPadding1D(config: ZeroPadding1DOptions = {}): Layer {
  const kind = "zeroPadding1D";
  checkOptions(kind, config, ["padding", ...layerOptions]);
  return bordering(kind, config, { padding: sidesOf(kind, "padding", config.padding ?? 1) }, 1);
}

/**
 * Zeros around an image: `[batch, height, width, channels]` → `[batch, top + height + bottom, left + width + right, channels]`.
 *
 * @throws as `zeroPadding1D`
 * @example
 * wg.layers.zeroPadding2D({ padding: [[1, 0], [2, 2]] }).outputShape([8, 8, 3], "pad"); // [9, 12, 3]
 */
export function zeroPadding2D(config: ZeroPadding2DOptions = {}): Layer {
  const kind = "zeroPadding2D";
  checkOptions(kind, config, ["padding", ...layerOptions]);
  return bordering(kind, config, { padding: borderOf(kind, "padding", config.padding ?? 1) }, 1);
}

/**
 * A sequence without its first and last steps: `[batch, steps, channels]` → `[batch, steps − before − behind, channels]`.
 *
 * @throws as `zeroPadding1D`, and ShapeError at `compile` where nothing is left
 * @example
 * wg.layers.cropping1D({ cropping: [2, 0] }).outputShape([9, 4], "crop"); // [7, 4]
 */
export function cropping1D(config: Cropping1DOptions = {}): Layer {
  const kind = "cropping1D";
  checkOptions(kind, config, ["cropping", ...layerOptions]);
  return bordering(kind, config, { cropping: sidesOf(kind, "cropping", config.cropping ?? 1) }, -1);
}

/**
 * An image without its border: `[batch, height, width, channels]` → `[batch, height − top − bottom, width − left − right, channels]`.
 *
 * @throws as `cropping1D`
 * @example
 * wg.layers.cropping2D({ cropping: 2 }).outputShape([28, 28, 1], "crop"); // [24, 24, 1]
 */
export function cropping2D(config: Cropping2DOptions = {}): Layer {
  const kind = "cropping2D";
  checkOptions(kind, config, ["cropping", ...layerOptions]);
  return bordering(kind, config, { cropping: borderOf(kind, "cropping", config.cropping ?? 0) }, -1);
}

/** @param sign 1 adds the sides, −1 takes them off */
function bordering(
  kind: string,
  config: LayerOptions,
  own: { padding: Sides | Sides[] } | { cropping: Sides | Sides[] },
  sign: 1 | -1,
): Layer {
  const given = "padding" in own ? own.padding : own.cropping;
  const sides = (typeof given[0] === "number" ? [given] : given) as Sides[];
  const common = commonOf(kind, config);
  return {
    kind,
    ...common,
    config: { ...common.config, ...own },
    outputShape(input, name) {
      checkAxes(
        kind,
        name,
        input,
        sides.length === 1 ? "[batch, steps, channels]" : "[batch, height, width, channels]",
      );
      const output = input.map((n, i) => n + sign * (sides[i] ?? [0, 0]).reduce((sum, side) => sum + side, 0));
      if (sign > 0 || sides.every((_, i) => (output[i] as number) > 0)) return output;
      throw new ShapeError(
        `${kind} "${name}": cropping expected to leave something of ${showShape([null, ...input])}, got ${show(given)}`,
      );
    },
    weights: () => [],
    call(x, _weights, _context, name) {
      if (sign > 0) return pad(x, [[0, 0], ...sides, [0, 0]]);
      const rest = this.outputShape(x.shape.slice(1), name);
      return slice(x, [0, ...sides.map(([before]) => before)], [x.shape[0] as number, ...rest]);
    },
  };
}

const isCount = (n: unknown): n is number => Number.isInteger(n) && (n as number) >= 0;
const isSides = (value: unknown): value is [number, number] =>
  Array.isArray(value) && value.length === 2 && value.every(isCount);

function sidesOf(kind: string, argument: string, value: unknown): Sides {
  if (isCount(value)) return [value, value];
  if (isSides(value)) return [...value];
  throw new ValueError(`${kind}: ${argument} expected a whole number ≥ 0 or [before, behind], got ${show(value)}`);
}

function borderOf(kind: string, argument: string, value: unknown): Sides[] {
  const each: unknown = isCount(value) ? [value, value] : value;
  if (isSides(each)) return each.map((n) => [n, n] as const);
  if (Array.isArray(each) && each.length === 2 && each.every(isSides)) return each.map(([a, b]) => [a, b] as const);
  throw new ValueError(
    `${kind}: ${argument} expected whole numbers ≥ 0: one, [height, width] or [[top, bottom], [left, right]], got ${show(value)}`,
  );
}
