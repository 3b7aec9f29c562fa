import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { kernels } from "../../src/backend/engine.js";
import { avgPool, avgPool1d, maxPool, maxPool1d } from "../../src/ops/pooling.js";
import type { Padding } from "../../src/ops/window.js";
import { type Tensor, tensor, zerosLike } from "../../src/tensor/tensor.js";
import type { FloatDType } from "../../src/util/dtypes.js";
import { backends } from "../support/backends.js";
import { checkOp, expectClose } from "../support/check-op.js";
import { pullBack } from "../support/pull-back.js";
import { uniform } from "../support/random.js";

interface Golden {
  kind: "maxPool" | "avgPool";
  shape: number[];
  size: [number, number];
  strides: [number, number];
  pad: Padding;
  ties: boolean;
  outShape: number[];
  x: number[];
  dy: number[];
  y: number[];
  dx: number[];
}

const golden = JSON.parse(readFileSync(new URL("../fixtures/pooling.json", import.meta.url), "utf8")) as {
  pools: Golden[];
};
const ops = { maxPool, avgPool };

describe("pooling against PyTorch", () => {
  for (const each of golden.pools) {
    const { kind, shape, size, strides, pad, ties } = each;
    for (const backend of backends) {
      const name = `${kind} [${shape}], ${size}, strides ${strides}, pad ${JSON.stringify(pad)}${ties ? ", equals" : ""}`;
      test(`${name} on ${backend.name}`, async () => {
        await backend.use();
        for (const [dtype, within] of [
          ["float64", 1e-14],
          ["float32", 2e-6],
        ] as const) {
          const x = tensor(Float64Array.from(each.x), shape, dtype);
          const dy = tensor(Float64Array.from(each.dy), each.outShape, dtype);
          const { y, gradients } = pullBack([x], dy, () => ops[kind](x, size, strides, pad));
          expect(y.shape).toEqual(each.outShape);
          expectClose(y.toTypedArray(), each.y, within, within, `${dtype} y`);
          expectClose(gradients[0]?.toTypedArray() ?? [], each.dx, within, 2 * within, `${dtype} dx`);
        }
      });
    }
  }
});

/** Every element of y by itself, from the definition, for windows without padding. */
function pooled(shape: number[], size: number, stride: number, join: (window: number[]) => number) {
  const [batch, height, width, channels] = shape as [number, number, number, number];
  return (x: Float64Array): number[] => {
    const out: number[] = [];
    for (let n = 0; n < batch; n++) {
      for (let i = 0; i + size <= height; i += stride) {
        for (let j = 0; j + size <= width; j += stride) {
          for (let c = 0; c < channels; c++) {
            const window: number[] = [];
            for (let k = 0; k < size * size; k++) {
              const row = (n * height + i + Math.floor(k / size)) * width + j + (k % size);
              window.push(x[row * channels + c] as number);
            }
            out.push(join(window));
          }
        }
      }
    }
    return out;
  };
}

const average = (window: number[]) => window.reduce((sum, v) => sum + v, 0) / window.length;

for (const [name, run, join] of [
  ["maxPool", maxPool, (window: number[]) => Math.max(...window)],
  ["avgPool", avgPool, average],
] as const) {
  for (const [shape, size, stride] of [
    [[2, 4, 4, 1], 2, 2],
    [[1, 5, 6, 3], 2, 1],
    [[1, 7, 5, 4], 3, 2],
    [[1, 3, 3, 33], 3, 1],
    [[0, 3, 3, 2], 2, 1],
    [[2, 2, 2, 0], 2, 2],
  ] as [number[], number, number][]) {
    checkOp(`${name} ${size} × ${size}, stride ${stride}`, {
      run: (x) => run(x, size, stride),
      cases: [{ name: `[${shape}]`, inputs: [shape] }],
      expected: (x) => pooled(shape, size, stride, join)(x as Float64Array),
    });
  }
  checkOp(`${name} with padding`, {
    run: (x) => run(x, [3, 2], [2, 1], "same"),
    cases: [{ name: "[1, 5, 4, 5]", inputs: [[1, 5, 4, 5]] }],
  });
}

