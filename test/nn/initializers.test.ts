import { describe, expect, test } from "vitest";
import { initializerFrom } from "../../src/nn/by-name.js";
import { fans } from "../../src/nn/fans.js";
import {
  constant,
  type Initializer,
  ones,
  orthogonal,
  randomNormal,
  randomUniform,
  truncatedNormal,
  varianceScaling,
  zeros,
} from "../../src/nn/initializers.js";
import { stream } from "../../src/tensor/random.js";
import { filled } from "../../src/tensor/tensor.js";
import type { FloatDType } from "../../src/util/dtypes.js";
import { backends, useOracle } from "../support/backends.js";

function made(
  initializer: Initializer,
  shape: number[],
  dtype: FloatDType = "float32",
  name = "dense_1/kernel",
): Float64Array {
  const target = filled(shape, NaN, dtype);
  initializer(target, stream(name));
  return Float64Array.from(target.toTypedArray());
}

/** Mean, deviation and largest magnitude. */
function moments(values: Float64Array) {
  const mean = values.reduce((sum, v) => sum + v, 0) / values.length;
  const deviation = Math.sqrt(values.reduce((sum, v) => sum + (v - mean) ** 2, 0) / values.length);
  return { mean, deviation, most: values.reduce((most, v) => Math.max(most, Math.abs(v)), 0) };
}

// [in, out] = [250, 400]; deviations as in the papers.
const shape = [250, 400];
const deviations: [name: string, deviation: number, most: number][] = [
  ["heNormal", Math.sqrt(2 / 250), (2 * Math.sqrt(2 / 250)) / 0.8796256610342398],
  ["heUniform", Math.sqrt(2 / 250), Math.sqrt(6 / 250)],
  ["glorotNormal", Math.sqrt(2 / 650), (2 * Math.sqrt(2 / 650)) / 0.8796256610342398],
  ["glorotUniform", Math.sqrt(2 / 650), Math.sqrt(6 / 650)],
  ["xavierNormal", Math.sqrt(1 / 250), (2 * Math.sqrt(1 / 250)) / 0.8796256610342398],
  ["xavierUniform", Math.sqrt(1 / 250), Math.sqrt(3 / 250)],
  ["lecunNormal", Math.sqrt(1 / 250), (2 * Math.sqrt(1 / 250)) / 0.8796256610342398],
  ["lecunUniform", Math.sqrt(1 / 250), Math.sqrt(3 / 250)],
  ["randomUniform", 0.1 / Math.sqrt(12), 0.05],
  ["truncatedNormal", 0.05 * 0.8796256610342398, 0.1],
];

describe.each(backends)("initializers on $name", ({ use }) => {
  test.each(deviations)("%s: moments over 100,000 weights", async (name, deviation, most) => {
    await use();
    const got = moments(made(initializerFrom("initializer", name), shape));
    const n = 100_000;
    expect(Math.abs(got.mean)).toBeLessThan((5 * deviation) / Math.sqrt(n));
    expect(Math.abs(got.deviation / deviation - 1)).toBeLessThan(5 / Math.sqrt(2 * n));
    expect(got.most).toBeLessThanOrEqual(Math.fround(most * (1 + 1e-6)));
    expect(got.most).toBeGreaterThan(0.99 * most);
  });

  test("constants, mean and untruncated scaling", async () => {
    await use();
    expect([...made(zeros(), [3])]).toEqual([0, 0, 0]);
    expect([...made(ones(), [3], "float64")]).toEqual([1, 1, 1]);
    expect([...made(constant({ value: 0.5 }), [2])]).toEqual([0.5, 0.5]);
    const normal = moments(made(randomNormal({ mean: 3, stdDev: 0.5 }), shape));
    expect(Math.abs(normal.mean - 3)).toBeLessThan(0.008);
    expect(Math.abs(normal.deviation - 0.5)).toBeLessThan(0.006);
    const wide = moments(made(varianceScaling({ scale: 4, mode: "fanOut", distribution: "untruncatedNormal" }), shape));
    expect(Math.abs(wide.deviation / Math.sqrt(4 / 400) - 1)).toBeLessThan(0.012);
    expect(wide.most).toBeGreaterThan(3.5 * 0.1);
  });

  test.each([[[5, 5]], [[7, 3]], [[3, 7]], [[3, 3, 4, 6]], [[1, 1]], [[64, 48]]])(
    "orthogonal %s: QᵀQ = gain² · I",
    async (size) => {
      await use();
      for (const dtype of ["float32", "float64"] as const) {
        const columns = size[size.length - 1] as number;
        const rows = size.reduce((a, b) => a * b, 1) / columns;
        const q = made(orthogonal({ gain: 2 }), size, dtype);
        const cell = (r: number, c: number) => q[r * columns + c] as number;
        const wide = rows < columns;
        const [count, length] = wide ? [rows, columns] : [columns, rows];
        for (let a = 0; a < count; a++) {
          for (let b = 0; b < count; b++) {
            let sum = 0;
            for (let k = 0; k < length; k++) sum += wide ? cell(a, k) * cell(b, k) : cell(k, a) * cell(k, b);
            expect(Math.abs(sum - (a === b ? 4 : 0))).toBeLessThan(dtype === "float32" ? 2e-6 : 1e-14);
          }
        }
      }
      expect([...made(orthogonal(), [0, 4])]).toEqual([]);
    },
  );
});

