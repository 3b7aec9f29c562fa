import { memory } from "../../backend/engine.js";
import { add, div, maximum, mul, sub } from "../../ops/arithmetic.js";
import { reshape } from "../../ops/shape.js";
import { sqrt } from "../../ops/unary.js";
import { type Tensor, tensor } from "../../tensor/tensor.js";
import { checkBoolean, checkNumber, checkOptions, show } from "../../util/check.js";
import { ShapeError, ValueError } from "../../util/errors.js";
import { named } from "../../util/named.js";
import { normalizeAxes, type Shape, showShape, sizeOfShape } from "../../util/shapes.js";
import type { Initializer } from "../initializers.js";
import { type Layer, type LayerOptions, layerOptions, type Weights } from "../layer.js";
import { commonOf } from "./common.js";

export interface RescalingOptions extends LayerOptions {
  /** One number, or one for each channel (of the last axis). */
  scale: number | readonly number[];
  /** The same. Default: 0. */
  offset?: number | readonly number[];
}

/** @throws ValueError for anything but one number or several */
function checkNumbers(kind: string, argument: string, value: unknown): number | number[] {
  const list: readonly unknown[] = ArrayBuffer.isView(value) ? Array.from(value as never) : [value].flat();
  if (list.length > 0 && list.every(Number.isFinite)) {
    return typeof value === "number" ? value : ([...list] as number[]);
  }
  throw new ValueError(`${kind}: ${argument} expected a finite number, or an array of them, got ${show(value)}`);
}

/**
 * y = scale · x + offset: pixels of 0 to 255 become numbers of 0 to 1, or of −1 to 1. Any shape, in training as in inference; nothing is learnt.
 *
 * @throws ValueError for an unknown or impossible option, ShapeError at `compile` for another number of channels
 * @example
 * wg.sequential([wg.layers.rescaling({ scale: 1 / 127.5, offset: -1, inputShape: [3] })]).predict([[0, 127.5, 255]]).toArray(); // [[-1, 0, 1]]
 */
export function rescaling(config: RescalingOptions): Layer {
  const kind = "rescaling";
  checkOptions(kind, config, ["scale", "offset", ...layerOptions], true);
  const scale = checkNumbers(kind, "scale", config.scale);
  const offset = checkNumbers(kind, "offset", config.offset ?? 0);
  const common = commonOf(kind, config);
  return {
    kind,
    ...common,
    config: { ...common.config, scale, offset },
    outputShape(input, name) {
      for (const [argument, value] of Object.entries({ scale, offset })) {
        if (typeof value === "number" || value.length === 1 || value.length === input.at(-1)) continue;
        throw new ShapeError(
          `${kind} "${name}": ${argument} expected one number for each of ${input.at(-1) ?? 0} channels of ${showShape([null, ...input])}, got ${value.length}`,
        );
      }
      return input;
    },
    weights: () => [],
    mask: "kept",
    call(x) {
      const [factor, plus] = [scale, offset].map((value) => (typeof value === "number" ? value : numbers(value, x)));
      return add(mul(x, factor as Tensor), plus as Tensor);
    },
  };
}

const numbers = (values: readonly number[], like: Tensor): Tensor =>
  tensor(Float64Array.from(values), [values.length], like.dtype);

export interface NormalizationOptions extends LayerOptions {
  /** The axes, counted with the batch, of which every place has its own mean and variance; null: one for all. Default: −1, the features. */
  axis?: number | readonly number[] | null;
  /** Of the training data: one number, or one for each place. Default: weights that begin as 0, for a file to set. */
  mean?: number | readonly number[] | Float64Array;
  /** The same, with `mean`; those of `standardize` from `wasmgrad/data` are the squares of its `std`. Default: 1. */
  variance?: number | readonly number[] | Float64Array;
  /** True: x · √variance + mean, what undoes it. Default: false. */
  invert?: boolean;
}

/** The given numbers, or one for all. */
const valuesOf = (given: number | readonly number[]): Initializer =>
  named("values", { given }, ({ at, size, dtype }) => {
    const list = [given].flat();
    const target = memory().view(at, size, dtype);
    if (list.length === size) target.set(list);
    else target.fill(list[0] as number);
  });

