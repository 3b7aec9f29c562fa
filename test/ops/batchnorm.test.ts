import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { kernels } from "../../src/backend/engine.js";
import { activationNamed, activationNames } from "../../src/ops/activation.js";
import { batchNorm } from "../../src/ops/batchnorm.js";
import { activationCodes } from "../../src/ops/fused.js";
import { empty, type Tensor, tensor, zerosLike } from "../../src/tensor/tensor.js";
import { variable } from "../../src/tensor/variable.js";
import type { FloatDType } from "../../src/util/dtypes.js";
import { backends } from "../support/backends.js";
import { checkOp, expectClose } from "../support/check-op.js";
import { pullBack } from "../support/pull-back.js";
import { uniform } from "../support/random.js";

interface Golden {
  shape: number[];
  training: boolean;
  x: number[];
  dy: number[];
  gamma: number[] | null;
  beta: number[] | null;
  movingMean: number[];
  movingVariance: number[];
  y: number[];
  dx: number[];
  dgamma: number[] | null;
  dbeta: number[] | null;
  newMean: number[];
  newVariance: number[];
}

const golden = JSON.parse(readFileSync(new URL("../fixtures/batchnorm.json", import.meta.url), "utf8")) as {
  epsilon: number;
  momentum: number;
  cases: Golden[];
};

describe("batchNorm against PyTorch", () => {
  for (const each of golden.cases) {
    const mode = each.training ? "training" : "inference";
    for (const backend of backends) {
      test(`[${each.shape}] ${mode}${each.gamma ? "" : ", no gamma and beta"} on ${backend.name}`, async () => {
        await backend.use();
        for (const [dtype, relative, absolute] of [
          ["float64", 1e-12, 1e-12],
          ["float32", 2e-5, 2e-5],
        ] as const) {
          // A mean of 1000 keeps only 3e-5 in f32, against a deviation of 3.
          const slack = dtype === "float32" && Math.abs(each.x[0] as number) > 900 ? 100 : 1;
          const made = (values: number[] | null, shape?: number[]) =>
            values && tensor(Float64Array.from(values), shape, dtype);
          const x = made(each.x, each.shape) as Tensor;
          const [gamma, beta] = [made(each.gamma), made(each.beta)];
          const movingMean = variable(each.movingMean, { dtype, trainable: false });
          const movingVariance = variable(each.movingVariance, { dtype, trainable: false });
          const inputs = [x, gamma, beta].filter((t): t is Tensor => t !== null);
          const { training } = each;
          const { epsilon, momentum } = golden;
          const { y, gradients } = pullBack(inputs, made(each.dy, each.shape) as Tensor, () =>
            batchNorm(x, { gamma, beta, movingMean, movingVariance, training, epsilon, momentum }),
          );
          const close = (got: Tensor | undefined, want: number[] | null, what: string) =>
            want &&
            expectClose(got?.toTypedArray() ?? [], want, relative * slack, absolute * slack, `${dtype} ${what}`);
          close(y, each.y, "y");
          close(gradients[0], each.dx, "dx");
          close(gradients[1], each.dgamma, "dgamma");
          close(gradients[2], each.dbeta, "dbeta");
          close(movingMean, each.newMean, "moving mean");
          close(movingVariance, each.newVariance, "moving variance");
        }
      });
    }
  }
});

/** y, worked out channel by channel. */
function formula(x: Float64Array, gamma: Float64Array, beta: Float64Array, epsilon: number): number[] {
  const channels = gamma.length;
  const out = new Array<number>(x.length);
  for (let c = 0; c < channels; c++) {
    const column = x.filter((_, i) => i % channels === c);
    const mean = column.reduce((sum, v) => sum + v, 0) / column.length;
    const variance = column.reduce((sum, v) => sum + (v - mean) ** 2, 0) / column.length;
    for (let i = c; i < x.length; i += channels) {
      out[i] = (((x[i] as number) - mean) / Math.sqrt(variance + epsilon)) * (gamma[c] as number) + (beta[c] as number);
    }
  }
  return out;
}

