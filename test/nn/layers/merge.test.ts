import { describe, expect, test } from "vitest";
import { gradientCheck } from "../../../src/diagnostics/index.js";
import * as wg from "../../../src/index.js";
import { expectClose } from "../../support/check-op.js";
import { uniform } from "../../support/random.js";

const { layers } = wg;
const noise = (shape: number[], seed: number) =>
  wg.tensor(
    uniform(
      shape.reduce((product, n) => product * n, 1),
      -1,
      1,
      seed,
    ),
    shape,
  );

/** Layers of two inputs, the inputs' rows, and what each pair of rows should give. */
const cases: Record<
  string,
  [layer: () => wg.Layer, a: number[], b: number[], by: (a: number[], b: number[]) => number[]]
> = {
  add: [layers.add, [5], [5], (a, b) => a.map((v, i) => v + (b[i] as number))],
  subtract: [layers.subtract, [5], [5], (a, b) => a.map((v, i) => v - (b[i] as number))],
  multiply: [layers.multiply, [5], [1], (a, b) => a.map((v) => v * (b[0] as number))],
  average: [layers.average, [5], [5], (a, b) => a.map((v, i) => (v + (b[i] as number)) / 2)],
  maximum: [layers.maximum, [5], [5], (a, b) => a.map((v, i) => Math.max(v, b[i] as number))],
  minimum: [layers.minimum, [5], [5], (a, b) => a.map((v, i) => Math.min(v, b[i] as number))],
  concatenate: [layers.concatenate, [3], [2], (a, b) => [...a, ...b]],
  "concatenate along the steps": [() => layers.concatenate({ axis: 1 }), [2, 3], [1, 3], (a, b) => [...a, ...b]],
  dot: [() => layers.dot({ axes: 1 }), [4], [4], (a, b) => [a.reduce((sum, v, i) => sum + v * (b[i] as number), 0)]],
  "dot of unit vectors": [
    () => layers.dot({ axes: -1, normalize: true }),
    [4],
    [4],
    (a, b) => [a.reduce((sum, v, i) => sum + v * (b[i] as number), 0) / (Math.hypot(...a) * Math.hypot(...b))],
  ],
  "dot of matrices": [
    () => layers.dot({ axes: [2, 1] }),
    [2, 3],
    [3, 2],
    (a, b) =>
      [0, 1].flatMap((i) =>
        [0, 1].map((j) => [0, 1, 2].reduce((sum, k) => sum + (a[3 * i + k] as number) * (b[2 * k + j] as number), 0)),
      ),
  ],
};

describe.each(Object.keys(cases))("%s", (name) => {
  const [layer, a, b, by] = cases[name] as (typeof cases)[string];
  const model = () => {
    const inputs = [wg.input({ shape: a, name: "a" }), wg.input({ shape: b, name: "b" })];
    return wg.model({ inputs, outputs: layer().apply(inputs) });
  };

  test("puts out what its formula says", () => {
    const [x, y] = [noise([3, ...a], 1), noise([3, ...b], 2)];
    const got = model().predict([x, y]);
    const rows = (t: wg.Tensor) => wg.unstack(t).map((row) => Array.from(row.toTypedArray()));
    expectClose(
      got.toTypedArray(),
      rows(x).flatMap((row, i) => by(row, rows(y)[i] as number[])),
      1e-6,
      1e-6,
      "y",
    );
  });

  test("has the gradients of differences", async () => {
    const x = wg.input({ shape: [3] });
    const size = (shape: number[]) => shape.reduce((product, n) => product * n, 1);
    const inputs = [a, b].map((shape) =>
      layers.reshape({ targetShape: shape }).apply(layers.dense({ units: size(shape) }).apply(x)),
    );
    const joined = layers.flatten().apply(layer().apply(inputs));
    const whole = wg.model({ inputs: x, outputs: layers.dense({ units: 1 }).apply(joined) });
    whole.compile({ loss: "meanSquaredError" });
    expect((await gradientCheck(whole, noise([4, 3], 3), noise([4, 1], 4))).difference).toBeLessThan(1e-7);
  });
});

test("errors say what does not fit", () => {
  const [a, b] = [wg.input({ shape: [4, 3] }), wg.input({ shape: [5, 2] })];
  expect(() => layers.dot({ axes: 2 }).apply([a, b])).toThrow(
    'dot "dot": axes expected two of one size, got 2 of [batch, 4, 3] and [batch, 5, 2]',
  );
  expect(() => layers.concatenate().apply([a, b])).toThrow(
    'concatenate "concatenate": inputs expected to differ in axis -1 alone',
  );
  expect(() => layers.subtract().apply([a, a, a])).toThrow('subtract "subtract": apply expected 2 inputs, got 3');
});
