import { toHost } from "../data/arrays.js";
import { add, div, mul } from "../ops/arithmetic.js";
import { cast } from "../ops/cast.js";
import { sum } from "../ops/reduce.js";
import { type Tensor, viewAs } from "../tensor/tensor.js";
import { checkNumber, show } from "../util/check.js";
import type { FloatDType } from "../util/dtypes.js";
import { ShapeError, ValueError } from "../util/errors.js";
import type { HostArray } from "../util/host-array.js";
import { type Shape, showShape } from "../util/shapes.js";
import type { Inputs } from "./fields.js";
import type { Model } from "./model.js";

/** A weight for each class, by its number: `{ 0: 1, 1: 10 }`, `[1, 10]` or a Map. */
export type ClassWeight = readonly number[] | { readonly [label: number]: number } | ReadonlyMap<number, number>;

/**
 * One weight ≥ 0 for each of `rows` rows.
 *
 * @throws ShapeError for another number of weights, ValueError that names the row whose weight is none
 */
export function sampleWeights(operation: string, value: Inputs, rows: number): HostArray {
  const weights = toHost(operation, "sampleWeight", value);
  const { data, shape } = weights;
  if (shape.length === 0 || shape[0] !== rows || data.length !== rows) {
    throw new ShapeError(
      `${operation}: sampleWeight expected one weight for each of ${rows} rows, got ${showShape(shape)}`,
    );
  }
  const bad = data.findIndex((w: number) => !(w >= 0 && w < Infinity));
  if (bad < 0) return weights;
  throw new ValueError(
    `${operation}: sampleWeight expected finite numbers ≥ 0, got ${data[bad]} in row ${bad}; use 0 to leave a row out`,
  );
}

/**
 * What gives each row of a batch the weight of its class, times its own.
 *
 * @throws ValueError where a class has no weight, a weight no class, or a weight is no number ≥ 0
 */
export function weighing(
  operation: string,
  model: Model,
  classWeight: ClassWeight | undefined,
): (y: HostArray, own: HostArray | undefined) => HostArray | undefined {
  if (classWeight === undefined) return (_, own) => own;
  const [outputShape, ...others] = model.outputShapes as [Shape, ...Shape[]];
  if (others.length > 0) {
    throw new ValueError(
      `${operation}: classWeight expected a model with one output, got ${others.length + 1}; weigh rows with sampleWeight`,
    );
  }
  if (outputShape.length !== 1) {
    throw new ValueError(
      `${operation}: classWeight expected a model with outputs [batch, classes], got ${showShape([null, ...outputShape])}; weigh rows with sampleWeight`,
    );
  }
  const columns = outputShape[0] as number;
  const table = tableOf(operation, classWeight, Math.max(2, columns));
  return (y, own) => {
    const rows = y.shape[0] as number;
    const weights = new Float64Array(rows);
    for (let row = 0; row < rows; row++) {
      const label = classOf(operation, y, row, table.length);
      weights[row] = (table[label] as number) * (own ? (own.data[row] as number) : 1);
    }
    return { data: weights, shape: [rows] };
  };
}

/** What keeps a mean over steps none of which counts from being 0 / 0, as in Keras. */
const EPSILON = 1e-7;

/**
 * The weights of an output's losses: of its rows, and of the steps that its mask counts all / counted, of the others 0, so that the mean is one
 * over those that count.
 *
 * @param mask `[batch, …]`
 * @param rows `[batch]`
 */
export function lossWeights(mask: Tensor | undefined, rows: Tensor | undefined, dtype: FloatDType): Tensor | undefined {
  if (!mask) return rows;
  const counts = cast(mask, dtype);
  const each = mul(counts, div(mask.size, add(sum(counts), EPSILON)));
  return rows
    ? mul(
        each,
        viewAs(
          rows,
          mask.shape.map((n, axis) => (axis === 0 ? n : 1)),
        ),
      )
    : each;
}

/**
 * The loss of each row times its weight. Their mean is Σ w · loss / batch, divided by the number of rows and not by Σ w, as in Keras.
 *
 * @param loss `[batch, …]`
 * @param weights `[batch]`, or of each step `[batch, steps]`: then steps are rows
 * @throws ShapeError where the loss does not have one number or more for each row
 */
export function weighted(loss: Tensor, weights: Tensor, name: string): Tensor {
  if (loss.shape[0] !== weights.size) {
    throw new ShapeError(
      `loss "${name}": expected one number for each of ${weights.size} weighted rows, got ${showShape(loss.shape)}; return a loss [batch]`,
    );
  }
  return mul(loss, viewAs(weights, [weights.size, ...loss.shape.slice(1).map(() => 1)]));
}

function tableOf(operation: string, classWeight: unknown, classes: number): number[] {
  const usual = `classWeight expected a weight for each of the classes 0 to ${classes - 1}`;
  if (classWeight === null || typeof classWeight !== "object" || ArrayBuffer.isView(classWeight)) {
    throw new ValueError(`${operation}: ${usual}, such as { 0: 1, 1: 10 }, got ${show(classWeight)}`);
  }
  const entries = classWeight instanceof Map ? [...classWeight] : Object.entries(classWeight);
  const table = new Map<number, number>();
  for (const [key, weight] of entries) {
    const label = Number(key);
    if (!(Number.isInteger(label) && label >= 0 && label < classes)) {
      throw new ValueError(`${operation}: ${usual}, got one for ${show(key)}, which is no class of the output`);
    }
    table.set(label, checkNumber(operation, `classWeight of class ${label}`, weight, { min: 0 }));
  }
  return Array.from({ length: classes }, (_, label) => {
    const weight = table.get(label);
    if (weight !== undefined) return weight;
    throw new ValueError(`${operation}: ${usual}, got none for class ${label}; 1 leaves a class as it is`);
  });
}

/** The class of a row: its number, or where its one-hot label is greatest. @throws ValueError where it names no one class */
function classOf(operation: string, y: HostArray, row: number, classes: number): number {
  const { data, shape } = y;
  const each = data.length / (shape[0] as number);
  let label = data[row * each] as number;
  if (each > 1) {
    const labels = data.subarray(row * each, (row + 1) * each) as Float64Array;
    label = labels.reduce((best, v, i) => (v > (labels[best] as number) ? i : best), 0);
    if (labels.some((v, i) => i !== label && !(v < (labels[label] as number)))) label = -1;
  }
  if (Number.isInteger(label) && label >= 0 && label < classes) return label;
  throw new ValueError(
    `${operation}: classWeight expected class numbers from 0 to ${classes - 1} or one-hot labels as y, got ${each > 1 ? "a label with no one greatest class" : data[row * each]} in row ${row}; weigh such rows with sampleWeight`,
  );
}
