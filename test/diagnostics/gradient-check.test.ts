import { beforeEach, describe, expect, test } from "vitest";
import { Dataset } from "../../src/data/index.js";
import { gradientCheck } from "../../src/diagnostics/index.js";
import * as wg from "../../src/index.js";
import { backends, useOracle } from "../support/backends.js";
import { expectClose } from "../support/check-op.js";
import { uniform } from "../support/random.js";

const x = [
  [1, 2],
  [3, 4],
  [-1, 0.5],
];
const y = [6, 10, -1];

/** v², with its gradient 2v times a factor. */
const square = (factor: number) =>
  wg.customGrad((v: wg.Tensor) => ({
    value: wg.square(v),
    gradient: (dy) => wg.mul(wg.mul(dy, v), wg.full(v.shape, 2 * factor, v.dtype)),
  }));

/** A layer that passes x on, with a gradient that is wrong by a factor in some columns. */
function planted(columns: number[], factor: number): wg.Layer {
  const layer = wg.layers.activation({ activation: "linear" });
  const { head: _, ...rest } = layer;
  return {
    ...rest,
    call: (input) =>
      wg.customGrad((v: wg.Tensor) => ({
        value: v,
        gradient: (dy) => {
          const scale = Array.from({ length: v.shape[1] as number }, (_, i) => (columns.includes(i) ? factor : 1));
          return wg.mul(dy, wg.tensor(Float64Array.from(scale), [1, scale.length], v.dtype));
        },
      }))(input),
  };
}

function net(middle: wg.Layer[], options: Partial<wg.CompileOptions> = {}, units = 3) {
  const model = wg.sequential([
    wg.layers.dense({ units, activation: "tanh", inputShape: [2], name: "first" }),
    ...middle,
    wg.layers.dense({ units: 1, name: "last" }),
  ]);
  return model.compile({ optimizer: "sgd", loss: "mse", ...options });
}

