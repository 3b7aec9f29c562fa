import { describe, expect, test } from "vitest";
import type { Kernels } from "#kernels/kernels";
import { kernels } from "../../src/backend/engine.js";
import { stepCell } from "../../src/tensor/random.js";
import { filled, type Tensor, tensor } from "../../src/tensor/tensor.js";
import type { FloatDType } from "../../src/util/dtypes.js";
import { philox } from "../../src/util/philox.js";
import { backends, useOracle } from "../support/backends.js";
import { expectClose } from "../support/check-op.js";
import { uniform } from "../support/random.js";

const KEY = [0xdeadbeef, 0x12345678] as const;
const dtypes: FloatDType[] = ["float32", "float64"];
const distributions = ["random_uniform", "random_normal", "random_truncated_normal"] as const;

/** `n` numbers of a kernel, drawn in the given pieces, and what lies behind them. */
function drawn(
  name: (typeof distributions)[number],
  dtype: FloatDType,
  n: number,
  { a = 0, b = 1, step = 3, key = KEY as readonly [number, number], cuts = [0, n] } = {},
): Float64Array {
  const out = filled([n + 4], 777, dtype);
  for (let i = 0; i + 1 < cuts.length; i++) {
    kernels(dtype)[name](out.at, a, b, key[0], key[1], stepCell(step).at, cuts[i] as number, cuts[i + 1] as number);
  }
  return Float64Array.from(out.toTypedArray());
}

/** The uniform numbers that the definition gives: see assembly/philox.ts. */
function expectedUniform(dtype: FloatDType, n: number, step: number, key: readonly [number, number]): number[] {
  const out: number[] = [];
  const w = new Uint32Array(4);
  for (let block = 0; out.length < n || block % 4 !== 0; block++) {
    philox(w, block, step, 0, 0, ...key);
    const values =
      dtype === "float32"
        ? [...w].map((word) => (word >>> 8) / 2 ** 24)
        : [0, 2].map((i) => Number(((BigInt(w[i + 1] as number) << 32n) | BigInt(w[i] as number)) >> 11n) / 2 ** 53);
    const first = values.length * 4 * (block >> 2) + (block & 3);
    values.forEach((v, q) => {
      out[first + 4 * q] = v;
    });
  }
  return out.slice(0, n);
}

