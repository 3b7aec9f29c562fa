import type { DType, FloatDType, TypedArray } from "../util/dtypes.js";
import { ShapeError, ValueError } from "../util/errors.js";
import { Arena } from "./arena.js";
import { Blocks } from "./blocks.js";
import { PAGE, PageHeap } from "./pages.js";

/** The first page stays free: address 0 means "none", and a kernel module may keep its constants there. */
const RESERVED_PAGES = 1;
const INITIAL_PAGES = 32;
/** The whole 32-bit address space less one page, so that no end address wraps to 0. */
const MAXIMUM_PAGES = 65535;

/** Bytes of block memory made by finalizable tensors before the engine is told of them (see `press`); at least half of what it left last time. */
const PRESSURE = 32 * 1024 * 1024;

/** What the engine is told. Measured on V8: of 32 MB it takes no notice for 600 MB of garbage, 128 MB and more make it collect each time. */
const HINT = 256 * 1024 * 1024;

/**
 * The only owner of the one `WebAssembly.Memory` and the only maker of views on it. Nobody keeps a view: growing the memory leaves old
 * ones empty (plain) or short (shared).
 */
export class Memory {
  readonly wasm: WebAssembly.Memory;
  readonly shared: boolean;
  readonly blocks: Blocks;
  readonly arenas = new Set<Arena>();
  private readonly pages: PageHeap;
  private views: Views;
  private lastDType: DType = "uint8";
  private peak = 0;
  private unreported = 0;
  /** Bytes alive when the collector came last. */
  private settled = 0;
  private readonly finalizers: FinalizationRegistry<{ at: number; bytes: number }>;

  private readonly arenaFinalizers = new FinalizationRegistry<Arena>((arena) => {
    arena.close();
    this.arenas.delete(arena);
  });

  constructor() {
    this.shared = canShare();
    this.wasm = new WebAssembly.Memory({
      initial: INITIAL_PAGES,
      maximum: MAXIMUM_PAGES + 1,
      ...(this.shared ? { shared: true } : {}),
    });
    this.views = new Views(this.wasm.buffer);
    this.pages = new PageHeap(RESERVED_PAGES, INITIAL_PAGES, MAXIMUM_PAGES, (count) => this.grow(count));
    this.blocks = new Blocks(this.pages);
    this.finalizers = new FinalizationRegistry(({ at, bytes }) => {
      this.unreported = 0;
      this.blocks.give(at, bytes);
      this.settled = this.blocks.live;
    });
  }

  get f32(): Float32Array {
    return this.views.f32;
  }
  get f64(): Float64Array {
    return this.views.f64;
  }
  get i32(): Int32Array {
    return this.views.i32;
  }
  get u32(): Uint32Array {
    return this.views.u32;
  }
  get u8(): Uint8Array {
    return this.views.u8;
  }

  /** All numbers of a float type, for reading and writing some of them at once. */
  heap(dtype: FloatDType): Float32Array | Float64Array {
    return dtype === "float32" ? this.views.f32 : this.views.f64;
  }

  /** One number, without making a view. */
  number(at: number, dtype: DType): number {
    switch (dtype) {
      case "float32":
        return this.views.f32[at >>> 2] as number;
      case "float64":
        return this.views.f64[at >>> 3] as number;
      case "int32":
        return this.views.i32[at >>> 2] as number;
      default:
        return this.views.u8[at] as number;
    }
  }

  /** A view for immediate use: `length` elements of `dtype` from `at`. The one that was asked for last is handed out again. */
  view(at: number, length: number, dtype: DType): TypedArray {
    const { last } = this.views;
    if (last.byteOffset === at && last.length === length && dtype === this.lastDType) return last;
    const view = this.newView(at, length, dtype);
    this.views.last = view;
    this.lastDType = dtype;
    return view;
  }

