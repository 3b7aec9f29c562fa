/**
 * A stream of uniform numbers in [0, 1) from a seed: mulberry32, good enough for data to time with, and a few lines in any language.
 */
export function uniform(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let z = state;
    z = Math.imul(z ^ (z >>> 15), z | 1);
    z ^= z + Math.imul(z ^ (z >>> 7), z | 61);
    return ((z ^ (z >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** `length` numbers between −limit and limit, as float32. */
export function spread(next, length, limit) {
  return Float32Array.from({ length }, () => (2 * next() - 1) * limit);
}
