import type { HostBatch } from "../data/batches.js";
import { Dataset } from "../data/dataset.js";
import { type DataArray, toHost } from "../data/fields.js";
import { Tensor } from "../tensor/tensor.js";
import { show } from "../util/check.js";
import { ShapeError, ValueError } from "../util/errors.js";
import { type HostArray, isHostArray } from "../util/host-array.js";
import { hasRows, type Shape, sameShape, showShape, sizeOfShape } from "../util/shapes.js";
import type { Model } from "./model.js";
import type { Placed } from "./network.js";
import { sampleWeights } from "./row-weights.js";

/** Rows for a model: a tensor, a typed array (cut into rows by the model's input shape), `{ data, shape }` or nested arrays. */
export type Inputs = DataArray;

/** Rows with their targets and, where wanted, a weight for each row. A Dataset carries weights as `y: { y, sampleWeight }`. */
export type TrainingData =
  | Dataset
  | { readonly x: Inputs; readonly y: Inputs; readonly sampleWeight?: Inputs }
  | readonly [x: Inputs, y: Inputs];

/** How a pass over the data goes. */
export interface Pass {
  readonly batchSize: number;
  readonly epoch: number;
  readonly seed: number;
  readonly shuffle: boolean;
  /** Batches at the beginning that are left out. */
  readonly skip: number;
}

/** Ends the pass where it returns false; a promise is awaited. */
export type BatchBody = (
  x: HostArray,
  y: HostArray,
  weight: HostArray | undefined,
) => false | undefined | void | Promise<void>;

/** The batches of an epoch. */
export interface BatchSource {
  /** Rows of an epoch, where known. */
  readonly rows: number | undefined;
  /** The size of the batches in which it comes whatever is asked for, or 0. */
  readonly batched: number;
  /** All targets, where they came as arrays: what is wrong with them can be said before the first step. */
  readonly targets?: HostArray;
  /** Steps of an epoch, where known. */
  steps(batchSize: number): number | undefined;
  forEachBatch(pass: Pass, body: BatchBody): Promise<void>;
}

/** `(dataset, options)`, `({ x, y }, options)` or `(x, y, options)` → the data and the options. */
export function targetRows(
  operation: string,
  rowShape: Shape,
  data: unknown,
  second: unknown,
  third: unknown,
): [BatchSource, unknown] {
  const weightIn = (options: unknown) =>
    isOptions(options) ? (options as { sampleWeight?: Inputs }).sampleWeight : undefined;
  if (data instanceof Dataset) {
    if (weightIn(second) === undefined) return [datasetSource(operation, data), second];
    throw new ValueError(
      `${operation}: sampleWeight expected none beside a Dataset, got ${show(weightIn(second))}; give its rows y: { y, sampleWeight }`,
    );
  }
  const alone = second === undefined || isOptions(second);
  const pair = alone ? pairOf(data) : undefined;
  if (pair)
    return [
      arraysSource(operation, rowShape, { ...pair, sampleWeight: weightIn(second) ?? pair.sampleWeight }),
      second,
    ];
  if (alone) {
    throw new ValueError(
      `${operation}: data expected a Dataset, { x, y }, or x and y as two arguments, got ${show(data)} alone; pass the targets too`,
    );
  }
  const rows = { x: data as Inputs, y: second as Inputs, sampleWeight: weightIn(third) };
  return [arraysSource(operation, rowShape, rows), third];
}

export function validationRows(data: unknown, rowShape: Shape): BatchSource {
  if (data instanceof Dataset) return datasetSource("fit", data);
  const pair = pairOf(data);
  if (pair) return arraysSource("fit", rowShape, pair);
  throw new ValueError(`fit: validation expected a Dataset, { x, y } or [x, y], got ${show(data)}`);
}

/** The rows of a Dataset, of `{ x, y }` or of x alone; targets are left aside. */
export function inputDataset(operation: string, data: unknown, rowShape: Shape): Dataset {
  if (data instanceof Dataset) return data;
  return Dataset.fromArrays(inputRows(operation, "data", pairOf(data)?.x ?? (data as Inputs), rowShape)) as Dataset;
}

/**
 * Any form of rows as numbers with a shape; with `rowShape`, rows of that shape.
 *
 * @throws ShapeError where they are of another
 */
export function inputRows(operation: string, argument: string, value: Inputs, rowShape?: Shape): HostArray {
  const rows = rowsFrom(operation, argument, value, rowShape);
  if (rows.shape.length === 0) {
    throw new ShapeError(`${operation}: ${argument} expected [batch, …], got a scalar; wrap one row in an array`);
  }
  if (rowShape && !hasRows(rows.shape, rowShape)) {
    throw new ShapeError(
      `${operation}: ${argument} expected ${showShape([null, ...rowShape])}, got ${showShape(rows.shape)}${remedy(rows.shape, rowShape)}`,
    );
  }
  return rows;
}

/** `rowShape` cuts a flat typed array into rows. */
function rowsFrom(operation: string, argument: string, value: Inputs, rowShape: Shape | undefined): HostArray {
  const rows = toHost(operation, argument, value);
  if (rowShape && rows.shape.length === 1 && rowShape.length > 0 && ArrayBuffer.isView(value)) {
    const size = sizeOfShape(rowShape);
    if (size > 0 && rows.data.length % size === 0) return { ...rows, shape: [rows.data.length / size, ...rowShape] };
  }
  return rows;
}

/**
 * Shapes are looked at where they are not those of the batch before, values each time.
 *
 * @throws ShapeError, ValueError where a batch does not fit the model or the loss
 */
