import { StateError } from "../util/errors.js";
import type { Space } from "./parameter.js";
import type { Direction } from "./sampler.js";
import { openStorage } from "./storage/open.js";
import type { StoredStudy } from "./storage/storage.js";
import { Study } from "./study.js";
import { type StudyOptions, settingsOf } from "./study-options.js";

/**
 * Opens a study, or begins it: a search for the values of hyper-parameters under which an objective is best.
 *
 * @param options.name default `"study"`
 * @param options.space parameters by name: `uniform`, `logUniform`, `oneMinusLogUniform`, `int`, `logInt`, `choice`, `quantized`, `when`
 * @param options.objective what each trial runs: `async (trial) => loss`, with the values in `trial.params`
 * @param options.sampler default `random()` @param options.pruner default none
 * @param options.direction default `"minimize"`; `directions` for an objective that returns several numbers
 * @param options.storage default in memory
 * @param options.seed default 0
 * @param options.module the file whose default export is these options, for trials in threads: see `defineStudy`
 * @throws ValueError for an unknown option or a space that cannot be; StateError where the storage has a study of this name with another
 *   space or direction
 * @example
 * const found = await study({
 *   space: { learningRate: logUniform(1e-4, 1), momentum: uniform(0, 0.99) },
 *   objective: ({ params }) => (params.learningRate - 0.1) ** 2 + (params.momentum - 0.9) ** 2,
 * });
 * await found.optimize({ trials: 50, progress: false });
 * found.best.value < 0.05; // true
 */
export async function study<const S extends Space>(options: StudyOptions<S>): Promise<Study<S>> {
  const settings = settingsOf(options);
  const { name, space, directions, seed } = settings;
  const operation = `study "${name}"`;
  const storage = await openStorage(operation, options.storage);
  const stored = await storage.open({ name, directions, space, seed });
  checkSame(operation, stored, directions, space);
  const made = new Study<S>(settings, storage, stored);
  await made.refresh();
  return made;
}

function checkSame(operation: string, { head }: StoredStudy, directions: readonly Direction[], space: Space): void {
  const remedy = "; give the study another name, or delete the stored one";
  if (head.directions.join() !== directions.join()) {
    throw new StateError(
      `${operation}: direction expected ${head.directions.join(", ")}, as it is stored, got ${directions.join(", ")}${remedy}`,
    );
  }
  if (!head.space) return;
  const names = [...new Set([...Object.keys(head.space), ...Object.keys(space)])];
  const differs = names.find((name) => JSON.stringify(head.space?.[name]) !== JSON.stringify(space[name]));
  if (differs === undefined) return;
  throw new StateError(
    `${operation}: space.${differs} expected ${JSON.stringify(head.space[differs]) ?? "to be absent"}, as it is stored, got ${JSON.stringify(space[differs]) ?? "none"}${remedy}`,
  );
}
