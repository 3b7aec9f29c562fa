import * as wg from "wasmgrad";

/**
 * Random numbers of a seed, and functions of them, by the library's kernels: they are the same on every machine, where the last bits of
 * Math.sin are the browser's own.
 */
export function drawsOf(seed: number) {
  // Each call has a stream of its own.
  const STREAMS = 64;
  let next = seed * STREAMS;
  return {
    uniform: (count: number, low: number, high: number) =>
      floats(wg.randomUniform([count], low, high, "float32", next++)),
    normal: (count: number, deviation: number) => floats(wg.randomNormal([count], 0, deviation, "float32", next++)),
  };
}

export type Draws = ReturnType<typeof drawsOf>;

export const sin = (x: Float32Array): Float32Array => floats(wg.sin(x));
export const cos = (x: Float32Array): Float32Array => floats(wg.cos(x));
export const exp = (x: Float32Array): Float32Array => floats(wg.exp(x));

function floats(tensor: wg.Tensor): Float32Array {
  return tensor.toTypedArray() as Float32Array;
}
