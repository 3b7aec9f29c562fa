import type { Arrangement } from "../data/arrays.js";
import type { HostBatch } from "../data/batches.js";
import { Dataset } from "../data/dataset.js";
import { Tensor } from "../tensor/tensor.js";
import { show } from "../util/check.js";
import { ShapeError, ValueError } from "../util/errors.js";
import { type HostArray, isHostArray } from "../util/host-array.js";
import {
  type Fields,
  type Inputs,
  inOrder,
  inputFields,
  inputRows,
  type ModelInputs,
  type Ports,
  rowsFrom,
  targetFields,
} from "./fields.js";
import { sampleWeights } from "./row-weights.js";

/** Rows with their targets and, where wanted, a weight for each row. A Dataset carries weights as `y: { y, sampleWeight }`. */
export type TrainingData =
  | Dataset
  | { readonly x: ModelInputs; readonly y: ModelInputs; readonly sampleWeight?: Inputs }
  | readonly [x: ModelInputs, y: ModelInputs];

/** How a pass over the data goes. */
export interface Pass {
  readonly batchSize: number;
  readonly epoch: number;
  readonly seed: number;
  readonly shuffle: boolean;
  /** Batches at the beginning that are left out. */
  readonly skip: number;
}

/** Ends the pass where it returns false; a promise is awaited, and may end it too. */
export type BatchBody = (x: Fields, y: Fields, weight: HostArray | undefined) => unknown;

/** The batches of an epoch. */
export interface BatchSource {
  /** Rows of an epoch, where known. */
  readonly rows: number | undefined;
  /** The size of the batches in which it comes whatever is asked for, or 0. */
  readonly batched: number;
  /** All targets, where they came as arrays: what is wrong with them can be said before the first step. */
  readonly targets?: Fields;
  /** Steps of an epoch, where known. */
  steps(batchSize: number): number | undefined;
  forEachBatch(pass: Pass, body: BatchBody): Promise<void>;
}

/** Whether what stands behind the data are the options, and not its targets. */
export function isAlone(data: unknown, second: unknown, { outputNames }: Ports): boolean {
  return data instanceof Dataset || second === undefined || isOptions(second, outputNames);
}

/** `(dataset, options)`, `({ x, y }, options)` or `(x, y, options)` → the data and the options. */
export function targetRows(
  operation: string,
  ports: Ports,
  data: unknown,
  second: unknown,
  third: unknown,
): [BatchSource, unknown] {
  const weightIn = (options: unknown) =>
    isOptions(options) ? (options as { sampleWeight?: Inputs }).sampleWeight : undefined;
  if (data instanceof Dataset) {
    if (weightIn(second) === undefined) return [datasetSource(operation, ports, data), second];
    throw new ValueError(
      `${operation}: sampleWeight expected none beside a Dataset, got ${show(weightIn(second))}; give its rows y: { y, sampleWeight }`,
    );
  }
  const alone = isAlone(data, second, ports);
  const pair = alone ? pairOf(data, ports) : undefined;
  if (pair)
    return [arraysSource(operation, ports, { ...pair, sampleWeight: weightIn(second) ?? pair.sampleWeight }), second];
  if (alone) {
    throw new ValueError(
      `${operation}: data expected a Dataset, { x, y }, or x and y as two arguments, got ${show(data)} alone; pass the targets too`,
    );
  }
  const rows = { x: data as ModelInputs, y: second as ModelInputs, sampleWeight: weightIn(third) };
  return [arraysSource(operation, ports, rows), third];
}

export function validationRows(data: unknown, ports: Ports): BatchSource {
  if (data instanceof Dataset) return datasetSource("fit", ports, data);
  const pair = pairOf(data, ports);
  if (pair) return arraysSource("fit", ports, pair);
  throw new ValueError(`fit: validation expected a Dataset, { x, y } or [x, y], got ${show(data)}`);
}

/** The rows of a Dataset, of `{ x, y }` or of x alone; targets are left aside. */
export function inputDataset(operation: string, data: unknown, ports: Ports): Dataset {
  if (data instanceof Dataset) return data;
  const x = pairOf(data, ports)?.x ?? (data as ModelInputs);
  return Dataset.fromArrays(inputFields(operation, ports, x, "data") as HostArray[]) as Dataset;
}

/** The x of a batch in the order of the model's inputs. @throws ShapeError, ValueError where it does not fit */
export function batchFields(operation: string, ports: Ports, { x, layout }: HostBatch): Fields {
  const { inputNames, inputShapes } = ports;
  return portsOf(`${operation}: data`, "x", layout.x, x, inputNames).map((each, i) =>
    inputRows(operation, inputNames.length === 1 ? "data" : `data.${inputNames[i]}`, each, inputShapes[i]),
  );
}

function datasetSource(operation: string, ports: Ports, dataset: Dataset): BatchSource {
  const sizeOf = (batchSize: number) => dataset.batched || batchSize;
  const { inputNames, outputNames } = ports;
  return {
    rows: dataset.size,
    batched: dataset.batched || 0,
    steps: (batchSize) => (dataset.size === undefined ? undefined : Math.ceil(dataset.size / sizeOf(batchSize))),
    async forEachBatch({ batchSize, ...pass }, body) {
      const batches = await dataset.batches({ ...pass, ...(dataset.batched ? {} : { batchSize }) });
      const run = (batch: HostBatch) => {
        const { x, y, layout } = batch;
        // The usual case makes no garbage.
        const single = inputNames.length === 1 && outputNames.length === 1 && x.length === 1 && y.length === 1;
        if (single && layout.y === "one") return body(x, y, undefined);
        return body(...fieldsOf(operation, ports, batch));
      };
      if (batches.sync) {
        for (const batch of batches.sync) {
          const result = run(batch);
          if (result === false) return;
          if (result && (await result) === false) return;
        }
        return;
      }
      for await (const batch of batches) {
        const result = run(batch);
        if (result === false) return;
        if (result && (await result) === false) return;
      }
    },
  };
}

