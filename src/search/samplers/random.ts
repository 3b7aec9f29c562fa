import type { Sampler } from "../sampler.js";
import { valuesAt } from "../space.js";

/**
 * Each trial anew from the whole space, every value on its scale (Bergstra and Bengio, "Random Search for Hyper-Parameter Optimization",
 * JMLR 2012): better than a grid, since no two trials try the same value of what matters.
 *
 * @example
 * random().name; // "random"
 */
export function random(): Sampler {
  return {
    name: "random",
    learns: false,
    sample: ({ space, draws }) => valuesAt(space, () => draws.uniform()),
  };
}
