import { pad } from "../../ops/pad.js";
import type { Sides } from "../../ops/window.js";
import type { Tensor } from "../../tensor/tensor.js";
import { checkOptions } from "../../util/check.js";
import { type Layer, type LayerOptions, layerOptions } from "../layer.js";
import { type Border, bordering, borderOf, sidesOf } from "./border.js";

export interface ZeroPadding1DOptions extends LayerOptions {
  /** Zeros at both ends, or `[before, behind]`. Default: 1. */
  padding?: number | Sides;
}

export interface ZeroPadding2DOptions extends LayerOptions {
  /** Lines of zeros around an image: one number, `[height, width]`, or `[[top, bottom], [left, right]]`. Default: 1. */
  padding?: Border;
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
  return bordering(kind, config, { padding: sidesOf(kind, "padding", config.padding ?? 1) }, 1, padded);
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
  return bordering(kind, config, { padding: borderOf(kind, "padding", config.padding ?? 1) }, 1, padded);
}

const padded = (x: Tensor, sides: readonly Sides[]): Tensor => pad(x, [[0, 0], ...sides, [0, 0]]);
