import { type Stream, stream } from "../../tensor/random.js";
import { philox } from "../../util/philox.js";
import type { Interval } from "./plan.js";

/** Words of one row: each of them serves one purpose, so that one more transformation leaves what the others draw as it was. */
export const Word = {
  flip: 0,
  cropTop: 1,
  cropLeft: 2,
  rotate: 3,
  zoom: 4,
  shear: 5,
  shiftDown: 6,
  shiftAcross: 7,
  brightness: 8,
  contrast: 9,
  cutoutTop: 10,
  cutoutLeft: 11,
  elastic0: 12,
  elastic1: 13,
} as const;

/** What one row draws in one epoch: a matter of seed, epoch and row alone, whatever batch it is in. */
export class Draws {
  private readonly stream: Stream;
  private readonly words = new Uint32Array(16);
  private readonly block = new Uint32Array(4);
  private readonly drawn = [false, false, false, false];
  private row = 0;
  private epoch = 0;

  constructor(seed: number | undefined) {
    this.stream = stream("augment", seed);
  }

  /** Turns to a row. */
  of(row: number, epoch: number): this {
    this.row = row;
    this.epoch = epoch;
    this.drawn.fill(false);
    return this;
  }

  word(which: number): number {
    const block = which >> 2;
    if (!this.drawn[block]) {
      const { key0, key1 } = this.stream;
      const { row, epoch } = this;
      // The row's high bits share a word with the block's number: 2²⁸ · 2³² rows are enough.
      const high = Math.floor(row / 0x100000000) * 16 + block;
      philox(this.block, row >>> 0, high, epoch >>> 0, Math.floor(epoch / 0x100000000), key0, key1);
      this.words.set(this.block, 4 * block);
      this.drawn[block] = true;
    }
    return this.words[which] as number;
  }

  /** A whole number from 0 to n − 1. */
  below(which: number, n: number): number {
    return Math.floor((this.word(which) / 0x100000000) * n);
  }

  /** A number of an interval, each as likely as the others; `otherwise` where there is none. */
  within(which: number, interval: Interval | undefined, otherwise: number): number {
    if (!interval) return otherwise;
    const [low, high] = interval;
    return low + (high - low) * (this.word(which) / 0x100000000);
  }
}