/** Keras's least deviation that is divided by. */
export const LEAST = 1e-7;

/**
 * y = (x − mean) / max(√variance, 1e-7) with fixed numbers of the training data, for each place along `axis`: standardization as a part of the
 * model, so that it is saved and exported with it. What Keras's `adapt` finds is found by `standardize` from `wasmgrad/data`. Mean and variance are
 * weights that nothing trains.
 *
 * @throws ValueError for an unknown or impossible option, ShapeError at `compile` where the input has no such axis or other sizes
 * @example
 * // In Node: const { mean, std } = standardize(rows);
 * const [mean, std] = [Float64Array.of(2, 5), Float64Array.of(1, 0)];
 * const layer = wg.layers.normalization({ mean, variance: std.map((s) => s * s), inputShape: [2] });
 * wg.sequential([layer]).predict([[3, 5], [1, 5]]).toArray(); // [[1, 0], [-1, 0]]
 */
export function normalization(config: NormalizationOptions = {}): Layer {
  const kind = "normalization";
  checkOptions(kind, config, ["axis", "mean", "variance", "invert", ...layerOptions]);
  const { axis = -1 } = config;
  for (const each of axis === null ? [] : [axis].flat()) checkNumber(kind, "axis", each, { whole: true });
  const invert = checkBoolean(kind, "invert", config.invert ?? false);
  if ((config.mean === undefined) !== (config.variance === undefined)) {
    throw new ValueError(
      `${kind}: mean and variance expected together, got ${config.mean === undefined ? "variance" : "mean"} alone`,
    );
  }
  const given =
    config.mean === undefined
      ? undefined
      : {
          mean: checkNumbers(kind, "mean", config.mean),
          variance: checkNumbers(kind, "variance", config.variance),
        };
  const low = given && [given.variance].flat().find((value) => value < 0);
  if (low !== undefined) throw new ValueError(`${kind}: variance expected no number < 0, got ${low}`);
  const common = commonOf(kind, config);
  /** The axes of a row that are kept, in order. */
  const keptOf = (input: Shape, name: string): number[] => {
    const axes = normalizeAxes(`${kind} "${name}"`, axis === null ? [] : axis, input.length + 1);
    if (!axes.includes(0)) return axes.map((each) => each - 1).sort((a, b) => a - b);
    throw new ShapeError(
      `${kind} "${name}": axis expected one of ${showShape([null, ...input])} other than the batch, from 1 or −1 on, got ${show(axis)}`,
    );
  };
  const sizesOf = (input: Shape, name: string): Shape => {
    const sizes = keptOf(input, name).map((at) => input[at] as number);
    for (const [argument, value] of Object.entries(given ?? {})) {
      const count = [value].flat().length;
      if (count === 1 || count === sizeOfShape(sizes)) continue;
      throw new ShapeError(
        `${kind} "${name}": ${argument} expected 1 or ${sizeOfShape(sizes)} numbers for axis ${show(axis)} of ${showShape([null, ...input])}, got ${count}`,
      );
    }
    return sizes;
  };
  return {
    kind,
    ...common,
    config: {
      ...common.config,
      axis: axis === null || typeof axis === "number" ? axis : [...axis],
      ...given,
      invert,
    },
    outputShape(input, name) {
      sizesOf(input, name);
      return input;
    },
    weights(input) {
      const shape = sizesOf(input, kind);
      return (["mean", "variance"] as const).map((name, i) => ({
        name,
        shape,
        initializer: valuesOf(given?.[name] ?? i),
        trainable: false,
      }));
    },
    mask: "kept",
    call(x, { mean, variance }: Weights, _context, name) {
      const row = x.shape.slice(1);
      const kept = keptOf(row, name);
      const along = (weight: Tensor | undefined) =>
        reshape(weight as Tensor, [1, ...row.map((n, at) => (kept.includes(at) ? n : 1))]);
      const deviation = maximum(sqrt(along(variance)), LEAST);
      return invert ? add(mul(x, deviation), along(mean)) : div(sub(x, along(mean)), deviation);
    },
  };
}
