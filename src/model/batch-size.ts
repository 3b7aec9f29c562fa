import { checkNumber, show } from "../util/check.js";
import { ValueError } from "../util/errors.js";
import type { BatchSource } from "./inputs.js";
import type { Model } from "./model.js";

/**
 * The rows of a step: as given, or those that the model's states are for, or `otherwise`.
 *
 * @throws ValueError where the model carries states and batches would have other numbers of rows
 */
export function batchSizeFor(
  operation: string,
  model: Model,
  given: unknown,
  otherwise: number,
  source: Pick<BatchSource, "rows" | "batched">,
): number {
  const { batchSize: fixed } = model.network;
  const found = checkBatchSize(operation, given ?? fixed ?? otherwise, source);
  if (fixed === undefined) return found;
  const rows = source.batched || found;
  if (rows !== fixed) throw otherBatch(operation, "batchSize", `${fixed}`, rows);
  const { rows: count } = source;
  if (count !== undefined && Number.isFinite(count) && count % fixed !== 0) {
    throw otherBatch(operation, "data", `a multiple of ${fixed} rows`, count);
  }
  return found;
}

const otherBatch = (operation: string, argument: string, expected: string, got: number) =>
  new ValueError(
    `${operation}: ${argument} expected ${expected}, as the states of the model's stateful layers are for such batches, got ${got}; for others make a model of another batchSize and give it the weights with setWeights`,
  );

/** Rows of a step, or all of them. */
export type BatchSize = number | "full";

/** The batch size as a number of rows. @throws ValueError for a `"full"` batch of data that has no known number of rows, or batches already */
export function checkBatchSize(
  operation: string,
  value: unknown,
  { rows, batched }: Pick<BatchSource, "rows" | "batched">,
): number {
  if (value !== "full") {
    if (typeof value === "string") {
      throw new ValueError(`${operation}: batchSize expected a whole number ≥ 1 or "full", got ${show(value)}`);
    }
    return checkNumber(operation, "batchSize", value, { min: 1, whole: true });
  }
  if (batched > 0) {
    throw new ValueError(
      `${operation}: batchSize "full" expected a dataset that is not batched, got one in batches of ${batched}; leave out its batch(${batched})`,
    );
  }
  if (rows === undefined || !Number.isFinite(rows)) {
    throw new ValueError(
      `${operation}: batchSize "full" expected data of a known number of rows, got ${rows === undefined ? "a stream" : "endless data"}; ` +
        "give the number of rows, or collect them first with Dataset.fromArrays",
    );
  }
  return Math.max(1, rows);
}

/** @throws ValueError where one batch asks for more rows than there are: who chose it counts on another number of rows */
export function checkFits(operation: string, batchSize: number, { rows, batched }: BatchSource): void {
  if (rows === undefined || batched > 0 || batchSize <= rows || rows === 0) return;
  throw new ValueError(
    `${operation}: batchSize expected at most ${rows}, the rows of the data, got ${batchSize}; for one step over all rows write batchSize: "full"`,
  );
}
