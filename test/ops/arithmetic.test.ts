import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { kernels } from "../../src/backend/engine.js";
import { add, div, divNoNan, maximum, minimum, mul, pow, squaredDifference, sub } from "../../src/ops/arithmetic.js";
import { grad } from "../../src/tensor/grad.js";
import { scope } from "../../src/tensor/scope.js";
import { empty, type Tensor, tensor } from "../../src/tensor/tensor.js";
import { backends } from "../support/backends.js";
import { awkward, binaryCases, broadcastableShapes, broadcastOracle } from "../support/broadcast-cases.js";
import { checkOp } from "../support/check-op.js";
import { generator, uniform } from "../support/random.js";

/** IEEE 754's pow, which JavaScript's `**` is but for 1 and −1. */
const ieeePow = (a: number, b: number) => (a === 1 || (a === -1 && Math.abs(b) === Infinity) ? 1 : a ** b);

type Binary = (a: number, b: number) => number;
const operations: [string, (a: Tensor, b: Tensor) => Tensor, Binary, Binary?][] = [
  ["add", add, (a, b) => a + b],
  ["sub", sub, (a, b) => a - b],
  ["mul", mul, (a, b) => a * b],
  ["div", div, (a, b) => a / b],
  ["divNoNan", divNoNan, (a, b) => (b === 0 ? 0 : a / b)],
  ["pow", pow, ieeePow],
  ["maximum", maximum, (a, b) => Math.max(a, b)],
  ["minimum", minimum, (a, b) => Math.min(a, b)],
  // In f32 the difference is rounded before it is squared.
  ["squaredDifference", squaredDifference, (a, b) => (a - b) ** 2, (a, b) => Math.fround(a - b) ** 2],
];

for (const [name, run, f, f32 = f] of operations) {
  const shapes = (i: number) => binaryCases[i]?.inputs as number[][];
  binaryCases.forEach((each, i) => {
    checkOp(name, {
      run,
      // Quotients and powers away from 0, where their derivatives are large or not real.
      cases: [name.startsWith("div") || name === "pow" ? { ...each, range: [0.5, 2] } : each],
      expected: (a, b) => broadcastOracle(f, [a, shapes(i)[0] ?? []], [b, shapes(i)[1] ?? []]).values,
      tolerance: { f32: 1e-6, f64: 1e-15 },
    });
  });

  describe(`${name} of awkward values`, () => {
    const a = awkward.flatMap((v) => awkward.map(() => Math.fround(v)));
    const b = awkward.flatMap(() => awkward.map(Math.fround));
    for (const backend of backends) {
      test(`exact on ${backend.name}`, async () => {
        await backend.use();
        for (const dtype of ["float32", "float64"] as const) {
          const got = run(tensor(a, undefined, dtype), tensor(b, undefined, dtype)).toTypedArray();
          a.forEach((v, i) => {
            const w = b[i] as number;
            const want = dtype === "float32" ? Math.fround(f32(v, w)) : f(v, w);
            if (name === "pow" && Number.isFinite(want) && Math.abs((got[i] as number) / want - 1) < 3e-16) return;
            expect(got[i], `${dtype} ${name}(${v}, ${w})`).toBe(want);
          });
        }
      });
    }
  });
}

describe("broadcasting", () => {
  for (const backend of backends) {
    test(`any shapes, against nested loops, on ${backend.name}`, async () => {
      await backend.use();
      fc.assert(
        fc.property(broadcastableShapes, ({ a, b }) => {
          const size = (shape: number[]) => shape.reduce((p, n) => p * n, 1);
          const x = Float64Array.from(uniform(size(a), -2, 2, 1));
          const y = Float64Array.from(uniform(size(b), -2, 2, 2));
          const want = broadcastOracle((p, q) => p - q, [x, a], [y, b]);
          scope(() => {
            const got = sub(tensor(x, a), tensor(y, b));
            expect(got.shape).toEqual(want.shape);
            expect(Array.from(got.toTypedArray())).toEqual(want.values);
          });
        }),
        { numRuns: 300, seed: 2 },
      );
    });

    test(`bits do not depend on how the range is cut, on ${backend.name}`, async () => {
      await backend.use();
      for (const dtype of ["float32", "float64"] as const) {
        const k = kernels(dtype);
        // 5 × 7 × 33 with a column of a and a row of b.
        const n = 5 * 7 * 33;
        const x = tensor(uniform(35, 0.1, 2, 1), undefined, dtype);
        const y = tensor(uniform(33, 0.1, 2, 2), undefined, dtype);
        const layout = [5, 7, 33, 0, 7, 1, 0, 0, 0, 0, 1] as const;
        const run = (cuts: number[]) => {
          const out = empty([n], dtype);
          k.fill(out.at, 0.5, 0, n);
          cuts.slice(1).forEach((end, i) => {
            k.pow_forward(out.at, x.at, y.at, ...layout, cuts[i] as number, end);
            k.pow_backward_b(out.at, out.at, x.at, y.at, ...layout, cuts[i] as number, end);
          });
          return out.toTypedArray();
        };
        expect(run([0, 4, 36, 400, 640, n])).toEqual(run([0, n]));
      }
    });
  }
});

