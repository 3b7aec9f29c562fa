import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { kernels, memory } from "../../src/backend/engine.js";
import { erf, sigmoid, softplus } from "../../src/backend/reference/special.js";
import { scope } from "../../src/tensor/scope.js";
import { empty } from "../../src/tensor/tensor.js";
import { backends } from "../support/backends.js";

// The bounds that assembly/exponential.ts, erf.ts, trigonometry.ts, arc.ts and hyperbolic.ts state, in units of the last place of the true result.

type Circular = "sin" | "cos" | "tan" | "asin" | "acos" | "atan" | "sinh" | "cosh" | "asinh" | "acosh" | "atanh";
type Name = "exp" | "expm1" | "log" | "log1p" | "tanh" | "sigmoid" | "softplus" | "erf" | Circular;

interface Bound {
  /** The true value, in f64. */
  f: (x: number) => number;
  f32: number;
  f64: number;
  /** Beyond this |x| the bound does not hold. */
  limit?: number;
}

const bounds: Record<Name, Bound> = {
  exp: { f: Math.exp, f32: 1.1, f64: 1 },
  expm1: { f: Math.expm1, f32: 2, f64: 2 },
  log: { f: Math.log, f32: 1, f64: 1 },
  log1p: { f: Math.log1p, f32: 3, f64: 3 },
  tanh: { f: Math.tanh, f32: 3, f64: 3 },
  sigmoid: { f: sigmoid, f32: 3, f64: 3 },
  softplus: { f: softplus, f32: 3, f64: 3 },
  erf: { f: erf, f32: 4, f64: 4 },
  sin: { f: Math.sin, f32: 2, f64: 3, limit: 1e5 },
  cos: { f: Math.cos, f32: 2, f64: 3, limit: 1e5 },
  tan: { f: Math.tan, f32: 4, f64: 4, limit: 1e5 },
  asin: { f: Math.asin, f32: 3, f64: 3 },
  acos: { f: Math.acos, f32: 2, f64: 2 },
  atan: { f: Math.atan, f32: 3, f64: 3 },
  sinh: { f: Math.sinh, f32: 3, f64: 3 },
  cosh: { f: Math.cosh, f32: 3, f64: 3 },
  asinh: { f: Math.asinh, f32: 4, f64: 4 },
  acosh: { f: Math.acosh, f32: 4, f64: 4 },
  atanh: { f: Math.atanh, f32: 4, f64: 4 },
};
const names = Object.keys(bounds) as Name[];

/** By fixtures/elementary.py. */
const golden: Record<Name, { x: number[]; y: number[] }> = JSON.parse(
  readFileSync(new URL("../fixtures/elementary.json", import.meta.url), "utf8"),
);

/** Every 4099th float of both signs, and the neighbours of what is special. */
const sample: Float32Array = (() => {
  const bits: number[] = [];
  for (let i = 0; i <= 0xffffffff; i += 4099) bits.push(i);
  const special = [0, 1e-45, 1.1754943508222875e-38, 0.3333333, 0.5, 2 / 3, 1, 4 / 3, 2, 9, 10, 15, 17, 50, 87.3365];
  special.push(88.72283, 89, 103.97, 105, 3.4028234663852886e38, Infinity);
  for (let n = 1; n <= 64; n++) special.push((n * Math.PI) / 2, n * Math.LN2);
  for (const v of special) {
    const [at] = new Int32Array(Float32Array.of(v).buffer) as unknown as [number];
    for (let near = Math.max(0, at - 8); near <= at + 8; near++) bits.push(near, (near | 0x80000000) >>> 0);
  }
  return new Float32Array(Uint32Array.from(bits).buffer);
})();

/** The distance of two neighbouring numbers of `mantissa` bits at `y`. */
function spacing(y: number, mantissa: number, least: number): number {
  const exponent = Math.floor(Math.log2(Math.abs(y)));
  return 2 ** Math.max(least, exponent - mantissa);
}

/** In units of `step`; what only one of the two says is NaN or infinite is infinitely far. */
function distance(got: number, want: number, step: number): number {
  const difference = Math.abs(got - want) / step;
  return Number.isNaN(difference) ? Infinity : difference;
}

/** The kernel's results for all of `x`. */
function run(name: Name, x: Float32Array | Float64Array): Float32Array | Float64Array {
  const dtype = x instanceof Float32Array ? "float32" : "float64";
  return scope(() => {
    const [a, b] = [empty([x.length], dtype), empty([x.length], dtype)];
    (memory().view(a.at, x.length, dtype) as Float64Array).set(x);
    kernels(dtype)[`${name}_forward`](b.at, a.at, 0, x.length);
    return b.toTypedArray() as Float64Array;
  });
}

describe.each(backends.filter(({ name }) => name !== "js"))("on $name", ({ use }) => {
  test.each(names)("%s in f32, over the whole range", async (name) => {
    await use();
    const { f, f32, limit = Infinity } = bounds[name];
    const got = run(name, sample);
    let [worst, at] = [0, 0];
    for (let i = 0; i < sample.length; i++) {
      const x = sample[i] as number;
      const [y, want] = [got[i] as number, f(x)];
      const rounded = Math.fround(want);
      if (Object.is(y, rounded) || (Math.abs(x) > limit && Number.isFinite(x))) continue;
      const error = distance(y, want, spacing(want, 23, -149));
      if (error > worst) [worst, at] = [error, x];
    }
    expect(worst, `at ${at}`).toBeLessThanOrEqual(f32);
  });

  test.each(names)("%s in f64, against correctly rounded values", async (name) => {
    await use();
    const { x, y: want } = golden[name];
    const got = run(name, Float64Array.from(x));
    let [worst, at] = [0, 0];
    want.forEach((y, i) => {
      if (Object.is(y, got[i])) return;
      const error = distance(got[i] as number, y, spacing(y, 52, -1074));
      if (error > worst) [worst, at] = [error, x[i] as number];
    });
    expect(worst, `at ${at}`).toBeLessThanOrEqual(bounds[name].f64);
  });

  test.each(names)("%s in f64 at the edges of its range", async (name) => {
    await use();
    const x = Float64Array.of(0, -0, NaN, Infinity, -Infinity, 710, -800, 1e300, 2.5e-308, -1e-309);
    const got = run(name, x);
    x.forEach((v, i) => {
      const want = Math.abs(v) > 1e5 && Number.isFinite(v) && bounds[name].limit ? got[i] : bounds[name].f(v);
      if (Number.isNaN(want)) expect(got[i], `${name}(${v})`).toBeNaN();
      else if (!Object.is(got[i], want))
        expect((got[i] as number) / (want as number), `${name}(${v})`).toBeCloseTo(1, 12);
    });
  });
});
