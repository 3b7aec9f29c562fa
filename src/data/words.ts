import type { Stream } from "../tensor/random.js";
import { philox } from "../util/philox.js";

/** The words of one stream at one step, one after the other. */
export class Words {
  private readonly block = new Uint32Array(4);
  private next = 4;
  private count = 0;

  constructor(
    private readonly stream: Stream,
    private readonly step: number,
  ) {}

  /** A whole number from 0 to 2³² − 1. */
  word(): number {
    if (this.next === 4) {
      const { step, count } = this;
      const { key0, key1 } = this.stream;
      philox(
        this.block,
        count,
        Math.floor(count / 0x100000000),
        step >>> 0,
        Math.floor(step / 0x100000000),
        key0,
        key1,
      );
      this.count++;
      this.next = 0;
    }
    return this.block[this.next++] as number;
  }

  /** A whole number from 0 to `n` − 1, each as likely as the others (n ≤ 2³²): words past the last multiple of `n` are drawn anew. */
  below(n: number): number {
    const limit = 0x100000000 - (0x100000000 % n);
    for (;;) {
      const word = this.word();
      if (word < limit) return word % n;
    }
  }

  /** A number in [low, high), in steps of 2⁻³² of the range. */
  between(low: number, high: number): number {
    return low + (high - low) * (this.word() / 0x100000000);
  }
}
