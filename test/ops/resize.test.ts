import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { kernels } from "../../src/backend/engine.js";
import { resizeBilinear, resizeNearestNeighbor } from "../../src/ops/resize.js";
import { type Tensor, tensor, zerosLike } from "../../src/tensor/tensor.js";
import type { FloatDType } from "../../src/util/dtypes.js";
import { backends } from "../support/backends.js";
import { checkOp, expectClose } from "../support/check-op.js";
import { pullBack } from "../support/pull-back.js";
import { uniform } from "../support/random.js";

interface Golden {
  mode: "nearest" | "bilinear";
  shape: number[];
  size: [number, number];
  x: number[];
  dy: number[];
  y: number[];
  dx: number[];
}

const golden = JSON.parse(readFileSync(new URL("../fixtures/pooling.json", import.meta.url), "utf8")) as {
  resizes: Golden[];
};
const ops = { nearest: resizeNearestNeighbor, bilinear: resizeBilinear };

describe("resizing against PyTorch", () => {
  for (const { mode, shape, size, ...each } of golden.resizes) {
    for (const backend of backends) {
      test(`${mode} [${shape}] to ${size} on ${backend.name}`, async () => {
        await backend.use();
        for (const [dtype, within] of [
          ["float64", 1e-13],
          ["float32", 2e-6],
        ] as const) {
          const x = tensor(Float64Array.from(each.x), shape, dtype);
          const [batch, , , channels] = shape as [number, number, number, number];
          const dy = tensor(Float64Array.from(each.dy), [batch, ...size, channels], dtype);
          const { y, gradients } = pullBack([x], dy, () => ops[mode](x, size));
          expect(y.shape).toEqual(dy.shape);
          expectClose(y.toTypedArray(), each.y, within, within, `${dtype} y`);
          expectClose(gradients[0]?.toTypedArray() ?? [], each.dx, within, 4 * within, `${dtype} dx`);
        }
      });
    }
  }
});

for (const [name, run] of [
  ["resizeNearestNeighbor", resizeNearestNeighbor],
  ["resizeBilinear", resizeBilinear],
] as const) {
  checkOp(`${name} to 5 × 7`, {
    run: (x) => run(x, [5, 7]),
    cases: [
      ...[1, 2, 3, 4, 5, 9].map((channels) => ({ name: `${channels} channels`, inputs: [[2, 3, 2, channels]] })),
      { name: "empty batch", inputs: [[0, 3, 2, 1]] },
    ],
  });
}

describe("resizing", () => {
  for (const backend of backends) {
    test(`by hand on ${backend.name}`, async () => {
      await backend.use();
      const x = tensor([0, 8, 16, 24], [1, 2, 2, 1]);
      expect(resizeNearestNeighbor(x, [2, 4]).toArray()).toEqual([
        [
          [[0], [0], [8], [8]],
          [[16], [16], [24], [24]],
        ],
      ]);
      // Places −¼, ¼, ¾, 1¼ each way.
      expect([...resizeBilinear(x, [4, 4]).toTypedArray()]).toEqual([
        ...[0, 2, 6, 8],
        ...[4, 6, 10, 12],
        ...[12, 14, 18, 20],
        ...[16, 18, 22, 24],
      ]);
      expect([...resizeBilinear(x, [2, 2]).toTypedArray()]).toEqual([0, 8, 16, 24]);
      // From six to four the middles are 0.75, 2.25, 3.75 and 5.25 from the left border.
      const line = tensor([0, 1, 2, 3, 4, 5], [1, 1, 6, 1]);
      expect([...resizeNearestNeighbor(line, [1, 4]).toTypedArray()]).toEqual([0, 2, 3, 5]);
      expect([...resizeBilinear(line, [1, 4]).toTypedArray()]).toEqual([0.25, 1.75, 3.25, 4.75]);
    });

    test(`no pixel is missed by rounding on ${backend.name}`, async () => {
      await backend.use();
      for (const width of [3, 7, 10, 49]) {
        const line = tensor(
          Float32Array.from({ length: width }, (_, i) => i),
          [1, 1, width, 1],
        );
        for (const times of [3, 7, 11]) {
          const y = resizeNearestNeighbor(line, [1, width * times]).toTypedArray();
          expect([...y]).toEqual(Array.from({ length: width * times }, (_, i) => Math.floor(i / times)));
        }
      }
    });

    test(`NaN and infinities on ${backend.name}`, async () => {
      await backend.use();
      const x = tensor([NaN, Infinity, -Infinity, 1], [1, 1, 4, 1]);
      expect([...resizeNearestNeighbor(x, [1, 4]).toTypedArray()]).toEqual([NaN, Infinity, -Infinity, 1]);
      expect([...resizeBilinear(tensor([NaN, 1, 2], [1, 1, 3, 1]), [1, 6]).toTypedArray()]).toEqual([
        NaN,
        NaN,
        NaN,
        1.25,
        1.75,
        2,
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
    const x = tensor([1], [1, 1, 1, 1]);
    expect(() => resizeBilinear([[1]], [2, 2])).toThrow(
      "resizeBilinear: x expected [batch, height, width, channels] with a pixel at least, got [1, 1]; reshape it",
    );
    expect(() => resizeBilinear(tensor(new Float32Array(0), [1, 0, 2, 1]), [2, 2])).toThrow("got [1, 0, 2, 1]");
    for (const size of [2, [2], [2, 0], [2, 1.5], "2"]) {
      expect(() => resizeNearestNeighbor(x, size as never)).toThrow(
        "resizeNearestNeighbor: size expected [height, width] of whole numbers ≥ 1, got",
      );
    }
  });
});

/** All kernels from 3 images of 4 × 3 × 5 to 9 × 4, in ranges of at most `most`. */
function pieces(dtype: FloatDType, most: number): number[][] {
  const k = kernels(dtype);
  const [x, dy] = [
    tensor(uniform(180, -1, 1, 1), [3, 4, 3, 5], dtype),
    tensor(uniform(540, -1, 1, 2), [3, 9, 4, 5], dtype),
  ];
  const [y, z, dx, dz] = [dy, dy, x, x].map(zerosLike) as [Tensor, Tensor, Tensor, Tensor];
  const sizes = [4, 3, 5, 9, 4] as const;
  const cut = (n: number, run: (begin: number, end: number) => void) => {
    for (let begin = 0; begin < n; begin += most) run(begin, Math.min(n, begin + most));
  };
  cut(27, (b, e) => k.resize_nearest_forward(y.at, x.at, ...sizes, b, e));
  cut(27, (b, e) => k.resize_nearest_backward(dx.at, dy.at, ...sizes, b, e));
  cut(27, (b, e) => k.resize_bilinear_forward(z.at, x.at, ...sizes, b, e));
  cut(27, (b, e) => k.resize_bilinear_backward(dz.at, dy.at, ...sizes, b, e));
  return [y, z, dx, dz].map((t) => [...t.toTypedArray()]);
}
