import type { Real } from "./real.js";

/** The arguments of a kernel over two operands that may be stretched: sizes d1 … d3, strides of a and of b, range. */
type Layout = [
  ...[d1: number, d2: number, d3: number],
  ...[a0: number, a1: number, a2: number, a3: number, b0: number, b1: number, b2: number, b3: number],
  ...[begin: number, end: number],
];

type Visit = (i: number, a: number, b: number) => void;

/** Calls `visit` with each element's position in the result and in both operands. */
function walk(layout: Layout, visit: Visit): void {
  const [d1, d2, d3, a0, a1, a2, a3, b0, b1, b2, b3, begin, end] = layout;
  const row = Math.floor(begin / d3);
  let i3 = begin % d3;
  let i2 = row % d2;
  let i1 = Math.floor(row / d2) % d1;
  let i0 = Math.floor(row / d2 / d1);
  for (let i = begin; i < end; i++) {
    visit(i, i0 * a0 + i1 * a1 + i2 * a2 + i3 * a3, i0 * b0 + i1 * b1 + i2 * b2 + i3 * b3);
    if (++i3 < d3) continue;
    i3 = 0;
    if (++i2 < d2) continue;
    i2 = 0;
    if (++i1 < d1) continue;
    i1 = 0;
    i0++;
  }
}

/** y = f(a, b) */
export function assign(real: Real, f: (a: number, b: number) => number) {
  return (y: number, a: number, b: number, ...layout: Layout): void => {
    const h = real.heap();
    const [Y, A, B] = [y >>> real.shift, a >>> real.shift, b >>> real.shift];
    walk(layout, (i, ia, ib) => {
      h[Y + i] = f(h[A + ia] as number, h[B + ib] as number);
    });
  };
}

/** dx += f(dy, a, b) */
export function accumulate(real: Real, f: (dy: number, a: number, b: number) => number) {
  return (dx: number, dy: number, a: number, b: number, ...layout: Layout): void => {
    const h = real.heap();
    const [DX, DY, A, B] = [dx >>> real.shift, dy >>> real.shift, a >>> real.shift, b >>> real.shift];
    walk(layout, (i, ia, ib) => {
      (h[DX + i] as number) += f(h[DY + i] as number, h[A + ia] as number, h[B + ib] as number);
    });
  };
}

/** The byte y = f(a, b) */
export function flag(real: Real, f: (a: number, b: number) => boolean) {
  return (y: number, a: number, b: number, ...layout: Layout): void => {
    const h = real.heap();
    const bytes = real.memory.u8;
    const [A, B] = [a >>> real.shift, b >>> real.shift];
    walk(layout, (i, ia, ib) => {
      bytes[y + i] = Number(f(h[A + ia] as number, h[B + ib] as number));
    });
  };
}
