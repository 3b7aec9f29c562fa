import { slice } from "../../ops/slice.js";
import type { Sides } from "../../ops/window.js";
import type { Tensor } from "../../tensor/tensor.js";
import { checkOptions } from "../../util/check.js";
import { type Layer, type LayerOptions, layerOptions } from "../layer.js";
import { type Border, bordering, borderOf, sidesOf } from "./border.js";

export interface Cropping1DOptions extends LayerOptions {
  /** Steps taken off at both ends, or `[before, behind]`. Default: 1. */
  cropping?: number | Sides;
}

export interface Cropping2DOptions extends LayerOptions {
  /** Lines taken off an image: one number, `[height, width]`, or `[[top, bottom], [left, right]]`. Default: 0. */
  cropping?: Border;
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
  return bordering(kind, config, { cropping: sidesOf(kind, "cropping", config.cropping ?? 1) }, -1, cropped);
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
  return bordering(kind, config, { cropping: borderOf(kind, "cropping", config.cropping ?? 0) }, -1, cropped);
}

function cropped(x: Tensor, sides: readonly Sides[]): Tensor {
  const all: readonly Sides[] = [[0, 0], ...sides, [0, 0]];
  const size = x.shape.map((n, i) => n - (all[i] as Sides)[0] - (all[i] as Sides)[1]);
  return slice(
    x,
    all.map(([before]) => before),
    size,
  );
}
