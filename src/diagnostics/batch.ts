import { Dataset } from "../data/dataset.js";
import { type BatchSource, targetRows } from "../model/inputs.js";
import type { Model } from "../model/model.js";
import { show } from "../util/check.js";
import { StateError, ValueError } from "../util/errors.js";
import { type Batch, gatherBatches, requireCompiled } from "./probe.js";

/** Rows that are taken of a dataset which is not batched. */
const ROWS = 32;

/** @throws ValueError for what is no model, StateError before `compile` */
export function checkModel(operation: string, model: unknown): asserts model is Model {
  if (model === null || typeof model !== "object" || !("requireCompiled" in model)) {
    throw new ValueError(`${operation}: model expected a compiled model, got ${show(model)}`);
  }
  requireCompiled(operation, model as Model);
}

/**
 * `(batch, options)` or `(x, y, options)` → one batch and the options: all rows of arrays, the first batch of a dataset or its first 32 rows.
 *
 * @throws StateError where there is no row
 */
export async function batchOf(
  operation: string,
  model: Model,
  data: unknown,
  second: unknown,
  third: unknown,
): Promise<[Batch, unknown]> {
  const [source, options] = targetRows(operation, model, data, second, third);
  const batchSize = data instanceof Dataset ? ROWS : Math.max(1, source.rows ?? ROWS);
  const [batch] = await gatherBatches(source, { batchSize, most: 1 });
  if (batch) return [batch, options];
  throw new StateError(`${operation}: data expected at least one row, got none; check filter, take and skip`);
}

/**
 * The first `most` rows of the data, in batches that fit a cache.
 *
 * @throws StateError where there is no row
 */
export async function firstRows(operation: string, source: BatchSource, most: number): Promise<Batch[]> {
  const batches = await gatherBatches(source, { batchSize: Math.min(256, most), rows: most });
  if (batches.length > 0) return batches;
  throw new StateError(`${operation}: data expected at least one row, got none; check filter, take and skip`);
}