export function checkBatch(operation: string, model: Model, x: HostArray, y: HostArray): void {
  const { loss } = model.requireCompiled(operation);
  const { plans } = model;
  let known = plans.checked;
  if (!known || !sameShape(known.x, x.shape) || !sameShape(known.y, y.shape)) {
    checkShapes(operation, model, x, y);
    known = { x: [...x.shape], y: [...y.shape], output: [x.shape[0] as number, ...model.outputShape] };
    plans.checked = known;
  }
  loss.checkValues(y.data, known.output);
}

/** @throws ShapeError where a batch does not fit the model or the loss */
function checkShapes(operation: string, model: Model, x: HostArray, y: HostArray): void {
  const { placed } = model.parts;
  const first = placed[0] as Placed;
  const last = placed[placed.length - 1] as Placed;
  if (!hasRows(x.shape, first.inputShape)) {
    throw new ShapeError(
      `${first.layer.kind} "${first.name}": input expected ${showShape([null, ...first.inputShape])}, got ${showShape(x.shape)}` +
        remedy(x.shape, first.inputShape),
    );
  }
  if (x.shape[0] !== y.shape[0]) {
    throw new ShapeError(`${operation}: y expected ${x.shape[0]} rows like x, got ${y.shape[0]}`);
  }
  if (x.shape[0] === 0) throw new ShapeError(`${operation}: x expected at least one row, got ${showShape(x.shape)}`);
  const { loss } = model.requireCompiled(operation);
  loss.checkTargets(y.shape, [x.shape[0] as number, ...last.outputShape], `${last.layer.kind} "${last.name}"`);
}

function remedy(got: Shape, rowShape: Shape): string {
  const rows = got.slice(1);
  if (sizeOfShape(rows) === sizeOfShape(rowShape) && rows.length > rowShape.length)
    return "; add layers.flatten() before it";
  if (sameShape(got, rowShape)) return "; one row needs a batch axis too: [row]";
  if (sizeOfShape(rows) === sizeOfShape(rowShape)) return "; reshape the data";
  return "";
}

function datasetSource(operation: string, dataset: Dataset): BatchSource {
  const sizeOf = (batchSize: number) => dataset.batched || batchSize;
  return {
    rows: dataset.size,
    batched: dataset.batched || 0,
    steps: (batchSize) => (dataset.size === undefined ? undefined : Math.ceil(dataset.size / sizeOf(batchSize))),
    async forEachBatch({ batchSize, ...pass }, body) {
      const batches = await dataset.batches({ ...pass, ...(dataset.batched ? {} : { batchSize }) });
      if (batches.sync) {
        for (const batch of batches.sync) {
          const result = body(...fieldsOf(operation, batch));
          if (result === false) return;
          if (result) await result;
        }
        return;
      }
      for await (const batch of batches) {
        const result = body(...fieldsOf(operation, batch));
        if (result === false) return;
        if (result) await result;
      }
    },
  };
}

function fieldsOf(operation: string, { x, y, layout, size }: HostBatch): Parameters<BatchBody> {
  if (x.length === 1 && y.length === 1) return [x[0] as HostArray, y[0] as HostArray, undefined];
  if (x.length === 1 && y.length === 2 && Array.isArray(layout.y)) {
    const [own, weight] = [layout.y.indexOf("y"), layout.y.indexOf("sampleWeight")];
    if (own >= 0 && weight >= 0) {
      return [x[0] as HostArray, y[own] as HostArray, sampleWeights(operation, y[weight] as HostArray, size)];
    }
  }
  if (y.length === 0) {
    throw new ValueError(`${operation}: data expected rows { x, y }, got x alone; add targets with dataset.map`);
  }
  throw new ValueError(
    `${operation}: data expected one array for x and one for y, as a sequential model takes, or y: { y, sampleWeight }, got ${x.length} and ${y.length}`,
  );
}

interface Arrays {
  readonly x: Inputs;
  readonly y: Inputs;
  readonly sampleWeight?: Inputs | undefined;
}

function arraysSource(operation: string, rowShape: Shape, { x, y, sampleWeight }: Arrays): BatchSource {
  const [xs, ys] = [rowsFrom(operation, "x", x, rowShape), inputRows(operation, "y", y)];
  if (xs.shape[0] !== ys.shape[0]) {
    throw new ShapeError(`${operation}: y expected ${xs.shape[0]} rows like x, got ${ys.shape[0]}`);
  }
  const sourceOf = (rows: Dataset) => ({ ...datasetSource(operation, rows), targets: ys });
  if (sampleWeight === undefined) return sourceOf(Dataset.fromArrays(xs, ys) as Dataset);
  const weighted = { y: ys, sampleWeight: sampleWeights(operation, sampleWeight, xs.shape[0] as number) };
  return sourceOf(Dataset.fromArrays(xs, weighted) as Dataset);
}

/** `{ x, y }` or `[x, y]`; two rows of numbers are x alone, not a pair. */
function pairOf(value: unknown): Arrays | undefined {
  if (value === null || typeof value !== "object") return undefined;
  if (!Array.isArray(value)) return "x" in value && "y" in value ? (value as Arrays) : undefined;
  const [x, y] = value as Inputs[];
  const rows = (each: unknown) => each instanceof Tensor || ArrayBuffer.isView(each) || isHostArray(each);
  const nested = Array.isArray(x) && Array.isArray(x[0]);
  return value.length === 2 && (rows(x) || nested) && (rows(y) || Array.isArray(y))
    ? { x: x as Inputs, y: y as Inputs }
    : undefined;
}

function isOptions(value: unknown): boolean {
  return (
    value !== null &&
    typeof value === "object" &&
    Object.getPrototypeOf(value) === Object.prototype &&
    !("data" in value && "shape" in value)
  );
}