test("orthogonal matrices have no preferred sign", async () => {
  await useOracle();
  const corners = Array.from({ length: 2000 }, (_, i) => made(orthogonal(), [2, 2], "float64", `w${i}`)[0] as number);
  expect(Math.abs(corners.filter((v) => v > 0).length - 1000)).toBeLessThan(5 * Math.sqrt(500));
  // Of a random rotation the first entry is the cosine of an even angle: variance ½.
  const variance = corners.reduce((sum, v) => sum + v * v, 0) / corners.length;
  expect(Math.abs(variance - 0.5)).toBeLessThan(5 * Math.sqrt(1 / 8 / 2000));
});

test("fans of dense and convolution kernels", () => {
  expect(fans([])).toEqual({ fanIn: 1, fanOut: 1 });
  expect(fans([5])).toEqual({ fanIn: 5, fanOut: 5 });
  expect(fans([3, 4])).toEqual({ fanIn: 3, fanOut: 4 });
  expect(fans([5, 3, 8, 16])).toEqual({ fanIn: 120, fanOut: 240 });
});

test("names in any spelling; the same stream repeats, another name differs; saved and loaded", async () => {
  await useOracle();
  for (const name of ["he_normal", "heNormal", "HeNormal"])
    expect(initializerFrom("initializer", name).name).toBe("heNormal");
  expect(() => initializerFrom("initializer", "he_norml")).toThrow('did you mean "heNormal"?');
  const all = [
    zeros(),
    constant({ value: 2 }),
    randomNormal({ mean: 1 }),
    randomUniform({ minval: 0 }),
    truncatedNormal({ stdDev: 2 }),
    varianceScaling({ scale: 3, distribution: "uniform" }),
    orthogonal({ gain: 3 }),
    ...deviations.map(([name]) => initializerFrom("initializer", name)),
  ];
  for (const each of all) {
    const saved = JSON.parse(JSON.stringify({ name: each.name, config: each.config }));
    const loaded = initializerFrom("initializer", saved);
    expect(loaded.config).toEqual(each.config);
    expect(made(loaded, [4, 6])).toEqual(made(each, [4, 6]));
    if (!["zeros", "constant"].includes(each.name)) {
      expect(made(each, [4, 6], "float32", "other")).not.toEqual(made(each, [4, 6]));
    }
  }
});

test("bad input", () => {
  expect(() => made(orthogonal(), [3])).toThrow("initializers.orthogonal: shape expected two axes or more, got [3]");
  expect(() => randomNormal({ stdDev: -1 })).toThrow("initializers.randomNormal: stdDev expected a finite number ≥ 0");
  expect(() => randomNormal({ stddev: 1 } as object)).toThrow('unknown option "stddev"; did you mean "stdDev"?');
  expect(() => randomUniform({ minval: 1 })).toThrow("initializers.randomUniform: maxval expected a finite number ≥ 1");
  expect(() => varianceScaling({ scale: 0 })).toThrow("scale expected a finite number > 0, got 0");
  expect(() => varianceScaling({ mode: "fanin" as never, distribution: "normal" as never })).toThrow(
    /distribution expected one of/,
  );
  expect(() => initializerFrom("initializer", { name: "heNormal", config: { seed: 1 } })).toThrow(
    'initializers.heNormal: unknown option "seed"',
  );
  const whole = filled([2, 2], 0, "int32");
  expect(() => initializerFrom("initializer", "heNormal")(whole, stream("w"))).toThrow(
    "dtype expected float32 or float64, got int32",
  );
});
