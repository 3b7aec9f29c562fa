import { describe, expect, test } from "vitest";
import { kernels } from "../../src/backend/engine.js";
import { argMax, argMin } from "../../src/ops/order.js";
import { all, any, logSumExp, max, mean, min, moments, norm, prod, std, sum, variance } from "../../src/ops/reduce.js";
import { grad } from "../../src/tensor/grad.js";
import { empty, type Tensor, tensor } from "../../src/tensor/tensor.js";
import { backends } from "../support/backends.js";
import { checkOp, expectClose } from "../support/check-op.js";
import { uniform } from "../support/random.js";

type Axes = number | number[] | undefined;
type Reduce = (x: Tensor, axis?: Axes, keepDims?: boolean) => Tensor;

const total = (v: number[]) => v.reduce((p, q) => p + q, 0);
const average = (v: number[]) => total(v) / v.length;
const spread = (v: number[]) => {
  const m = average(v);
  return average(v.map((x) => (x - m) ** 2));
};
const greatest = (v: number[]) => v.reduce((p, q) => Math.max(p, q), -Infinity);

const logOfSum = (v: number[]) => {
  const peak = greatest(v);
  return Math.log(total(v.map((x) => Math.exp(x - peak)))) + peak;
};

/** Each reduction and the same of a list of numbers. */
const reductions: [string, Reduce, (v: number[]) => number][] = [
  ["sum", sum, total],
  ["mean", mean, average],
  ["prod", prod, (v) => v.reduce((p, q) => p * q, 1)],
  ["max", max, greatest],
  ["min", min, (v) => v.reduce((p, q) => Math.min(p, q), Infinity)],
  ["norm", (x, axis, keep) => norm(x, "euclidean", axis, keep), (v) => Math.sqrt(total(v.map((x) => x * x)))],
  ["norm 1", (x, axis, keep) => norm(x, 1, axis, keep), (v) => total(v.map(Math.abs))],
  ["norm ∞", (x, axis, keep) => norm(x, Infinity, axis, keep), (v) => Math.max(0, ...v.map(Math.abs))],
  ["variance", variance, spread],
  ["std", std, (v) => Math.sqrt(spread(v))],
  ["logSumExp", logSumExp, logOfSum],
];

/** The reduction by nested loops: for each place in the result, the list of what goes into it. */
function oracle(x: ArrayLike<number>, shape: readonly number[], axes: number[], f: (v: number[]) => number): number[] {
  const groups = new Map<string, number[]>();
  const visit = (index: number[], at: number): void => {
    if (index.length === shape.length) {
      const key = index.filter((_, i) => !axes.includes(i)).join();
      const group = groups.get(key);
      if (group) group.push(x[at] as number);
      else groups.set(key, [x[at] as number]);
      return;
    }
    const n = shape[index.length] as number;
    for (let i = 0; i < n; i++) visit([...index, i], at * n + i);
  };
  visit([], 0);
  return [...groups.values()].map(f);
}

/** Every set of axes of a rank. */
const subsets = (rank: number) =>
  Array.from({ length: 2 ** rank }, (_, bits) =>
    Array.from({ length: rank }, (_, i) => i).filter((i) => bits & (1 << i)),
  );

const shapes = [[], [0], [1], [5], [33], [3, 4], [1, 7], [6, 1], [0, 3], [2, 3, 5], [1, 4, 1, 3], [2, 3, 4, 5]];

