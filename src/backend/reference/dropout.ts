import { philox } from "../../util/philox.js";
import type { Real } from "./real.js";

export function dropout(real: Real) {
  const { shift, memory } = real;
  return {
    dropout_forward(
      y: number,
      mask: number,
      x: number,
      rate: number,
      factor: number,
      key0: number,
      key1: number,
      step: number,
      begin: number,
      end: number,
    ): void {
      const h = real.heap();
      const bytes = memory.u8;
      const [Y, X] = [y >>> shift, x >>> shift];
      const scale = rounded(real, factor);
      const threshold = Math.floor(rate * 4294967296);
      const words = new Uint32Array(4);
      const now = memory.u32[step >>> 2] as number;
      for (let block = 4 * Math.floor(begin / 16); block < 4 * Math.ceil(end / 16); block++) {
        philox(words, block, now, 0, 0, key0, key1);
        for (let word = 0; word < 4; word++) {
          const i = 16 * (block >> 2) + 4 * word + (block & 3);
          if (i < begin || i >= end) continue;
          const kept = (words[word] as number) >= threshold;
          bytes[mask + i] = kept ? 1 : 0;
          h[Y + i] = kept ? (h[X + i] as number) * scale : 0;
        }
      }
    },

    dropout_backward(
      dx: number,
      dy: number,
      mask: number,
      factor: number,
      accumulate: number,
      begin: number,
      end: number,
    ): void {
      const h = real.heap();
      const [DX, DY] = [dx >>> shift, dy >>> shift];
      const scale = rounded(real, factor);
      for (let i = begin; i < end; i++) {
        const g = memory.u8[mask + i] ? (h[DY + i] as number) * scale : 0;
        h[DX + i] = accumulate ? (h[DX + i] as number) + g : g;
      }
    },
  };
}

/** The factor as the element type holds it. */
function rounded(real: Real, value: number): number {
  return real.shift === 2 ? Math.fround(value) : value;
}
