import { describe, expect, test } from "vitest";
import { kernels } from "../../src/backend/engine.js";
import { layerNorm, rmsNorm } from "../../src/ops/layernorm.js";
import { empty, type Tensor, tensor, zerosLike } from "../../src/tensor/tensor.js";
import type { FloatDType } from "../../src/util/dtypes.js";
import { backends } from "../support/backends.js";
import { checkOp } from "../support/check-op.js";
import { normalizationGoldens } from "../support/normalization-golden.js";
import { pullBack } from "../support/pull-back.js";
import { uniform } from "../support/random.js";

normalizationGoldens("layerNorm", (x, parameters, { axis, epsilon }) => layerNorm(x, { ...parameters, axis, epsilon }));
normalizationGoldens("rmsNorm", (x, { gamma }, { axis, epsilon }) =>
  rmsNorm(x, { gamma: gamma ?? null, axis, epsilon }),
);

/** y row by row, from the definition. */
function rowByRow(x: Float64Array, gamma: Float64Array, beta: Float64Array | undefined, epsilon: number): number[] {
  const n = gamma.length;
  return Array.from(x, (_, at) => {
    const row = x.subarray(at - (at % n), at - (at % n) + n);
    const mean = beta ? row.reduce((sum, v) => sum + v, 0) / n : 0;
    const variance = row.reduce((sum, v) => sum + (v - mean) ** 2, 0) / n;
    const normal = ((x[at] as number) - mean) / Math.sqrt(variance + epsilon);
    return normal * (gamma[at % n] as number) + (beta?.[at % n] ?? 0);
  });
}

const sizes = [
  [2, 1],
  [3, 2],
  [1, 3],
  [4, 4],
  [5, 8],
  [3, 17],
  [2, 33],
  [66, 5],
  [2, 1200],
] as const;

checkOp("layerNorm", {
  // Of two columns a small epsilon leaves little but the sign of their difference, and next to no gradient to measure.
  run: (x, gamma, beta) => layerNorm(x, { gamma, beta, epsilon: 0.1 }),
  expected: (x, gamma, beta) => rowByRow(x as Float64Array, gamma as Float64Array, beta, 0.1),
  tolerance: { absolute32: 1e-5 },
  cases: [
    ...sizes.map(([rows, columns]) => ({
      name: `${rows} × ${columns}`,
      inputs: [[rows, columns], [columns], [columns]],
      gradient: rows * columns < 100,
    })),
    { name: "no rows", inputs: [[0, 3], [3], [3]], gradient: false },
    { name: "no columns", inputs: [[3, 0], [0], [0]], gradient: false },
    { name: "tiny", inputs: [[6, 5], [5], [5]], range: [-1e-20, 1e-20] as [number, number], gradient: false },
  ],
});

checkOp("rmsNorm", {
  run: (x, gamma) => rmsNorm(x, { gamma, epsilon: 1e-3 }),
  expected: (x, gamma) => rowByRow(x as Float64Array, gamma as Float64Array, undefined, 1e-3),
  tolerance: { absolute32: 1e-5 },
  cases: [
    ...sizes.map(([rows, columns]) => ({
      name: `${rows} × ${columns}`,
      inputs: [[rows, columns], [columns]],
      gradient: rows * columns < 100,
    })),
    { name: "no rows", inputs: [[0, 3], [3]], gradient: false },
  ],
});

checkOp("layerNorm over axes 1 and 3 of four", {
  run: (x, gamma, beta) => layerNorm(x, { gamma, beta, axis: [3, 1] }),
  cases: [
    {
      name: "[2, 3, 2, 4]",
      inputs: [
        [2, 3, 2, 4],
        [3, 4],
        [3, 4],
      ],
    },
  ],
});

