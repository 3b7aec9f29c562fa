import { platform } from "#platform";
import { checkNumber } from "../../../util/check.js";
import { PlatformError } from "../../../util/errors.js";

/** What passes by itself: it is waited for. */
export class Passing extends Error {}

export interface StorageOptions {
  /** How many seconds to wait for a database that is locked, restarts or is out of reach. Default 300. */
  readonly patience?: number;
}

export const checkPatience = (operation: string, { patience = 300 }: StorageOptions): number =>
  checkNumber(operation, "patience", patience, { min: 0 });

/** The first pause in ms, and the longest: doubled each time, and a random part of it, so that workers do not come back all at once. */
const [FIRST, LONGEST] = [4, 2000];
/** When the user is told, in seconds. */
const SILENT = 5;

/**
 * Does something again and again while it fails by what passes.
 *
 * @param name begins errors and the message that it waits
 * @throws PlatformError after `patience` seconds; at once what `attempt` throws else
 */
export async function patiently<T>(name: string, patience: number, attempt: () => Promise<T>): Promise<T> {
  const begun = performance.now();
  let pause = FIRST;
  let told = false;
  for (;;) {
    try {
      return await attempt();
    } catch (error) {
      if (!(error instanceof Passing)) throw error;
      const waited = (performance.now() - begun) / 1000;
      if (waited >= patience) {
        throw new PlatformError(
          `${name}: expected to answer within ${patience} s, got: ${error.message}; see whether it runs and who holds it, or give it more time by { patience: ${Math.max(600, 2 * patience)} }`,
          { cause: error.cause },
        );
      }
      if (!told && waited > SILENT) {
        told = true;
        platform.warn(`${name}: ${error.message}; waiting for it, for ${patience} s at most`);
      }
      const longest = Math.max(0, patience - waited) * 1000;
      await new Promise((done) => setTimeout(done, Math.min(longest, pause * (0.5 + Math.random() / 2))));
      pause = Math.min(LONGEST, pause * 2);
    }
  }
}
