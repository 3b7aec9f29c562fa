import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { gradientCheck } from "../../../src/diagnostics/index.js";
import { load, save } from "../../../src/formats/index.js";
import * as wg from "../../../src/index.js";
import { expectClose } from "../../support/check-op.js";

interface Values {
  shape: number[];
  values: number[];
}

const folder = "test/fixtures/formats/keras_sequences";
const goldens = JSON.parse(readFileSync(`${folder}.json`, "utf8")) as Record<
  string,
  { x: Values; y: Values; targets: Values; loss: number; rows: number[]; weighted: number }
>;
const made = ({ shape, values }: Values) => wg.tensor(Float32Array.from(values), shape);
const { layers } = wg;

afterAll(() => wg.init());

describe.each(Object.entries(goldens))("Keras's model %s", (name, golden) => {
  const [x, targets] = [made(golden.x), made(golden.targets)];

  test.each(["keras", "h5"])("has its outputs and losses from .%s", async (extension) => {
    const model = await load(`${folder}/${name}.${extension}`);
    expectClose(model.predict(x).toTypedArray(), golden.y.values, 1e-5, 1e-5, "y");
    model.compile({ optimizer: "sgd", loss: "meanSquaredError" });
    expect((await model.evaluate(x, targets)).loss).toBeCloseTo(golden.loss, 5);
    const { loss } = await model.evaluate(x, targets, { sampleWeight: golden.rows });
    expect(loss).toBeCloseTo(golden.weighted, 5);
    expect((await model.trainOnBatch(x, targets, golden.rows)).loss).toBeCloseTo(golden.weighted, 5);
  });

  test("has the same outputs when it is saved and loaded again", async () => {
    const model = await load(`${folder}/${name}.keras`);
    const own = mkdtempSync(join(tmpdir(), "wasmgrad-masks-"));
    try {
      const path = join(own, "model.safetensors");
      await save(model, path);
      const again = await load(path);
      expect(again.predict(x).toTypedArray()).toEqual(model.predict(x).toTypedArray());
    } finally {
      rmSync(own, { recursive: true });
    }
  });

  test("has the gradients of differences in f64", async () => {
    const model = (await load(`${folder}/${name}.keras`)).copy({ dtype: "float64" });
    model.compile({ optimizer: "sgd", loss: "meanSquaredError" });
    const found = await gradientCheck(model, x, targets);
    expect(found.difference).toBeLessThan(1e-7);
  });

  test("learns with the same bits recorded, eager, and on two threads", async () => {
    const runs: unknown[] = [];
    for (const [threads, runEagerly] of [
      [1, false],
      [1, true],
      [2, false],
    ] as const) {
      await wg.init({ threads });
      const model = await load(`${folder}/${name}.keras`);
      model.compile({ optimizer: wg.optimizers.sgd({ learningRate: 0.05 }), loss: "meanSquaredError", runEagerly });
      const { history } = await model.fit(x, targets, { epochs: 4, batchSize: 2, shuffle: false });
      runs.push([history.loss, model.getWeights().map((each) => each.toArray())]);
    }
    expect(runs[1]).toEqual(runs[0]);
    expect(runs[2]).toEqual(runs[0]);
  });
});

test("a recorded step reads the mask of each batch anew", () => {
  const model = wg.sequential([layers.masking({ inputShape: [2, 1] }), layers.globalAveragePooling1D()]);
  expect(model.predict([[[4], [2]]]).toArray()).toEqual([[3]]);
  expect(model.predict([[[4], [0]]]).toArray()).toEqual([[4]]);
  expect(model.predict([[[0], [2]]]).toArray()).toEqual([[2]]);
});

test("a loss that takes over the last activation counts the same steps", async () => {
  const model = wg.sequential(
    [
      layers.masking({ inputShape: [3, 2] }),
      layers.lstm({ units: 2, returnSequences: true }),
      layers.dense({ units: 3, activation: "softmax" }),
    ],
    { dtype: "float64" },
  );
  model.compile({ optimizer: "sgd", loss: "sparseCategoricalCrossentropy" });
  const x = [
    [
      [1, 2],
      [0, 0],
      [3, -1],
    ],
    [
      [0, 0],
      [2, 1],
      [0, 0],
    ],
  ];
  const classes = wg.tensor(Int32Array.of(0, 2, 1, 1, 2, 0), [2, 3]);
  const p = model.predict(x).toArray() as number[][][];
  const want =
    -[p[0]?.[0]?.[0], p[0]?.[2]?.[1], p[1]?.[1]?.[2]].reduce((sum: number, v) => sum + Math.log(v as number), 0) / 3;
  expect((await model.evaluate(x, classes)).loss).toBeCloseTo(want, 6);
  expect((await gradientCheck(model, x, classes)).difference).toBeLessThan(1e-7);
});

/** What of a and b, two sequences of three steps of one feature, goes into the mean behind a merging layer. */
function meanBehind(merge: wg.Layer, a: number[], b: number[], second = layers.masking()): unknown {
  const inputs = [wg.input({ shape: [3, 1] }), wg.input({ shape: [3, 1] })] as const;
  const merged = merge.apply([layers.masking().apply(inputs[0]), second.apply(inputs[1])]);
  const model = wg.model({ inputs, outputs: layers.globalAveragePooling1D().apply(merged) });
  const rows = (values: number[]) => [values.map((v) => [v])];
  return model.predict([rows(a), rows(b)] as never).toArray();
}

test("merging layers count what counts in one of their inputs, or all where one has no mask", () => {
  expect(meanBehind(layers.add(), [2, 0, 0], [4, 6, 0])).toEqual([[6]]);
  expect(meanBehind(layers.add(), [2, 0, 0], [4, 6, 0], layers.reshape({ targetShape: [3, 1] }))).toEqual([[4]]);
  expect(meanBehind(layers.concatenate(), [2, 0, 0], [4, 6, 0])).toEqual([[1, 5]]);
  expect(meanBehind(layers.concatenate({ axis: 1 }), [2, 0, 0], [4, 6, 0])).toEqual([[4]]);
  const unmasked = layers.reshape({ targetShape: [3, 1] });
  expect(meanBehind(layers.concatenate({ axis: 1 }), [2, 0, 0], [4, 6, 0], unmasked)).toEqual([[3]]);
});

test("a mask that ONNX cannot say is refused by save", async () => {
  const model = wg.sequential([layers.embedding({ inputDim: 3, outputDim: 2, maskZero: true, inputShape: [4] })]);
  await expect(save(model, join(tmpdir(), "wasmgrad-masks.onnx"))).rejects.toThrow("maskZero, as ONNX's operators");
});

test("says what does not fit", () => {
  expect(() => layers.masking({ inputShape: [] }).outputShape([], "own")).toThrow(
    'masking "own": input expected [batch, steps, features], got [batch]',
  );
  const model = wg.sequential([layers.masking({ inputShape: [3, 1] }), layers.dense({ units: 1 })]);
  model.compile({ optimizer: "sgd", loss: (_, y) => wg.mean(y) });
  const x = wg.ones([2, 3, 1]);
  return expect(model.trainOnBatch(x, x)).rejects.toThrow(
    "expected one number for each of 6 weighted rows, got []; return a loss [batch]",
  );
});
