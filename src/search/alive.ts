import { platform } from "#platform";
import type { Space } from "./parameter.js";
import type { Study } from "./study.js";

/**
 * Gives signs of life of the trials that run here, and takes over those of the dead, until it is told to rest.
 *
 * @param seconds between the signs; a process that was silent for twice as long counts as dead
 */
export async function stayAlive<S extends Space>(study: Study<S>, seconds: number): Promise<() => void> {
  let isWarned = false;
  let isBusy = false;
  const beat = async () => {
    // A storage that is away is waited for, and not asked again meanwhile.
    if (isBusy) return;
    isBusy = true;
    try {
      await study.heartbeat();
      await study.reap(2 * seconds);
    } catch (error) {
      if (!isWarned)
        platform.warn(`study "${study.name}": no sign of life could be given: ${(error as Error).message}`);
      isWarned = true;
    } finally {
      isBusy = false;
    }
  };
  await study.reap(2 * seconds);
  const timer = setInterval(beat, 1000 * seconds);
  return () => clearInterval(timer);
}
