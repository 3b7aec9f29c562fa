/** A small seeded generator for test inputs (mulberry32). */
export function generator(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

/** `length` numbers, evenly spread over [low, high). */
export function uniform(length: number, low = -2, high = 2, seed = 1): Float32Array {
  const next = generator(seed);
  return Float32Array.from({ length }, () => low + (high - low) * next());
}
