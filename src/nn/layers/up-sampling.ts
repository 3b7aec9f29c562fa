import { resizeBilinear, resizeNearestNeighbor } from "../../ops/resize.js";
import { reshape } from "../../ops/shape.js";
import { checkPair } from "../../ops/window.js";
import { checkName, checkNumber, checkOptions } from "../../util/check.js";
import { ShapeError } from "../../util/errors.js";
import { showShape } from "../../util/shapes.js";
import { type Layer, type LayerOptions, layerOptions } from "../layer.js";
import { checkAxes, commonOf } from "./common.js";

export interface UpSampling1DOptions extends LayerOptions {
  /** How often each step is repeated. Default: 2. */
  size?: number;
}

export interface UpSampling2DOptions extends LayerOptions {
  /** By how much height and width grow, or one number for both. Default: 2. */
  size?: number | readonly [number, number];
  /** `"nearest"` (default) repeats pixels, `"bilinear"` blends the four around each place. */
  interpolation?: "nearest" | "bilinear";
}

export interface ResizingOptions extends LayerOptions {
  /** Of what the layer puts out. */
  height: number;
  width: number;
  /** `"bilinear"` (default) blends the four pixels around each place, `"nearest"` takes one. */
  interpolation?: "nearest" | "bilinear";
}

/**
 * Each step `size` times: `[batch, steps, channels]` → `[batch, steps · size, channels]`.
 *
 * @throws ValueError for an unknown or impossible option, ShapeError at `compile` where the input has other axes
 * @example
 * wg.layers.upSampling1D({ size: 3 }).outputShape([4, 2], "up"); // [12, 2]
 */
export function upSampling1D(config: UpSampling1DOptions = {}): Layer {
  const kind = "upSampling1D";
  checkOptions(kind, config, ["size", ...layerOptions]);
  const size = checkNumber(kind, "size", config.size ?? 2, { min: 1, whole: true });
  const common = commonOf(kind, config);
  return {
    kind,
    ...common,
    config: { ...common.config, size },
    outputShape(input, name) {
      checkAxes(kind, name, input, "[batch, steps, channels]");
      return [(input[0] as number) * size, input[1] as number];
    },
    weights: () => [],
    call(x) {
      const [batch, steps, channels] = x.shape as [number, number, number];
      const y = resizeNearestNeighbor(reshape(x, [batch, steps, 1, channels]), [steps * size, 1]);
      return reshape(y, [batch, steps * size, channels]);
    },
  };
}

/**
 * Images made larger: `[batch, height, width, channels]` → `[batch, height · size[0], width · size[1], channels]`. See
 * `wg.resizeNearestNeighbor` and `wg.resizeBilinear` for the places.
 *
 * @throws as `upSampling1D`
 * @example
 * wg.layers.upSampling2D({ size: [2, 3], interpolation: "bilinear" }).outputShape([7, 7, 8], "up"); // [14, 21, 8]
 */
export function upSampling2D(config: UpSampling2DOptions = {}): Layer {
  const kind = "upSampling2D";
  checkOptions(kind, config, ["size", "interpolation", ...layerOptions]);
  const size = checkPair(kind, "size", config.size ?? 2);
  const interpolation = checkName(kind, "interpolation", config.interpolation ?? "nearest", ["nearest", "bilinear"]);
  const resize = interpolation === "nearest" ? resizeNearestNeighbor : resizeBilinear;
  const common = commonOf(kind, config);
  return {
    kind,
    ...common,
    config: { ...common.config, size, interpolation },
    outputShape(input, name) {
      checkAxes(kind, name, input, "[batch, height, width, channels]");
      const [height, width, channels] = input as [number, number, number];
      return [height * size[0], width * size[1], channels];
    },
    weights: () => [],
    call: (x) => resize(x, [(x.shape[1] as number) * size[0], (x.shape[2] as number) * size[1]]),
  };
}

/**
 * Images at one size: `[batch, any height, any width, channels]` → `[batch, height, width, channels]`. See `wg.resizeNearestNeighbor` and
 * `wg.resizeBilinear` for the places.
 *
 * @throws ValueError for an unknown or impossible option, ShapeError at `compile` where the input has other axes or no pixel
 * @example
 * wg.layers.resizing({ height: 8, width: 6 }).outputShape([7, 7, 3], "resize"); // [8, 6, 3]
 */
export function resizing(config: ResizingOptions): Layer {
  const kind = "resizing";
  checkOptions(kind, config, ["height", "width", "interpolation", ...layerOptions], true);
  const height = checkNumber(kind, "height", config.height, { min: 1, whole: true });
  const width = checkNumber(kind, "width", config.width, { min: 1, whole: true });
  const interpolation = checkName(kind, "interpolation", config.interpolation ?? "bilinear", ["nearest", "bilinear"]);
  const resize = interpolation === "nearest" ? resizeNearestNeighbor : resizeBilinear;
  const common = commonOf(kind, config);
  return {
    kind,
    ...common,
    config: { ...common.config, height, width, interpolation },
    outputShape(input, name) {
      checkAxes(kind, name, input, "[batch, height, width, channels]");
      if (!input.slice(0, 2).includes(0)) return [height, width, input[2] as number];
      throw new ShapeError(`${kind} "${name}": input expected a pixel at least, got ${showShape([null, ...input])}`);
    },
    weights: () => [],
    call: (x) => resize(x, [height, width]),
  };
}
