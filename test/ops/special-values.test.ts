import { describe, expect, test } from "vitest";
import * as wg from "../../src/index.js";
import { backends } from "../support/backends.js";

const SPECIAL = [-0, 0, 1, -1, 0.5, -0.5, 1.5, -2.5, Infinity, -Infinity, NaN, 3.4e38, -3.4e38, 1e-45, -1e-45, 1e-38];
const PAIRS = SPECIAL.flatMap((a) => SPECIAL.map((b) => [a, b] as const));
const a32 = Float32Array.from(PAIRS, ([a]) => a);
const b32 = Float32Array.from(PAIRS, ([, b]) => b);
const x32 = Float32Array.from(SPECIAL);

const evenRound = (v: number) => (Math.abs(v % 1) === 0.5 ? 2 * Math.round(v / 2) : Math.round(v));
const sameSign = (v: number, like: number) => (v === 0 && Object.is(like < 0 || Object.is(like, -0), true) ? -0 : v);

/** What IEEE 754 demands, to the sign of a zero. Results are rounded to float32: exact for one operation on float32 numbers. */
const binary: Record<
  string,
  [op: (a: wg.TensorLike, b: wg.TensorLike) => wg.Tensor, oracle: (a: number, b: number) => number]
> = {
  add: [wg.add, (a, b) => a + b],
  sub: [wg.sub, (a, b) => a - b],
  mul: [wg.mul, (a, b) => a * b],
  div: [wg.div, (a, b) => a / b],
  maximum: [wg.maximum, Math.max],
  minimum: [wg.minimum, Math.min],
};
const unary: Record<string, [op: (x: wg.TensorLike) => wg.Tensor, oracle: (x: number) => number]> = {
  abs: [wg.abs, Math.abs],
  ceil: [wg.ceil, Math.ceil],
  floor: [wg.floor, Math.floor],
  neg: [wg.neg, (x) => -x],
  reciprocal: [wg.reciprocal, (x) => 1 / x],
  round: [wg.round, (x) => (Number.isFinite(x) ? sameSign(evenRound(x), x) : x)],
  sign: [wg.sign, Math.sign],
  sqrt: [wg.sqrt, Math.sqrt],
  square: [wg.square, (x) => x * x],
};

const textOf = (v: number) => (Object.is(v, -0) ? "-0" : String(v));

describe.each(backends)("special values to the sign of zero on $name", ({ use }) => {
  test.each(Object.entries(binary))("%s", async (name, [run, oracle]) => {
    await use();
    const expected = Array.from(a32, (a, i) => Math.fround(oracle(a, b32[i] as number)));
    const shown = (values: ArrayLike<number>) =>
      Array.from(values, (v, i) => `${name}(${textOf(a32[i] as number)}, ${textOf(b32[i] as number)}) = ${textOf(v)}`);
    expect(shown(run(a32, b32).toTypedArray())).toEqual(shown(expected));
  });

  test.each(Object.entries(unary))("%s", async (name, [run, oracle]) => {
    await use();
    const expected = Array.from(x32, (x) => Math.fround(oracle(x)));
    const shown = (values: ArrayLike<number>) =>
      Array.from(values, (v, i) => `${name}(${textOf(x32[i] as number)}) = ${textOf(v)}`);
    expect(shown(run(x32).toTypedArray())).toEqual(shown(expected));
  });

  test.each(["reshape", "slice", "tile", "reverse", "transpose", "concat", "gather", "broadcastTo"])(
    "%s moves them as they are",
    async (name) => {
      await use();
      const moved: Record<string, () => wg.Tensor> = {
        reshape: () => wg.reshape(x32, [4, 4]),
        slice: () => wg.slice(x32, [0], [16]),
        tile: () => wg.tile(x32, [1]),
        reverse: () => wg.reverse(wg.reverse(x32)),
        transpose: () => wg.transpose(wg.transpose(wg.reshape(x32, [2, 8]))),
        concat: () => wg.concat([x32.slice(0, 5), x32.slice(5)]),
        gather: () => wg.gather(x32, wg.range(0, 16, 1, "int32")),
        broadcastTo: () => wg.slice(wg.broadcastTo(x32, [2, 16]), [1, 0], [1, 16]),
      };
      const values = (moved[name] as () => wg.Tensor)().toTypedArray();
      expect(Array.from(values, textOf)).toEqual(Array.from(x32, textOf));
    },
  );
});