  private newView(at: number, length: number, dtype: DType): TypedArray {
    const { buffer } = this.views.u8;
    switch (dtype) {
      case "float32":
        return new Float32Array(buffer, at, length);
      case "float64":
        return new Float64Array(buffer, at, length);
      case "int32":
        return new Int32Array(buffer, at, length);
      default:
        return new Uint8Array(buffer, at, length);
    }
  }

  /** The most bytes that the memory may grow to. */
  get limit(): number {
    return this.pages.limit * PAGE;
  }
  set limit(bytes: number) {
    const pages = Math.min(MAXIMUM_PAGES, Math.floor(bytes / PAGE));
    if (!(pages * PAGE >= this.wasm.buffer.byteLength)) {
      throw new ValueError(
        `init: memoryLimit expected at least the ${this.wasm.buffer.byteLength} bytes already reserved, got ${bytes}; set it before the first tensor`,
      );
    }
    this.pages.limit = pages;
  }

  /** A block of at least `bytes` bytes, not cleared. @throws OutOfMemoryError */
  take(bytes: number): number {
    // A shape of a damaged file may hold what is no number.
    if (!(bytes >= 0))
      throw new ShapeError(`memory: a size of 0 bytes or more expected, got ${bytes}; check the shape`);
    try {
      return this.blocks.take(bytes);
    } catch (error) {
      this.press();
      throw error;
    } finally {
      this.notePeak();
    }
  }

  /** Gives `owner` a block that returns by itself when `owner` is collected. */
  takeFor(owner: object, bytes: number): number {
    const at = this.take(bytes);
    this.finalizers.register(owner, { at, bytes });
    this.unreported += bytes;
    if (this.unreported > Math.max(PRESSURE, this.settled / 2)) this.press();
    return at;
  }

  /** An arena that lasts. */
  arena(firstPages?: number): Arena {
    const arena = new Arena(this.pages, firstPages);
    this.arenas.add(arena);
    return arena;
  }

  /** An arena that takes no more pages than it needs and returns them when `owner` is collected. */
  arenaFor(owner: object): Arena {
    const arena = this.arena(1);
    this.arenaFinalizers.register(owner, arena);
    return arena;
  }

  notePeak(): void {
    const inUse = this.pages.used * PAGE;
    if (inUse > this.peak) this.peak = inUse;
  }

  /** What `memory()` returns; see there. */
  stats(): { live: number; arena: number; peak: number; reserved: number } {
    this.notePeak();
    let arena = 0;
    for (const each of this.arenas) arena += each.reserved;
    return { live: this.blocks.live, arena, peak: this.peak, reserved: this.wasm.buffer.byteLength };
  }

  /**
   * The engine's collector sees a tensor as some two hundred bytes and lets garbage wait; the block behind it may be megabytes. An
   * array buffer of that size, never touched and dropped at once, counts as external memory and makes the collector come.
   */
  private press(): void {
    this.unreported = 0;
    void new ArrayBuffer(HINT);
  }

  private grow(count: number): boolean {
    try {
      this.wasm.grow(count);
    } catch {
      return false;
    }
    this.views = new Views(this.wasm.buffer);
    return true;
  }
}

/** One view of the whole memory per element type. */
class Views {
  readonly f32: Float32Array;
  readonly f64: Float64Array;
  readonly i32: Int32Array;
  readonly u32: Uint32Array;
  readonly u8: Uint8Array;
  /** The view of a part that was made last. */
  last: TypedArray;

  constructor(buffer: ArrayBufferLike) {
    this.f32 = new Float32Array(buffer);
    this.f64 = new Float64Array(buffer);
    this.i32 = new Int32Array(buffer);
    this.u32 = new Uint32Array(buffer);
    this.u8 = new Uint8Array(buffer);
    this.last = this.u8;
  }
}

function canShare(): boolean {
  if (typeof SharedArrayBuffer === "undefined") return false;
  const isolated = (globalThis as { crossOriginIsolated?: boolean }).crossOriginIsolated;
  return isolated !== false;
}
