import type { Real } from "./real.js";

export function cast(real: Real) {
  const { memory, shift } = real;
  return {
    cast_to_int32(y: number, x: number, begin: number, end: number): void {
      const h = real.heap();
      const to = memory.i32;
      for (let i = begin; i < end; i++) to[(y >>> 2) + i] = saturate(h[(x >>> shift) + i], -2147483648, 2147483647);
    },
    cast_to_uint8(y: number, x: number, begin: number, end: number): void {
      const h = real.heap();
      const to = memory.u8;
      for (let i = begin; i < end; i++) to[y + i] = saturate(h[(x >>> shift) + i], 0, 255);
    },
    cast_to_bool(y: number, x: number, begin: number, end: number): void {
      const h = real.heap();
      const to = memory.u8;
      for (let i = begin; i < end; i++) to[y + i] = h[(x >>> shift) + i] === 0 ? 0 : 1;
    },

    cast_to_float32(y: number, x: number, begin: number, end: number): void {
      const h = real.heap();
      const to = memory.f32;
      for (let i = begin; i < end; i++) to[(y >>> 2) + i] = h[(x >>> shift) + i] as number;
    },
    cast_to_float32_backward(dx: number, dy: number, begin: number, end: number): void {
      const h = real.heap();
      const from = memory.f32;
      for (let i = begin; i < end; i++) (h[(dx >>> shift) + i] as number) += from[(dy >>> 2) + i] as number;
    },

    cast_to_float64(y: number, x: number, begin: number, end: number): void {
      const h = real.heap();
      const to = memory.f64;
      for (let i = begin; i < end; i++) to[(y >>> 3) + i] = h[(x >>> shift) + i] as number;
    },
    cast_to_float64_backward(dx: number, dy: number, begin: number, end: number): void {
      const h = real.heap();
      const from = memory.f64;
      for (let i = begin; i < end; i++) (h[(dx >>> shift) + i] as number) += from[(dy >>> 3) + i] as number;
    },

    cast_from_int32(y: number, x: number, begin: number, end: number): void {
      const h = real.heap();
      const from = memory.i32;
      for (let i = begin; i < end; i++) h[(y >>> shift) + i] = from[(x >>> 2) + i] as number;
    },
    cast_from_uint8(y: number, x: number, begin: number, end: number): void {
      const h = real.heap();
      const from = memory.u8;
      for (let i = begin; i < end; i++) h[(y >>> shift) + i] = from[x + i] as number;
    },
  };
}

/** Toward zero, within limits; NaN is 0. */
function saturate(x: number | undefined, low: number, high: number): number {
  return Math.min(Math.max(Math.trunc(x || 0), low), high);
}
