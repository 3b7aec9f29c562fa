import {
  add as addOp,
  maximum as maximumOp,
  minimum as minimumOp,
  mul as mulOp,
  sub as subOp,
} from "../../ops/arithmetic.js";
import { logicalOr } from "../../ops/compare.js";
import { concat } from "../../ops/join.js";
import { filled, type Tensor } from "../../tensor/tensor.js";
import { checkNumber, checkOptions } from "../../util/check.js";
import { ShapeError } from "../../util/errors.js";
import { broadcastShapes, type Shape, showShape } from "../../util/shapes.js";
import { type Layer, type LayerOptions, layerOptions, type Masks } from "../layer.js";
import { type Common, commonOf } from "./common.js";

/** A layer that makes one output of several inputs. */
export function merging(
  kind: string,
  common: Common,
  outputShape: (inputs: readonly Shape[], name: string) => Shape,
  call: (x: readonly Tensor[]) => Tensor,
  mask: Layer["mask"] = (_, masks) => [eitherOf(masks)],
): Layer {
  const checked = (inputs: readonly Shape[], name: string) => {
    if (inputs.length < 2) {
      throw new ShapeError(`${kind} "${name}": apply expected an array of two inputs or more, got ${inputs.length}`);
    }
    return outputShape(inputs, name);
  };
  return {
    kind,
    ...common,
    outputShape: (input, name) => checked([input], name),
    weights: () => [],
    call: (x) => call([x]),
    joint: { outputShape: checked, weights: () => [], call },
    mask,
  };
}

/** The steps that count in one of the masks; all where one input has none. */
function eitherOf(masks: Masks): Tensor | undefined {
  return masks.reduce((a, b) => a && b && logicalOr(a, b));
}

/** Element by element, from the first input to the last. Sizes of 1 are repeated. */
function elementwise(
  kind: string,
  config: LayerOptions,
  call: (a: Tensor, b: Tensor) => Tensor,
  most = Infinity,
): Layer {
  checkOptions(kind, config, layerOptions);
  const shapeOf = (inputs: readonly Shape[], name: string) => {
    if (inputs.length > most) {
      throw new ShapeError(`${kind} "${name}": apply expected ${most} inputs, got ${inputs.length}`);
    }
    return inputs.reduce((a, b) => broadcastShapes(`${kind} "${name}"`, a, b));
  };
  return merging(kind, commonOf(kind, config), shapeOf, (x) => x.reduce(call));
}

/**
 * x₁ + x₂ + …, element by element: where a residual connection comes back.
 *
 * @throws ShapeError at `apply` where shapes do not fit together
 * @example
 * const x = wg.input({ shape: [4] });
 * const y = wg.layers.add().apply([x, wg.layers.dense({ units: 4 }).apply(x)]);
 * wg.model({ inputs: x, outputs: y }).outputShape; // [4]
 */
export function add(config: LayerOptions = {}): Layer {
  return elementwise("add", config, addOp);
}

/**
 * x₁ − x₂.
 *
 * @throws ShapeError at `apply` where shapes do not fit together, or for another number of inputs
 * @example
 * const [a, b] = [wg.input({ shape: [3] }), wg.input({ shape: [3] })];
 * wg.layers.subtract().apply([a, b]).shape; // [null, 3]
 */
export function subtract(config: LayerOptions = {}): Layer {
  return elementwise("subtract", config, subOp, 2);
}

/**
 * x₁ · x₂ · …, element by element.
 *
 * @throws ShapeError at `apply` where shapes do not fit together
 * @example
 * const [a, b] = [wg.input({ shape: [3] }), wg.input({ shape: [1] })];
 * wg.layers.multiply().apply([a, b]).shape; // [null, 3]
 */
export function multiply(config: LayerOptions = {}): Layer {
  return elementwise("multiply", config, mulOp);
}

/**
 * The largest of x₁, x₂, …, element by element.
 *
 * @throws ShapeError at `apply` where shapes do not fit together
 * @example
 * const [a, b] = [wg.input({ shape: [3] }), wg.input({ shape: [3] })];
 * wg.layers.maximum().apply([a, b]).shape; // [null, 3]
 */
