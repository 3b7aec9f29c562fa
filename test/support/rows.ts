import type { Dataset, Tensors } from "../../src/data/index.js";
import { Tensor } from "../../src/tensor/tensor.js";

/** What iterating a dataset yields, as plain nested arrays. */
export async function rowsOf(dataset: Dataset, limit = Infinity): Promise<{ x: unknown; y: unknown }[]> {
  const out: { x: unknown; y: unknown }[] = [];
  for await (const { x, y } of dataset) {
    out.push({ x: plain(x), y: y && plain(y) });
    if (out.length >= limit) break;
  }
  return out;
}

/** The `x` of each row or batch. */
export async function xs(dataset: Dataset, limit = Infinity): Promise<unknown[]> {
  return (await rowsOf(dataset, limit)).map(({ x }) => x);
}

function plain(value: Tensors): unknown {
  if (value instanceof Tensor) return value.toArray();
  if (Array.isArray(value)) return value.map(plain);
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, plain(each)]));
}
