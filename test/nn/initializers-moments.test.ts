import { beforeAll, describe, expect, test } from "vitest";
import { init } from "../../src/backend/engine.js";
import { initializerFrom } from "../../src/nn/by-name.js";
import { heNormal, type Initializer, orthogonal } from "../../src/nn/initializers.js";
import { stream } from "../../src/tensor/random.js";
import { filled } from "../../src/tensor/tensor.js";

// A million weights each. Bounds are five standard errors; of a test statistic of Kolmogorov and Smirnov what one sample in 1,000 exceeds.
const N = 1_000_000;

function drawn(initializer: Initializer, shape: number[], name = "dense/kernel"): Float64Array {
  const target = filled(shape, Number.NaN, "float32");
  initializer(target, stream(name, 1));
  return Float64Array.from(target.toTypedArray());
}

function moments(values: Float64Array) {
  const mean = values.reduce((sum, v) => sum + v, 0) / values.length;
  let [square, fourth, most] = [0, 0, 0];
  for (const v of values) {
    const d = (v - mean) ** 2;
    square += d;
    fourth += d * d;
    most = Math.max(most, Math.abs(v));
  }
  const variance = square / values.length;
  return { mean, deviation: Math.sqrt(variance), kurtosis: fourth / values.length / variance ** 2, most };
}

/** Φ by Abramowitz and Stegun 7.1.26, right to 1e-7. */
function normalCdf(x: number): number {
  const z = Math.abs(x) / Math.SQRT2;
  const t = 1 / (1 + 0.3275911 * z);
  const poly = t * (0.254829592 + t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * 1.061405429))));
  const tail = 0.5 * poly * Math.exp(-z * z);
  return x > 0 ? 1 - tail : tail;
}

/** The greatest distance between the distribution of the values and the one they should have. */
function kolmogorovSmirnov(values: Float64Array, cdf: (x: number) => number): number {
  const sorted = values.slice().sort();
  return sorted.reduce((most, x, i) => {
    const want = cdf(x);
    return Math.max(most, Math.abs(want - i / sorted.length), Math.abs((i + 1) / sorted.length - want));
  }, 0);
}

const CUT = normalCdf(2) - normalCdf(-2);
/** Each form in units of its own deviation: kurtosis, the standard error of a deviation and of a kurtosis times √n, bound, distribution. */
const forms = {
  normal: {
    kurtosis: 3,
    spread: Math.sqrt(2) / 2,
    tails: Math.sqrt(24),
    most: Number.POSITIVE_INFINITY,
    cdf: normalCdf,
  },
  uniform: {
    kurtosis: 1.8,
    spread: Math.sqrt(0.8) / 2,
    tails: 1.5,
    most: Math.sqrt(3),
    cdf: (z: number) => Math.min(1, Math.max(0, (z / Math.sqrt(3) + 1) / 2)),
  },
  // Of a standard normal cut off at ±2 the variance is 0.7737 and the fourth moment 1.4162: kurtosis 2.366.
  truncated: {
    kurtosis: 2.366,
    spread: Math.sqrt(1.37) / 2,
    tails: 3,
    most: 2 / 0.8796256610342398,
    cdf: (z: number) => (normalCdf(Math.max(-2, Math.min(2, z * 0.8796256610342398))) - normalCdf(-2)) / CUT,
  },
};

// [in, out] = [500, 2000] and a window of 5 × 5 over 100 channels into 400: fans 2,500 and 10,000. Deviations as in the issue.
const shapes = [
  { shape: [500, 2000], fanIn: 500, fanOut: 2000 },
  { shape: [5, 5, 100, 400], fanIn: 2500, fanOut: 10_000 },
];
const rules = {
  he: (fanIn: number) => Math.sqrt(2 / fanIn),
  xavier: (fanIn: number) => Math.sqrt(1 / fanIn),
  glorot: (fanIn: number, fanOut: number) => Math.sqrt(2 / (fanIn + fanOut)),
  lecun: (fanIn: number) => Math.sqrt(1 / fanIn),
};
const cases = Object.keys(rules).flatMap((rule) =>
  shapes.flatMap((at) => [
    { name: `${rule}Normal`, config: { truncated: false }, form: "normal", rule, ...at },
    { name: `${rule}Normal`, config: {}, form: "truncated", rule, ...at },
    { name: `${rule}Uniform`, config: {}, form: "uniform", rule, ...at },
  ]),
);

describe("a million weights", () => {
  beforeAll(() => init({ backend: "wasm" }));

  test.each(cases)("$name $config, $form, of shape $shape", ({ name, config, form, rule, shape, fanIn, fanOut }) => {
    const want = rules[rule as keyof typeof rules](fanIn, fanOut);
    const { kurtosis, spread, tails, most, cdf } = forms[form as keyof typeof forms];
    const values = drawn(initializerFrom("test", { name, config }), shape);
    expect(values.length).toBe(N);
    const got = moments(values);
    expect(Math.abs(got.mean) / want).toBeLessThan(5 / Math.sqrt(N));
    expect(Math.abs(got.deviation / want - 1)).toBeLessThan((5 * spread) / Math.sqrt(N));
    expect(Math.abs(got.kurtosis - kurtosis)).toBeLessThan((5 * tails) / Math.sqrt(N));
    expect(got.most).toBeLessThanOrEqual(most * want * (1 + 1e-6));
    expect(got.most).toBeGreaterThan(Math.min(most * 0.999, 4) * want);
    expect(kolmogorovSmirnov(values, (x) => cdf(x / want))).toBeLessThan(1.95 / Math.sqrt(N));
  });

  test("orthogonal: of 100 matrices [100, 100] the entries have variance 1/n and kurtosis 3n / (n + 2)", () => {
    const n = 100;
    const values = new Float64Array(N);
    for (let i = 0; i < N / n ** 2; i++) values.set(drawn(orthogonal(), [n, n], `w${i}`), i * n * n);
    const got = moments(values);
    expect(Math.abs(got.mean)).toBeLessThan(5 / Math.sqrt(n * N));
    expect(got.deviation).toBeCloseTo(0.1, 5);
    expect(Math.abs(got.kurtosis - (3 * n) / (n + 2))).toBeLessThan((5 * Math.sqrt(24)) / Math.sqrt(N));
    expect(got.most).toBeLessThan(1);
  });

  test("the whole normal is no cut one: the tests above would tell", () => {
    const cut = drawn(heNormal(), [500, 2000]).map((v) => v / Math.sqrt(2 / 500));
    expect(kolmogorovSmirnov(cut, normalCdf)).toBeGreaterThan(0.01);
  });
});