const sizes = [
  [2, 1],
  [3, 2],
  [4, 4],
  [5, 8],
  [9, 10],
  [66, 3],
  [130, 17],
];

checkOp("batchNorm in training", {
  run: (x, gamma, beta) => batchNorm(x, { gamma, beta, training: true }),
  expected: (x, gamma, beta) => formula(x as Float64Array, gamma as Float64Array, beta as Float64Array, 1e-3),
  tolerance: { absolute32: 1e-5 },
  cases: [
    ...sizes.map(([rows, channels]) => ({
      name: `${rows} × ${channels}`,
      inputs: [[rows as number, channels as number], [channels as number], [channels as number]],
      gradient: (rows as number) < 20,
    })),
    {
      name: "large",
      inputs: [[6, 2], { values: [1, 2] }, { values: [0, 1] }],
      range: [-1e15, 1e15] as [number, number],
      gradient: false,
    },
    { name: "tiny", inputs: [[6, 5], [5], [5]], range: [-1e-20, 1e-20] as [number, number], gradient: false },
    { name: "no channels", inputs: [[3, 0], [0], [0]] },
    { name: "no rows", inputs: [[0, 3], [3], [3]], gradient: false },
  ],
});

checkOp("batchNorm in inference", {
  run: (x, gamma, beta) => {
    const movingMean = tensor([0.5, -1, 2], [3], x.dtype);
    const movingVariance = tensor([1, 0.25, 4], [3], x.dtype);
    return batchNorm(x, { gamma, beta, movingMean, movingVariance, epsilon: 0 });
  },
  expected: (x, gamma, beta) =>
    (x as Float64Array).map((v, i) => {
      const c = i % 3;
      const normal = (v - ([0.5, -1, 2][c] as number)) / ([1, 0.5, 2][c] as number);
      return normal * (gamma?.[c] as number) + (beta?.[c] as number);
    }),
  cases: [1, 2, 5, 9].map((rows) => ({ name: `${rows} rows`, inputs: [[rows, 3], [3], [3]] })),
});

// Every activation of a number, and one without: the gradient of relu is tried where no z is near 0.
for (const activation of activationNames) {
  const { alpha, forward } = activationNamed(activation);
  if (activation.includes("_") || activation === "swish") continue;
  const gradient = !["relu", "hardSigmoid", "hardSigmoidKeras2"].includes(activation);
  checkOp(`batchNorm with ${activation}`, {
    run: (x, gamma, beta) => batchNorm(x, { gamma, beta, training: true, activation }),
    expected(x, gamma, beta) {
      const z = formula(x as Float64Array, gamma as Float64Array, beta as Float64Array, 1e-3);
      return forward(tensor(Float64Array.from(z))).toTypedArray();
    },
    tolerance: { absolute32: 1e-5 },
    cases: [
      [3, 2],
      [9, 10],
      [66, 7],
      [13, 300],
    ].map(([rows, channels]) => ({
      name: `${rows} × ${channels}`,
      inputs: [[rows as number, channels as number], [channels as number], [channels as number]],
      gradient: gradient && (rows as number) < 10,
    })),
  });

  describe(`batchNorm with ${activation} has the bits of the two operations`, () => {
    for (const backend of backends.filter(({ name }) => name !== "js")) {
      test.each(["float32", "float64"] as const)(`%s on ${backend.name}`, async (dtype) => {
        await backend.use();
        const made = (n: number, shape: number[], seed: number) => tensor(uniform(n, -2, 2, seed), shape, dtype);
        for (const [rows, channels] of [
          [200, 11],
          [5, 1],
          [64, 16],
          [7, 300],
        ] as const) {
          const [x, dy] = [made(rows * channels, [rows, channels], 1), made(rows * channels, [rows, channels], 2)];
          const [gamma, beta, mean] = [
            made(channels, [channels], 3),
            made(channels, [channels], 4),
            made(channels, [channels], 5),
          ];
          const variance = tensor(uniform(channels, 0.5, 2, 6), [channels], dtype);
          const statistics = { movingMean: mean, movingVariance: variance };
          for (const training of [true, false]) {
            const options = { gamma, beta, ...(training ? {} : statistics), training };
            const one = pullBack([x, gamma, beta], dy, () => batchNorm(x, { ...options, activation }));
            const two = pullBack([x, gamma, beta], dy, () => forward(batchNorm(x, options)));
            expect(one.y.toTypedArray()).toEqual(two.y.toTypedArray());
            one.gradients.forEach((each, i) => {
              expect(each?.toTypedArray(), `gradient ${i}`).toEqual(two.gradients[i]?.toTypedArray());
            });
          }
        }
      });
    }
  });

  test(`batchNorm with ${activation}: alpha is its own unless given`, () => {
    const x = [[1], [3]];
    const options = { training: true, epsilon: 0, activation };
    expect(batchNorm(x, options).toArray()).toEqual(batchNorm(x, { ...options, alpha }).toArray());
    if (alpha > 0)
      expect(batchNorm(x, { ...options, alpha: 0.5 }).toArray()).not.toEqual(batchNorm(x, options).toArray());
  });
}

