import { show } from "../util/check.js";
import { ValueError } from "../util/errors.js";
import { elementOf } from "./fields.js";
import type { Open } from "./stream.js";

/** A user's generator function as a stream of rows, started anew for each pass. @throws ValueError where it is none. */
export function openGenerator(operation: string, fn: () => unknown): Open {
  if (typeof fn !== "function") {
    throw new ValueError(
      `${operation}: fn expected a function that starts a generator, got ${show(fn)}; a dataset is read more than once, so pass () => …`,
    );
  }
  return async function* () {
    const made: unknown = await fn();
    if (!isIterable(made)) {
      throw new ValueError(
        `${operation}: fn expected to return something iterable, got ${show(made)}; write it as function* () { yield { x, y }; }`,
      );
    }
    let row = 0;
    for await (const each of made) yield elementOf(operation, `row ${row++}`, each);
  };
}

function isIterable(value: unknown): value is Iterable<unknown> | AsyncIterable<unknown> {
  return value !== null && typeof value === "object" && (Symbol.iterator in value || Symbol.asyncIterator in value);
}
