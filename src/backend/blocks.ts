import { PAGE, type PageHeap } from "./pages.js";

/** Every address handed out is a multiple of this: a cache line, and a whole number of SIMD vectors. */
export const ALIGN = 64;

/** Blocks up to this size are cut from slabs of one page; larger ones are runs of pages. */
const LARGEST_SMALL = 16384;

interface Slab {
  readonly size: number;
  readonly free: number[];
  used: number;
}

/**
 * What lasts: parameters, optimizer state, tensors that user code holds. Small blocks come from slabs of one size each (four sizes per
 * octave, so at most a fifth is lost to rounding); a slab that empties goes back to the page heap.
 */
export class Blocks {
  /** Slabs with room, by size class, and every slab by its page. */
  private readonly open = new Map<number, Set<Slab>>();
  private readonly slabs = new Map<number, Slab>();
  private readonly pageOf = new Map<Slab, number>();
  /** Bytes in blocks handed out, after rounding. */
  live = 0;

  constructor(private readonly pages: PageHeap) {}

  /** The address of at least `bytes` bytes, not cleared. @throws OutOfMemoryError */
  take(bytes: number): number {
    if (bytes > LARGEST_SMALL) {
      const count = Math.ceil(bytes / PAGE);
      const at = this.pages.take(count) * PAGE;
      this.live += count * PAGE;
      return at;
    }
    const size = sizeClass(bytes);
    let slabs = this.open.get(size);
    if (!slabs) {
      slabs = new Set();
      this.open.set(size, slabs);
    }
    let slab = slabs.values().next().value;
    if (!slab) {
      slab = this.addSlab(size);
      slabs.add(slab);
    }
    const at = slab.free.pop() as number;
    slab.used++;
    if (slab.free.length === 0) slabs.delete(slab);
    this.live += size;
    return at;
  }

  /** Returns a block; `bytes` is what `take` was asked for. */
  give(at: number, bytes: number): void {
    if (bytes > LARGEST_SMALL) {
      const count = Math.ceil(bytes / PAGE);
      this.pages.give(at / PAGE, count);
      this.live -= count * PAGE;
      return;
    }
    const size = sizeClass(bytes);
    const slab = this.slabs.get(Math.floor(at / PAGE)) as Slab;
    const slabs = this.open.get(size) as Set<Slab>;
    slab.free.push(at);
    slab.used--;
    this.live -= size;
    if (slab.used > 0) {
      slabs.add(slab);
      return;
    }
    slabs.delete(slab);
    const page = this.pageOf.get(slab) as number;
    this.slabs.delete(page);
    this.pageOf.delete(slab);
    this.pages.give(page, 1);
  }

  private addSlab(size: number): Slab {
    const page = this.pages.take(1);
    const free: number[] = [];
    const start = page * PAGE;
    // The last is taken first: hand out low addresses before high ones.
    for (let at = start + (Math.floor(PAGE / size) - 1) * size; at >= start; at -= size) free.push(at);
    const slab: Slab = { size, free, used: 0 };
    this.slabs.set(page, slab);
    this.pageOf.set(slab, page);
    return slab;
  }
}

/** The smallest class that holds `bytes`: multiples of 64 up to 256, then four per octave. */
function sizeClass(bytes: number): number {
  const least = Math.max(ALIGN, Math.ceil(bytes / ALIGN) * ALIGN);
  if (least <= 4 * ALIGN) return least;
  const octave = 2 ** Math.floor(Math.log2(least - 1));
  const step = octave / 4;
  return Math.ceil(least / step) * step;
}