describe("batchNorm", () => {
  for (const backend of backends) {
    test(`special values on ${backend.name}`, async () => {
      await backend.use();
      // Channel 0 is constant, channel 1 has a NaN, channel 2 an infinity, channel 3 only −0.
      const x = [
        [5, NaN, Infinity, -0],
        [5, 1, 2, -0],
        [5, 2, 3, -0],
      ];
      const y = batchNorm(x, { training: true }).toTypedArray();
      expect([...y]).toEqual(
        [0, NaN, NaN, 0, 0, NaN, NaN, 0, 0, NaN, NaN, 0].map((v) => (v === 0 ? expect.closeTo(0, 9) : v)),
      );
      const one = batchNorm([[3, -4, 5, 6, 7]], { training: true, beta: [1, 2, 3, 4, 5] });
      expect(one.toArray()).toEqual([[1, 2, 3, 4, 5]]);
    });

    test(`a constant channel has gradient 0, a batch of one too, on ${backend.name}`, async () => {
      await backend.use();
      const x = tensor([
        [2, 1],
        [2, 3],
      ]);
      const { gradients } = pullBack(
        [x],
        tensor([
          [1, 1],
          [1, 1],
        ]),
        () => batchNorm(x, { training: true }),
      );
      expect(gradients[0]?.toArray()).toEqual([
        [0, 0],
        [0, 0],
      ]);
      const single = tensor([[2, 1]]);
      expect(
        pullBack([single], tensor([[3, 4]]), () => batchNorm(single, { training: true })).gradients[0]?.toArray(),
      ).toEqual([[0, 0]]);
    });
  }

  test("training moves the running statistics, each only where it is given", () => {
    const movingMean = variable([10], { trainable: false });
    batchNorm([[1], [3]], { training: true, movingMean, momentum: 0.5 });
    expect(movingMean.toArray()).toEqual([6]); // 10 · 0.5 + 2 · 0.5
    const movingVariance = variable([3], { trainable: false });
    batchNorm([[1], [3]], { training: true, movingVariance, momentum: 0.75 });
    expect(movingVariance.toArray()).toEqual([2.5]); // 3 · 0.75 + 1 · 0.25
    batchNorm(tensor(new Float32Array(0), [0, 1]), { training: true, movingMean, movingVariance });
    expect(movingMean.toArray()).toEqual([6]);
  });

  test("bits do not depend on how the work is cut", async () => {
    for (const backend of backends) {
      await backend.use();
      for (const dtype of ["float32", "float64"] as const) {
        for (const code of Object.values(activationCodes)) {
          expect(pieces(dtype, 1000, code)).toEqual(pieces(dtype, 4, code));
        }
      }
    }
  });

  test("bad input", () => {
    const x = tensor([[1, 2]]);
    expect(() => batchNorm([1, 2])).toThrow(
      "batchNorm: x expected [..., channels] of rank ≥ 2, got [2]; reshape it to [batch, channels]",
    );
    expect(() => batchNorm(tensor([[1]], undefined, "int32"), { training: true })).toThrow(
      'batchNorm: x expected float32 or float64, got int32; convert it with cast(x, "float32")',
    );
    expect(() => batchNorm(x, { training: true, gamma: [1, 2, 3] })).toThrow(
      "batchNorm: gamma expected shape [2], one for each channel of x [1, 2], got [3]",
    );
    expect(() => batchNorm(x, { training: true, beta: tensor(Float64Array.of(1, 2)) })).toThrow(
      "batchNorm: beta expected float32 as x, got float64; convert it with cast",
    );
    expect(() => batchNorm(x)).toThrow(
      "batchNorm: movingMean expected a tensor in inference, got none; pass it, or training: true",
    );
    expect(() => batchNorm(x, { training: true, momentum: 1.5 })).toThrow(
      "batchNorm: momentum expected a finite number ≥ 0 and ≤ 1, got 1.5",
    );
    expect(() => batchNorm(x, { training: true, epsilon: -1 })).toThrow(
      "batchNorm: epsilon expected a finite number ≥ 0, got -1",
    );
    expect(() => batchNorm(x, { training: true, activation: "reul" as never })).toThrow(
      /^batchNorm: activation expected one of .*, got "reul"; did you mean "relu"\?$/,
    );
    expect(() => batchNorm(x, { training: true, activation: "elu", alpha: -1 })).toThrow(
      "batchNorm: alpha expected a finite number ≥ 0, got -1",
    );
    expect(() => batchNorm(x, { traning: true } as never)).toThrow(
      'batchNorm: unknown option "traning"; did you mean "training"?',
    );
  });
});

