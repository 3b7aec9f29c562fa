import { Words } from "../data/words.js";
import { stream } from "../tensor/random.js";
import { cosPi, log } from "../util/math.js";

/** The random numbers of one trial, a matter of the study's seed and the trial's number alone; the same bits on every engine. */
export class Draws extends Words {
  constructor(seed: number, number: number, purpose = "search") {
    super(stream(purpose, seed), number);
  }

  /** A number in [0, 1), in steps of 2⁻⁵³. */
  uniform(): number {
    const high = this.word() >>> 5;
    return (high * 0x4000000 + (this.word() >>> 6)) / 0x20000000000000;
  }

  /** A standard normal number (Box and Muller, 1958). */
  normal(): number {
    return Math.sqrt(-2 * log(1 - this.uniform())) * cosPi(2 * this.uniform());
  }

  /** The numbers 0 … n − 1 in random order (Fisher and Yates). */
  order(n: number): number[] {
    const out = Array.from({ length: n }, (_, i) => i);
    for (let i = n - 1; i > 0; i--) {
      const j = this.below(i + 1);
      [out[i], out[j]] = [out[j] as number, out[i] as number];
    }
    return out;
  }
}
