import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { cast } from "../../src/ops/cast.js";
import {
  equal,
  greater,
  greaterEqual,
  less,
  lessEqual,
  logicalAnd,
  logicalNot,
  logicalOr,
  notEqual,
  where,
} from "../../src/ops/compare.js";
import { sum } from "../../src/ops/reduce.js";
import { grad } from "../../src/tensor/grad.js";
import { scope } from "../../src/tensor/scope.js";
import { type Tensor, tensor } from "../../src/tensor/tensor.js";
import { backends } from "../support/backends.js";
import { awkward, broadcastableShapes, broadcastOracle } from "../support/broadcast-cases.js";
import { checkOp } from "../support/check-op.js";
import { uniform } from "../support/random.js";

const comparisons: [string, typeof equal, (a: number, b: number) => boolean][] = [
  ["equal", equal, (a, b) => a === b],
  ["notEqual", notEqual, (a, b) => a !== b],
  ["less", less, (a, b) => a < b],
  ["lessEqual", lessEqual, (a, b) => a <= b],
  ["greater", greater, (a, b) => a > b],
  ["greaterEqual", greaterEqual, (a, b) => a >= b],
];

for (const backend of backends) {
  describe(`on ${backend.name}`, () => {
    test.each(comparisons)("%s of awkward values, in every dtype", async (_, run, f) => {
      await backend.use();
      const values = {
        float32: awkward,
        float64: [...awkward, 1e300, 5e-324],
        int32: [0, 1, -1, 2147483647, 2147483646, -2147483648, 16777217, 16777216],
        uint8: [0, 1, 127, 128, 255],
        bool: [0, 1],
      } as const;
      for (const [dtype, list] of Object.entries(values) as [keyof typeof values, number[]][]) {
        const x = tensor(list, [list.length, 1], dtype);
        const y = tensor(list, undefined, dtype);
        const held = Array.from(y.toTypedArray());
        const got = run(x, y);
        expect(got).toMatchObject({ dtype: "bool", shape: [list.length, list.length] });
        expect(got.toArray(), dtype).toEqual(held.map((a) => held.map((b) => f(a, b))));
      }
    });

    test("any shapes, against nested loops", async () => {
      await backend.use();
      fc.assert(
        fc.property(broadcastableShapes, ({ a, b }) => {
          const of = (shape: number[], seed: number) =>
            Float64Array.from(
              uniform(
                shape.reduce((p, n) => p * n, 1),
                0,
                3,
                seed,
              ),
              Math.floor,
            );
          const [x, y] = [of(a, 1), of(b, 2)];
          const want = broadcastOracle((p, q) => Number(p < q), [x, a], [y, b]);
          const choice = broadcastOracle((p, q) => (p < q ? p : q), [x, a], [y, b]);
          scope(() => {
            const [p, q] = [tensor(x, a), tensor(y, b)];
            const got = less(p, q);
            expect(got.shape).toEqual(want.shape);
            expect(Array.from(got.toTypedArray())).toEqual(want.values);
            expect(Array.from(where(got, p, q).toTypedArray())).toEqual(choice.values);
          });
        }),
        { numRuns: 150, seed: 3 },
      );
    });

    test("logic", async () => {
      await backend.use();
      const a = tensor([[true], [false]]);
      const b = tensor([true, false, true]);
      expect(logicalAnd(a, b).toArray()).toEqual([
        [true, false, true],
        [false, false, false],
      ]);
      expect(logicalOr(a, b).toArray()).toEqual([
        [true, true, true],
        [true, false, true],
      ]);
      expect(logicalNot(b).toArray()).toEqual([false, true, false]);
      expect(logicalNot(tensor([], [0], "bool")).shape).toEqual([0]);
    });

    test("where, in every dtype and with a NaN on the side not chosen", async () => {
      await backend.use();
      const c = tensor([true, false, true, false, true, false, true]);
      for (const dtype of ["float32", "float64", "int32", "uint8"] as const) {
        const got = where(c, tensor([1, 2, 3, 4, 5, 6, 7], undefined, dtype), 9);
        expect(got.dtype).toBe(dtype);
        expect(got.toArray()).toEqual([1, 9, 3, 9, 5, 9, 7]);
      }
      expect(where(c, logicalNot(c), c).toArray()).toEqual(new Array(7).fill(false));
      const [da, db] = grad((a: Tensor, b: Tensor) => sum(where(c, a, b)))(
        [1, NaN, 1, NaN, 1, NaN, 1],
        [NaN, 2, NaN, 2, NaN, 2, NaN],
      );
      expect([da.toArray(), db.toArray()]).toEqual([
        [1, 0, 1, 0, 1, 0, 1],
        [0, 1, 0, 1, 0, 1, 0],
      ]);
    });
  });
}