describe("pooling", () => {
  for (const backend of backends) {
    test(`NaN and infinities on ${backend.name}`, async () => {
      await backend.use();
      const image = (...values: number[]) => tensor(values, [1, 2, values.length / 2, 1]);
      for (const values of [
        [NaN, 1, 2, 3],
        [1, NaN, 2, 3],
        [5, 1, 2, NaN],
        [NaN, 1, Infinity, NaN],
      ]) {
        expect(maxPool(image(...values), 2).toTypedArray()[0]).toBeNaN();
        expect(avgPool(image(...values), 2).toTypedArray()[0]).toBeNaN();
      }
      const infinite = -Infinity;
      expect(maxPool(image(infinite, infinite, infinite, infinite), 2).toArray()).toEqual([[[[infinite]]]]);
      expect(maxPool(image(1, Infinity, infinite, 0), 2).toArray()).toEqual([[[[Infinity]]]]);
      expect(avgPool(image(1, Infinity, 2, 0), 2).toArray()).toEqual([[[[Infinity]]]]);
      expect(avgPool(image(1, Infinity, infinite, 0), 2).toTypedArray()[0]).toBeNaN();
      // A NaN in one channel stays there, at every place in a vector.
      for (let at = 0; at < 19; at++) {
        const x = uniform(4 * 19, -1, 1, 3);
        x[19 + at] = NaN;
        const y = maxPool(tensor(x, [1, 2, 2, 19]), 2).toTypedArray();
        expect(Array.from(y, Number.isNaN)).toEqual(Array.from({ length: 19 }, (_, c) => c === at));
      }
    });

    test(`the gradient of the greatest goes to the first of equals, and adds, on ${backend.name}`, async () => {
      await backend.use();
      const gradientOf = (values: number[], size: number, stride: number, dy: number[]) => {
        const side = Math.sqrt(values.length);
        const out = Math.sqrt(dy.length);
        const x = tensor(values, [1, side, side, 1]);
        const { gradients } = pullBack([x], tensor(dy, [1, out, out, 1]), () => maxPool(x, size, stride));
        return [...(gradients[0]?.toTypedArray() ?? [])];
      };
      expect(gradientOf([1, 3, 3, 3], 2, 2, [5])).toEqual([0, 5, 0, 0]);
      expect(gradientOf([-0, 0, 0, 0], 2, 2, [5])).toEqual([5, 0, 0, 0]);
      expect(gradientOf([1, NaN, 9, NaN], 2, 2, [5])).toEqual([0, 5, 0, 0]);
      expect(gradientOf([-Infinity, -Infinity, -Infinity, -Infinity], 2, 2, [5])).toEqual([5, 0, 0, 0]);
      // Four windows share the middle.
      expect(gradientOf([0, 0, 0, 0, 1, 0, 0, 0, 0], 2, 1, [1, 2, 3, 4])).toEqual([0, 0, 0, 0, 10, 0, 0, 0, 0]);
    });

    test(`padding is left out of means and maxima on ${backend.name}`, async () => {
      await backend.use();
      const x = tensor([-4, -8, -2, -6], [1, 2, 2, 1]);
      expect([...avgPool(x, 2, 1, 1).toTypedArray()]).toEqual([-4, -6, -8, -3, -5, -7, -2, -4, -6]);
      expect([...maxPool(x, 2, 1, 1).toTypedArray()]).toEqual([-4, -4, -8, -2, -2, -6, -2, -2, -6]);
      expect([
        ...avgPool(x, 2, 1, [
          [1, 0],
          [0, 1],
        ]).toTypedArray(),
      ]).toEqual([-6, -8, -5, -7]);
    });

    test(`sequences on ${backend.name}`, async () => {
      await backend.use();
      const x = tensor([1, 10, 5, 20, 2, 60, 3, 40, 9, 50], [1, 5, 2]);
      expect(maxPool1d(x, 2).toArray()).toEqual([
        [
          [5, 20],
          [3, 60],
        ],
      ]);
      expect(maxPool1d(x, 3, 1).toArray()).toEqual([
        [
          [5, 60],
          [5, 60],
          [9, 60],
        ],
      ]);
      expect(maxPool1d(x, 2, 2, "same").toArray()).toEqual([
        [
          [5, 20],
          [3, 60],
          [9, 50],
        ],
      ]);
      expect(avgPool1d(x, 2).toArray()).toEqual([
        [
          [3, 15],
          [2.5, 50],
        ],
      ]);
      expect(avgPool1d(x, 2, 2, "same").toArray()).toEqual([
        [
          [3, 15],
          [2.5, 50],
          [9, 50],
        ],
      ]);
      expect(avgPool1d(x, 2, 4, [1, 1]).toArray()).toEqual([
        [
          [1, 10],
          [6, 45],
        ],
      ]);
      const { gradients } = pullBack([x], tensor([1, 2, 3, 4], [1, 2, 2]), () => maxPool1d(x, 2));
      expect(gradients[0]?.toArray()).toEqual([
        [
          [0, 0],
          [1, 2],
          [0, 4],
          [3, 0],
          [0, 0],
        ],
      ]);
    });
  }

  test("bits do not depend on how the work is cut", async () => {
    for (const backend of backends) {
      await backend.use();
      for (const dtype of ["float32", "float64"] as const) expect(pieces(dtype, 1)).toEqual(pieces(dtype, 1000));
    }
  });

  test("bad input", () => {
    const x = tensor(new Float32Array(9), [1, 3, 3, 1]);
    expect(() => maxPool([[1, 2]], 2)).toThrow(
      "maxPool: x expected [batch, height, width, channels], got [1, 2]; reshape it to rank 4",
    );
    expect(() => maxPool1d(x, 2)).toThrow("maxPool1d: x expected [batch, steps, channels], got [1, 3, 3, 1]");
    expect(() => maxPool(x, 4)).toThrow(
      'maxPool: a window of 4 expected to fit along the height of x [1, 3, 3, 1], got 3 pixels; make it smaller, or pad with "same"',
    );
    expect(() => avgPool(x, [1, 4])).toThrow("avgPool: a window of 4 expected to fit along the width of x");
    expect(() => avgPool(x, 2, 1, 2)).toThrow(
      "avgPool: padding expected less than the window's 2 along the height of x [1, 3, 3, 1], got [2, 2]",
    );
    expect(() => avgPool(tensor(new Float32Array(0), [1, 0, 3, 1]), 2, 1, 1)).toThrow("got 0 pixels");
    expect(() => maxPool(x, 0)).toThrow(
      "maxPool: filterSize expected a whole number ≥ 1, or one for height and one for width, got 0",
    );
    expect(() => maxPool(x, 2, [1, 1.5])).toThrow("maxPool: strides expected a whole number ≥ 1");
    expect(() => maxPool(x, 2, 1, "samee" as never)).toThrow(
      'maxPool: pad expected "valid", "same", or whole numbers ≥ 0: one or [[top, bottom], [left, right]], got "samee"',
    );
    expect(() => maxPool(tensor([1], [1, 1, 1, 1], "int32"), 1)).toThrow(
      'maxPool: x expected float32 or float64, got int32; convert it with cast(x, "float32")',
    );
  });
});

