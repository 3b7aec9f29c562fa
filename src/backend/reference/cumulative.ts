import type { Real } from "./real.js";

export function cumulative(real: Real) {
  const { shift } = real;

  /** Visits each line with the positions of its elements, in the order in which they are taken. */
  const lines = (
    n: number,
    inner: number,
    reverse: number,
    begin: number,
    end: number,
    visit: (positions: number[]) => void,
  ): void => {
    for (let line = begin; line < end; line++) {
      const first = Math.floor(line / inner) * n * inner + (line % inner);
      const positions = Array.from({ length: n }, (_, k) => first + k * inner);
      visit(reverse ? positions.reverse() : positions);
    }
  };

  const running =
    (start: number, f: (a: number, b: number) => number) =>
    (
      y: number,
      x: number,
      n: number,
      inner: number,
      exclusive: number,
      reverse: number,
      begin: number,
      end: number,
    ): void => {
      const h = real.heap();
      lines(n, inner, reverse, begin, end, (positions) => {
        let value = start;
        for (const i of positions) {
          const next = f(value, h[(x >>> shift) + i] as number);
          h[(y >>> shift) + i] = exclusive ? value : next;
          value = next;
        }
      });
    };

  return {
    cumsum_forward: running(0, (a, b) => a + b),
    cumsum_backward(
      dx: number,
      dy: number,
      n: number,
      inner: number,
      exclusive: number,
      reverse: number,
      begin: number,
      end: number,
    ): void {
      const h = real.heap();
      lines(n, inner, reverse, begin, end, (positions) => {
        let sum = 0;
        for (const i of positions.reverse()) {
          const next = sum + (h[(dy >>> shift) + i] as number);
          (h[(dx >>> shift) + i] as number) += exclusive ? sum : next;
          sum = next;
        }
      });
    },

    cumprod_forward: running(1, (a, b) => a * b),
    cumprod_backward(
      dx: number,
      dy: number,
      x: number,
      _y: number,
      n: number,
      inner: number,
      exclusive: number,
      reverse: number,
      begin: number,
      end: number,
    ): void {
      const h = real.heap();
      const [DX, DY, X] = [dx >>> shift, dy >>> shift, x >>> shift];
      lines(n, inner, reverse, begin, end, (positions) => {
        positions.forEach((i, k) => {
          // Every result that has x[i] as a factor, by the product of the others.
          for (let m = exclusive ? k + 1 : k; m < n; m++) {
            const factors = positions.slice(0, exclusive ? m : m + 1).filter((j) => j !== i);
            const product = factors.reduce((p, j) => p * (h[X + j] as number), 1);
            (h[DX + i] as number) += (h[DY + (positions[m] as number)] as number) * product;
          }
        });
      });
    },
  };
}
