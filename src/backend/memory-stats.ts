import { memory as theMemory } from "./engine.js";

/** Bytes of the one WebAssembly memory. */
export interface MemoryStats {
  /** In tensors and weights that last. */
  live: number;
  /** Held for training steps, predictions and scopes, to be used again. */
  arena: number;
  /** The most that was in use at once. */
  peak: number;
  /** Taken from the platform; it never shrinks. */
  reserved: number;
}

/**
 * What tensors take now.
 *
 * @example
 * wg.memory().live >= 0; // true
 */
export function memory(): MemoryStats {
  return theMemory().stats();
}
