import { div } from "../../ops/arithmetic.js";
import { cast } from "../../ops/cast.js";
import { where } from "../../ops/compare.js";
import { pool, pool1d } from "../../ops/pooling/windows.js";
import { mean, sum } from "../../ops/reduce.js";
import { expandDims, reshape } from "../../ops/shape.js";
import { type Tensor, zerosLike } from "../../tensor/tensor.js";
import { checkBoolean, checkOptions } from "../../util/check.js";
import { ShapeError } from "../../util/errors.js";
import { type Shape, showShape } from "../../util/shapes.js";
import { type Layer, type LayerOptions, layerOptions } from "../layer.js";
import { checkAxes, commonOf } from "./common.js";

export interface GlobalPoolingOptions extends LayerOptions {
  /** The pooled axes stay, with size 1. Default: false. */
  keepdims?: boolean;
}

const SEQUENCE = "[batch, steps, channels]";
const IMAGE = "[batch, height, width, channels]";

/**
 * The mean of each channel over all steps: `[batch, steps, channels]` → `[batch, channels]`. Behind a mask, over those
 * that count; NaN where none does, as in Keras.
 *
 * Lin, Chen and Yan, "Network In Network", ICLR 2014, section 3.2.
 *
 * @throws ValueError for an unknown or impossible option, ShapeError at `compile` where the input has other axes or no step
 * @example
 * wg.layers.globalAveragePooling1D().outputShape([9, 4], "pool"); // [4]
 */
export function globalAveragePooling1D(config: GlobalPoolingOptions = {}): Layer {
  return globalPooling("globalAveragePooling1D", config, SEQUENCE, meanOverSteps);
}

function meanOverSteps(x: Tensor, mask: Tensor | undefined): Tensor {
  if (!mask) return mean(x, 1);
  const counts = expandDims(mask, 2);
  return div(sum(where(counts, x, zerosLike(x)), 1), sum(cast(counts, x.dtype), 1));
}

/**
 * The mean of each channel over all pixels: `[batch, height, width, channels]` → `[batch, channels]`. In place of a dense layer over the
 * flattened image it needs no weights and takes images of any size.
 *
 * Lin, Chen and Yan, "Network In Network", ICLR 2014, section 3.2.
 *
 * @throws as `globalAveragePooling1D`
 * @example
 * wg.layers.globalAveragePooling2D().outputShape([7, 7, 64], "pool"); // [64]
 * wg.layers.globalAveragePooling2D({ keepdims: true }).outputShape([7, 7, 64], "pool"); // [1, 1, 64]
 */
export function globalAveragePooling2D(config: GlobalPoolingOptions = {}): Layer {
  return globalPooling("globalAveragePooling2D", config, IMAGE, (x) => mean(x, [1, 2]));
}

/**
 * The greatest value of each channel over all steps: `[batch, steps, channels]` → `[batch, channels]`. The gradient goes to the first of
 * equals.
 *
 * @throws as `globalAveragePooling1D`
 * @example
 * wg.layers.globalMaxPooling1D().outputShape([9, 4], "pool"); // [4]
 */
export function globalMaxPooling1D(config: GlobalPoolingOptions = {}): Layer {
  return globalPooling("globalMaxPooling1D", config, SEQUENCE, (x) => {
    const steps = x.shape[1] as number;
    return pool1d("maxPool", x, steps, steps, "valid");
  });
}

/**
 * The greatest value of each channel over all pixels: `[batch, height, width, channels]` → `[batch, channels]`. The gradient goes to the
 * first of equals.
 *
 * @throws as `globalAveragePooling1D`
 * @example
 * wg.layers.globalMaxPooling2D().outputShape([7, 7, 64], "pool"); // [64]
 */
export function globalMaxPooling2D(config: GlobalPoolingOptions = {}): Layer {
  return globalPooling("globalMaxPooling2D", config, IMAGE, (x) => {
    const size = x.shape.slice(1, 3);
    return pool("maxPool", x, size, size, "valid");
  });
}

function globalPooling(
  kind: string,
  config: GlobalPoolingOptions,
  axes: string,
  pool: (x: Tensor, mask?: Tensor) => Tensor,
): Layer {
  checkOptions(kind, config, ["keepdims", ...layerOptions]);
  const keepdims = checkBoolean(kind, "keepdims", config.keepdims ?? false);
  const common = commonOf(kind, config);
  const pooled = (row: Shape): Shape => {
    const channels = row[row.length - 1] as number;
    return keepdims ? row.map((_, i) => (i < row.length - 1 ? 1 : channels)) : [channels];
  };
  return {
    kind,
    ...common,
    config: { ...common.config, keepdims },
    outputShape(input, name) {
      checkAxes(kind, name, input, axes);
      if (input.slice(0, -1).includes(0)) {
        throw new ShapeError(`${kind} "${name}": input expected something to pool, got ${showShape([null, ...input])}`);
      }
      return pooled(input);
    },
    weights: () => [],
    call: (x, _weights, { masks }) => reshape(pool(x, masks?.[0]), [x.shape[0] as number, ...pooled(x.shape.slice(1))]),
  };
}
