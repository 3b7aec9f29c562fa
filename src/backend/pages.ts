import { OutOfMemoryError } from "../util/errors.js";

/** One page of WebAssembly memory. */
export const PAGE = 65536;

/** Grows the memory by whole pages; false where the platform refuses. */
export type Grow = (pages: number) => boolean;

/**
 * Runs of whole pages, best fit first, neighbours joined when they come back:
 *
 * ```
 * | reserved | used ... | free | used | free .......... | end → grows to `limit`
 * ```
 */
export class PageHeap {
  /** Free runs: first page → length, and the mirror, page past the end → first page. */
  private readonly runs = new Map<number, number>();
  private readonly ends = new Map<number, number>();
  private end: number;
  /** Pages handed out. */
  used = 0;

  constructor(
    reserved: number,
    initial: number,
    public limit: number,
    private readonly grow: Grow,
  ) {
    this.end = initial;
    if (initial > reserved) this.insert(reserved, initial - reserved);
  }

  /** The first page of a run of `count`. @throws OutOfMemoryError */
  take(count: number): number {
    let best = -1;
    let least = Number.POSITIVE_INFINITY;
    for (const [start, length] of this.runs) {
      if (length < count || length > least || (length === least && start > best)) continue;
      best = start;
      least = length;
    }
    if (best < 0) best = this.extend(count);
    const length = this.remove(best);
    if (length > count) this.insert(best + count, length - count);
    this.used += count;
    return best;
  }

  give(start: number, count: number): void {
    this.used -= count;
    const after = this.runs.get(start + count);
    if (after !== undefined) {
      this.remove(start + count);
      count += after;
    }
    const before = this.ends.get(start);
    if (before !== undefined) {
      count += this.remove(before);
      start = before;
    }
    this.insert(start, count);
  }

  /** Grows so that a free run of `count` ends the memory; returns its first page. */
  private extend(count: number): number {
    const tail = this.ends.get(this.end);
    const have = tail === undefined ? 0 : this.end - tail;
    const need = count - have;
    if (this.end + need > this.limit) throw new OutOfMemoryError(count * PAGE, this.used * PAGE, this.limit * PAGE);
    // An eighth more than needed keeps the number of growths logarithmic.
    const generous = Math.min(this.limit - this.end, Math.max(need, this.end >> 3, 16));
    const grown = this.grow(generous) ? generous : this.grow(need) ? need : 0;
    if (grown === 0) throw new OutOfMemoryError(count * PAGE, this.used * PAGE, this.end * PAGE);
    const start = tail ?? this.end;
    if (tail !== undefined) this.remove(tail);
    this.end += grown;
    this.insert(start, have + grown);
    return start;
  }

  private insert(start: number, length: number): void {
    this.runs.set(start, length);
    this.ends.set(start + length, start);
  }

  private remove(start: number): number {
    const length = this.runs.get(start) as number;
    this.runs.delete(start);
    this.ends.delete(start + length);
    return length;
  }
}
