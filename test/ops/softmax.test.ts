import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { kernels } from "../../src/backend/engine.js";
import { logSoftmax, softmax } from "../../src/ops/softmax.js";
import { tensor, zerosLike } from "../../src/tensor/tensor.js";
import { backends } from "../support/backends.js";
import { checkOp, expectClose, type OpCase } from "../support/check-op.js";
import { pullBack } from "../support/pull-back.js";
import { uniform } from "../support/random.js";

interface Golden {
  shape: number[];
  x: number[];
  dy: number[];
  softmax: number[];
  softmaxGradient: number[];
  logSoftmax: number[];
  logSoftmaxGradient: number[];
}

const golden = (
  JSON.parse(readFileSync(new URL("../fixtures/losses.json", import.meta.url), "utf8")) as { softmax: Golden[] }
).softmax;

describe("against PyTorch", () => {
  for (const each of golden) {
    for (const backend of backends) {
      test(`[${each.shape}] on ${backend.name}`, async () => {
        await backend.use();
        for (const [dtype, relative] of [
          ["float64", 1e-12],
          ["float32", 1e-5],
        ] as const) {
          const x = tensor(Float64Array.from(each.x), each.shape, dtype);
          const dy = tensor(Float64Array.from(each.dy), each.shape, dtype);
          for (const [name, f] of [
            ["softmax", softmax],
            ["logSoftmax", logSoftmax],
          ] as const) {
            const { y, gradients } = pullBack([x], dy, () => f(x));
            expectClose(y.toTypedArray(), each[name], relative, relative, `${dtype} ${name}`);
            const into = gradients[0]?.toTypedArray() ?? [];
            expectClose(into, each[`${name}Gradient`], 2 * relative, 2 * relative, `${dtype} ${name} gradient`);
          }
        }
      });
    }
  }
});

const cases: OpCase[] = [
  ...[1, 2, 3, 4, 5, 7, 8, 9, 10, 16, 31, 1000].map((n) => ({
    name: `${n} classes`,
    inputs: [[n > 100 ? 1 : 3, n]],
    gradient: n < 100,
  })),
  { name: "one row without an axis for it", inputs: [[6]] },
  { name: "three axes", inputs: [[2, 3, 5]] },
  { name: "no rows", inputs: [[0, 4]] },
  { name: "no classes", inputs: [[4, 0]] },
  { name: "tiny", inputs: [[3, 5]], range: [-1e-30, 1e-30] },
  { name: "large", inputs: [[3, 5]], range: [-1e4, 1e4], gradient: false },
  { name: "huge", inputs: [{ values: [1e38, -1e38, 0, 5e37, 1e38, 1], shape: [2, 3] }], gradient: false },
  {
    name: "−∞ and −0",
    inputs: [{ values: [-Infinity, 0, -0, 1, -Infinity, 2, 2, -Infinity, -1, -2, -3, -Infinity], shape: [3, 4] }],
    gradient: false,
  },
  {
    name: "NaN, ∞ and nothing but −∞",
    inputs: [
      {
        values: [...[NaN, 0, 1, 2, 3], ...[0, 1, 2, 3, NaN], ...[0, Infinity, 1, 2, -1], ...Array(5).fill(-Infinity)],
        shape: [4, 5],
      },
    ],
    gradient: false,
  },
];

/** e^(x − max) and its row's sum. */
function exponentials(
  x: Float64Array,
  classes: number,
): { e: number[]; sum: (i: number) => number; max: (i: number) => number } {
  const rowOf = (i: number) => x.subarray(i - (i % classes), i - (i % classes) + classes);
  const max = (i: number) => Math.max(...rowOf(i));
  const e = Array.from(x, (v, i) => Math.exp(v - max(i)));
  const sum = (i: number) => e.slice(i - (i % classes), i - (i % classes) + classes).reduce((s, v) => s + v, 0);
  return { e, sum, max };
}

