import fc from "fast-check";
import { afterAll, afterEach, beforeEach, expect, test } from "vitest";
import { platform } from "#platform";
import * as wg from "../../src/index.js";
import { uniform } from "../support/random.js";

// The kernels for 256 bits run anywhere, if slowly: here V8 is not told to join vectors.
const changeable = platform as { -readonly [K in keyof typeof platform]: (typeof platform)[K] };
const { narrowBecause, revectorize } = platform;

beforeEach(() => Object.assign(changeable, { narrowBecause: undefined, revectorize: () => {} }));
afterEach(() => Object.assign(changeable, { narrowBecause, revectorize }));
afterAll(() => wg.init({ backend: "auto", numerics: "auto", threads: "auto", revectorize: false }));

const random = (shape: readonly number[], seed: number) => {
  const size = shape.reduce((a, b) => a * b, 1);
  return wg.tensor(uniform(size, -1, 1, seed), [...shape]);
};

type Run = (...x: wg.Tensor[]) => wg.Tensor;

/** The bytes of a result and its gradients, on the kernels for 128 bits or for 256. */
async function bytes(wide: boolean, run: Run, shapes: readonly (readonly number[])[]): Promise<Buffer[]> {
  await wg.init({ backend: "wasm", numerics: "strict", revectorize: wide });
  expect(wg.capabilities().revectorized).toBe(wide);
  const inputs = shapes.map((shape, i) => random(shape, i + 1));
  const weigh = (y: wg.Tensor) => wg.sum(wg.mul(y, random(y.shape, 9)));
  const gradients = wg.grad((...x: wg.Tensor[]) => weigh(run(...x)))(...inputs) as wg.Tensor | wg.Tensor[];
  return [run(...inputs), gradients].flat().map((each) => Buffer.from(each.toTypedArray().buffer));
}

async function sameBits(run: Run, ...shapes: readonly (readonly number[])[]): Promise<void> {
  expect(await bytes(true, run, shapes)).toEqual(await bytes(false, run, shapes));
}

const size = (max: number) => fc.integer({ min: 1, max });

test("256 bits: matrix products have the same bits, forward and backward", () =>
  fc.assert(
    fc.asyncProperty(size(30), size(40), size(30), fc.boolean(), fc.boolean(), async (m, n, k, ta, tb) => {
      await sameBits((a, b) => wg.matmul(a, b, ta, tb), ta ? [k, m] : [m, k], tb ? [n, k] : [k, n]);
    }),
    { numRuns: 40, seed: 1 },
  ));

test("256 bits: a product of several blocks", () => sameBits((a, b) => wg.matmul(a, b), [33, 1100], [1100, 301]));

test("256 bits: dense layers and convolutions", async () => {
  const activation = "relu";
  await sameBits((x, w, bias) => wg.dense(x, w, bias, { activation }), [19, 21], [21, 23], [23]);
  for (const [channels, filters, groups] of [
    [1, 8, 1],
    [3, 20, 1],
    [8, 16, 1],
    [6, 36, 2],
    [40, 64, 1],
  ] as const) {
    const filter = [3, 3, channels / groups, filters];
    for (const [strides, pad] of [
      [1, "same"],
      [2, "valid"],
    ] as const) {
      await sameBits(
        (x, w, bias) => wg.conv2d(x, w, strides, pad, { bias, activation, groups }),
        [3, 9, 7, channels],
        filter,
        [filters],
      );
    }
  }
  await sameBits((x, w) => wg.conv2dTranspose(x, w, [9, 6, 18], 2, "same"), [2, 5, 3, 20], [3, 3, 18, 20]);
  await sameBits((x, w) => wg.depthwiseConv2d(x, w, 1, "same"), [2, 6, 5, 18], [3, 3, 18, 1]);
});

test("256 bits: a platform that has none says why", async () => {
  changeable.narrowBecause = "V8 joins vectors to 256 bits from Node 24 on, and this is v20.0.0";
  await wg.init({ revectorize: false });
  await expect(wg.init({ revectorize: true })).rejects.toThrow(
    "init: revectorize cannot be true here: V8 joins vectors to 256 bits from Node 24 on, and this is v20.0.0; leave it out",
  );
  expect(wg.capabilities().revectorized).toBe(false);
  await wg.init({ backend: "wasm" });
  expect(wg.capabilities().notes).toContain(changeable.narrowBecause);
});
