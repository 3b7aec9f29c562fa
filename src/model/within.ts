import { withAllKernels } from "../backend/engine.js";
import { inOperation } from "../util/errors.js";

/** Runs `body` with all kernels there; where memory runs out, the error says in what. */
export function within<T>(operation: string, body: () => Promise<T>): Promise<T> {
  return withAllKernels(body).catch((error) => {
    throw inOperation(operation, error);
  });
}
