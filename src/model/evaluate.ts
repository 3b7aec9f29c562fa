import { checkOptions } from "../util/check.js";
import { StateError } from "../util/errors.js";
import type { HostArray } from "../util/host-array.js";
import { type BatchSize, batchSizeFor } from "./batch-size.js";
import type { Logs } from "./callback.js";
import { checkBatch } from "./check-batch.js";
import type { Inputs } from "./fields.js";
import type { BatchSource } from "./inputs.js";
import { Meter } from "./metering.js";
import type { Model } from "./model.js";

export interface EvaluateOptions {
  /** Rows computed at once, `"full"` for all: changes speed and memory, and the result only by rounding. Default: 256, or that of `stateful` layers. */
  batchSize?: BatchSize;
  /** One weight ≥ 0 for each row of arrays x and y, for the loss; metrics count each row once. Default: 1 each. */
  sampleWeight?: Inputs;
}

/** See `Model.evaluate`. */
export async function evaluate(model: Model, source: BatchSource, options: EvaluateOptions = {}): Promise<Logs> {
  checkOptions("evaluate", options, ["batchSize", "sampleWeight"]);
  const batchSize = batchSizeFor("evaluate", model, options.batchSize, 256, source);
  const meter = new Meter(model.requireCompiled("evaluate").heads, "testMetrics");
  let rows = 0;
  meter.reset();
  await source.forEachBatch({ batchSize, epoch: 0, seed: model.seed, shuffle: false, skip: 0 }, (x, y, weight) => {
    checkBatch("evaluate", model, x, y);
    const count = (x[0] as HostArray).shape[0] as number;
    meter.add(model.plans.test(x, y, source.rows, weight), count, y);
    rows += count;
  });
  if (rows === 0)
    throw new StateError("evaluate: data expected at least one row, got none; check filter, take and skip");
  return meter.logs();
}
