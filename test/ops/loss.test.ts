import { describe, expect, test } from "vitest";
import { halfSquaredError, huber, logCosh, meanAbsoluteError, meanSquaredError } from "../../src/ops/loss.js";
import { type Tensor, tensor } from "../../src/tensor/tensor.js";
import { backends } from "../support/backends.js";
import { checkOp, type OpCase } from "../support/check-op.js";
import { pullBack } from "../support/pull-back.js";

const shapes = [[1, 1], [3, 2], [2, 3], [5, 4], [2, 2, 5], [7], [3, 10], [2, 300]];

const special = [1, 2, -0, NaN, 1, Infinity, Infinity, -1e15, 1e18];
const cases: OpCase[] = [
  ...shapes.map((shape) => ({ name: `[${shape}]`, inputs: [shape, shape] })),
  {
    name: "no rows",
    inputs: [
      [0, 3],
      [0, 3],
    ],
  },
  {
    name: "nothing in a row",
    inputs: [
      [3, 0],
      [3, 0],
    ],
  },
  {
    name: "large",
    inputs: [
      [3, 5],
      [3, 5],
    ],
    range: [-1e15, 1e15],
    gradient: false,
  },
  {
    name: "tiny",
    inputs: [
      [3, 5],
      [3, 5],
    ],
    range: [-1e-15, 1e-15],
    gradient: false,
  },
  {
    name: "special values",
    inputs: [
      { values: special, shape: [9, 1] },
      { values: [1, 0, 0, 1, NaN, 1, Infinity, 0, -0], shape: [9, 1] },
    ],
    gradient: false,
  },
];

/** The sum of f(a − b) over each row of the last axis. */
const sums = (f: (d: number) => number, scale: (columns: number) => number) => (columns: number) => {
  return (a: Float64Array, b: Float64Array, rows: number) =>
    Array.from({ length: rows }, (_, row) => {
      let sum = 0;
      for (let i = row * columns; i < (row + 1) * columns; i++) sum += f((a[i] as number) - (b[i] as number));
      return sum * scale(columns);
    });
};

const losses = [
  {
    name: "meanSquaredError",
    run: meanSquaredError,
    formula: sums(
      (d) => d * d,
      (n) => 1 / n,
    ),
  },
  {
    name: "halfSquaredError",
    run: halfSquaredError,
    formula: sums(
      (d) => d * d,
      () => 0.5,
    ),
  },
  { name: "meanAbsoluteError", run: meanAbsoluteError, formula: sums(Math.abs, (n) => 1 / n) },
  {
    name: "huber",
    run: (a: Tensor, b: Tensor) => huber(a, b, 0.7),
    formula: sums(
      (d) => (Math.abs(d) <= 0.7 ? d ** 2 / 2 : 0.7 * Math.abs(d) - 0.245),
      (n) => 1 / n,
    ),
  },
  {
    name: "logCosh",
    run: logCosh,
    formula: sums(
      (d) => (Math.abs(d) > 20 ? Math.abs(d) - Math.LN2 : Math.log(Math.cosh(d))),
      (n) => 1 / n,
    ),
  },
];

for (const { name, run, formula } of losses) {
  for (const each of cases) {
    const input = each.inputs[0] as number[] | { shape: number[] };
    const shape = Array.isArray(input) ? input : input.shape;
    const rows = shape.slice(0, -1).reduce((n, size) => n * size, 1);
    checkOp(name, {
      run,
      cases: [each],
      expected: (a, b) => {
        const [x, y] = [a, b] as [Float64Array, Float64Array];
        const want = formula(shape[shape.length - 1] as number)(x, y, rows);
        // ½ Σ over nothing is 0, a mean of nothing is NaN.
        return shape.includes(0) && rows > 0 ? want.map(() => (name === "halfSquaredError" ? 0 : NaN)) : want;
      },
    });
  }
}

describe("gradients", () => {
  for (const backend of backends) {
    test(`½ squared error: exactly y − d; |a − b|: 0 where equal, NaN at NaN; on ${backend.name}`, async () => {
      await backend.use();
      const y = tensor([[0.1, 1e6, -3, 1, NaN]]);
      const d = tensor([[0.3, 1, -3, 4, 1]]);
      const one = tensor([1]);
      const half = pullBack([y, d], one, () => halfSquaredError(y, d)).gradients;
      const [a, b] = [y.toTypedArray(), d.toTypedArray()];
      expect([...(half[0]?.toTypedArray() ?? [])]).toEqual(Array.from(a, (v, i) => Math.fround(v - (b[i] as number))));
      expect([...(half[1]?.toTypedArray() ?? [])]).toEqual(Array.from(b, (v, i) => Math.fround(v - (a[i] as number))));
      const absolute = pullBack([y], tensor([5]), () => meanAbsoluteError(y, d)).gradients;
      expect(absolute[0]?.toArray()).toEqual([[-1, 1, 0, -1, NaN]]);
    });
  }

  test("bad input", () => {
    expect(() => meanSquaredError([[1], [2]], [1, 2])).toThrow(
      "meanSquaredError: a and b expected one shape [..., n], got [2, 1] and [2]; reshape one of them",
    );
    expect(() => meanAbsoluteError(tensor([1]), tensor(Float64Array.of(1)))).toThrow(
      'meanAbsoluteError: inputs expected one dtype, got float32 and float64; convert one with cast(x, "float32")',
    );
    expect(() => halfSquaredError(1, 2)).toThrow(
      "halfSquaredError: a and b expected one shape [..., n], got [] and []",
    );
    expect(() => halfSquaredError(tensor(Int32Array.of(1)), [1])).toThrow(
      'halfSquaredError: a expected float32 or float64, got int32; convert it with cast(a, "float32")',
    );
  });
});
