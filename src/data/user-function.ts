import { show } from "../util/check.js";
import { ValueError } from "../util/errors.js";

/** @throws ValueError where `fn` is no function. */
export function checkFunction(operation: string, argument: string, fn: unknown): void {
  if (typeof fn !== "function") {
    throw new ValueError(`${operation}: ${argument} expected a function of { x, y }, got ${show(fn)}`);
  }
}

/** @throws ValueError for a promise: the tensors that a user's function sees are gone when it would go on. */
export function atOnce(what: string, wanted: string, result: unknown): unknown {
  if (!(result instanceof Promise)) return result;
  result.catch(() => undefined);
  throw new ValueError(
    `${what} expected to return ${wanted} at once, got a promise; await inside fromGenerator instead`,
  );
}
