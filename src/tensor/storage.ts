import type { Arena } from "../backend/arena.js";
import { memory, recordingProgram } from "../backend/engine.js";
import { type DType, sizeOf } from "../util/dtypes.js";
import { StateError } from "../util/errors.js";

/** Allocations that end together: in an arena, in the workspace of a step that is being recorded, or, in a sketch, nowhere. */
export interface Region {
  readonly of: "scope" | "step";
  readonly memory: Pick<Arena, "take">;
  open: boolean;
}

const ended = {
  scope: "scope that has ended; return it from the scope to keep it",
  step:
    "model's step that has ended, and its memory is used again; compile with { runEagerly: true } to look at it until the next step, or " +
    "copy its values there with toArray()",
};

let serials = 0;

/** What a part keeps alive. */
const owners = new WeakMap<Storage, Storage>();

/** Where a tensor's bytes are. Tensors that are reshaped views of each other share one. */
export class Storage {
  /** Counts up: the order of allocation. */
  readonly serial = ++serials;
  private address: number;

  private constructor(
    address: number,
    readonly bytes: number,
    private region: Region | undefined,
  ) {
    this.address = address;
  }

  /** In the innermost open region, else in a block that returns when the storage is collected. Not cleared. */
  static allocate(bytes: number): Storage {
    const region = regions[regions.length - 1];
    if (region) return new Storage(region.memory.take(bytes), bytes, region);
    return Storage.block(bytes);
  }

  /** In a block, whatever region is open: for what outlives it. */
  static block(bytes: number): Storage {
    const storage = new Storage(0, bytes, undefined);
    storage.address = memory().takeFor(storage, bytes);
    return storage;
  }

  /** `length` elements from element `offset`; this storage stays alive as long as the part. */
  part(offset: number, length: number, dtype: DType): Storage {
    const item = sizeOf(dtype);
    const storage = new Storage(this.at + offset * item, length * item, this.region);
    owners.set(storage, this);
    return storage;
  }

  get at(): number {
    if (this.region && !this.region.open) {
      throw new StateError(`tensor: it was made inside a ${ended[this.region.of]}`);
    }
    return this.address;
  }

  /** The region that it dies with, or undefined for a block. */
  get diesWith(): Region | undefined {
    return this.region;
  }

  /**
   * Of a step that is being recorded: what is written here from outside stays `"throughout"` every run, or what is here `"after"` a run can be
   * read. Elsewhere nothing changes.
   */
  hold(when: "throughout" | "after"): void {
    recordingProgram()?.workspace.hold(this.at, when, (at) => this.moveTo(at, undefined));
  }

  /** Points to where a scope's end has moved the bytes. */
  moveTo(at: number, region: Region | undefined): void {
    this.address = at;
    this.region = region;
  }
}

const regions: Region[] = [];

/** Runs `body` with allocations going to `region`. */
export function allocatingIn<T>(region: Region, body: () => T): T {
  regions.push(region);
  try {
    return body();
  } finally {
    regions.pop();
  }
}

/** The innermost open region. */
export function currentRegion(): Region | undefined {
  return regions[regions.length - 1];
}
