import { type Pooling, pool, pool1d } from "../../ops/pooling/windows.js";
import {
  type AxisPadding,
  checkImagePadding,
  checkPadding,
  checkPair,
  type Padding,
  paddingAlong,
  type Sides,
  walkAlong,
} from "../../ops/window.js";
import { checkNumber, checkOptions } from "../../util/check.js";
import { showShape } from "../../util/shapes.js";
import { type Layer, type LayerOptions, layerOptions } from "../layer.js";
import { checkAxes, commonOf } from "./common.js";

export interface Pooling1DOptions extends LayerOptions {
  /** Steps of a window. Default: 2. */
  poolSize?: number;
  /** Steps from one window to the next. Default: `poolSize`, so that windows do not overlap. */
  strides?: number;
  /**
   * `"valid"` (default): whole windows only; `"same"`: ⌈steps / strides⌉ outputs, the windows at the ends cut short; or steps added in front and
   * behind, one number or `[before, behind]`, which do not count.
   */
  padding?: "valid" | "same" | number | Sides;
}

export interface Pooling2DOptions extends LayerOptions {
  /** Height and width of a window, or one number for both. Default: 2. */
  poolSize?: number | readonly [number, number];
  /** Pixels from one window to the next, down and across. Default: `poolSize`, so that windows do not overlap. */
  strides?: number | readonly [number, number];
  /**
   * `"valid"` (default): whole windows only; `"same"`: ⌈size / strides⌉ outputs each way, the windows at the borders cut short; or pixels added
   * around, a number of them or `[[top, bottom], [left, right]]`, which do not count.
   */
  padding?: Padding;
}

const options = ["poolSize", "strides", "padding", ...layerOptions];

/**
 * The greatest value of each window of `poolSize` steps: `[batch, steps, channels]` → `[batch, windows, channels]`. See `wg.maxPool1d`.
 *
 * @throws ValueError for an unknown or impossible option, ShapeError at `compile` where no window fits
 * @example
 * wg.layers.maxPooling1D({ poolSize: 3, strides: 2 }).outputShape([9, 4], "pool"); // [4, 4]
 */
export function maxPooling1D(config: Pooling1DOptions = {}): Layer {
  return pooling1D("maxPooling1D", config, "maxPool");
}

/**
 * The mean of each window of `poolSize` steps, padding left out: `[batch, steps, channels]` → `[batch, windows, channels]`. See
 * `wg.avgPool1d`.
 *
 * @throws as `maxPooling1D`
 * @example
 * wg.layers.averagePooling1D().outputShape([9, 4], "pool"); // [4, 4]
 */
export function averagePooling1D(config: Pooling1DOptions = {}): Layer {
  return pooling1D("averagePooling1D", config, "avgPool");
}

function pooling1D(kind: string, config: Pooling1DOptions, pooling: Pooling): Layer {
  checkOptions(kind, config, options);
  const poolSize = checkNumber(kind, "poolSize", config.poolSize ?? 2, { min: 1, whole: true });
  const strides = checkNumber(kind, "strides", config.strides ?? poolSize, { min: 1, whole: true });
  const padding = config.padding ?? "valid";
  const [sides] = checkPadding(kind, "padding", padding, 1) as [AxisPadding];
  const common = commonOf(kind, config);
  return {
    kind,
    ...common,
    config: { ...common.config, poolSize, strides, padding },
    outputShape(input, name) {
      checkAxes(kind, name, input, "[batch, steps, channels]");
      const [steps, channels] = input as [number, number];
      const what = `the steps of its input ${showShape([null, ...input])}`;
      return [walkAlong(`${kind} "${name}"`, what, steps, poolSize, strides, sides).count, channels];
    },
    weights: () => [],
    call: (x) => pool1d(pooling, x, poolSize, strides, padding),
  };
}

/**
 * The greatest value of each window of `poolSize` pixels: `[batch, height, width, channels]` → `[batch, windows down, windows across,
 * channels]`. See `wg.maxPool`.
 *
 * @throws ValueError for an unknown or impossible option, ShapeError at `compile` where no window fits
 * @example
 * wg.layers.maxPooling2D({ poolSize: 2 }).outputShape([28, 28, 8], "pool"); // [14, 14, 8]
 * wg.layers.maxPooling2D({ poolSize: 3, strides: 2, padding: "same" }).outputShape([7, 8, 1], "pool"); // [4, 4, 1]
 */
export function maxPooling2D(config: Pooling2DOptions = {}): Layer {
  return pooling2D("maxPooling2D", config, "maxPool");
}

/**
 * The mean of each window of `poolSize` pixels, padding left out: `[batch, height, width, channels]` → `[batch, windows down, windows
 * across, channels]`. See `wg.avgPool`.
 *
 * @throws as `maxPooling2D`
 * @example
 * wg.layers.averagePooling2D({ poolSize: [1, 2] }).outputShape([4, 4, 3], "pool"); // [4, 2, 3]
 */
export function averagePooling2D(config: Pooling2DOptions = {}): Layer {
  return pooling2D("averagePooling2D", config, "avgPool");
}

function pooling2D(kind: string, config: Pooling2DOptions, pooling: Pooling): Layer {
  checkOptions(kind, config, options);
  const poolSize = checkPair(kind, "poolSize", config.poolSize ?? 2);
  const strides = checkPair(kind, "strides", config.strides ?? poolSize);
  const padding = checkImagePadding(kind, "padding", config.padding ?? "valid");
  const common = commonOf(kind, config);
  return {
    kind,
    ...common,
    config: { ...common.config, poolSize, strides, padding },
    outputShape(input, name) {
      checkAxes(kind, name, input, "[batch, height, width, channels]");
      const count = (axis: 0 | 1, what: string): number => {
        const where = `the ${what} of its input ${showShape([null, ...input])}`;
        const sides = paddingAlong(padding, axis);
        return walkAlong(`${kind} "${name}"`, where, input[axis] as number, poolSize[axis], strides[axis], sides).count;
      };
      return [count(0, "height"), count(1, "width"), input[2] as number];
    },
    weights: () => [],
    call: (x) => pool(pooling, x, poolSize, strides, padding),
  };
}
