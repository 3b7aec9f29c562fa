import { broadcastTo } from "../../ops/broadcast-to.js";
import { expandDims } from "../../ops/shape.js";
import { transpose } from "../../ops/transpose.js";
import { checkNumber, checkOptions, show } from "../../util/check.js";
import { ShapeError, ValueError } from "../../util/errors.js";
import { showShape } from "../../util/shapes.js";
import { type Layer, type LayerOptions, layerOptions } from "../layer.js";
import { checkAxes, commonOf } from "./common.js";

export interface PermuteOptions extends LayerOptions {
  /** The axes of a row in their new order, counted from 1, the first behind the batch: `[2, 1]` exchanges two. */
  dims: readonly number[];
}

/**
 * The axes of each row in another order: axis i of y is axis dims[i] of x.
 *
 * @throws ValueError for an unknown or impossible option, ShapeError at `compile` where the input has another number of axes
 * @example
 * wg.layers.permute({ dims: [2, 1] }).outputShape([10, 64], "turned"); // [64, 10]
 */
export function permute(config: PermuteOptions): Layer {
  const kind = "permute";
  checkOptions(kind, config, ["dims", ...layerOptions], true);
  const { dims } = config;
  const sorted = Array.isArray(dims) ? [...dims].sort((a, b) => a - b) : [];
  if (sorted.length === 0 || sorted.some((axis, i) => axis !== i + 1)) {
    throw new ValueError(`${kind}: dims expected each whole number from 1 on once, such as [2, 1], got ${show(dims)}`);
  }
  const common = commonOf(kind, config);
  return {
    kind,
    ...common,
    config: { ...common.config, dims: [...dims] },
    outputShape(input, name) {
      if (input.length === dims.length) return dims.map((axis) => input[axis - 1] as number);
      throw new ShapeError(
        `${kind} "${name}": input expected ${dims.length} axes behind the batch as dims ${showShape(dims)}, got ${showShape([null, ...input])}`,
      );
    },
    weights: () => [],
    call: (x) => transpose(x, [0, ...dims]),
  };
}

export interface RepeatVectorOptions extends LayerOptions {
  /** How often. */
  n: number;
}

/**
 * Each row n times, as the steps of a sequence: `[batch, features]` → `[batch, n, features]`.
 *
 * @throws ValueError for an unknown or impossible option, ShapeError at `compile` where the input has other axes
 * @example
 * wg.layers.repeatVector({ n: 3 }).outputShape([32], "again"); // [3, 32]
 */
export function repeatVector(config: RepeatVectorOptions): Layer {
  const kind = "repeatVector";
  checkOptions(kind, config, ["n", ...layerOptions], true);
  const n = checkNumber(kind, "n", config.n, { min: 1, whole: true });
  const common = commonOf(kind, config);
  return {
    kind,
    ...common,
    config: { ...common.config, n },
    outputShape(input, name) {
      checkAxes(kind, name, input, "[batch, features]");
      return [n, ...input];
    },
    weights: () => [],
    call: (x) => broadcastTo(expandDims(x, 1), [x.shape[0] as number, n, x.shape[1] as number]),
  };
}