/** All kernels over 200 × 11, in ranges of at most `most` rows, channels or chunks. */
function pieces(dtype: FloatDType, most: number, code: number): number[][] {
  const k = kernels(dtype);
  const f = [code, 0.5] as const;
  const [rows, channels] = [200, 11];
  const filled = (n: number, seed: number) => tensor(uniform(n, -1, 1, seed), [n], dtype);
  const [x, dy, gamma, beta] = [filled(2200, 1), filled(2200, 2), filled(11, 3), filled(11, 4)];
  const [y, dx, dgamma, dbeta] = [x, x, gamma, gamma].map(zerosLike) as [Tensor, Tensor, Tensor, Tensor];
  const [mean, inverse, sums] = [zerosLike(gamma), zerosLike(gamma), empty([22], dtype)];
  const partials = empty([4, 2, channels], dtype);
  const cut = (n: number, run: (begin: number, end: number) => void) => {
    for (let begin = 0; begin < n; begin += most) run(begin, Math.min(n, begin + most));
  };
  cut(4, (b, e) => k.batchnorm_sums(partials.at, x.at, rows, channels, b, e));
  cut(channels, (b, e) => k.batchnorm_mean(mean.at, partials.at, rows, channels, b, e));
  cut(4, (b, e) => k.batchnorm_squares(partials.at, x.at, mean.at, rows, channels, b, e));
  cut(channels, (b, e) =>
    k.batchnorm_variance(inverse.at, 0, 0, mean.at, partials.at, 0.9, 1e-3, 1, rows, channels, b, e),
  );
  cut(rows, (b, e) => k.batchnorm_forward(y.at, x.at, mean.at, inverse.at, gamma.at, beta.at, ...f, channels, b, e));
  cut(4, (b, e) => k.batchnorm_backward_sums(partials.at, dy.at, x.at, mean.at, y.at, ...f, rows, channels, b, e));
  cut(channels, (b, e) =>
    k.batchnorm_backward_parameters(dgamma.at, dbeta.at, sums.at, partials.at, inverse.at, rows, channels, b, e),
  );
  cut(rows, (b, e) =>
    k.batchnorm_backward(
      dx.at,
      dy.at,
      x.at,
      mean.at,
      inverse.at,
      gamma.at,
      sums.at,
      y.at,
      ...f,
      1,
      rows,
      channels,
      b,
      e,
    ),
  );
  cut(rows, (b, e) =>
    k.batchnorm_inference_backward(dx.at, dy.at, inverse.at, gamma.at, y.at, ...f, 1, channels, b, e),
  );
  return [y, dx, dgamma, dbeta, mean, inverse].map((t) => [...t.toTypedArray()]);
}
