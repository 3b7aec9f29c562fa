import { type Stream, stream } from "../tensor/random.js";

/** The stream of a shuffle: by its seed (default: that of `setSeed`), and how many shuffles come before it in the same dataset. */
export function shuffleStreamOf(seed: number | undefined, level: number): Stream {
  return stream(`shuffle/${level}`, seed);
}