for (const each of cases) {
  const input = each.inputs[0] as { shape?: number[] } | number[];
  const shape = (Array.isArray(input) ? input : input.shape) as number[];
  const classes = shape[shape.length - 1] as number;
  checkOp("softmax", {
    run: (x) => softmax(x),
    cases: [each],
    expected: (x) => {
      const { e, sum } = exponentials(x as Float64Array, classes);
      return e.map((v, i) => v / sum(i));
    },
  });
  checkOp("logSoftmax", {
    run: (x) => logSoftmax(x),
    cases: [each],
    expected: (x) => {
      const { sum, max } = exponentials(x as Float64Array, classes);
      return Array.from(x as Float64Array, (v, i) => v - max(i) - Math.log(sum(i)));
    },
  });
}

/** Softmax along one axis by nested loops over the elements before and after it. */
function along(x: Float64Array, shape: readonly number[], axis: number): number[] {
  const after = shape.slice(axis + 1).reduce((product, n) => product * n, 1);
  const size = shape[axis] as number;
  const out = new Array<number>(x.length);
  for (let before = 0; before * size * after < x.length; before++) {
    for (let rest = 0; rest < after; rest++) {
      const at = Array.from({ length: size }, (_, j) => (before * size + j) * after + rest);
      const sum = at.reduce((total, i) => total + Math.exp(x[i] as number), 0);
      for (const i of at) out[i] = Math.exp(x[i] as number) / sum;
    }
  }
  return out;
}

for (const [shape, axis] of [
  [[5, 3], 0],
  [[5, 3], -2],
  [[1, 7], 0],
  [[2, 3, 5], 0],
  [[2, 3, 5], 1],
  [[2, 3, 5], -1],
  [[2, 3, 4, 5], 1],
  [[3, 0], 0],
  [[0, 3], 0],
] as const) {
  const from = axis < 0 ? axis + shape.length : axis;
  const inputs: OpCase[] = [{ name: `[${shape}] along axis ${axis}`, inputs: [shape] }];
  checkOp("softmax", {
    run: (x) => softmax(x, axis),
    cases: inputs,
    expected: (x) => along(x as Float64Array, shape, from),
  });
  checkOp("logSoftmax", {
    run: (x) => logSoftmax(x, axis),
    cases: inputs,
    expected: (x) => along(x as Float64Array, shape, from).map(Math.log),
  });
}

test("bits do not depend on how the rows are cut", async () => {
  for (const backend of backends) {
    await backend.use();
    for (const dtype of ["float32", "float64"] as const) {
      const k = kernels(dtype);
      const x = tensor(uniform(13 * 11, -5, 5), [13, 11], dtype);
      const dy = tensor(uniform(13 * 11, -5, 5, 2), [13, 11], dtype);
      const run = (most: number) => {
        const made = [x, x, x, x].map(zerosLike);
        const [y, dx, z, dz] = made.map((t) => t.at) as [number, number, number, number];
        for (let begin = 0; begin < 13; begin += most) {
          const end = Math.min(13, begin + most);
          k.softmax_forward(y, x.at, 11, begin, end);
          k.softmax_backward(dx, dy.at, y, 11, begin, end);
          k.log_softmax_forward(z, x.at, 11, begin, end);
          k.log_softmax_backward(dz, dy.at, z, 11, begin, end);
        }
        return made.map((t) => [...t.toTypedArray()]);
      };
      expect(run(4)).toEqual(run(13));
    }
  }
});

test("bad input", () => {
  expect(() => logSoftmax([[1, 2]], 2)).toThrow(
    "logSoftmax: axis expected a whole number from -2 to 1 for rank 2, got 2",
  );
  expect(() => softmax(3)).toThrow("softmax: axis expected none for a scalar, got -1; leave it out");
  expect(() => softmax([[1, 2]], 0.5)).toThrow(
    "softmax: axis expected a whole number from -2 to 1 for rank 2, got 0.5",
  );
  for (const axis of [0, 1]) {
    expect(() => softmax(tensor([1, 2], [1, 2], "int32"), axis)).toThrow(
      'softmax: x expected float32 or float64, got int32; convert it with cast(x, "float32")',
    );
  }
});
