import { integerPower } from "../../util/math.js";
import type { Real } from "./real.js";

/** 1/13!, 1/12!, … 1/0! */
const inverseFactorials = [
  1.6059043836821613e-10, 2.08767569878681e-9, 2.505210838544172e-8, 2.755731922398589e-7, 2.7557319223985893e-6,
  2.48015873015873e-5, 0.0001984126984126984, 0.001388888888888889, 0.008333333333333333, 0.041666666666666664,
  0.16666666666666666, 0.5, 1, 1,
];

export function matern(real: Real) {
  const single = real.shift === 2;
  const { shift } = real;
  const round: (x: number) => number = single ? Math.fround : (x) => x;
  const mulAdd = (a: number, b: number, c: number) => round(round(a * b) + c);
  const factors = inverseFactorials.map(round);
  const log2e = round(Math.LOG2E);
  const [shifter, least] = single ? [12582912, -87] : [6755399441055744, -708];
  const [high, low] = single
    ? [-0.693359375, round(2.12194440054691e-4)]
    : [-0.6931471803691238, -1.9082149292705877e-10];

  const expOfNegative = (x: number): number => {
    const inside = Math.max(x, least);
    const n = round(mulAdd(inside, log2e, shifter) - shifter);
    const r = mulAdd(n, low, mulAdd(n, high, inside));
    let p = factors[0] as number;
    for (let k = 1; k < factors.length; k++) p = mulAdd(p, r, factors[k] as number);
    return round(p * (Number.isNaN(n) ? n : integerPower(2, n)));
  };

  return {
    matern52(y: number, slope: number, a: number, b: number, d: number, m: number, begin: number, end: number): void {
      const h = real.heap();
      const [Y, S, A, B] = [y >>> shift, slope >>> shift, a >>> shift, b >>> shift];
      for (let i = begin; i < end; i++) {
        for (let j = 0; j < m; j++) {
          let square = 0;
          for (let k = 0; k < d; k++) {
            const difference = round((h[A + i * d + k] as number) - (h[B + k * m + j] as number));
            square = mulAdd(difference, difference, square);
          }
          const fifth = round(square * 5);
          const rho = round(Math.sqrt(fifth));
          const e = expOfNegative(-rho);
          const first = round(rho + 1);
          h[Y + i * m + j] = mulAdd(fifth, round(0.3333333333333333), first) * e;
          h[S + i * m + j] = round(first * e) * round(-0.8333333333333334);
        }
      }
    },
  };
}
