import { flag } from "./broadcast.js";
import type { Real } from "./real.js";

export function compare(real: Real) {
  const { memory, shift } = real;
  return {
    equal: flag(real, (a, b) => a === b),
    not_equal: flag(real, (a, b) => a !== b),
    less: flag(real, (a, b) => a < b),
    less_equal: flag(real, (a, b) => a <= b),

    logical_and(y: number, a: number, b: number, begin: number, end: number): void {
      const h = memory.u8;
      for (let i = begin; i < end; i++) h[y + i] = (h[a + i] as number) & (h[b + i] as number);
    },
    logical_or(y: number, a: number, b: number, begin: number, end: number): void {
      const h = memory.u8;
      for (let i = begin; i < end; i++) h[y + i] = (h[a + i] as number) | (h[b + i] as number);
    },
    logical_not(y: number, x: number, begin: number, end: number): void {
      const h = memory.u8;
      for (let i = begin; i < end; i++) h[y + i] = (h[x + i] as number) ^ 1;
    },

    select_forward(y: number, a: number, b: number, condition: number, begin: number, end: number): void {
      const h = real.heap();
      for (let i = begin; i < end; i++) {
        h[(y >>> shift) + i] = h[((memory.u8[condition + i] ? a : b) >>> shift) + i] as number;
      }
    },
    select_backward(dx: number, dy: number, condition: number, side: number, begin: number, end: number): void {
      const h = real.heap();
      for (let i = begin; i < end; i++) {
        const chosen = (memory.u8[condition + i] !== 0) === (side !== 0);
        (h[(dx >>> shift) + i] as number) += chosen ? (h[(dy >>> shift) + i] as number) : 0;
      }
    },
    select_items(y: number, a: number, b: number, condition: number, item: number, begin: number, end: number): void {
      const h = item === 1 ? memory.u8 : memory.u32;
      for (let i = begin; i < end; i++) {
        h[y / item + i] = h[(memory.u8[condition + i] ? a : b) / item + i] as number;
      }
    },
  };
}
