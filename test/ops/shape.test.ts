import { describe, expect, test } from "vitest";
import { kernels } from "../../src/backend/engine.js";
import { mul } from "../../src/ops/arithmetic.js";
import { broadcastTo } from "../../src/ops/broadcast-to.js";
import { gather } from "../../src/ops/gather.js";
import { concat, stack } from "../../src/ops/join.js";
import { pad } from "../../src/ops/pad.js";
import { sum } from "../../src/ops/reduce.js";
import { expandDims, flatten, reshape, squeeze } from "../../src/ops/shape.js";
import { reverse, slice, tile } from "../../src/ops/slice.js";
import { split, unstack } from "../../src/ops/split.js";
import { grad } from "../../src/tensor/grad.js";
import { type Tensor, tensor } from "../../src/tensor/tensor.js";
import { backends } from "../support/backends.js";
import { checkOp } from "../support/check-op.js";
import { uniform } from "../support/random.js";

/** The elements of `shape`, listed in row-major order by their index. */
function build(shape: readonly number[], at: (index: number[]) => number): number[] {
  const out: number[] = [];
  const visit = (index: number[]): void => {
    if (index.length === shape.length) out.push(at(index));
    else for (let i = 0; i < (shape[index.length] as number); i++) visit([...index, i]);
  };
  visit([]);
  return out;
}

/** Reads an element of a row-major array. */
const reader =
  (x: ArrayLike<number>, shape: readonly number[]) =>
  (index: readonly number[]): number =>
    x[index.reduce((at, i, axis) => at * (shape[axis] as number) + i, 0)] as number;

const views: [string, (x: Tensor) => Tensor, number[], number[]][] = [
  ["reshape", (x) => reshape(x, [5, -1]), [2, 3, 5], [5, 6]],
  ["reshape to a scalar", (x) => reshape(x, []), [1, 1], []],
  ["reshape of nothing", (x) => reshape(x, [3, -1]), [0], [3, 0]],
  ["flatten", flatten, [2, 3, 5], [30]],
  ["flatten of a scalar", flatten, [], [1]],
  ["squeeze", (x) => squeeze(x), [1, 3, 1], [3]],
  ["squeeze of one axis", (x) => squeeze(x, -1), [1, 3, 1], [1, 3]],
  ["expandDims", (x) => expandDims(x), [3, 4], [1, 3, 4]],
  ["expandDims at the end", (x) => expandDims(x, -1), [3, 4], [3, 4, 1]],
];

for (const [name, run, shape, want] of views) {
  checkOp(name, { run: (x) => mul(run(x), 1), cases: [{ name: `${shape}`, inputs: [shape] }], expected: (x) => x });
  test(`${name}: shape, and no copy`, () => {
    const x = tensor(uniform(shape.reduce((p, n) => p * n, 1)), shape);
    expect(run(x).shape).toEqual(want);
    expect(run(x).storage).toBe(x.storage);
  });
}

test("a view of a view passes gradients on", () => {
  const f = (x: Tensor) => sum(mul(flatten(expandDims(reshape(x, [3, 2]), 1)), [1, 2, 3, 4, 5, 6]));
  expect(
    grad(f)([
      [1, 1, 1],
      [1, 1, 1],
    ]).toArray(),
  ).toEqual([
    [1, 2, 3],
    [4, 5, 6],
  ]);
});

for (const [from, to] of [
  [[], [3]],
  [[1], [5]],
  [[5], [3, 5]],
  [
    [3, 1],
    [3, 5],
  ],
  [
    [2, 1, 3, 1],
    [2, 4, 3, 2],
  ],
  [
    [1, 2, 1, 2, 1, 2],
    [2, 2, 3, 2, 2, 2],
  ],
  [[1], [0]],
] as const) {
  checkOp(`broadcastTo from [${from}] to [${to}]`, {
    run: (x) => broadcastTo(x, to),
    cases: [{ name: "values", inputs: [from] }],
    expected: (x) => {
      const missing = to.length - from.length;
      return build(to, (index) => reader(x, from)(from.map((n, i) => (n === 1 ? 0 : (index[i + missing] as number)))));
    },
  });
}

