import { describe, expect, test } from "vitest";
import { kernels } from "../../src/backend/engine.js";
import { activationNames } from "../../src/ops/activation.js";
import { dense } from "../../src/ops/dense.js";
import { tensor } from "../../src/tensor/tensor.js";
import { backends } from "../support/backends.js";
import { checkOp } from "../support/check-op.js";
import { uniform } from "../support/random.js";

const functions: Record<string, (x: number, alpha: number) => number> = {
  linear: (x) => x,
  relu: (x) => Math.max(x, 0),
  leakyRelu: (x, alpha) => (x > 0 ? x : alpha * x),
  elu: (x, alpha) => (x > 0 ? x : alpha * (Math.exp(x) - 1)),
  tanh: (x) => 1 - 2 / (Math.exp(2 * x) + 1),
  sigmoid: (x) => 1 / (1 + Math.exp(-x)),
  softplus: (x) => Math.log(1 + Math.exp(x)),
  hardSigmoid: (x) => Math.min(Math.max(x / 6 + 0.5, 0), 1),
  hardSigmoidKeras2: (x) => Math.min(Math.max(0.2 * x + 0.5, 0), 1),
};

/** f(Σₚ x[i, p] · kernel[p, j] + bias[j]) */
function layer(x: Float64Array, kernel: Float64Array, bias: Float64Array, units: number, f: (x: number) => number) {
  const inputs = kernel.length / units;
  return Float64Array.from({ length: (x.length / inputs) * units }, (_, at) => {
    const [i, j] = [Math.floor(at / units), at % units];
    let sum = bias[j] as number;
    for (let p = 0; p < inputs; p++) sum += (x[i * inputs + p] as number) * (kernel[p * units + j] as number);
    return f(sum);
  });
}

for (const [activation, f] of Object.entries(functions)) {
  const alpha = activation === "leakyRelu" || activation === "elu" ? 0.3 : 0;
  checkOp(`dense with ${activation}`, {
    run: (x, kernel, bias) => dense(x, kernel, bias, { activation: activation as "relu", alpha }),
    cases: [
      { name: "5 → 3", inputs: [[4, 5], [5, 3], [3]] },
      { name: "a row, 7 → 10", inputs: [[1, 7], [7, 10], [10]] },
      { name: "one unit", inputs: [[6, 4], [4, 1], [1]] },
    ],
    tolerance: { absolute32: 1e-5, absolute64: 1e-12 },
    expected: (x, kernel, bias) => layer(x, kernel, bias, bias.length, (v) => f(v, alpha)),
  });
}

checkOp("dense without bias", {
  run: (x, kernel) => dense(x, kernel, null, { activation: "tanh" }),
  cases: [
    {
      name: "random",
      inputs: [
        [3, 4],
        [4, 5],
      ],
    },
  ],
  expected: (x, kernel) => layer(x, kernel, new Float64Array(5), 5, Math.tanh),
});

checkOp("dense of more axes", {
  run: (x, kernel, bias) => dense(x, kernel, bias, { activation: "gelu" }),
  cases: [
    { name: "an activation that is not fused", inputs: [[2, 3, 4], [4, 2], [2]] },
    { name: "an empty batch", inputs: [[0, 4], [4, 2], [2]] },
  ],
  tolerance: { absolute32: 1e-5 },
});

checkOp("dense of extremes", {
  run: (x, kernel, bias) => dense(x, kernel, bias, { activation: "relu" }),
  cases: [
    {
      name: "NaN and infinities",
      inputs: [
        { values: [NaN, 0, Infinity, 1, -Infinity, 1, 1e30, -1e30], shape: [4, 2] },
        { values: [1, 1e-30, 1, 0], shape: [2, 2] },
        { values: [0, 1] },
      ],
      gradient: false,
    },
  ],
  expected: (x, kernel, bias) => layer(x, kernel, bias, 2, (v) => Math.max(v, 0)),
});

for (const backend of backends) {
  test(`bias_backward: column sums, in ranges and whole, on ${backend.name}`, async () => {
    await backend.use();
    for (const [rows, columns] of [
      [1, 1],
      [5, 3],
      [300, 37],
      [129, 16],
      [0, 4],
    ] as const) {
      const dz = tensor(uniform(rows * columns, -1, 1, 4), [rows, columns]);
      const whole = tensor(uniform(columns, -1, 1, 5), [columns]);
      const split = tensor(whole);
      const k = kernels("float32");
      const before = whole.toTypedArray();
      k.bias_backward(whole.at, dz.at, rows, columns, 0, columns);
      for (let begin = 0; begin < columns; begin += 4) {
        k.bias_backward(split.at, dz.at, rows, columns, begin, Math.min(begin + 4, columns));
      }
      expect(split.toTypedArray()).toEqual(whole.toTypedArray());
      const values = dz.toTypedArray();
      whole.toTypedArray().forEach((got, j) => {
        let sum = before[j] as number;
        for (let i = 0; i < rows; i++) sum += values[i * columns + j] as number;
        expect(Math.abs(got - sum), `column ${j} of ${rows} rows`).toBeLessThan(2e-5);
      });
    }
  });
}

describe("dense", () => {
  test("takes every activation by name", () => {
    for (const activation of activationNames) {
      expect(dense([[1]], [[1]], [0], { activation }).shape, activation).toEqual([1, 1]);
    }
  });

  test("says what does not fit", () => {
    expect(() => dense([1, 2], [[1], [2]], null)).toThrow(
      "dense: x expected [batch, 2] for a kernel [2, 1], got [2]; reshape one sample to [1, in]",
    );
    expect(() => dense([[1, 2, 3]], [[1], [2]], null)).toThrow(
      "dense: x expected [batch, 2] for a kernel [2, 1], got [1, 3]",
    );
    expect(() => dense([[1]], [1], null)).toThrow("dense: kernel expected [in, units], got [1]");
    expect(() => dense([[1]], [[1]], [1, 2])).toThrow("dense: bias expected [1] for a kernel [1, 1], got [2]");
    expect(() => dense([[1]], [[1]], null, { activation: "rellu" as "relu" })).toThrow('did you mean "relu"?');
    expect(() => dense([[1]], [[1]], null, { activaton: "relu" } as object)).toThrow(
      'dense: unknown option "activaton"; did you mean "activation"?',
    );
    expect(() => dense([[1]], [[1]], null, { activation: "elu", alpha: -1 })).toThrow("dense: alpha expected");
  });
});