/** All kernels over 3 images of 5 × 6 × 7, windows that overlap, in ranges of at most `most`. */
function pieces(dtype: FloatDType, most: number): number[][] {
  const k = kernels(dtype);
  const filled = (shape: number[], seed: number) =>
    tensor(
      uniform(
        shape.reduce((p, n) => p * n, 1),
        -1,
        1,
        seed,
      ),
      shape,
      dtype,
    );
  const [x, dy] = [filled([3, 5, 6, 7], 1), filled([3, 3, 6, 7], 2)];
  const [y, z, dx, dz] = [dy, dy, x, x].map(zerosLike) as [Tensor, Tensor, Tensor, Tensor];
  const geometry = [5, 6, 7, 3, 6, 3, 3, 2, 1, 1, 1] as const;
  const cut = (n: number, run: (begin: number, end: number) => void) => {
    for (let begin = 0; begin < n; begin += most) run(begin, Math.min(n, begin + most));
  };
  cut(9, (b, e) => k.max_pool_forward(y.at, x.at, ...geometry, b, e));
  cut(9, (b, e) => k.max_pool_backward(dx.at, dy.at, x.at, y.at, ...geometry, b, e));
  cut(9, (b, e) => k.average_pool_forward(z.at, x.at, ...geometry, b, e));
  cut(9, (b, e) => k.average_pool_backward(dz.at, dy.at, ...geometry, b, e));
  return [y, z, dx, dz].map((t) => [...t.toTypedArray()]);
}
