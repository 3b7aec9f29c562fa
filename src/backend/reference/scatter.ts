import type { Real } from "./real.js";

export function scatter(real: Real) {
  const { memory, shift } = real;

  /** Visits the place of each row j in y. */
  const places = (
    at: number,
    n: number,
    begin: number,
    end: number,
    visit: (j: number, place: number) => void,
  ): void => {
    for (let j = begin; j < end; j++) {
      const place = memory.i32[(at >>> 2) + j] as number;
      if (place >= 0 && place < n) visit(j, place);
    }
  };

  const joining =
    (f: (a: number, b: number) => number) =>
    (y: number, x: number, at: number, n: number, inner: number, begin: number, end: number): void => {
      const h = real.heap();
      places(at, n, begin, end, (j, place) => {
        const [to, from] = [(y >>> shift) + place * inner, (x >>> shift) + j * inner];
        for (let c = 0; c < inner; c++) h[to + c] = f(h[to + c] as number, h[from + c] as number);
      });
    };

  return {
    scatter_items(
      y: number,
      x: number,
      at: number,
      n: number,
      inner: number,
      item: number,
      begin: number,
      end: number,
    ): void {
      const bytes = inner * item;
      places(at, n, begin, end, (j, place) => {
        memory.u8.copyWithin(y + place * bytes, x + j * bytes, x + (j + 1) * bytes);
      });
    },
    scatter_add: joining((a, b) => a + b),
    scatter_mul: joining((a, b) => a * b),
    scatter_max: joining(Math.max),
    scatter_min: joining(Math.min),
  };
}