for (const [shapes, name] of [
  [
    [
      [3, 5],
      [3, 5],
    ],
    "equal shapes",
  ],
  [[[3, 1], [5]], "stretched"],
  [[[], [3, 5]], "a scalar"],
] as const) {
  checkOp(`where of ${name}`, {
    run: (a, b) => {
      const mask = cast(
        tensor(
          Float64Array.from({ length: 15 }, (_, i) => ((i * 7) % 3 === 0 ? 1 : 0)),
          [3, 5],
        ),
        "bool",
      );
      return where(mask, a, b);
    },
    cases: [{ name, inputs: [...shapes] }],
    expected: (a, b) =>
      broadcastOracle(
        (i, v) => v,
        [Float64Array.from({ length: 15 }, (_, i) => i), [3, 5]],
        [broadcastOracle((p, q) => p * 0 + q * 0, [a, shapes[0]], [b, shapes[1]]).values, [3, 5]],
      ).values.map((_, i) => {
        const of = (x: Float64Array, shape: readonly number[]) =>
          broadcastOracle((p) => p, [x, shape], [new Float64Array(15), [3, 5]]).values[i] as number;
        return (i * 7) % 3 === 0 ? of(a, shapes[0]) : of(b, shapes[1]);
      }),
  });
}

describe("cast", () => {
  const values = [
    0,
    -0,
    0.5,
    -0.5,
    1.9,
    -1.9,
    254.6,
    255,
    256,
    -1,
    NaN,
    Infinity,
    -Infinity,
    3e9,
    -3e9,
    2147483647,
    1e-40,
  ];
  for (const backend of backends) {
    test(`between all dtypes on ${backend.name}`, async () => {
      await backend.use();
      for (const from of ["float32", "float64"] as const) {
        const x = tensor(values, undefined, from);
        const held = Array.from(x.toTypedArray());
        const clamp = (v: number, low: number, high: number) =>
          Number.isNaN(v) ? 0 : Math.min(Math.max(Math.trunc(v), low), high) + 0;
        const plain = (dtype: Parameters<typeof cast>[1]) => Array.from(cast(x, dtype).toTypedArray(), (v) => v);
        expect(plain("int32")).toEqual(held.map((v) => clamp(v, -2147483648, 2147483647)));
        expect(plain("uint8")).toEqual(held.map((v) => clamp(v, 0, 255)));
        expect(plain("bool")).toEqual(held.map((v) => (v === 0 ? 0 : 1)));
        expect(plain("float32")).toEqual(held.map(Math.fround));
        expect(plain("float64")).toEqual(held);
      }
      const integers = tensor([0, 1, -1, 300, 2147483647, -2147483648, 16777217], undefined, "int32");
      expect(cast(integers, "float64").toArray()).toEqual(integers.toArray());
      expect(cast(integers, "uint8").toArray()).toEqual([0, 1, 0, 255, 255, 0, 255]);
      expect(cast(integers, "bool").toArray()).toEqual([false, true, true, true, true, true, true]);
      const bytes = tensor(Uint8Array.of(0, 1, 128, 255));
      for (const to of ["float32", "float64", "int32"] as const)
        expect(cast(bytes, to).toArray()).toEqual([0, 1, 128, 255]);
      expect(cast(tensor([true, false]), "float64").toArray()).toEqual([1, 0]);
      expect(cast(bytes, "uint8")).toBe(bytes);
    });

    test(`gradient between the float types on ${backend.name}`, async () => {
      await backend.use();
      const there = grad((x: Tensor) =>
        cast(sum(where(tensor([true, false, true]), cast(x, "float64"), tensor(0, [], "float64"))), "float32"),
      );
      expect(there([1, 2, 3])).toMatchObject({ dtype: "float32" });
      expect(there([1, 2, 3]).toArray()).toEqual([1, 0, 1]);
      const back = grad((x: Tensor) => cast(sum(cast(x, "float32")), "float64"))(tensor([1, 2], undefined, "float64"));
      expect([back.dtype, back.toArray()]).toEqual(["float64", [1, 1]]);
    });
  }
});

describe("bad input", () => {
  test("dtypes that differ", () => {
    expect(() => equal(tensor([1], [1], "int32"), tensor([1]))).toThrow(
      'equal: inputs expected one dtype, got int32 and float32; convert one with cast(x, "int32")',
    );
  });
  test("numbers where booleans are wanted", () => {
    expect(() => logicalAnd([1], [true])).toThrow(
      'logicalAnd: a expected bool, got float32; compare it with 0 or convert it with cast(a, "bool")',
    );
    expect(() => where([1], [1], [2])).toThrow("where: condition expected bool, got float32");
  });
  test("sizes that do not broadcast", () => {
    expect(() => where([true, false], [1, 2, 3], 0)).toThrow("where: shapes expected to broadcast");
  });
  test("an unknown dtype", () => {
    expect(() => cast([1], "float16" as never)).toThrow(
      'cast: dtype expected one of "float32", "float64", "int32", "uint8", "bool", got "float16"; did you mean "float',
    );
  });
});