for (const [name, run, f] of reductions) {
  for (const axes of [[], [0], [1], [2], [0, 2], [0, 1, 2]]) {
    // Of one element these are |x| and 0: no slope to compare at 0.
    const flat = axes.length === 0 && name === "std";
    checkOp(`${name} over [${axes}]`, {
      run: (x) => run(x, axes),
      cases: [{ name: "[3, 2, 5]", inputs: [[3, 2, 5]], gradient: !flat }],
      expected: (x) => oracle(x, [3, 2, 5], axes, f),
      tolerance: { absolute32: 1e-5 },
    });
  }

  describe(name, () => {
    for (const backend of backends) {
      test(`every shape over any axes on ${backend.name}`, async () => {
        await backend.use();
        for (const shape of shapes) {
          const x = Float64Array.from(
            uniform(
              shape.reduce((p, n) => p * n, 1),
              -2,
              2,
              5,
            ),
          );
          for (const axes of subsets(shape.length)) {
            const nothing = axes.some((i) => shape[i] === 0);
            if (nothing && (name === "max" || name === "min")) continue;
            const outer = shape.filter((_, i) => !axes.includes(i));
            const want = nothing ? filledList(outer, f([])) : oracle(x, shape, axes, f);
            for (const dtype of ["float32", "float64"] as const) {
              const y = run(tensor(x, shape, dtype), axes);
              expect(y.shape).toEqual(outer);
              expectClose(
                y.toTypedArray(),
                want,
                dtype === "float32" ? 1e-5 : 1e-12,
                1e-5,
                `[${shape}] over [${axes}]`,
              );
            }
            const negative = axes.map((i) => i - shape.length);
            expect(run(tensor(x, shape), negative, true).shape).toEqual(
              shape.map((n, i) => (axes.includes(i) ? 1 : n)),
            );
          }
        }
      });

      test(`sizes beyond a block, along and down, on ${backend.name}`, async () => {
        await backend.use();
        for (const [shape, axis] of [
          [[2, 512], 1],
          [[2, 513], 1],
          [[1, 5000], 1],
          [[32, 9], 0],
          [[33, 9], 0],
          [[200, 33], 0],
          [[2, 5000, 3], 1],
        ] as const) {
          // Near 1, so that a product of thousands stays in range.
          const x = Float64Array.from(
            uniform(
              shape.reduce((p: number, n) => p * n, 1),
              0.999,
              1.001,
              6,
            ),
          );
          const y = run(tensor(x, shape), [axis]);
          expectClose(y.toTypedArray(), oracle(x, shape, [axis], f), 1e-10, 1e-12, `[${shape}]`);
        }
      });
    }
  });
}

function filledList(shape: readonly number[], value: number): number[] {
  return new Array<number>(shape.reduce((p, n) => p * n, 1)).fill(value);
}

