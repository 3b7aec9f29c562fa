import type { Tensor } from "wasmgrad";
import type { Dataset, HostArray } from "wasmgrad/data";

export interface Rows {
  readonly x: HostArray;
  readonly y: HostArray;
}

/** All rows of a dataset side by side. */
export async function rowsOf(dataset: Dataset): Promise<Rows> {
  for await (const { x, y } of dataset.batch(dataset.size ?? 1)) return { x: hostOf(x), y: hostOf(y) };
  throw new Error("There are no rows in a part of the data: choose more rows.");
}

function hostOf(rows: unknown): HostArray {
  const tensor = rows as Tensor;
  return { data: tensor.toTypedArray(), shape: tensor.shape };
}

export const isImage = ({ x }: Rows): boolean => x.shape.length > 2;
