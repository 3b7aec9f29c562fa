import type { Memory } from "../memory.js";

/** What the plain-loop kernels need to know of their element type. Addresses are in bytes; `heap()[p >>> shift]` is the element at `p`. */
export interface Real {
  readonly shift: 2 | 3;
  readonly memory: Memory;
  /** The whole memory as elements. Ask in each kernel call: growing the memory replaces it. */
  heap(): Float32Array | Float64Array;
}

export function float32(memory: Memory): Real {
  return { shift: 2, memory, heap: () => memory.f32 };
}

export function float64(memory: Memory): Real {
  return { shift: 3, memory, heap: () => memory.f64 };
}

/** What the loss of a row counts in the whole: `share`, times the row's weight where `weights` is not 0. */
export function shareOf(real: Real, row: number, weights: number, share: number): number {
  return weights ? (real.heap()[(weights >>> real.shift) + row] as number) * share : share;
}
