import { Arena } from "../backend/arena.js";
import { memory, recordingProgram } from "../backend/engine.js";
import { show } from "../util/check.js";
import { StateError, ValueError } from "../util/errors.js";
import { allocatingIn, currentRegion, type Region, type Storage } from "./storage.js";
import { Tensor } from "./tensor.js";

let shared: Arena | undefined;

/**
 * Runs `body` and frees, when it returns, every tensor made inside except those in its result (a tensor, or arrays and plain objects
 * of tensors). Scopes nest. Variables are not touched.
 *
 * @throws ValueError where `body` is no function, StateError where it is async: another task could allocate in between
 * @example
 * const loss = wg.scope(() => wg.mean(wg.square(wg.sub(wg.tensor([1, 2]), 3)))); // the two tensors in between are gone
 */
export function scope<T>(body: () => T): T {
  if (typeof body !== "function") throw new ValueError(`scope: body expected a function, got ${show(body)}`);
  // A recorded step finds out by itself how long it needs each tensor.
  if (recordingProgram()) return body();
  const outer = currentRegion();
  const arena = outer?.memory instanceof Arena ? outer.memory : (shared ??= memory().arena());
  const mark = arena.mark();
  const region: Region = { of: "scope", memory: arena, open: true };
  let result: T;
  let kept: Storage[] = [];
  try {
    result = allocatingIn(region, body);
    if (result instanceof Promise) {
      throw new StateError(
        "scope: body expected a synchronous function, got an async one; await outside, compute inside",
      );
    }
    kept = keptBy(result, region);
    if (outer === undefined) kept = kept.filter((storage) => !moveToBlock(storage));
  } catch (error) {
    region.open = false;
    arena.release(mark);
    throw error;
  }
  memory().notePeak();
  arena.release(mark);
  // In the order of allocation each one moves towards the mark or stays, so none overwrites a later one.
  for (const storage of kept.sort((a, b) => a.serial - b.serial)) {
    const from = storage.at;
    const to = arena.take(storage.bytes);
    memory().u8.copyWithin(to, from, from + storage.bytes);
    storage.moveTo(to, outer);
  }
  region.open = false;
  return result;
}

/** Moves a storage out of its region; true, so that it reads as "done" in a filter. */
function moveToBlock(storage: Storage): true {
  const from = storage.at;
  const to = memory().takeFor(storage, storage.bytes);
  memory().u8.copyWithin(to, from, from + storage.bytes);
  storage.moveTo(to, undefined);
  return true;
}

/** The storages of `region` that a result holds. */
function keptBy(result: unknown, region: Region): Storage[] {
  const found = new Set<Storage>();
  const seen = new Set<object>();
  const visit = (value: unknown): void => {
    if (value instanceof Tensor) {
      if (value.storage.diesWith === region) found.add(value.storage);
    } else if (value !== null && typeof value === "object" && !ArrayBuffer.isView(value) && !seen.has(value)) {
      seen.add(value);
      const prototype = Object.getPrototypeOf(value);
      if (Array.isArray(value) || prototype === Object.prototype || prototype === null)
        Object.values(value).forEach(visit);
    }
  };
  visit(result);
  return [...found];
}
