import { StateError } from "../util/errors.js";

/** The code by which models learn. */
export type Training = typeof import("./training.js");

let training: Training | undefined;
let fetcher: (() => Promise<Training>) | undefined;

/** Has it there: whoever makes models to train imports it. */
export function provideTraining(code: Training): void {
  training = code;
}

/**
 * Says how to fetch it: whoever makes models that may only predict leaves it where it is until one is to learn. Were the `import()` here, a page of
 * `wasmgrad` alone would have it too, for which esbuild puts optimizers and losses into what the page begins with (48 KB for one `matmul` and not 22).
 */
export function fetchTrainingBy(fetch: () => Promise<Training>): void {
  fetcher = fetch;
}

/** Undefined as long as it is to be fetched. */
export const trainingCode = (): Training | undefined => training;

/** Fetches it where it is not there. @throws StateError where nobody has said how */
export async function fetchTraining(): Promise<Training> {
  training ??= await fetcher?.();
  if (training) return training;
  throw new StateError(
    "compile: model expected of wg.sequential, wg.model or load, got one of the class's own constructor",
  );
}
