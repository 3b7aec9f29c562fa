import { philox } from "../util/philox.js";

/** Two words that choose a stream of random numbers. */
export interface StreamKey {
  readonly key0: number;
  readonly key1: number;
}

/** The stream of a seed and a name: each character of the name is one more round of the generator over the key. */
export function streamKey(seed: number, name: string): StreamKey {
  const words = new Uint32Array(4);
  let key: StreamKey = { key0: 0, key1: 0 };
  for (let i = 0; i <= name.length; i++) {
    const code = i < name.length ? name.charCodeAt(i) : 0x10000;
    philox(words, code, i, seed >>> 0, Math.floor(seed / 0x100000000) >>> 0, key.key0, key.key1);
    key = { key0: words[0] as number, key1: words[1] as number };
  }
  return key;
}

/** The words of one stream at one step, one after the other. */
export class Words {
  private readonly block = new Uint32Array(4);
  private next = 4;
  private count = 0;

  constructor(
    private readonly key: StreamKey,
    private readonly step: number,
  ) {}

  /** A whole number from 0 to 2³² − 1. */
  word(): number {
    if (this.next === 4) {
      const { step, count } = this;
      const { key0, key1 } = this.key;
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
