import { spread, uniform } from "../harness/random.js";

/** C = A · B of square float32 matrices. */
export default [32, 64, 128, 256, 512, 1024].map((n) => ({
  name: `matmul-${n}`,
  title: `matmul ${n}³`,
  kind: "matmul",
  flops: 2 * n ** 3,
  bars: {
    64: [{ threads: "many", against: "wasmgrad", atLeast: 1 }],
    512: [{ threads: "many", against: "wasmgrad", atLeast: 1.8 }],
  }[n],
  make() {
    const next = uniform(n);
    return { n, a: spread(next, n * n, 1), b: spread(next, n * n, 1) };
  },
}));
