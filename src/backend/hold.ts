import { type FloatDType, sizeOf } from "../util/dtypes.js";
import { memory } from "./engine.js";

/** Runs `body` with the addresses of so many elements each, not cleared, which hold until it returns. */
export function withMemory<T>(lengths: readonly number[], dtype: FloatDType, body: (...places: number[]) => T): T {
  const starts: number[] = [];
  let bytes = 0;
  for (const length of lengths) {
    starts.push(bytes);
    bytes += Math.ceil((length * sizeOf(dtype)) / 64) * 64;
  }
  const at = memory().take(bytes);
  try {
    return body(...starts.map((start) => at + start));
  } finally {
    memory().blocks.give(at, bytes);
  }
}