describe("gradients at ties and zeros", () => {
  for (const backend of backends) {
    test(`on ${backend.name}`, async () => {
      await backend.use();
      const of = (f: (a: Tensor, b: Tensor) => Tensor, a: number, b: number) =>
        grad((p: Tensor, q: Tensor) => f(p, q))([a], [b]).map((g) => g.item());
      expect(of(maximum, 2, 2)).toEqual([1, 0]);
      expect(of(minimum, 2, 2)).toEqual([1, 0]);
      expect(of(divNoNan, 3, 0)).toEqual([0, 0]);
      expect(of(pow, 0, 0)).toEqual([0, 0]);
      expect(of(pow, 0, 2)).toEqual([0, 0]);
      expect(of(pow, -2, 2)).toEqual([-4, NaN]);
    });
  }

  test("one tensor as both operands gets both gradients", () => {
    expect(grad((x: Tensor) => mul(x, x))([3]).item()).toBe(6);
    expect(grad((x: Tensor) => sub(x, x))([3]).item()).toBe(0);
  });
});

describe("pow", () => {
  for (const backend of backends) {
    test(`float32 within 0.51 ULP on ${backend.name}`, async () => {
      await backend.use();
      const next = generator(7);
      const n = 20_000;
      // Bases over all exponents, exponents such that results stay in range.
      const a = Float32Array.from({ length: n }, () => 2 ** (next() * 250 - 125));
      const b = Float32Array.from(a, (v) => ((next() * 2 - 1) * 125) / Math.max(Math.abs(Math.log2(v)), 0.01));
      const got = pow(tensor(a), tensor(b)).toTypedArray();
      let worst = 0;
      a.forEach((v, i) => {
        const want = v ** (b[i] as number);
        const ulp = 2 ** (Math.floor(Math.log2(want)) - 23);
        worst = Math.max(worst, Math.abs((got[i] as number) - want) / ulp);
      });
      expect(worst).toBeLessThanOrEqual(0.51);
    });

    // The plain loops use the engine's own pow, which in Node 20 is off by 420 ULP here.
    const bound = backend.name === "js" ? 1000 : 1;
    test(`float64 within ${bound} ULP of 60 digits (fixtures/pow.py) on ${backend.name}`, async () => {
      await backend.use();
      const path = new URL("../fixtures/pow.json", import.meta.url);
      const rows = JSON.parse(readFileSync(path, "utf8")) as [number, number, number, number][];
      const column = (j: number) => Float64Array.from(rows, (row) => row[j] as number);
      const got = pow(tensor(column(0)), tensor(column(1))).toTypedArray();
      let worst = 0;
      // Each row: a, b, the nearest double to aᵇ, and what is missing from it in ULP.
      rows.forEach(([, , want, rest], i) => {
        const ulp = Math.max(2 ** (Math.floor(Math.log2(want)) - 52), 2 ** -1074);
        worst = Math.max(worst, Math.abs(((got[i] as number) - want) / ulp - rest));
      });
      expect(worst).toBeLessThanOrEqual(bound);
    });
  }
});

describe("bad input", () => {
  test("sizes that do not broadcast", () => {
    expect(() => add([1, 2], [1, 2, 3])).toThrow(
      "add: shapes expected to broadcast (equal sizes or 1, aligned at the last axis), got [2] and [3]; reshape one of them",
    );
  });
  test("dtypes that differ", () => {
    expect(() => mul(tensor([1], [1], "float64"), tensor([1]))).toThrow(
      'mul: inputs expected one dtype, got float64 and float32; convert one with cast(x, "float64")',
    );
  });
  test("integers", () => {
    expect(() => sub(tensor([1], [1], "uint8"), 1)).toThrow(
      'sub: a expected float32 or float64, got uint8; convert it with cast(a, "float32")',
    );
  });
});
