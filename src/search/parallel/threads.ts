import type { Space } from "../parameter.js";
import type { Runner } from "../runner.js";

/** What threads need to run a study's trials. */
export interface ThreadOptions {
  /** The study's name, for error texts. */
  readonly study: string;
  readonly space: Space;
  readonly seed: number;
  /** The file whose default export has the objective. */
  readonly module: string;
  /** How many threads. */
  readonly parallel: number;
}

/**
 * Starts the threads, which import the module. One implementation is chosen by the package's `#trials` import condition.
 *
 * @throws PlatformError or ValueError where one cannot import it
 */
export type InThreads = <S extends Space>(options: ThreadOptions) => Promise<readonly Runner<S>[]>;
