import { record } from "../backend/engine.js";
import { ValueError } from "../util/errors.js";
import { allocatingIn, type Region } from "./storage.js";

/** Tensors that one sketch may make: a file could ask for a formula of any length. */
const MOST = 2 ** 16;

/**
 * Runs `body` for the shapes and dtypes of what it returns: no kernel runs, no value is worked out, and no tensor takes memory.
 *
 * @throws ValueError where it makes more tensors than any use of an operation has
 */
export function sketched<T>(body: () => T): T {
  let made = 0;
  const take = () => {
    made++;
    // No address: to read there is an error.
    if (made <= MOST) return Infinity;
    throw new ValueError(`at most ${MOST} steps in one operation expected, got more; give it smaller sizes`);
  };
  const region: Region = { of: "step", memory: { take }, open: true };
  let result: T | undefined;
  try {
    record(() => {
      result = allocatingIn(region, body);
    }, true);
  } finally {
    region.open = false;
  }
  return result as T;
}