describe("layerNorm", () => {
  for (const backend of backends) {
    test(`special values stay in their row on ${backend.name}`, async () => {
      await backend.use();
      const x = [
        [5, 5, 5],
        [1, NaN, 2],
        [Infinity, 1, 2],
        [-1, 0, 1],
      ];
      const y = layerNorm(x, { epsilon: 0.5 }).toTypedArray();
      const side = 1 / Math.sqrt(2 / 3 + 0.5);
      [0, 0, 0, NaN, NaN, NaN, NaN, NaN, NaN, -side, 0, side].forEach((want, i) => {
        if (Number.isNaN(want)) expect(y[i]).toBeNaN();
        else expect(y[i]).toBeCloseTo(want, 6);
      });
      expect(rmsNorm([[0, 0]]).toArray()).toEqual([[0, 0]]);
      expect(rmsNorm([[NaN, 1]]).toTypedArray()).toEqual(Float32Array.of(NaN, NaN));
    });

    test(`gradients add to what is there on ${backend.name}`, async () => {
      await backend.use();
      const x = tensor([[1, 2, 4]]);
      const gamma = tensor([1, 2, 3]);
      const dy = tensor([[1, 0, -1]]);
      const once = pullBack([x, gamma], dy, () => layerNorm(x, { gamma })).gradients.map((g) => [...g.toTypedArray()]);
      // The same function twice, by one row given twice.
      const twice = pullBack(
        [gamma],
        tensor([
          [1, 0, -1],
          [1, 0, -1],
        ]),
        () =>
          layerNorm(
            [
              [1, 2, 4],
              [1, 2, 4],
            ],
            { gamma },
          ),
      ).gradients[0] as Tensor;
      expect([...twice.toTypedArray()]).toEqual((once[1] as number[]).map((v) => 2 * v));
    });
  }

  test("bits do not depend on how the work is cut", async () => {
    for (const backend of backends) {
      await backend.use();
      for (const dtype of ["float32", "float64"] as const) expect(pieces(dtype, 1)).toEqual(pieces(dtype, 1000));
    }
  });

  test("bad input", () => {
    const x = tensor([[1, 2]]);
    expect(() => layerNorm(3)).toThrow("layerNorm: x expected a rank ≥ 1, got []; reshape it");
    expect(() => layerNorm(x, { axis: 2 })).toThrow(
      "layerNorm: axis expected a whole number from -2 to 1 for rank 2, got 2",
    );
    expect(() => layerNorm(x, { gamma: [1, 2, 3] })).toThrow(
      "layerNorm: gamma expected shape [2], the normalized axes of x [1, 2], got [3]",
    );
    expect(() => layerNorm(x, { axis: [0, 1], beta: [1, 2] })).toThrow(
      "layerNorm: beta expected shape [1, 2], the normalized axes of x [1, 2], got [2]",
    );
    expect(() => rmsNorm(x, { gamma: tensor(Float64Array.of(1, 2)) })).toThrow(
      "rmsNorm: gamma expected float32 as x, got float64; convert it with cast",
    );
    expect(() => rmsNorm(x, { beta: [1, 2] } as never)).toThrow('rmsNorm: unknown option "beta"');
    expect(() => layerNorm(x, { epsilon: -1 })).toThrow("layerNorm: epsilon expected a finite number ≥ 0, got -1");
  });
});

/** All kernels over 150 × 11, with and without a mean, in ranges of at most `most` rows or chunks. */
function pieces(dtype: FloatDType, most: number): number[][] {
  const k = kernels(dtype);
  const [rows, columns] = [150, 11];
  const filled = (n: number, seed: number) => tensor(uniform(n, -1, 1, seed), [n], dtype);
  const [x, dy, gamma, beta] = [filled(1650, 1), filled(1650, 2), filled(11, 3), filled(11, 4)];
  const cut = (n: number, run: (begin: number, end: number) => void) => {
    for (let begin = 0; begin < n; begin += most) run(begin, Math.min(n, begin + most));
  };
  return [true, false].flatMap((centred) => {
    const [y, dx] = [zerosLike(x), zerosLike(x)];
    const [mean, inverse] = [empty([rows], dtype), empty([rows], dtype)];
    const partials = empty([3, 2, columns], dtype);
    const m = centred ? mean.at : 0;
    cut(rows, (b, e) => k.layernorm_forward(y.at, m, inverse.at, x.at, gamma.at, beta.at, 1e-3, columns, b, e));
    cut(rows, (b, e) => k.layernorm_backward(dx.at, dy.at, x.at, m, inverse.at, gamma.at, columns, b, e));
    cut(3, (b, e) => k.layernorm_backward_parameters(partials.at, dy.at, x.at, m, inverse.at, rows, columns, b, e));
    return [y, dx, inverse, partials].map((t) => [...t.toTypedArray()]);
  });
}