for (const axis of [0, 1, 2]) {
  const shapes = [1, 4, 0, 3].map((n) => [2, 3, 5].map((m, i) => (i === axis ? n : m)));
  checkOp(`concat along ${axis}`, {
    run: (...x) => concat(x, axis - 3),
    cases: [
      { name: "three tensors", inputs: shapes.filter((_, i) => i !== 2) },
      { name: "with an empty one", inputs: shapes },
    ],
    expected: (...x) => {
      const used = x.length === 4 ? shapes : shapes.filter((_, i) => i !== 2);
      const sizes = used.map((shape) => shape[axis] as number);
      const out = [2, 3, 5].map((m, i) => (i === axis ? sizes.reduce((p, q) => p + q, 0) : m));
      return build(out, (index) => {
        let at = index[axis] as number;
        let which = 0;
        while (at >= (sizes[which] as number)) at -= sizes[which++] as number;
        return reader(x[which] as Float64Array, used[which] as number[])(index.map((n, i) => (i === axis ? at : n)));
      });
    },
  });
  checkOp(`stack along ${axis}`, {
    run: (...x) => stack(x, axis),
    cases: [
      {
        name: "three tensors",
        inputs: [
          [3, 5],
          [3, 5],
          [3, 5],
        ],
      },
    ],
    expected: (...x) =>
      build([3, 5].toSpliced(axis, 0, 3), (index) =>
        reader(x[index[axis] as number] as Float64Array, [3, 5])(index.toSpliced(axis, 1)),
      ),
  });
  checkOp(`gather along ${axis}`, {
    run: (x) =>
      gather(
        x,
        [
          [1, 0],
          [1, 1],
        ],
        axis,
      ),
    cases: [{ name: "with repeated indices", inputs: [[2, 3, 5]] }],
    expected: (x) =>
      build([2, 3, 5].toSpliced(axis, 1, 2, 2), (index) => {
        const which = index[axis] === 0 && index[axis + 1] === 1 ? 0 : 1;
        return reader(x, [2, 3, 5])(index.toSpliced(axis, 2, which));
      }),
  });
}

checkOp("slice", {
  run: (x) => slice(x, [1, 0, 2], [2, -1, 2]),
  cases: [{ name: "[4, 3, 5]", inputs: [[4, 3, 5]] }],
  expected: (x) =>
    build([2, 3, 2], ([i, j, k]) => reader(x, [4, 3, 5])([(i as number) + 1, j as number, (k as number) + 2])),
});
checkOp("slice of rows", {
  run: (x) => slice(x, 1, 2),
  cases: [{ name: "[4, 3]", inputs: [[4, 3]] }],
  expected: (x) => x.slice(3, 9),
});
checkOp("slice of nothing", {
  run: (x) => slice(x, [3], [0]),
  cases: [{ name: "[3]", inputs: [[3]] }],
  expected: () => [],
});
checkOp("pad", {
  run: (x) =>
    pad(
      x,
      [
        [1, 0],
        [0, 2],
        [3, 1],
      ],
      -1.5,
    ),
  cases: [{ name: "[2, 3, 4]", inputs: [[2, 3, 4]] }],
  expected: (x) =>
    build([3, 5, 8], ([i, j, k]) => {
      const [a, b, c] = [(i as number) - 1, j as number, (k as number) - 3];
      return a < 0 || b >= 3 || c < 0 || c >= 4 ? -1.5 : reader(x, [2, 3, 4])([a, b, c]);
    }),
});
checkOp("reverse", {
  run: (x) => reverse(x, [0, -1]),
  cases: [{ name: "[2, 3, 5]", inputs: [[2, 3, 5]] }],
  expected: (x) =>
    build([2, 3, 5], ([i, j, k]) => reader(x, [2, 3, 5])([1 - (i as number), j as number, 4 - (k as number)])),
});
checkOp("tile", {
  run: (x) => tile(x, [2, 1, 3]),
  cases: [{ name: "[2, 3, 5]", inputs: [[2, 3, 5]] }],
  expected: (x) =>
    build([4, 3, 15], ([i, j, k]) => reader(x, [2, 3, 5])([(i as number) % 2, j as number, (k as number) % 5])),
});

for (const backend of backends) {
  describe(`on ${backend.name}`, () => {
    test("every dtype moves unchanged", async () => {
      await backend.use();
      for (const dtype of ["float32", "float64", "int32", "uint8", "bool"] as const) {
        const one = dtype === "bool" ? true : 1;
        const x = tensor(
          [
            [0, 1, 0],
            [1, 1, 0],
          ],
          [2, 3],
          dtype,
        );
        const flat = (t: Tensor) => Array.from(t.toTypedArray());
        const all = [
          concat([x, x], 1),
          stack([x, x]),
          slice(x, [0, 1]),
          pad(
            x,
            [
              [0, 0],
              [1, 0],
            ],
            1,
          ),
          reverse(x),
          tile(x, [1, 2]),
          broadcastTo(x, [2, 2, 3]),
          gather(x, [1], 1),
        ];
        for (const each of all) expect(each.dtype).toBe(dtype);
        expect(flat(concat([x, x], 1))).toEqual([0, 1, 0, 0, 1, 0, 1, 1, 0, 1, 1, 0]);
        expect(flat(slice(x, [0, 1]))).toEqual([1, 0, 1, 0]);
        expect(
          flat(
            pad(
              x,
              [
                [0, 0],
                [1, 0],
              ],
              1,
            ),
          ),
        ).toEqual([1, 0, 1, 0, 1, 1, 1, 0]);
        expect(flat(reverse(x))).toEqual([0, 1, 1, 0, 1, 0]);
        expect(flat(gather(x, [1], 1))).toEqual([1, 1]);
        expect(reshape(x, [6]).toArray()).toContainEqual(one);
      }
      const bits = tensor([2147483647, -2147483648, 16777217], undefined, "int32");
      expect(reverse(bits).toArray()).toEqual([16777217, -2147483648, 2147483647]);
      expect(pad(bits, [[1, 0]], 16777217).toArray()).toEqual([16777217, 2147483647, -2147483648, 16777217]);
    });

    test("split and unstack undo concat and stack", async () => {
      await backend.use();
      const x = tensor(uniform(24), [4, 6]);
      expect(concat(split(x, 3, 1), 1).toTypedArray()).toEqual(x.toTypedArray());
      expect(concat(split(x, [1, 0, 5], -1), 1).toTypedArray()).toEqual(x.toTypedArray());
      expect(stack(unstack(x, 1), 1).toTypedArray()).toEqual(x.toTypedArray());
      expect(unstack(x).map((each) => each.shape)).toEqual([[6], [6], [6], [6]]);
    });

    test("bits do not depend on how the range is cut", async () => {
      await backend.use();
      const k = kernels("float32");
      const dx = (cuts: number[]) => {
        const into = tensor(new Float32Array(6 * 37));
        const dy = tensor(uniform(10 * 37));
        const indices = tensor([2, 0, 2, 1, 2], undefined, "int32");
        cuts.slice(1).forEach((end, i) => {
          k.gather_backward(into.at, dy.at, indices.at, 3, 5, 37, cuts[i] as number, end);
          k.strided_accumulate(into.at, dy.at, 1, 6, 37, 0, 0, 37, 1, 0, 0, 1, 0, (cuts[i] as number) * 37, end * 37);
        });
        return into.toTypedArray();
      };
      expect(dx([0, 1, 4, 6])).toEqual(dx([0, 6]));
    });
  });
}

