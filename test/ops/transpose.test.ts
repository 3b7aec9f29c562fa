import fc from "fast-check";
import { expect, test } from "vitest";
import { kernels } from "../../src/backend/engine.js";
import { transpose } from "../../src/ops/transpose.js";
import { empty, tensor } from "../../src/tensor/tensor.js";
import { backends } from "../support/backends.js";
import { checkOp } from "../support/check-op.js";
import { uniform } from "../support/random.js";

/** By coordinates: y at (i₀, i₁, …) is x at the coordinates that perm takes them from. */
function permuted(x: ArrayLike<number>, shape: readonly number[], perm: readonly number[]): number[] {
  const out = perm.map((axis) => shape[axis] as number);
  return Array.from({ length: x.length }, (_, flat) => {
    const from = new Array<number>(shape.length);
    let rest = flat;
    for (let axis = out.length - 1; axis >= 0; axis--) {
      from[perm[axis] as number] = rest % (out[axis] as number);
      rest = Math.floor(rest / (out[axis] as number));
    }
    return x[from.reduce((sum, i, axis) => sum * (shape[axis] as number) + i, 0)] as number;
  });
}

const cases: [shape: number[], perm: number[]][] = [
  [[], []],
  [[5], [0]],
  [
    [3, 7],
    [1, 0],
  ],
  [
    [33, 18],
    [1, 0],
  ],
  [
    [1, 6],
    [1, 0],
  ],
  [
    [4, 0],
    [1, 0],
  ],
  [
    [2, 3, 5],
    [2, 1, 0],
  ],
  [
    [2, 3, 5],
    [1, 0, 2],
  ],
  [
    [2, 3, 5],
    [0, 2, 1],
  ],
  [
    [2, 3, 5],
    [2, 0, 1],
  ],
  [
    [2, 3, 5],
    [0, 1, 2],
  ],
  [
    [2, 3, 4, 5],
    [3, 1, 2, 0],
  ],
  [
    [2, 3, 4, 5],
    [0, 2, 1, 3],
  ],
  [
    [2, 3, 2, 3, 2],
    [4, 2, 0, 3, 1],
  ],
  [
    [2, 2, 3, 2, 2, 3],
    [1, 0, 3, 2, 5, 4],
  ],
];

for (const [shape, perm] of cases) {
  checkOp(`transpose [${shape}] by [${perm}]`, {
    run: (x) => transpose(x, perm),
    cases: [{ name: "random", inputs: [shape] }],
    expected: (x) => permuted(x, shape, perm),
  });
}

checkOp("transpose of extremes", {
  run: (x) => transpose(x),
  cases: [
    {
      name: "extremes",
      inputs: [{ values: [NaN, Infinity, -Infinity, -0, 0, 1e-40], shape: [2, 3] }],
      gradient: false,
    },
  ],
  expected: (x) => permuted(x, [2, 3], [1, 0]),
});

test("transpose: any permutation of any shape", () => {
  const shapes = fc.array(fc.integer({ min: 1, max: 6 }), { minLength: 1, maxLength: 6 });
  const cases = shapes.chain((shape) =>
    fc.tuple(fc.constant(shape), fc.shuffledSubarray([...shape.keys()], { minLength: shape.length })),
  );
  fc.assert(
    fc.property(cases, ([shape, perm]) => {
      const values = uniform(shape.reduce((p, q) => p * q, 1));
      const y = transpose(tensor(values, shape), perm);
      expect(y.shape).toEqual(perm.map((axis) => shape[axis]));
      expect(Array.from(y.toTypedArray())).toEqual(permuted(values, shape, perm));
    }),
    { numRuns: 100, seed: 1 },
  );
});

for (const backend of backends) {
  test(`transpose: bands done apart make the same matrix, on ${backend.name}`, async () => {
    await backend.use();
    const [rows, columns] = [45, 11];
    const x = tensor(uniform(rows * columns), [rows, columns]);
    const y = empty([columns, rows], "float32");
    const k = kernels("float32");
    for (const band of [2, 0, 1]) {
      k.transpose_planes(y.at, x.at, 0, 0, 1, 0, 0, rows, columns, columns, rows, band, band + 1);
    }
    expect(y.toArray()).toEqual(transpose(x).toArray());
  });
}

test("transpose: says what is no permutation", () => {
  expect(() => transpose([[1, 2]], [0])).toThrow(
    "transpose: perm expected each of the 2 axes of x [1, 2] once, got [0]",
  );
  expect(() => transpose([[1, 2]], [0, 0])).toThrow("got [0, 0]");
  expect(() => transpose([[1, 2]], [-1, 0])).toThrow("got [-1, 0]");
});
