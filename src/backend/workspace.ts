import { ALIGN } from "./blocks.js";
import { type Packing, pack } from "./packing.js";

/**
 * Addresses in a workspace begin here until it has a place: above every real address and every size, so that an argument tells by its value
 * what it is, and below 2^53, so that offsets add exactly. A rate or a fill value would have to be within the workspace's own size of this to
 * be taken for one.
 */
const UNPLACED = 2 ** 52 + 2 ** 44 + 2 ** 28;

/** The time before the first call, and one after the last. */
const BEFORE = -1;
const AFTER = Number.MAX_SAFE_INTEGER;

interface Block {
  /** Its address until the workspace has a place. */
  readonly at: number;
  readonly bytes: number;
  /** The first and the last call that it is an argument of. */
  first: number;
  last: number;
}

interface Held {
  readonly at: number;
  readonly moved: (at: number) => void;
}

/**
 * The memory that a recorded program works in. While the program is recorded nothing runs, and every allocation has addresses of its own.
 * From the calls follows when each is needed, from its first to its last; those that are never needed at the same time then share bytes.
 * So the scratch of an operation ends with it, an activation with its last reader, a gradient with the operation that it belonged to,
 * whoever still holds the tensor.
 */
export class Workspace {
  private readonly blocks: Block[] = [];
  private readonly held: Held[] = [];
  private top = UNPLACED;
  private calls = 0;
  private packing: Packing | undefined;

  /** An address for `bytes` bytes, good as an argument of a recorded call and for nothing else. */
  take(bytes: number): number {
    const at = this.top;
    this.blocks.push({ at, bytes, first: AFTER, last: BEFORE - 1 });
    // What points to the end of one allocation is not the beginning of the next.
    this.top += (Math.floor(bytes / ALIGN) + 1) * ALIGN;
    return at;
  }

  /** Notes that the call of this number has these arguments. */
  use(call: number, args: readonly number[]): void {
    this.calls = call + 1;
    for (const arg of args) {
      const block = this.blockOf(arg);
      if (!block) continue;
      block.first = Math.min(block.first, call);
      block.last = Math.max(block.last, call);
    }
  }

  /**
   * Keeps what lies at `at` `"throughout"`, for what is written from outside before a run, or from its first call until `"after"` the last one.
   * Says where it is to be found each time that the workspace gets a place.
   */
  hold(at: number, when: "throughout" | "after", moved: (at: number) => void): void {
    const block = this.blockOf(at);
    if (!block) return;
    if (when === "throughout") block.first = BEFORE;
    block.last = AFTER;
    this.held.push({ at, moved });
  }

  /** The bytes that it takes. */
  get bytes(): number {
    return this.packed.bytes;
  }

  /** Begins at the real address `base` from now on. */
  place(base: number): void {
    for (const { at, moved } of this.held) moved(this.addressAt(base, at));
  }

  /** The arguments of a call where the workspace begins at `base`. */
  placed(base: number, args: readonly number[]): number[] {
    return args.map((arg) => this.addressAt(base, arg));
  }

  private addressAt(base: number, arg: number): number {
    const i = this.indexOf(arg);
    if (i < 0) return arg;
    return base + (this.packed.offsets[i] as number) + (arg - (this.blocks[i] as Block).at);
  }

  private get packed(): Packing {
    const end = (call: number) => Math.min(call, this.calls);
    this.packing ??= pack(this.blocks.map(({ bytes, first, last }) => ({ bytes, first: end(first), last: end(last) })));
    return this.packing;
  }

  private blockOf(arg: number): Block | undefined {
    return this.blocks[this.indexOf(arg)];
  }

  /** The block that an argument points into, −1 where it is no address of the workspace. */
  private indexOf(arg: number): number {
    if (!(arg >= UNPLACED && arg < this.top)) return -1;
    let [low, high] = [0, this.blocks.length - 1];
    while (low < high) {
      const middle = (low + high + 1) >>> 1;
      if ((this.blocks[middle] as Block).at <= arg) low = middle;
      else high = middle - 1;
    }
    return low;
  }
}
