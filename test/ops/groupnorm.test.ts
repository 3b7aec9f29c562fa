import { describe, expect, test } from "vitest";
import { kernels } from "../../src/backend/engine.js";
import { groupNorm } from "../../src/ops/groupnorm.js";
import { layerNorm } from "../../src/ops/layernorm.js";
import { empty, type Tensor, tensor, zerosLike } from "../../src/tensor/tensor.js";
import type { FloatDType } from "../../src/util/dtypes.js";
import { backends } from "../support/backends.js";
import { checkOp } from "../support/check-op.js";
import { normalizationGoldens } from "../support/normalization-golden.js";
import { uniform } from "../support/random.js";

normalizationGoldens("groupNorm", (x, parameters, { groups, epsilon }) =>
  groupNorm(x, { ...parameters, groups, epsilon }),
);

/** y element by element, from the definition. */
function formula(shape: readonly number[], groups: number) {
  const [, positions, channels] = shape as [number, number, number];
  const width = channels / groups;
  return (x: Float64Array, gamma: Float64Array, beta: Float64Array): number[] =>
    Array.from(x, (v, at) => {
      const image = Math.floor(at / (positions * channels));
      const c = at % channels;
      const group: number[] = [];
      for (let i = 0; i < positions; i++) {
        for (let k = c - (c % width); k < c - (c % width) + width; k++) {
          group.push(x[(image * positions + i) * channels + k] as number);
        }
      }
      const mean = group.reduce((sum, each) => sum + each, 0) / group.length;
      const variance = group.reduce((sum, each) => sum + (each - mean) ** 2, 0) / group.length;
      return ((v - mean) / Math.sqrt(variance + 0.1)) * (gamma[c] as number) + (beta[c] as number);
    });
}

for (const [shape, groups] of [
  [[2, 3, 4], 2],
  [[1, 1, 6], 3],
  [[2, 5, 9], 3],
  [[1, 7, 5], 5],
  [[2, 4, 7], 1],
  [[2, 130, 6], 2],
  [[1, 65, 17], 1],
  [[0, 3, 4], 2],
  [[2, 0, 4], 2],
] as [number[], number][]) {
  const channels = shape[2] as number;
  checkOp(`groupNorm with ${groups} groups`, {
    // In a group of two a small epsilon leaves little but the sign of their difference, and next to no gradient to measure.
    run: (x, gamma, beta) => groupNorm(x, { groups, gamma, beta, epsilon: 0.1 }),
    expected: (x, gamma, beta) =>
      formula(shape, groups)(x as Float64Array, gamma as Float64Array, beta as Float64Array),
    tolerance: { absolute32: 1e-5 },
    cases: [{ name: `[${shape}]`, inputs: [shape, [channels], [channels]], gradient: (shape[1] as number) < 60 }],
  });
}

describe("groupNorm", () => {
  for (const backend of backends) {
    test(`special values stay in their image and group on ${backend.name}`, async () => {
      await backend.use();
      const x = tensor([1, 3, NaN, 1, 3, 5, 5, 5, Infinity, 1, 2, 4], [3, 1, 4]);
      const y = [...groupNorm(x, { groups: 2, epsilon: 0 }).toTypedArray()];
      [-1, 1, NaN, NaN, -1, 1, NaN, NaN, NaN, NaN, -1, 1].forEach((want, i) => {
        if (Number.isNaN(want)) expect(y[i]).toBeNaN();
        else expect(y[i]).toBeCloseTo(want, 6);
      });
    });

    test(`one group is layer normalization over the image on ${backend.name}`, async () => {
      await backend.use();
      const x = tensor(uniform(2 * 5 * 3 * 4, -1, 1, 1), [2, 5, 3, 4], "float64");
      const [one, other] = [groupNorm(x, { groups: 1 }), layerNorm(x, { axis: [1, 2, 3] })].map((t) =>
        t.toTypedArray(),
      );
      one?.forEach((v, i) => {
        expect(v).toBeCloseTo(other?.[i] as number, 12);
      });
    });

    test(`a far mean in a large image keeps its deviation in float32 on ${backend.name}`, async () => {
      await backend.use();
      const x = Float32Array.from({ length: 128 * 128 * 2 }, (_, i) => 300 + (i % 4 < 2 ? 1 : -1));
      const y = groupNorm(tensor(x, [1, 128, 128, 2]), { groups: 1, epsilon: 0 }).toTypedArray();
      y.forEach((v, i) => {
        if (Math.abs(v - (i % 4 < 2 ? 1 : -1)) > 1e-4) expect.fail(`element ${i}: ${v}`);
      });
    });
  }

  test("bits do not depend on how the work is cut", async () => {
    for (const backend of backends) {
      await backend.use();
      for (const dtype of ["float32", "float64"] as const) expect(pieces(dtype, 1)).toEqual(pieces(dtype, 1000));
    }
  });

  test("bad input", () => {
    const x = tensor([[1, 2, 3]]);
    expect(() => groupNorm([1, 2])).toThrow(
      "groupNorm: x expected [batch, ..., channels] of rank ≥ 2, got [2]; reshape it to [batch, channels]",
    );
    expect(() => groupNorm(x)).toThrow(
      "groupNorm: groups expected a divisor of the 3 channels, or -1 for one each, got 32",
    );
    for (const groups of [0, 2, 1.5, -2, "3"]) {
      expect(() => groupNorm(x, { groups: groups as never })).toThrow("groupNorm: groups expected a divisor of the 3");
    }
    expect(() => groupNorm(x, { groups: 3, gamma: [1] })).toThrow(
      "groupNorm: gamma expected shape [3], one for each channel of x [1, 3], got [1]",
    );
    expect(() => groupNorm(x, { group: 3 } as never)).toThrow('groupNorm: unknown option "group"');
  });
});

/** All kernels over 4 images of 70 × 6, in ranges of at most `most` images or positions. */
function pieces(dtype: FloatDType, most: number): number[][] {
  const k = kernels(dtype);
  const filled = (n: number, seed: number) => tensor(uniform(n, -1, 1, seed), [n], dtype);
  const [x, dy, gamma, beta] = [filled(1680, 1), filled(1680, 2), filled(6, 3), filled(6, 4)];
  const [y, dx] = [zerosLike(x), zerosLike(x)] as [Tensor, Tensor];
  const [mean, inverse] = [empty([24], dtype), empty([24], dtype)];
  const sums = filled(96, 5);
  const cut = (run: (begin: number, end: number) => void, n = 4) => {
    for (let begin = 0; begin < n; begin += most) run(begin, Math.min(n, begin + most));
  };
  const parameters = [gamma.at, beta.at, 1e-3] as const;
  cut((b, e) => k.groupnorm_forward(y.at, mean.at, inverse.at, x.at, ...parameters, 70, 6, 2, b, e));
  cut((b, e) => k.groupnorm_backward_sums(sums.at, dy.at, x.at, mean.at, inverse.at, gamma.at, 70, 6, 2, b, e));
  cut((b, e) => k.groupnorm_backward(dx.at, sums.at, dy.at, x.at, mean.at, inverse.at, gamma.at, 70, 6, b, e), 280);
  return [y, dx, mean, inverse, sums].map((t) => [...t.toTypedArray()]);
}
