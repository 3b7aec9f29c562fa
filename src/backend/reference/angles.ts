import type { Real } from "./real.js";

export function angles(real: Real) {
  const { shift } = real;

  const forward =
    (f: (x: number) => number) =>
    (y: number, x: number, begin: number, end: number): void => {
      const h = real.heap();
      for (let i = begin; i < end; i++) h[(y >>> shift) + i] = f(h[(x >>> shift) + i] as number);
    };
  /** dx += f(dy, s), with s the result or the input. */
  const backward =
    (f: (d: number, v: number) => number) =>
    (dx: number, dy: number, s: number, begin: number, end: number): void => {
      const h = real.heap();
      for (let i = begin; i < end; i++) {
        (h[(dx >>> shift) + i] as number) += f(h[(dy >>> shift) + i] as number, h[(s >>> shift) + i] as number);
      }
    };

  return {
    tan_forward: forward(Math.tan),
    tan_backward: backward((d, v) => d * (1 + v * v)),
    asin_forward: forward(Math.asin),
    asin_backward: backward((d, v) => d / Math.sqrt((1 - v) * (1 + v))),
    acos_forward: forward(Math.acos),
    acos_backward: backward((d, v) => -d / Math.sqrt((1 - v) * (1 + v))),
    atan_forward: forward(Math.atan),
    atan_backward: backward((d, v) => d / (1 + v * v)),
    sinh_forward: forward(Math.sinh),
    sinh_backward: backward((d, v) => d * Math.cosh(v)),
    cosh_forward: forward(Math.cosh),
    cosh_backward: backward((d, v) => d * Math.sinh(v)),
    asinh_forward: forward(Math.asinh),
    asinh_backward: backward((d, v) => d / Math.sqrt(1 + v * v)),
    acosh_forward: forward(Math.acosh),
    acosh_backward: backward((d, v) => d / Math.sqrt((v - 1) * (v + 1))),
    atanh_forward: forward(Math.atanh),
    atanh_backward: backward((d, v) => d / ((1 - v) * (1 + v))),
  };
}
