import { withAllKernels } from "../backend/engine.js";
import { inOperation } from "../util/errors.js";
import type { BaseModel } from "./base.js";
import { fetchTraining } from "./training-code.js";

/** Runs `body` with all kernels there; where memory runs out, the error says in what. */
export function within<T>(operation: string, body: () => Promise<T>): Promise<T> {
  return withAllKernels(body).catch((error) => {
    throw inOperation(operation, error);
  });
}

/** `trainOnBatch`, when a page has fetched what it takes. */
export async function trainLater(
  model: BaseModel,
  ...batch: Parameters<BaseModel["trainOnBatch"]>
): Promise<Record<string, number>> {
  await fetchTraining();
  return withAllKernels(() => model.trainOnBatch(...batch));
}
