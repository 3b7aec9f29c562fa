import type { Values } from "../parameter.js";
import type { Sampler, Sampling } from "../sampler.js";
import { valuesAt } from "../space.js";
import { Sobol } from "./sobol/sequence.js";

/**
 * Each trial the next point of a Sobol sequence (Sobol, 1967) with the direction numbers of Joe and Kuo (2008), scrambled after Owen by the
 * study's seed: spread more evenly than chance, in every range of trials and for every few parameters. Whole powers of two are the best
 * numbers of trials. It has 100 dimensions: further parameters of a larger space are random.
 *
 * @example
 * sobol().name; // "sobol"
 */
export function sobol(): Sampler {
  return { name: "sobol", learns: false, sample: sobolValues };
}

/** What `sobol` would choose. */
export function sobolValues({ space, seed, number }: Pick<Sampling, "space" | "seed" | "number">): Values {
  const point = new Sobol(seed, Object.keys(space).length).point(number);
  let next = 0;
  return valuesAt(space, () => point[next++] as number);
}
