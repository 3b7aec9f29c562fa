import { afterAll, describe, expect, test } from "vitest";
import { hasRelaxedSimd } from "../../src/backend/wasm.js";
import * as wg from "../../src/index.js";
import { partsOf, slide } from "../../src/ops/conv/geometry.js";
import { uniform } from "../support/random.js";
import { threadCounts, useThreads, usualThreads } from "../support/threads.js";

afterAll(usualThreads);

const noise = (shape: number[], seed: number): wg.Tensor =>
  wg.tensor(
    uniform(
      shape.reduce((product, n) => product * n, 1),
      -2,
      2,
      seed,
    ),
    shape,
    "float32",
  );

const bytes = (t: wg.Tensor): Uint8Array => {
  const { buffer, byteOffset, byteLength } = t.toTypedArray();
  return new Uint8Array(buffer as ArrayBuffer, byteOffset, byteLength);
};

/** The result, and the gradient of each input where no two of the result's elements weigh the same. */
function all(f: (...inputs: wg.Tensor[]) => wg.Tensor, ...shapes: number[][]): wg.Tensor[] {
  const inputs = shapes.map((shape, i) => noise(shape, i + 1));
  const y = f(...inputs);
  const weights = noise([...y.shape], 9);
  return [y, ...wg.grad((...each: wg.Tensor[]) => wg.sum(wg.mul(f(...each), weights)))(...inputs)];
}

/** Sizes that no number of threads divides: parts of images, images, several of them; parts of the kernel's gradient and stripes of parts. */
const operations: Record<string, () => wg.Tensor[]> = {
  "conv2d, one channel": () =>
    all((x, k, bias) => wg.conv2d(x, k, 1, "same", { bias, activation: "relu" }), [23, 13, 11, 1], [3, 3, 1, 7], [7]),
  "conv2d, many channels": () => all((x, k) => wg.conv2d(x, k, 1, "same"), [5, 9, 7, 67], [3, 3, 67, 21]),
  "conv2d, stride and dilation": () =>
    all(
      (x, k, bias) =>
        wg.conv2d(
          x,
          k,
          [2, 3],
          [
            [2, 0],
            [1, 2],
          ],
          { dilations: [2, 1], bias, activation: "tanh" },
        ),
      [17, 31, 23, 5],
      [3, 2, 5, 9],
      [9],
    ),
  "conv2d, groups": () => all((x, k) => wg.conv2d(x, k, 1, 1, { groups: 3 }), [19, 15, 14, 9], [3, 3, 3, 33]),
  "conv2d, one large image": () => all((x, k) => wg.conv2d(x, k, 1, "valid"), [1, 83, 75, 12], [5, 5, 12, 3]),
  "conv2d, one pixel": () => all((x, k) => wg.conv2d(x, k), [9, 11, 13, 40], [1, 1, 40, 17]),
  conv1d: () => all((x, k, bias) => wg.conv1d(x, k, 2, [3, 1], { dilation: 2, bias }), [21, 97, 6], [5, 6, 11], [11]),
  depthwiseConv2d: () =>
    all((x, k) => wg.depthwiseConv2d(x, k, 1, "same", { activation: "sigmoid" }), [13, 17, 19, 13], [3, 3, 13, 1]),
  "depthwiseConv2d, stride, two filters": () =>
    all((x, k) => wg.depthwiseConv2d(x, k, [2, 1], "valid"), [13, 17, 19, 9], [3, 2, 9, 2]),
  separableConv2d: () =>
    all((x, d, p) => wg.separableConv2d(x, d, p, 1, "same"), [11, 12, 13, 10], [3, 3, 10, 1], [1, 1, 10, 15]),
  conv2dTranspose: () =>
    all(
      (x, k, bias) => wg.conv2dTranspose(x, k, [27, 21, 6], 2, "same", { bias, activation: "elu" }),
      [9, 14, 11, 10],
      [3, 3, 6, 10],
      [6],
    ),
};

test("the sizes are cut in every way", () => {
  const window = { strides: [1, 1], padding: "same", dilations: [1, 1] } as const;
  const of = (batch: number, size: [number, number], channels: number, filters: number) => {
    const { parts, stripes } = partsOf({ batch, channels, filters, groups: 1, ...slide(size, [3, 3], window) });
    return [parts, stripes];
  };
  expect(of(23, [13, 11], 1, 7)).toEqual([12, 1]);
  expect(of(5, [9, 7], 67, 21)).toEqual([1, 17]);
  expect(of(1, [83, 75], 12, 3)).toEqual([14, 3]);
  expect(of(64, [32, 32], 32, 32)).toEqual([16, 4]);
});

describe.each(hasRelaxedSimd() ? (["strict", "fma"] as const) : (["strict"] as const))("%s", (numerics) => {
  test.each(Object.entries(operations))("%s: the bits of one thread on any number of them", async (_name, run) => {
    const results: Uint8Array[][] = [];
    for (const threads of threadCounts) {
      await useThreads(threads, numerics);
      expect(wg.capabilities().threads).toBe(threads);
      results.push(wg.scope(() => run()).map(bytes));
    }
    const [one, ...others] = results as [Uint8Array[], ...Uint8Array[][]];
    expect(one.length).toBeGreaterThan(2);
    others.forEach((each, i) => {
      each.forEach((got, j) => {
        const same = Buffer.compare(got, one[j] as Uint8Array) === 0;
        expect(same, `result ${j} on ${threadCounts[i + 1]} threads`).toBe(true);
      });
    });
  });
});
