import { memory } from "../backend/engine.js";
import { Dataset } from "../data/dataset.js";
import { Tensor } from "../tensor/tensor.js";
import { show } from "../util/check.js";
import { newArray, type TypedArray } from "../util/dtypes.js";
import { ValueError } from "../util/errors.js";
import { nextTurn } from "../util/turn.js";
import { isNumbers } from "./buffers.js";

/** A dataset that stays in the page, as the worker knows it. */
export interface PageRows {
  /** The number under which the page has it. */
  readonly datasetOfPage: number;
  readonly rows: number | undefined;
  readonly batched: number | false;
}

export const isPageRows = (value: object): value is PageRows => "datasetOfPage" in value;

export interface ParcelOptions {
  /** Hand over the caller's own buffers instead of copies. */
  readonly transfer: boolean;
  /** Keeps a dataset in the page. */
  keep(dataset: Dataset): number;
}

/** Bytes that are copied before the page has its turn: about a millisecond. */
const PIECE = 2 * 2 ** 20;

/**
 * Arguments in a form that can go to a worker: copies of typed arrays, made piece by piece so that a page does not stutter; tensors as their numbers;
 * datasets as what asks the page for their rows. Arrays in shared memory go as they are.
 *
 * @param args by the names that they have in errors
 * @returns them in their order
 * @throws ValueError for a function
 */
export async function parcelOf(
  operation: string,
  args: Readonly<Record<string, unknown>>,
  options: ParcelOptions,
): Promise<readonly unknown[]> {
  const copies: Copy[] = [];
  const parcel = Object.entries(args).map(([name, value]) => packed(`${operation}: ${name}`, value, options, copies));
  let left = PIECE;
  for (const copy of copies) {
    for (let from = 0; from < copy.to.length; ) {
      const count = Math.min(copy.to.length - from, Math.ceil(left / copy.to.BYTES_PER_ELEMENT));
      copy.to.set(copy.read(from, from + count), from);
      from += count;
      left -= count * copy.to.BYTES_PER_ELEMENT;
      if (left > 0) continue;
      await nextTurn();
      left = PIECE;
    }
  }
  return parcel;
}

interface Copy {
  readonly to: TypedArray;
  read(from: number, to: number): TypedArray;
}

function packed(path: string, value: unknown, options: ParcelOptions, copies: Copy[]): unknown {
  if (typeof value === "function" || typeof value === "symbol") {
    throw new ValueError(
      `${path} expected data, got ${show(value)}, which cannot go to a worker; train in the page with model.fit, or make data of it first`,
    );
  }
  if (value === null || typeof value !== "object") return value;
  if (value instanceof Tensor) {
    const { shape, dtype, size } = value;
    const to = newArray(dtype, size);
    const item = to.BYTES_PER_ELEMENT;
    copies.push({ to, read: (from, end) => memory().view(value.at + from * item, end - from, dtype) });
    return { data: to, shape, dtype };
  }
  if (value instanceof Dataset) {
    const { size: rows, batched } = value;
    return { datasetOfPage: options.keep(value), rows, batched } satisfies PageRows;
  }
  if (ArrayBuffer.isView(value)) {
    if (options.transfer || !(value.buffer instanceof ArrayBuffer)) return value;
    const from = value as TypedArray;
    if (typeof from.subarray !== "function") return value;
    const to = new (from.constructor as new (length: number) => TypedArray)(from.length);
    copies.push({ to, read: (begin, end) => from.subarray(begin, end) });
    return to;
  }
  if (Array.isArray(value)) {
    if (isNumbers(value) && typeof value[0] !== "function") return value;
    return value.map((each, i) => packed(`${path}[${i}]`, each, options, copies));
  }
  if (Object.getPrototypeOf(value) !== Object.prototype) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, each]) => [key, packed(`${path}.${key}`, each, options, copies)]),
  );
}

/** What a parcel holds, with `dataset` in the place of those that stayed in the page. */
export function unpacked(parcel: unknown, dataset: (rows: PageRows) => Dataset): unknown {
  if (parcel === null || typeof parcel !== "object" || ArrayBuffer.isView(parcel) || isNumbers(parcel)) return parcel;
  if (isPageRows(parcel)) return dataset(parcel);
  if (Array.isArray(parcel)) return parcel.map((each) => unpacked(each, dataset));
  if (Object.getPrototypeOf(parcel) !== Object.prototype) return parcel;
  return Object.fromEntries(Object.entries(parcel).map(([key, each]) => [key, unpacked(each, dataset)]));
}