for (const backend of backends) {
  describe(`on ${backend.name}`, () => {
    test("special values", async () => {
      await backend.use();
      for (const dtype of ["float32", "float64"] as const) {
        for (const n of [1, 2, 3, 5, 8, 33, 100]) {
          for (const at of [0, n >> 1, n - 1]) {
            const of = (v: number) => {
              const x = new Float64Array(n).fill(1);
              x[at] = v;
              // Along the row, and down the columns beside others.
              return [
                tensor(x, [1, n], dtype),
                tensor(x, [n, 1], dtype),
                tensor(
                  Float64Array.from({ length: 5 * n }, (_, i) => x[Math.floor(i / 5)] as number),
                  [n, 5],
                  dtype,
                ),
              ] as const;
            };
            const [row, column, columns] = of(NaN);
            for (const run of [sum, mean, prod, max, min, norm, variance, std, logSumExp] as ((
              x: Tensor,
              ...a: never[]
            ) => Tensor)[]) {
              expect(run(row).item(), run.name).toBeNaN();
              expect(run(column).item(), run.name).toBeNaN();
            }
            for (const run of [sum, mean, prod, max, min, variance, std, logSumExp]) {
              expect(Array.from(run(columns, 0).toTypedArray()), run.name).toEqual(new Array(5).fill(NaN));
            }
            const [infinite] = of(Infinity);
            expect([sum, mean, prod, max, norm, logSumExp].map((run) => run(infinite).item())).toEqual(
              new Array(6).fill(Infinity),
            );
            const [low] = of(-Infinity);
            expect([sum(low).item(), min(low).item(), norm(low, 1).item(), norm(low, Infinity).item()]).toEqual([
              -Infinity,
              -Infinity,
              Infinity,
              Infinity,
            ]);
          }
        }
        expect(logSumExp(tensor([-Infinity, -Infinity], undefined, dtype)).item()).toBe(-Infinity);
        expect(Object.is(max(tensor([-0, 0, -0], undefined, dtype)).item(), 0)).toBe(true);
        expect(Object.is(min(tensor([0, -0, 0], undefined, dtype)).item(), -0)).toBe(true);
        expect(Object.is(max(tensor([-0], undefined, dtype)).item(), -0)).toBe(true);
      }
    });

    test("a float32 sum of ten million numbers is as good as pairwise summation", async () => {
      await backend.use();
      const n = 1e7;
      const x = new Float32Array(n).fill(0.1);
      const want = n * Math.fround(0.1);
      expect(Math.abs(sum(x).item() / want - 1)).toBeLessThan(2e-7);
      // Down the columns of [n / 4, 4], and one after the other: a running f32 sum is off by 1e-2.
      const columns = sum(tensor(x, [n / 4, 4]), 0).toTypedArray();
      for (const each of columns) expect(Math.abs(each / (want / 4) - 1)).toBeLessThan(2e-7);
    });

    test("the variance of numbers far from 0", async () => {
      await backend.use();
      const x = Float32Array.from({ length: 1000 }, (_, i) => 4096 + (i % 2));
      const { mean: m, variance: v } = moments(x);
      expect([m.item(), v.item(), std(x).item()]).toEqual([4096.5, 0.25, 0.5]);
      expect(moments(tensor(x, [10, 100]), 1, true).mean.shape).toEqual([10, 1]);
    });

    test("gradients at ties and at zero", async () => {
      await backend.use();
      const of = (f: (x: Tensor) => Tensor, x: number[]) => Array.from(grad(f)(x).toTypedArray());
      expect(of((x) => max(x), [1, 3, 3, 3, 3])).toEqual([0, 0.25, 0.25, 0.25, 0.25]);
      expect(of((x) => min(x), [2, 1, 1])).toEqual([0, 0.5, 0.5]);
      expect(of((x) => norm(x), [0, 0])).toEqual([0, 0]);
      expect(of((x) => norm(x, 1), [2, 0, -3])).toEqual([1, 0, -1]);
      expect(of((x) => norm(x, Infinity), [2, -2, 1])).toEqual([0.5, -0.5, 0]);
      expect(of((x) => norm(x, Infinity), [0, 0])).toEqual([0, 0]);
      expect(of((x) => std(x), [5, 5])).toEqual([0, 0]);
      expect(of((x) => prod(x), [2, 3, 4])).toEqual([12, 8, 6]);
      expect(of((x) => prod(x), [2, 0, 4])).toEqual([0, 8, 0]);
      expect(of((x) => prod(x), [2, 0, 0])).toEqual([0, 0, 0]);
      expect(of((x) => logSumExp(x), [1000, 1000])).toEqual([0.5, 0.5]);
      expect(of((x) => logSumExp(x), [-Infinity, 0])).toEqual([0, 1]);
    });

    test("argMax and argMin: the first of equals, NaN above all", async () => {
      await backend.use();
      for (const dtype of ["float32", "float64"] as const) {
        const of = (x: number[]) => [
          argMax(tensor(x, undefined, dtype)).item(),
          argMin(tensor(x, undefined, dtype)).item(),
        ];
        expect(of([1, 5, 5, 1])).toEqual([1, 0]);
        expect(of([-1, NaN, 7, NaN])).toEqual([1, 1]);
        expect(of([NaN, 7])).toEqual([0, 0]);
        expect(of([0, -0])).toEqual([0, 0]);
        expect(of([-0, 0])).toEqual([0, 0]);
        expect(of([-Infinity, Infinity])).toEqual([1, 0]);
        expect(of([-Infinity, -Infinity])).toEqual([0, 0]);
        expect(of([3])).toEqual([0, 0]);
        const x = uniform(3 * 5 * 7, -2, 2, 8);
        for (const axis of [0, 1, 2]) {
          const place = (better: (a: number, b: number) => boolean) =>
            oracle(x, [3, 5, 7], [axis], (v) => v.reduce((best, a, i) => (better(a, v[best] as number) ? i : best), 0));
          const t = tensor(x, [3, 5, 7], dtype);
          expect(Array.from(argMax(t, axis).toTypedArray())).toEqual(place((a, b) => a > b));
          expect(Array.from(argMin(t, axis - 3).toTypedArray())).toEqual(place((a, b) => a < b));
        }
        expect(argMax(tensor(x, [3, 5, 7], dtype), 1)).toMatchObject({ dtype: "int32", shape: [3, 7] });
      }
    });

    test("any and all", async () => {
      await backend.use();
      const x = tensor([
        [true, false, false],
        [true, true, true],
        [false, false, false],
      ]);
      expect(any(x, 1).toArray()).toEqual([true, true, false]);
      expect(all(x, 1).toArray()).toEqual([false, true, false]);
      expect(any(x, 0, true).toArray()).toEqual([[true, true, true]]);
      expect(all(x).toArray()).toBe(false);
      const nothing = tensor([], [0, 2], "bool");
      expect([any(nothing).toArray(), all(nothing).toArray()]).toEqual([false, true]);
      expect(all(nothing, 0).toArray()).toEqual([true, true]);
    });

    test("bits do not depend on how the range is cut", async () => {
      await backend.use();
      for (const dtype of ["float32", "float64"] as const) {
        const k = kernels(dtype);
        for (const [outer, reduce, inner, block] of [
          [40, 100, 1, 1024],
          [2, 9000, 1, 1024],
          [3, 130, 37, 64],
          [2, 70, 5, 64],
        ] as const) {
          const x = tensor(uniform(outer * reduce * inner, -2, 2, 9), undefined, dtype);
          const n = outer * Math.ceil(reduce / block) * inner;
          const run = (kernel: typeof k.reduce_sum, cuts: number[]) => {
            const y = empty([n], dtype);
            cuts.slice(1).forEach((end, i) => {
              kernel(y.at, x.at, reduce, inner, block, cuts[i] as number, end);
            });
            return y.toTypedArray();
          };
          for (const kernel of [k.reduce_sum, k.reduce_sum_of_squares, k.reduce_maximum]) {
            expect(run(kernel, [0, 4, 8, 12, n])).toEqual(run(kernel, [0, n]));
          }
        }
      }
    });
  });
}

