import type { Real } from "./real.js";

export function dense(real: Real) {
  const { shift } = real;
  return {
    bias_backward(db: number, dz: number, rows: number, columns: number, begin: number, end: number): void {
      const h = real.heap();
      const [DB, DZ] = [db >>> shift, dz >>> shift];
      for (let j = begin; j < end; j++) {
        let sum = 0;
        for (let i = 0; i < rows; i++) sum += h[DZ + i * columns + j] as number;
        (h[DB + j] as number) += sum;
      }
    },
  };
}