/** The fields of a batch by the model's names, `sampleWeight` beside `y` taken out. */
function fieldsOf(operation: string, ports: Ports, { x, y, layout, size }: HostBatch): Parameters<BatchBody> {
  const { inputNames, outputNames } = ports;
  if (y.length === 0) {
    throw new ValueError(`${operation}: data expected rows { x, y }, got x alone; add targets with dataset.map`);
  }
  const xs = portsOf(`${operation}: data`, "x", layout.x, x, inputNames);
  const names = layout.y;
  const weightAt = typeof names === "object" ? names.indexOf("sampleWeight") : -1;
  if (weightAt < 0) return [xs, portsOf(`${operation}: data`, "y", names ?? "one", y, outputNames), undefined];
  const rest = (names as readonly string[]).filter((_, i) => i !== weightAt);
  const targets = y.filter((_, i) => i !== weightAt);
  const one = rest.length === 1 && rest[0] === "y";
  const ys = portsOf(`${operation}: data`, "y", one ? "one" : rest, targets, outputNames);
  return [xs, ys, sampleWeights(operation, y[weightAt] as HostArray, size)];
}

function portsOf(
  where: string,
  argument: string,
  arrangement: Arrangement,
  fields: Fields,
  names: readonly string[],
): Fields {
  // A record with one entry is one array, whatever the entry is called.
  if (names.length === 1 && fields.length === 1) return fields;
  const usual =
    names.length === 1
      ? `${where} expected one array for ${argument}, as the model has one${argument === "y" ? ", or { y, sampleWeight }" : ""}`
      : `${where} expected an array for each of ${show(names)} as ${argument}`;
  return inOrder(usual, arrangement, fields, names);
}

interface Arrays {
  readonly x: ModelInputs;
  readonly y: ModelInputs;
  readonly sampleWeight?: Inputs | undefined;
}

function arraysSource(operation: string, ports: Ports, { x, y, sampleWeight }: Arrays): BatchSource {
  const { inputNames, inputShapes, outputNames } = ports;
  const xs =
    inputNames.length === 1
      ? [rowsFrom(operation, "x", x as Inputs, inputShapes[0])]
      : inputFields(operation, ports, x);
  const ys = targetFields(operation, ports, y);
  const rows = xs[0]?.shape[0] as number;
  for (const [argument, names, fields] of [
    ["x", inputNames, xs],
    ["y", outputNames, ys],
  ] as const) {
    for (const [i, { shape }] of fields.entries()) {
      if (shape[0] === rows) continue;
      const field = names.length === 1 ? argument : `${argument}.${names[i]}`;
      throw new ShapeError(`${operation}: ${field} expected ${rows} rows like x, got ${shape[0]}`);
    }
  }
  const one = <T>(fields: readonly T[]) => (fields.length === 1 ? (fields[0] as T) : fields);
  const sourceOf = (data: Dataset) => ({ ...datasetSource(operation, ports, data), targets: ys });
  if (sampleWeight === undefined)
    return sourceOf(Dataset.fromArrays(one(xs) as HostArray, one(ys) as HostArray) as Dataset);
  const named = outputNames.length === 1 ? { y: ys[0] as HostArray } : byName(outputNames, ys);
  const weighted = { ...named, sampleWeight: sampleWeights(operation, sampleWeight, rows) };
  return sourceOf(Dataset.fromArrays(one(xs) as HostArray, weighted) as Dataset);
}

const byName = (names: readonly string[], fields: Fields) =>
  Object.fromEntries(names.map((name, i) => [name, fields[i] as HostArray]));

/** `{ x, y }` or `[x, y]`; two rows of numbers are x alone, not a pair. */
function pairOf(value: unknown, { inputNames, outputNames }: Ports): Arrays | undefined {
  if (value === null || typeof value !== "object") return undefined;
  if (!Array.isArray(value)) return "x" in value && "y" in value ? (value as Arrays) : undefined;
  const [x, y] = value as Inputs[];
  if (value.length !== 2) return undefined;
  const rows = (each: unknown) => each instanceof Tensor || ArrayBuffer.isView(each) || isHostArray(each);
  const nested = Array.isArray(x) && Array.isArray(x[0]);
  const record = (each: unknown) => each !== null && typeof each === "object" && !Array.isArray(each);
  const fitsX = rows(x) || nested || (inputNames.length > 1 && (Array.isArray(x) || record(x)));
  const fitsY = rows(y) || Array.isArray(y) || (outputNames.length > 1 && record(y));
  return fitsX && fitsY ? { x: x as ModelInputs, y: y as ModelInputs } : undefined;
}

/** A record of options, and not one of targets by the outputs' names. */
function isOptions(value: unknown, outputNames: readonly string[] = []): boolean {
  return (
    value !== null &&
    typeof value === "object" &&
    Object.getPrototypeOf(value) === Object.prototype &&
    !("data" in value && "shape" in value) &&
    !(outputNames.length > 1 && outputNames.every((name) => name in value))
  );
}
