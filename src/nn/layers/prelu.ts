import { prelu as preluOp } from "../../ops/prelu.js";
import type { Variable } from "../../tensor/variable.js";
import { checkOptions, show } from "../../util/check.js";
import { ShapeError, ValueError } from "../../util/errors.js";
import { showShape } from "../../util/shapes.js";
import type { ConstraintLike, InitializerLike, RegularizerLike } from "../by-name.js";
import { type Layer, type LayerOptions, layerOptions } from "../layer.js";
import { commonOf } from "./common.js";
import { kernelPart } from "./kernel-options.js";

export interface PreluOptions extends LayerOptions {
  /** Axes along which all elements have one slope, counted from 1, the first behind the batch: `[1, 2]` for images. Default: none. */
  sharedAxes?: readonly number[];
  /** Default: `"zeros"`. */
  alphaInitializer?: InitializerLike;
  /** Default: none. */
  alphaRegularizer?: RegularizerLike;
  /** Holds of the slopes after each update. Default: none. */
  alphaConstraint?: ConstraintLike;
}

/**
 * x where x > 0, else alpha · x, with a slope for each element of a row, alpha, that is learnt. Any shape. He et al. 2015.
 *
 * @throws ValueError for an unknown or impossible option, ShapeError at `compile` for a shared axis that the input does not have
 * @example
 * wg.layers.prelu({ sharedAxes: [1, 2] }).weights([28, 28, 8])[0]?.shape; // [1, 1, 8]
 */
export function prelu(config: PreluOptions = {}): Layer {
  const kind = "prelu";
  const own = ["sharedAxes", "alphaInitializer", "alphaRegularizer", "alphaConstraint"];
  checkOptions(kind, config, [...own, ...layerOptions]);
  const { sharedAxes = [] } = config;
  const valid = Array.isArray(sharedAxes) && sharedAxes.every((axis) => Number.isInteger(axis) && axis >= 1);
  if (!valid || new Set(sharedAxes).size !== sharedAxes.length) {
    throw new ValueError(`${kind}: sharedAxes expected different whole numbers ≥ 1, got ${show(sharedAxes)}`);
  }
  const alphaInitializer = config.alphaInitializer ?? "zeros";
  const alpha = kernelPart(kind, { ...config, alphaInitializer }, "alpha", "alpha");
  const common = commonOf(kind, config);
  return {
    kind,
    ...common,
    config: { ...common.config, sharedAxes: [...sharedAxes], ...alpha.config },
    outputShape(input, name) {
      if (sharedAxes.every((axis) => axis <= input.length)) return input;
      throw new ShapeError(
        `${kind} "${name}": sharedAxes expected axes 1 to ${input.length} of ${showShape([null, ...input])}, got ${showShape(sharedAxes)}`,
      );
    },
    weights: (input) => [alpha.weight(input.map((n, i) => (sharedAxes.includes(i + 1) ? 1 : n)))],
    mask: "kept",
    call: (x, weights) => preluOp(x, weights.alpha as Variable),
  };
}
