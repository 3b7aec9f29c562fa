import type { Real } from "./real.js";

/** Sizes d1 … d3, strides of y and of x, range. */
type Layout = [
  ...[d1: number, d2: number, d3: number],
  ...[y0: number, y1: number, y2: number, y3: number, x0: number, x1: number, x2: number, x3: number],
  ...[begin: number, end: number],
];

/** Calls `visit` with each element's position in y and in x. */
function walk(layout: Layout, visit: (y: number, x: number) => void): void {
  const [d1, d2, d3, y0, y1, y2, y3, x0, x1, x2, x3, begin, end] = layout;
  const row = Math.floor(begin / d3);
  let i3 = begin % d3;
  let i2 = row % d2;
  let i1 = Math.floor(row / d2) % d1;
  let i0 = Math.floor(row / d2 / d1);
  for (let i = begin; i < end; i++) {
    visit(i0 * y0 + i1 * y1 + i2 * y2 + i3 * y3, i0 * x0 + i1 * x1 + i2 * x2 + i3 * x3);
    if (++i3 < d3) continue;
    i3 = 0;
    if (++i2 < d2) continue;
    i2 = 0;
    if (++i1 < d1) continue;
    i1 = 0;
    i0++;
  }
}

export function shape(real: Real) {
  const { memory, shift } = real;
  const heapOf = (item: number) => (item === 1 ? memory.u8 : item === 4 ? memory.u32 : memory.f64);
  return {
    strided_copy(y: number, x: number, item: number, ...layout: Layout): void {
      const h = heapOf(item);
      walk(layout, (iy, ix) => {
        h[y / item + iy] = h[x / item + ix] as number;
      });
    },
    strided_accumulate(y: number, x: number, ...layout: Layout): void {
      const h = real.heap();
      walk(layout, (iy, ix) => {
        (h[(y >>> shift) + iy] as number) += h[(x >>> shift) + ix] as number;
      });
    },

    fill_int32(y: number, value: number, begin: number, end: number): void {
      memory.i32.fill(value, (y >>> 2) + begin, (y >>> 2) + end);
    },
    fill_uint8(y: number, value: number, begin: number, end: number): void {
      memory.u8.fill(value, y + begin, y + end);
    },

    first_bad_index(indices: number, limit: number, begin: number, end: number): number {
      for (let i = begin; i < end; i++) {
        const index = memory.i32[(indices >>> 2) + i] as number;
        if (index < 0 || index >= limit) return i;
      }
      return -1;
    },
    gather_forward(
      y: number,
      x: number,
      indices: number,
      n: number,
      count: number,
      inner: number,
      item: number,
      begin: number,
      end: number,
    ): void {
      const h = heapOf(item);
      for (let row = begin; row < end; row++) {
        const index = memory.i32[(indices >>> 2) + (row % count)] as number;
        const to = y / item + row * inner;
        const from = x / item + (Math.floor(row / count) * n + index) * inner;
        if (index >= 0 && index < n) h.copyWithin(to, from, from + inner);
        else h.fill(0, to, to + inner);
      }
    },
    gather_backward(
      dx: number,
      dy: number,
      indices: number,
      n: number,
      count: number,
      inner: number,
      begin: number,
      end: number,
    ): void {
      const h = real.heap();
      for (let row = begin; row < end; row++) {
        const o = Math.floor(row / n);
        for (let j = 0; j < count; j++) {
          if (memory.i32[(indices >>> 2) + j] !== row % n) continue;
          const [to, from] = [(dx >>> shift) + row * inner, (dy >>> shift) + (o * count + j) * inner];
          for (let c = 0; c < inner; c++) (h[to + c] as number) += h[from + c] as number;
        }
      }
    },

    one_hot(y: number, indices: number, depth: number, on: number, off: number, begin: number, end: number): void {
      const h = real.heap();
      for (let row = begin; row < end; row++) {
        const index = memory.i32[(indices >>> 2) + row];
        for (let c = 0; c < depth; c++) h[(y >>> shift) + row * depth + c] = c === index ? on : off;
      }
    },
  };
}
