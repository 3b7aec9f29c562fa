import { div, maximum } from "../../ops/arithmetic.js";
import { layerNorm, rmsNorm } from "../../ops/layernorm.js";
import { sum } from "../../ops/reduce.js";
import { sqrt, square } from "../../ops/unary.js";
import { checkNumber, checkOptions, show } from "../../util/check.js";
import { ShapeError, ValueError } from "../../util/errors.js";
import { normalizeAxes, type Shape, showShape } from "../../util/shapes.js";
import { ones } from "../initializers.js";
import { type Layer, type LayerOptions, layerOptions } from "../layer.js";
import { type AffineOptions, affineOf, affineOptions } from "./affine.js";
import { commonOf } from "./common.js";

export interface AxisOptions extends LayerOptions {
  /** The axis or axes that are normalized together, counted with the batch as axis 0, or from the end. Default: −1. */
  axis?: number | readonly number[];
}

export interface LayerNormalizationOptions extends AxisOptions, AffineOptions {
  /** Added to the variance. Default: 1e-3. */
  epsilon?: number;
}

export interface RmsNormalizationOptions extends AxisOptions {
  /** Added to the mean of squares. Default: 1e-6. */
  epsilon?: number;
}

/**
 * y = γ · (x − μ) / √(σ² + ε) + β, where μ and σ² are taken over `axis` in each row by itself; γ and β have the shape of those axes.
 * Training and inference are the same, and so are batches of any size. Any shape.
 *
 * Ba, Kiros and Hinton, "Layer Normalization", 2016.
 *
 * @throws ValueError for an unknown or impossible option, ShapeError at `compile` for an axis that the input does not have
 * @example
 * wg.layers.layerNormalization().config.epsilon; // 0.001
 * wg.layers.layerNormalization({ axis: [1, 2] }).weights([7, 8]).map(({ shape }) => shape); // [[7, 8], [7, 8]]
 */
export function layerNormalization(config: LayerNormalizationOptions = {}): Layer {
  const kind = "layerNormalization";
  checkOptions(kind, config, ["axis", "epsilon", ...affineOptions, ...layerOptions]);
  const axis = checkAxis(kind, config.axis ?? -1);
  const epsilon = checkNumber(kind, "epsilon", config.epsilon ?? 1e-3, { above: 0 });
  const affine = affineOf(kind, config);
  const common = commonOf(kind, config);
  return {
    kind,
    ...common,
    config: { ...common.config, axis, epsilon, ...affine.config },
    outputShape(input, name) {
      normalized(`${kind} "${name}"`, axis, input);
      return input;
    },
    weights: (input) => affine.weights(normalized(kind, axis, input)),
    mask: "kept",
    call: (x, { gamma, beta }) => layerNorm(x, { gamma, beta, axis, epsilon }),
  };
}

/**
 * y = scale · x / √(mean of x² + ε), the mean over `axis` in each row by itself: layer normalization that subtracts no mean and learns no
 * offset. Any shape.
 *
 * Zhang and Sennrich, "Root Mean Square Layer Normalization", NeurIPS 2019.
 *
 * @throws as `layerNormalization`
 * @example
 * wg.layers.rmsNormalization().config; // { axis: -1, epsilon: 0.000001 }
 */
export function rmsNormalization(config: RmsNormalizationOptions = {}): Layer {
  const kind = "rmsNormalization";
  checkOptions(kind, config, ["axis", "epsilon", ...layerOptions]);
  const axis = checkAxis(kind, config.axis ?? -1);
  const epsilon = checkNumber(kind, "epsilon", config.epsilon ?? 1e-6, { above: 0 });
  const common = commonOf(kind, config);
  return {
    kind,
    ...common,
    config: { ...common.config, axis, epsilon },
    outputShape(input, name) {
      normalized(`${kind} "${name}"`, axis, input);
      return input;
    },
    weights: (input) => [{ name: "scale", shape: normalized(kind, axis, input), initializer: ones(), trainable: true }],
    mask: "kept",
    call: (x, { scale }) => rmsNorm(x, { gamma: scale, axis, epsilon }),
  };
}

/**
 * y = x / √(max(Σx², 1e-12)), the sum over `axis`: every row gets the length 1. No weights. Any shape.
 *
 * @throws as `layerNormalization`
 * @example
 * wg.layers.unitNormalization().config.axis; // -1
 */
export function unitNormalization(config: AxisOptions = {}): Layer {
  const kind = "unitNormalization";
  checkOptions(kind, config, ["axis", ...layerOptions]);
  const axis = checkAxis(kind, config.axis ?? -1);
  const common = commonOf(kind, config);
  return {
    kind,
    ...common,
    config: { ...common.config, axis },
    outputShape(input, name) {
      normalized(`${kind} "${name}"`, axis, input);
      return input;
    },
    weights: () => [],
    mask: "kept",
    call: (x) => div(x, sqrt(maximum(sum(square(x), axis, true), 1e-12))),
  };
}

function checkAxis(kind: string, axis: unknown): number | number[] {
  const list: unknown[] = Array.isArray(axis) ? axis : [axis];
  if (list.length === 0 || !list.every((each) => Number.isInteger(each) && each !== 0)) {
    throw new ValueError(
      `${kind}: axis expected a whole number or several, not 0, the axis of the batch, got ${show(axis)}`,
    );
  }
  return Array.isArray(axis) ? [...axis] : (axis as number);
}

/** The sizes of the normalized axes of an input row. */
function normalized(operation: string, axis: number | readonly number[], input: Shape): Shape {
  const axes = normalizeAxes(operation, axis, input.length + 1);
  if (!axes.includes(0)) return axes.map((each) => input[each - 1] as number);
  throw new ShapeError(
    `${operation}: axis expected one behind the batch's of ${showShape([null, ...input])}, got ${show(axis)}`,
  );
}
