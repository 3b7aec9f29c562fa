import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { load, save } from "../../../src/formats/index.js";
import * as wg from "../../../src/index.js";
import { backends } from "../../support/backends.js";
import { expectClose } from "../../support/check-op.js";
import { pullBack } from "../../support/pull-back.js";
import { uniform } from "../../support/random.js";

interface Values {
  shape: number[];
  values: number[];
  gradient: number[];
}

interface Golden {
  by: "keras" | "torch";
  config: { numHeads: number; keyDim: number; useMask?: boolean };
  inputs: Values[];
  mask: Omit<Values, "gradient"> | null;
  weights: Values[];
  y: { shape: number[]; values: number[]; dy: number[] };
}

const { layers } = wg;
const file = readFileSync(new URL("../../fixtures/multi-head-attention.json", import.meta.url), "utf8");
const { cases } = JSON.parse(file) as { cases: Golden[] };
const context = { training: false, stepCell: wg.tensor(Int32Array.of(1)), seed: 0 };

test.each(backends.flatMap(({ name, use }) => cases.map((golden, i) => ({ name, use, golden, i }))))(
  "case $i: $golden.config as $golden.by on $name",
  async ({ use, golden }) => {
    await use();
    const layer = layers.multiHeadAttention(golden.config);
    const joint = layer.joint as NonNullable<typeof layer.joint>;
    const rows = [...golden.inputs, ...(golden.mask ? [golden.mask] : [])].map(({ shape }) => shape.slice(1));
    expect(joint.outputShape(rows, "own")).toEqual(golden.y.shape.slice(1));
    const specs = joint.weights(rows);
    expect(specs.map(({ shape }) => shape)).toEqual(golden.weights.map(({ shape }) => shape));
    for (const [dtype, within] of [
      // Keras on PyTorch goes through float32 on its way, whatever its floatx.
      ["float64", golden.by === "keras" ? 1e-6 : 1e-11],
      ["float32", 2e-5],
    ] as const) {
      const made = (values: number[], shape: number[]) => wg.tensor(Float64Array.from(values), shape, dtype);
      const inputs = golden.inputs.map(({ values, shape }) => made(values, shape));
      const weights = golden.weights.map(({ values, shape }) => wg.variable(made(values, shape)));
      const byName = Object.fromEntries(specs.map(({ name }, i) => [name, weights[i] as wg.Variable]));
      const mask = golden.mask ? [made(golden.mask.values, golden.mask.shape)] : [];
      const dy = made(golden.y.dy, golden.y.shape);
      const { y, gradients } = pullBack(
        [...inputs, ...weights],
        dy,
        () => joint.call([...inputs, ...mask], byName, context, "own") as wg.Tensor,
      );
      expectClose(y.toTypedArray(), golden.y.values, within, within, dtype);
      [...golden.inputs, ...golden.weights].forEach(({ gradient }, i) => {
        const got = (gradients[i] as wg.Tensor).toTypedArray();
        expectClose(got, gradient, 4 * within, 4 * within, `${dtype} gradient ${i}`);
      });
    }
  },
);

const small = () => {
  const [words, isWord] = [wg.input({ shape: [4, 3], name: "words" }), wg.input({ shape: [4], name: "isWord" })];
  const layer = layers.multiHeadAttention({
    numHeads: 2,
    keyDim: 3,
    dropout: 0.5,
    causal: true,
    useMask: true,
    biasRegularizer: "l2",
    kernelConstraint: "maxNorm",
    name: "look",
  });
  return wg.model({ inputs: [words, isWord], outputs: layer.apply([words, isWord]) });
};
const x = { words: wg.tensor(uniform(24, -1, 1, 1), [2, 4, 3]), isWord: wg.tensor([1, 1, 1, 0, 1, 1, 0, 0], [2, 4]) };

test("what is hidden changes nothing; a step that may look nowhere gets the bias", () => {
  const model = small();
  const first = model.predict(x);
  const values = x.words.toTypedArray().slice();
  values.fill(9, 9, 12);
  const other = model.predict({ ...x, words: wg.tensor(values, [2, 4, 3]) });
  expect(Array.from(other.toTypedArray().slice(0, 9))).toEqual(Array.from(first.toTypedArray().slice(0, 9)));
  const nobody = model.predict({ ...x, isWord: wg.zeros([2, 4]) });
  expect(nobody.toArray()).toEqual(wg.zeros([2, 4, 3]).toArray());
});

test("it learns, is saved and loaded", async () => {
  const model = small();
  model.compile({ optimizer: "adam", loss: "meanSquaredError" });
  const y = wg.tensor(uniform(24, -1, 1, 2), [2, 4, 3]);
  const before = (await model.evaluate(x, y)).loss as number;
  await model.fit(x, y, { epochs: 60 });
  expect((await model.evaluate(x, y)).loss).toBeLessThan(before);
  const parts: Uint8Array[] = [];
  await save(model, {
    getWriter: () => ({ write: async (part) => void parts.push(part), close: async () => undefined }),
  });
  const again = await load(Buffer.concat(parts));
  expect(again.predict(x).toTypedArray()).toEqual(model.predict(x).toTypedArray());
  expect(JSON.stringify(again.getLayer("look").config)).toBe(JSON.stringify(model.getLayer("look").config));
});

test("dropout takes attention weights in training only", () => {
  const layer = layers.multiHeadAttention({ numHeads: 2, keyDim: 3, dropout: 0.5 });
  const weights = Object.fromEntries(
    layer.weights([4, 3]).map(({ name, shape }, i) => {
      const size = shape.reduce((product, n) => product * n, 1);
      return [name, wg.variable(wg.tensor(uniform(size, -1, 1, i), shape))];
    }),
  );
  const run = (training: boolean) =>
    Array.from(layer.call(x.words, weights, { ...context, training }, "own").toTypedArray());
  expect(run(false)).toEqual(run(false));
  expect(run(true)).toEqual(run(true));
  expect(run(true)).not.toEqual(run(false));
});

test("errors say what does not fit", () => {
  const [a, b, c] = [wg.input({ shape: [4, 3] }), wg.input({ shape: [5, 3] }), wg.input({ shape: [6, 3] })];
  const layer = (useMask = false) => layers.multiHeadAttention({ numHeads: 1, keyDim: 2, useMask, name: "look" });
  expect(() => layer().apply([a, b, c])).toThrow(
    'multiHeadAttention "look": key expected the 5 steps of value, got [batch, 6, 3]',
  );
  expect(() => layer().apply([a, b, b, b])).toThrow("apply expected query, value and key, got 4 inputs");
  expect(() => layer(true).apply(a)).toThrow("of which value and key may be left out, got 1 inputs");
  expect(() => layer().apply(wg.input({ shape: [3] }))).toThrow("input expected [batch, steps, features]");
  expect(() => layer(true).apply([a, wg.input({ shape: [7] })])).toThrow(/look": .*\[batch, 7\]|look".*7/);
});
