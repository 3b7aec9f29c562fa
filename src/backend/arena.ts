import { ALIGN } from "./blocks.js";
import { PAGE, type PageHeap } from "./pages.js";

/** A place in an arena: everything allocated after it is freed by `release`. */
export interface Mark {
  readonly chunk: number;
  readonly top: number;
}

interface Chunk {
  readonly at: number;
  readonly bytes: number;
}

/** A chunk is at least this part of those before it: few chunks, and a quarter too much at most. */
const GROWTH = 4;

/** What an idle arena keeps for the next round, so that a scope in a loop takes no pages from the heap. */
const KEEP = 64 * 1024 * 1024;

/**
 * A bump pointer for what lives no longer than a training step, a `predict` batch or a `scope`. It is a list of chunks, each at least
 * a quarter of all before it; a chunk never moves, so an address stays good until the arena is released below it.
 *
 * ```
 * chunk 0: | used ........ |      chunk 1: | used ... ^top        |
 * ```
 */
export class Arena {
  private readonly chunks: Chunk[] = [];
  private chunk = -1;
  private top = 0;
  /** Bytes of chunks held. */
  reserved = 0;

  constructor(
    private readonly pages: PageHeap,
    private readonly firstPages = 16,
  ) {}

  /** The address of `bytes` bytes, not cleared. @throws OutOfMemoryError */
  take(bytes: number): number {
    const size = Math.ceil(bytes / ALIGN) * ALIGN || ALIGN;
    let chunk = this.chunks[this.chunk];
    if (!chunk || this.top + size > chunk.bytes) {
      this.nextChunk(size);
      chunk = this.chunks[this.chunk] as Chunk;
    }
    const at = chunk.at + this.top;
    this.top += size;
    return at;
  }

  mark(): Mark {
    return { chunk: this.chunk, top: this.top };
  }

  /** Frees all that was allocated since `mark`. */
  release(mark: Mark): void {
    this.chunk = mark.chunk;
    this.top = mark.top;
    if (mark.chunk >= 0) return;
    while (this.reserved > KEEP) this.dropChunk();
  }

  /** Returns every chunk. */
  close(): void {
    while (this.chunks.length > 0) this.dropChunk();
    this.chunk = -1;
    this.top = 0;
  }

  /** Bytes in use. */
  get used(): number {
    let sum = this.top;
    for (let i = 0; i < this.chunk; i++) sum += (this.chunks[i] as Chunk).bytes;
    return sum;
  }

  private nextChunk(size: number): void {
    const following = this.chunks[this.chunk + 1];
    if (following && following.bytes >= size) {
      this.chunk++;
      this.top = 0;
      return;
    }
    // Later chunks are unused and too small: replace them by one that fits.
    while (this.chunks.length > this.chunk + 1) this.dropChunk();
    const count = Math.max(this.firstPages, Math.ceil(size / PAGE), Math.ceil(this.reserved / PAGE / GROWTH));
    const chunk = this.takeChunk(count, Math.ceil(size / PAGE));
    this.chunks.push(chunk);
    this.reserved += chunk.bytes;
    this.chunk = this.chunks.length - 1;
    this.top = 0;
  }

  /** The wanted size where it can be had, else just what is needed. */
  private takeChunk(wanted: number, needed: number): Chunk {
    try {
      return { at: this.pages.take(wanted) * PAGE, bytes: wanted * PAGE };
    } catch (error) {
      if (wanted === needed) throw error;
      return { at: this.pages.take(needed) * PAGE, bytes: needed * PAGE };
    }
  }

  private dropChunk(): void {
    const chunk = this.chunks.pop() as Chunk;
    this.pages.give(chunk.at / PAGE, chunk.bytes / PAGE);
    this.reserved -= chunk.bytes;
  }
}
