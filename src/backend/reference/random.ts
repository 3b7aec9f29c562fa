import { philox } from "../../util/philox.js";
import type { Real } from "./real.js";

export function random(real: Real) {
  const { shift, memory } = real;
  const single = shift === 2;
  const group = single ? 16 : 8;

  /** Calls `consume` for every block that feeds [begin, end). A block of group `g` feeds every fourth element, from its own number on. */
  function blocks(
    step: number,
    key0: number,
    key1: number,
    begin: number,
    end: number,
    consume: (words: (redraw: number) => Uint32Array, elements: number[]) => void,
  ): void {
    const out = new Uint32Array(4);
    const now = memory.u32[step >>> 2] as number;
    for (let block = 4 * Math.floor(begin / group); block < 4 * Math.ceil(end / group); block++) {
      const first = group * (block >> 2) + (block & 3);
      const elements: number[] = [];
      for (let i = first; i < first + group; i += 4) elements.push(i);
      consume((redraw) => {
        philox(out, block, now, redraw, 0, key0, key1);
        return out;
      }, elements);
    }
  }

  /** Draws `count` normals for a block, by Box and Muller: two from each pair of uniforms. */
  function normals(w: Uint32Array): number[] {
    const [w0, w1, w2, w3] = w as unknown as [number, number, number, number];
    if (!single) return pair(bits53(w0, w1) + 2 ** -53, bits53(w2, w3));
    const [a, b] = pair((Math.fround(w0) + 1) / 2 ** 32, (w1 >>> 8) / 2 ** 24) as [number, number];
    const [c, d] = pair((Math.fround(w2) + 1) / 2 ** 32, (w3 >>> 8) / 2 ** 24) as [number, number];
    return [a, b, c, d];
  }

  return {
    random_uniform(
      y: number,
      low: number,
      high: number,
      key0: number,
      key1: number,
      step: number,
      begin: number,
      end: number,
    ): void {
      const h = real.heap();
      const Y = y >>> shift;
      const round = single ? Math.fround : (v: number) => v;
      const width = round(round(high) - round(low));
      blocks(step, key0, key1, begin, end, (words, elements) => {
        const [w0, w1, w2, w3] = words(0) as unknown as [number, number, number, number];
        const units = single ? [w0, w1, w2, w3].map((w) => (w >>> 8) / 2 ** 24) : [bits53(w0, w1), bits53(w2, w3)];
        elements.forEach((i, j) => {
          if (i < begin || i >= end) return;
          const v = round(round(low) + round(width * (units[j] as number)));
          h[Y + i] = v < round(high) ? v : low;
        });
      });
    },

    random_normal(
      y: number,
      mean: number,
      deviation: number,
      key0: number,
      key1: number,
      step: number,
      begin: number,
      end: number,
    ): void {
      const h = real.heap();
      const Y = y >>> shift;
      blocks(step, key0, key1, begin, end, (words, elements) => {
        const z = normals(words(0));
        elements.forEach((i, j) => {
          if (i >= begin && i < end) h[Y + i] = mean + deviation * (z[j] as number);
        });
      });
    },

    random_truncated_normal(
      y: number,
      mean: number,
      deviation: number,
      key0: number,
      key1: number,
      step: number,
      begin: number,
      end: number,
    ): void {
      const h = real.heap();
      const Y = y >>> shift;
      blocks(step, key0, key1, begin, end, (words, elements) => {
        let missing = elements.map((_, j) => j);
        for (let redraw = 0; missing.length > 0; redraw++) {
          const z = normals(words(redraw));
          missing = missing.filter((j) => {
            const i = elements[j] as number;
            const v = z[j] as number;
            if (Math.abs(v) > 2) return true;
            if (i >= begin && i < end) h[Y + i] = mean + deviation * v;
            return false;
          });
        }
      });
    },
  };
}

/** 53 random bits over 2^53. */
function bits53(low: number, high: number): number {
  return high / 2 ** 32 + (low >>> 11) / 2 ** 53;
}

/** Two independent normals from u in (0, 1] and v in [0, 1). */
function pair(u: number, v: number): number[] {
  const radius = Math.sqrt(-2 * Math.log(u));
  return [radius * Math.cos(2 * Math.PI * v), radius * Math.sin(2 * Math.PI * v)];
}