describe("bad input", () => {
  const x = tensor([[1, 2]]);
  test.each<[string, () => unknown, string]>([
    ["an axis out of range", () => sum(x, 2), "sum: axis expected a whole number from -2 to 1 for rank 2, got 2"],
    ["an axis of a scalar", () => mean(1, 0), "mean: axis expected none for a scalar, got 0; leave it out"],
    [
      "an axis named twice",
      () => max(x, [0, -2]),
      "max: axis expected each axis once, got [0, -2]; drop the repeated one",
    ],
    [
      "no element",
      () => max(tensor([], [2, 0]), 1),
      "max: x expected at least one element along the reduced axes, got shape [2, 0]",
    ],
    [
      "no element for argMax",
      () => argMax([]),
      "argMax: x expected at least one element along the reduced axes, got shape [0]",
    ],
    [
      "integers",
      () => sum(tensor([1], [1], "uint8")),
      'sum: x expected float32 or float64, got uint8; convert it with cast(x, "float32")',
    ],
    ["floats", () => any(x), 'any: x expected bool, got float32; compare it with 0 or convert it with cast(x, "bool")'],
    ["an unknown norm", () => norm(x, 3), 'norm: ord expected 1, 2, "euclidean" or Infinity, got 3'],
  ])("%s", (_, run, message) => {
    expect(run).toThrow(message);
  });
});