describe("bad input", () => {
  const x = tensor([
    [1, 2, 3],
    [4, 5, 6],
  ]);
  test.each<[string, () => unknown, string]>([
    ["reshape to another size", () => reshape(x, [4]), "reshape: shape expected 6 elements as in [2, 3], got [4]"],
    [
      "reshape with a −1 that does not divide",
      () => reshape(x, [4, -1]),
      "reshape: shape expected 6 elements as in [2, 3], got [4, -1]",
    ],
    [
      "reshape with two −1",
      () => reshape(x, [-1, -1]),
      "reshape: shape expected at most one −1, got [-1, -1]; give the other sizes",
    ],
    [
      "reshape to no shape",
      () => reshape(x, 6 as never),
      "reshape: shape expected an array of whole numbers ≥ 0, or one −1, got 6",
    ],
    ["squeeze of a larger axis", () => squeeze(x, 1), "squeeze: axis expected one of size 1, got axis 1 of [2, 3]"],
    [
      "expandDims out of range",
      () => expandDims(x, 4),
      "expandDims: axis expected a whole number from -3 to 2 for rank 3, got 4",
    ],
    [
      "broadcastTo what does not fit",
      () => broadcastTo(x, [2, 4]),
      "broadcastTo: shape expected one that [2, 3] stretches to (equal sizes or 1, aligned at the last axis), got [2, 4]",
    ],
    [
      "concat of other sizes",
      () => concat([x, [[1, 2]]]),
      "concat: tensors expected equal sizes but for axis 0, got [2, 3] and, at 1, [1, 2]",
    ],
    ["concat of nothing", () => concat([]), "concat: tensors expected an array of at least one tensor, got []"],
    ["stack of other shapes", () => stack([x, [1]]), "stack: tensors expected one shape, got [2, 3] and [1]"],
    [
      "split that does not divide",
      () => split(x, 2, 1),
      "split: parts expected a divisor of 3, the size of axis 1, got 2; give the sizes as an array",
    ],
    [
      "split that does not add up",
      () => split(x, [1, 1], 1),
      "split: parts expected sizes that add up to 3, the size of axis 1, got [1, 1]",
    ],
    [
      "slice outside",
      () => slice(x, [1, 1], [1, 3]),
      "slice: begin and size expected a part of axis 1 of [2, 3], got begin 1 and size 3",
    ],
    [
      "slice of too many axes",
      () => slice(x, [0, 0, 0]),
      "slice: begin and size expected at most 2 entries for [2, 3], got [0, 0, 0] and [-1]",
    ],
    [
      "pad of too few axes",
      () => pad(x, [[1, 1]]),
      "pad: paddings expected 2 pairs [before, after] of whole numbers ≥ 0 for [2, 3], got [[1, 1]]",
    ],
    ["tile of too few axes", () => tile(x, [2]), "tile: reps expected 2 whole numbers ≥ 0 for [2, 3], got [2]"],
    [
      "gather outside",
      () => gather(x, [0, 2]),
      "gather: indices expected whole numbers from 0 to 1, got 2 at position 1",
    ],
    [
      "gather below 0",
      () => gather(x, [-1]),
      "gather: indices expected whole numbers from 0 to 1, got -1 at position 0",
    ],
    ["gather by fractions", () => gather(x, [0.5]), "gather: indices expected whole numbers, got 0.5 at position 0"],
    [
      "gather by floats",
      () => gather(x, tensor([0])),
      'gather: indices expected int32 or uint8, got float32; convert them with cast(indices, "int32")',
    ],
  ])("%s", (_, run, message) => {
    expect(run).toThrow(message);
  });
});