export function maximum(config: LayerOptions = {}): Layer {
  return elementwise("maximum", config, maximumOp);
}

/**
 * The smallest of x₁, x₂, …, element by element.
 *
 * @throws ShapeError at `apply` where shapes do not fit together
 * @example
 * const [a, b] = [wg.input({ shape: [3] }), wg.input({ shape: [3] })];
 * wg.layers.minimum().apply([a, b]).shape; // [null, 3]
 */
export function minimum(config: LayerOptions = {}): Layer {
  return elementwise("minimum", config, minimumOp);
}

/**
 * (x₁ + x₂ + …) / n, element by element.
 *
 * @throws ShapeError at `apply` where shapes do not fit together
 * @example
 * const [a, b] = [wg.input({ shape: [3] }), wg.input({ shape: [3] })];
 * wg.layers.average().apply([a, b]).shape; // [null, 3]
 */
export function average(config: LayerOptions = {}): Layer {
  checkOptions("average", config, layerOptions);
  const shapeOf = (inputs: readonly Shape[], name: string) =>
    inputs.reduce((a, b) => broadcastShapes(`average "${name}"`, a, b));
  return merging("average", commonOf("average", config), shapeOf, (x) =>
    mulOp(
      x.reduce((a, b) => addOp(a, b)),
      1 / x.length,
    ),
  );
}

export interface ConcatenateOptions extends LayerOptions {
  /** Of the inputs with their batch, as in Keras; negative: from the end. Default: −1, channels or features. */
  axis?: number;
}

/**
 * The inputs one behind the other along an axis.
 *
 * @throws ShapeError at `apply` where they differ in another axis
 * @example
 * const [a, b] = [wg.input({ shape: [3] }), wg.input({ shape: [2] })];
 * wg.layers.concatenate().apply([a, b]).shape; // [null, 5]
 */
export function concatenate(config: ConcatenateOptions = {}): Layer {
  const kind = "concatenate";
  checkOptions(kind, config, ["axis", ...layerOptions]);
  const axis = checkNumber(kind, "axis", config.axis ?? -1, { whole: true });
  const common = commonOf(kind, config);
  const outputShape = (inputs: readonly Shape[], name: string): Shape => {
    const first = inputs[0] as Shape;
    const at = axisOf(kind, name, axis, first);
    const rest = (shape: Shape) => shape.filter((_, i) => i !== at).join();
    const wrong = inputs.find((shape) => shape.length !== first.length || rest(shape) !== rest(first));
    if (wrong) {
      throw new ShapeError(
        `${kind} "${name}": inputs expected to differ in axis ${axis} alone, got ${showShape([null, ...first])} and ${showShape([null, ...wrong])}; reshape one of them`,
      );
    }
    return first.map((n, i) => (i === at ? inputs.reduce((sum, shape) => sum + (shape[at] as number), 0) : n));
  };
  const call = (x: readonly Tensor[]) => concat(x, axis < 0 ? (x[0] as Tensor).rank + axis : axis);
  return merging(kind, { ...common, config: { ...common.config, axis } }, outputShape, call, (x, masks) => {
    const alongSteps = (axis < 0 ? (x[0] as Tensor).rank + axis : axis) === 1 && (x[0] as Tensor).rank > 2;
    if (!alongSteps || !masks.some((mask) => mask)) return [eitherOf(masks)];
    return [
      concat(
        masks.map((mask, i) => mask ?? filled((x[i] as Tensor).shape.slice(0, 2), 1, "bool")),
        1,
      ),
    ];
  });
}

/** The axis of a row that an axis of the batch is. @throws ShapeError where there is none */
function axisOf(kind: string, name: string, axis: number, row: Shape): number {
  const at = axis < 0 ? row.length + axis : axis - 1;
  if (at >= 0 && at < row.length) return at;
  throw new ShapeError(
    `${kind} "${name}": axis expected one of ${showShape([null, ...row])} other than the batch, from 1 or −1 on, got ${axis}`,
  );
}