describe.each(backends)("random numbers on $name", ({ use }) => {
  test.each(dtypes)("uniform %s: the words of the definition, nothing outside", async (dtype) => {
    await use();
    for (const n of [0, 1, 2, 3, 5, 8, 15, 16, 17, 63, 100]) {
      const got = drawn("random_uniform", dtype, n, { step: 0xfffffffe });
      expect([...got.subarray(0, n)]).toEqual(expectedUniform(dtype, n, 0xfffffffe, KEY));
      expect([...got.subarray(n)]).toEqual([777, 777, 777, 777]);
    }
  });

  test.each(dtypes)("uniform %s stays below its upper end", async (dtype) => {
    await use();
    const low = 2 ** 24;
    const got = drawn("random_uniform", dtype, 4000, { a: low, b: low + 2 }).subarray(0, 4000);
    expect(got.every((v) => v >= low && v < low + 2)).toBe(true);
    expect([...drawn("random_uniform", dtype, 5, { a: 3, b: 3 }).subarray(0, 5)]).toEqual([3, 3, 3, 3, 3]);
  });

  test.each(distributions)("%s: a split range gives the same bits", async (name) => {
    await use();
    for (const dtype of dtypes) {
      const n = 205;
      const whole = drawn(name, dtype, n);
      expect(drawn(name, dtype, n, { cuts: [0, 4, 12, 16, 36, 100, 204, n] })).toEqual(whole);
      expect(drawn(name, dtype, n, { cuts: [0, 64, 128, n] })).toEqual(whole);
    }
  });

  test.each(distributions)("%s: step and both words of the key matter", async (name) => {
    await use();
    const base = drawn(name, "float32", 16);
    for (const other of [{ step: 4 }, { key: [1, KEY[1]] as const }, { key: [KEY[0], 1] as const }]) {
      const got = drawn(name, "float32", 16, other);
      expect(got.subarray(0, 16).filter((v, i) => v === base[i]).length).toBeLessThan(2);
    }
  });

  test.each(dtypes)("normal and truncated normal %s equal the plain loops", async (dtype) => {
    await useOracle();
    const options = { a: 2, b: 3 };
    const want = (["random_normal", "random_truncated_normal"] as const).map((name) =>
      drawn(name, dtype, 1003, options),
    );
    await use();
    // Near u = 1 the radius is small and √(−2 ln u) keeps its relative accuracy: the error is that of the angle.
    const tolerance = dtype === "float32" ? 3e-6 : 1e-14;
    expectClose(drawn("random_normal", dtype, 1003, options), want[0] as Float64Array, 0, tolerance * 3);
    expectClose(drawn("random_truncated_normal", dtype, 1003, options), want[1] as Float64Array, 0, tolerance * 3);
  });

  test("moments over 400,000 numbers", async () => {
    await use();
    const n = 400_000;
    const moments = (values: Float64Array) => {
      const v = values.subarray(0, n);
      const mean = v.reduce((sum, x) => sum + x, 0) / n;
      const central = (p: number) => v.reduce((sum, x) => sum + (x - mean) ** p, 0) / n;
      return {
        mean,
        variance: central(2),
        third: central(3),
        fourth: central(4),
        most: v.reduce((m, x) => Math.max(m, Math.abs(x)), 0),
      };
    };
    // Bounds of five standard errors.
    const u = moments(drawn("random_uniform", "float32", n));
    expect(Math.abs(u.mean - 0.5)).toBeLessThan(5 * Math.sqrt(1 / 12 / n));
    expect(Math.abs(u.variance - 1 / 12)).toBeLessThan(5 * Math.sqrt((1 / 80 - 1 / 144) / n));
    const z = moments(drawn("random_normal", "float32", n));
    expect(Math.abs(z.mean)).toBeLessThan(5 / Math.sqrt(n));
    expect(Math.abs(z.variance - 1)).toBeLessThan(5 * Math.sqrt(2 / n));
    expect(Math.abs(z.third)).toBeLessThan(5 * Math.sqrt(15 / n));
    expect(Math.abs(z.fourth - 3)).toBeLessThan(5 * Math.sqrt(96 / n));
    expect(z.most).toBeGreaterThan(4);
    const t = moments(drawn("random_truncated_normal", "float32", n));
    expect(Math.abs(t.mean)).toBeLessThan(5 / Math.sqrt(n));
    expect(Math.abs(Math.sqrt(t.variance) - 0.87962566103423978)).toBeLessThan(5 / Math.sqrt(n));
    expect(t.most).toBeLessThanOrEqual(2);
    expect(t.most).toBeGreaterThan(1.999);
  });

  test("dropout: mask, values and way back; a split range gives the same bits", async () => {
    await use();
    for (const dtype of dtypes) {
      const n = 107;
      const x = tensor(Float64Array.from(uniform(n)), [n], dtype);
      const whole = dropped(kernels(dtype), x, 0.3, [0, n]);
      expect(dropped(kernels(dtype), x, 0.3, [0, 4, 12, 32, 100, n])).toEqual(whole);
      const w = new Uint32Array(4);
      for (let i = 0; i < n; i++) {
        philox(w, 4 * (i >> 4) + (i & 3), 9, 0, 0, ...KEY);
        const kept = (w[(i >> 2) & 3] as number) / 2 ** 32 >= 0.3;
        expect(whole.mask[i]).toBe(kept ? 1 : 0);
      }
      expect([...whole.mask.subarray(n)]).toEqual([9, 9, 9, 9]);
    }
  });
});

/** The kernels' results with a dropped NaN and room behind the mask. */
function dropped(k: Kernels, x: Tensor, rate: number, cuts: number[]) {
  const n = x.size;
  const mask = tensor(new Uint8Array(n + 4).fill(9), [n + 4], "uint8");
  const y = filled([n], 777, x.dtype);
  const dx = filled([n], 1, x.dtype);
  const factor = 1 / (1 - rate);
  for (let i = 0; i + 1 < cuts.length; i++) {
    const [begin, end] = [cuts[i] as number, cuts[i + 1] as number];
    k.dropout_forward(y.at, mask.at, x.at, rate, factor, ...KEY, stepCell(9).at, begin, end);
    k.dropout_backward(dx.at, x.at, mask.at, factor, 1, begin, end);
  }
  const values = x.toTypedArray();
  const round = x.dtype === "float32" ? Math.fround : (v: number) => v;
  const bytes = mask.toTypedArray() as Uint8Array;
  const scale = round(1 / (1 - rate));
  y.toTypedArray().forEach((v, i) => {
    const want = bytes[i] ? round((values[i] as number) * scale) : 0;
    if (v !== want) expect.fail(`y[${i}]: expected ${want}, got ${v}`);
  });
  expectClose(
    dx.toTypedArray(),
    Array.from(values, (v, i) => 1 + (bytes[i] ? round(v * scale) : 0)),
    1e-7,
    1e-6,
  );
  return { mask: bytes, y: y.toTypedArray() };
}
