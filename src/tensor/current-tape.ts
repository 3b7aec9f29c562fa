import type { Tape } from "./tape.js";

/** The last of them notes operations. */
export const tapes: Tape[] = [];

/** The tape that notes operations now, if any. */
export function currentTape(): Tape | undefined {
  return tapes[tapes.length - 1];
}

/** Runs `body` with nothing noted. */
export function untaped<T>(body: () => T): T {
  const saved = tapes.splice(0);
  try {
    return body();
  } finally {
    tapes.push(...saved);
  }
}