describe.each(backends)("gradientCheck on $name", ({ use }) => {
  beforeEach(use);

  test("‖g − n‖ / (‖g‖ + ‖n‖) by hand: a gradient that is half of the right one differs by a third", async () => {
    // Right is (2, −4); g is (1, −2): √5 / (√5 + √20) = 1/3.
    const found = await gradientCheck((v) => wg.sum(square(0.5)(v)), [[1, -2]]);
    expectClose([found.difference], [1 / 3], 1e-9, 0);
    expect(found.verdict).toBe("wrong");
    expect([found.loss, found.size, found.checked, found.seed]).toEqual([5, 2, 2, undefined]);
    // −2 differs by 2, 1 by 1.
    expect(found.worst.map(({ name, index }) => [name, index])).toEqual([
      ["x0", [1]],
      ["x0", [0]],
    ]);
    expectClose(
      found.worst.map(({ gradient }) => gradient),
      [-2, 1],
      1e-12,
      0,
    );
    expectClose(
      found.worst.map(({ numeric }) => numeric),
      [-4, 2],
      1e-9,
      0,
    );
    expect(found.parameters).toMatchObject([{ name: "x0", shape: [2], size: 2, checked: 2, verdict: "wrong" }]);
  });

  // g = (1 + 2d) n gives d / (1 + d): the difference is d to first order.
  test.each([
    [1e-9, "right"],
    [3e-7, "look"],
    [3e-5, "suspect"],
    [3e-3, "wrong"],
  ] as const)("a gradient wrong by a share of %d is %s", async (d, verdict) => {
    const found = await gradientCheck((v) => wg.sum(square(1 + 2 * d)(v)), [[1, -2, 3]]);
    expect(found.verdict).toBe(verdict);
    if (d > 1e-8) expectClose([found.difference], [d], 0.01, 0);
  });

  test.each<[string, wg.Layer[], Partial<wg.CompileOptions>]>([
    ["plain", [], {}],
    ["batch normalization", [wg.layers.batchNormalization()], {}],
    ["dropout", [wg.layers.dropout({ rate: 0.4 })], {}],
    ["gelu", [wg.layers.dense({ units: 4, activation: "gelu", kernelRegularizer: wg.regularizers.l2(0.1) })], {}],
    ["an absolute error", [], { loss: "meanAbsoluteError" }],
  ])("a right model: %s", async (_, middle, options) => {
    const model = net(middle, options);
    const before = model.getWeights().map((each) => each.toArray());
    const found = await gradientCheck(model, x, y);
    expect(found.verdict, found.summary).toBe("right");
    expect(found.difference).toBeLessThan(1e-7);
    expect(found.checked).toBe(found.size);
    expect(found.parameters.map(({ name }) => name)).toEqual(
      model.parameters.trained.map((each) => each.variable.name),
    );
    expect(model.getWeights().map((each) => each.toArray())).toEqual(before);
    expect(model.dtype).toBe("float32");
  });

  test("a wrong backward pass is caught, and the tensors and entries below it are named", async () => {
    const found = await gradientCheck(net([planted([1], -1)]), { x, y });
    expect(found.verdict).toBe("wrong");
    const verdicts = Object.fromEntries(found.parameters.map(({ name, verdict }) => [name, verdict]));
    expect(verdicts).toEqual({
      "first/kernel": "wrong",
      "first/bias": "wrong",
      "last/kernel": "right",
      "last/bias": "right",
    });
    for (const { name, index } of found.worst) {
      expect(name).toMatch(/^first/);
      expect(index.at(-1)).toBe(1);
    }
    expect(found.worst.length).toBe(3);
    expect(found.summary).toContain("first/kernel[0, 1]");
    expect(String(found)).toBe(found.summary);
    const slight = await gradientCheck(net([planted([1], 1 + 1e-4)]), { x, y });
    expect(["suspect", "look"]).toContain(slight.verdict);
    expect(slight.worst.every(({ index }) => index.at(-1) === 1)).toBe(true);
  });

  test("a wrong gradient of one small tensor makes the whole wrong", async () => {
    // The sum over 1,000 entries hides one of 1e-6 in the difference of the whole.
    const big = wg.tensor(Float64Array.from({ length: 1000 }, () => 1));
    const f = (a: wg.Tensor, b: wg.Tensor) => wg.add(wg.sum(square(1)(a)), wg.sum(square(2)(b)));
    const found = await gradientCheck(f, [big, wg.tensor(Float64Array.of(1e-6))]);
    expect(found.difference).toBeLessThan(1e-7);
    expect(found.parameters.map(({ verdict }) => verdict)).toEqual(["right", "wrong"]);
    expect(found.verdict).toBe("wrong");
    expect(found.worst[0]?.name).toBe("x1");
  });

  test("entries at a kink are told by their two slopes and count as right", async () => {
    // Σ relu(v): slopes 0 and 1 at 0, within h of it on either side, and none elsewhere.
    const f = (v: wg.Tensor) => wg.sum(wg.relu(v));
    const found = await gradientCheck(f, [Float64Array.of(-1, 0, 4e-6, -2e-6, 5e-7, 2)]);
    expect(found.kinks.map(({ index }) => index)).toEqual([[1], [2], [3], [4]]);
    const [at] = found.kinks;
    expectClose([at?.left, at?.right, at?.gradient] as number[], [0, 1, 0], 1e-8, 1e-8);
    expect(found.verdict).toBe("right");
    expect(found.worst).toEqual([]);
    expect(found.summary).toMatch(/4 entries lie at a kink.*x0\[1\] \(0 and 1/);
    // A gradient of 3 lies between no slopes of |v|.
    const bad = wg.customGrad((v: wg.Tensor) => ({ value: wg.abs(v), gradient: (dy) => wg.add(dy, wg.add(dy, dy)) }));
    const beyond = await gradientCheck((v) => wg.sum(bad(v)), [[0, 0]]);
    expect(beyond.verdict).toBe("wrong");
  });

  test("a relu network with a unit at its kink", async () => {
    const model = wg.sequential([
      wg.layers.dense({ units: 2, activation: "relu", inputShape: [2] }),
      wg.layers.dense({ units: 1 }),
    ]);
    model.compile({ optimizer: "sgd", loss: "mse" });
    // The first row gives unit 0 exactly 0.
    model.setWeights([
      [
        [2, 1],
        [-1, 1],
      ],
      [0, 0.25],
      [[1], [1]],
      [0],
    ]);
    const found = await gradientCheck(model, x, y);
    expect(found.verdict, found.summary).toBe("right");
    expect(found.kinks.map(({ name, index }) => `${name}[${index}]`)).toEqual([
      "dense/kernel[0,0]",
      "dense/kernel[1,0]",
      "dense/bias[0]",
    ]);
  });

  test("a gradient that is 0 but for rounding is right: the bias before batch normalization", async () => {
    const model = wg.sequential([
      wg.layers.dense({ useBias: true, units: 3, inputShape: [2] }),
      wg.layers.batchNormalization(),
      wg.layers.dense({ units: 1 }),
    ]);
    model.compile({ optimizer: "sgd", loss: "mse" });
    const found = await gradientCheck(model, x, y);
    const bias = found.parameters.find(({ name }) => name === "dense/bias");
    expect(bias?.verdict).toBe("right");
    expect(found.verdict).toBe("right");
    expect(found.worst.every(({ name }) => name !== "dense/bias")).toBe(true);
  });

  test("many entries are sampled by a seed, at least one of each tensor", async () => {
    const model = net([wg.layers.dense({ units: 20 })], {}, 30);
    const found = await gradientCheck(model, x, y, { maxEntries: 50, seed: 3 });
    expect([found.size, found.checked, found.seed]).toEqual([60 + 30 + 600 + 20 + 20 + 1, 50, 3]);
    // One of the last bias; the others share what is left.
    expect(found.parameters.map(({ checked }) => checked).sort((a, b) => a - b)).toEqual([1, 9, 10, 10, 10, 10]);
    expect(found.parameters.every(({ checked, size }) => checked >= 1 && checked <= size)).toBe(true);
    expect(found.parameters.at(-1)?.checked).toBe(1);
    expect(found.summary).toContain("50 of 731 entries, drawn with seed 3");
    expect(found.verdict).toBe("right");
    expect(await gradientCheck(model, x, y, { maxEntries: 50, seed: 3 })).toMatchObject({
      difference: found.difference,
    });
    expect((await gradientCheck(model, x, y, { maxEntries: 50, seed: 4 })).difference).not.toBe(found.difference);
    expect((await gradientCheck(model, x, y, { maxEntries: 1 })).checked).toBe(6);
    // Half the columns are wrong: a sample finds it.
    const wrong = net(
      [
        planted(
          Array.from({ length: 15 }, (_, i) => i),
          0.5,
        ),
      ],
      {},
      30,
    );
    expect((await gradientCheck(wrong, x, y, { maxEntries: 20 })).verdict).toBe("wrong");
  });
});

test("frozen layers are left out; inference leaves dropout out; datasets give their first batch", async () => {
  await useOracle();
  const model = net([wg.layers.dropout({ rate: 0.5 })]);
  (model.layers[0] as wg.Layer).trainable = false;
  const found = await gradientCheck(model, Dataset.fromArrays(x, y).batch(2), { training: false });
  expect(found.parameters.map(({ name }) => name)).toEqual(["last/kernel", "last/bias"]);
  expect(found.summary).toContain("on 2 rows in inference mode");
  const rows = Array.from({ length: 40 }, (_, i) => [i, -i]);
  expect((await gradientCheck(model, Dataset.fromArrays(rows, uniform(40, 0, 1, 1)))).summary).toContain("on 32 rows");
  expect((await gradientCheck(model, rows, uniform(40, 0, 1, 1))).summary).toContain("on 40 rows in training mode");
  const { loss } = await gradientCheck(model, { x, y }, { training: false });
  expect(loss).toBeCloseTo((await model.evaluate(x, y)).loss as number, 5);
});

test("variables are named; float32 arguments are checked in float64; h may be chosen", async () => {
  const w = wg.variable([0.1, 0.2], { name: "w" });
  const found = await gradientCheck((a, b) => wg.sum(wg.mul(wg.exp(a), b)), [w, [1, 2]], { h: 1e-4 });
  expect(found.parameters.map(({ name }) => name)).toEqual(["w", "x1"]);
  expect(found.verdict).toBe("right");
  expect(found.h).toBe(1e-4);
  expect((await gradientCheck(() => wg.tensor(1, [], "float64"), [[1]])).difference).toBe(0);
});

test.each<[string, () => Promise<unknown>, string]>([
  ["no target", () => gradientCheck(3 as never, x as never), "gradientCheck: model expected a compiled model, got 3"],
  [
    "a model that is not compiled",
    () => gradientCheck(wg.sequential([wg.layers.dense({ units: 1, inputShape: [2] })]), x, y),
    'gradientCheck: model "sequential" expected to be compiled',
  ],
  ["rows of another shape", () => gradientCheck(net([]), [[1]], [1]), "input expected [batch, 2], got [1, 1]"],
  [
    "no targets",
    () => gradientCheck(net([]), x as never),
    "gradientCheck: data expected a Dataset, { x, y }, or x and y",
  ],
  [
    "no arguments",
    () => gradientCheck((v) => v, []),
    "gradientCheck: data expected an array of the function's arguments",
  ],
  ["integers", () => gradientCheck((v) => v, [Int32Array.of(1)]), "data[0] expected float32 or float64, got int32"],
  ["a vector", () => gradientCheck((v) => v, [[1, 2]]), "target expected to return a scalar tensor, got shape [2]"],
  [
    "NaN",
    () => gradientCheck((v) => wg.sum(wg.log(v)), [[-1]]),
    "loss expected a finite number at the weights, got NaN",
  ],
  ["h < 0", () => gradientCheck(net([]), x, y, { h: -1 }), "gradientCheck: h expected a finite number > 0, got -1"],
  [
    "no entries",
    () => gradientCheck(net([]), x, y, { maxEntries: 0 }),
    "maxEntries expected a whole number ≥ 1, got 0",
  ],
  [
    "no row",
    () => gradientCheck(net([]), Dataset.fromArrays(x, y).take(0)),
    "data expected at least one row, got none",
  ],
  [
    "training of a function",
    () => gradientCheck((v) => wg.sum(v), [[1]], { training: true } as never),
    'gradientCheck: unknown option "training"',
  ],
])("bad input: %s", async (_, call, text) => {
  await expect(call()).rejects.toThrow(text);
});
