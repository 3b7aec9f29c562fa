import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { load, save } from "../../src/formats/index.js";
import { layerWriters } from "../../src/formats/onnx/export/layers.js";
import * as wg from "../../src/index.js";
import { expectClose } from "../support/check-op.js";
import { pythonWith, savedOnnx as saved } from "../support/format-fixtures.js";
import { drawn, rowsFor } from "../support/judged.js";

const { layers } = wg;

const networks = "test/fixtures/formats/networks";
const image = [8, 7, 4];
const models: Record<string, () => wg.BaseModel> = {
  ...Object.fromEntries(
    [
      ...["relu", "sigmoid", "tanh", "elu", "selu", "gelu", "silu", "softplus", "hardSigmoid", "hardSigmoidKeras2"],
      ...["leakyRelu", "relu6", "hardSwish", "mish", "softmax", "logSoftmax"],
    ].map((activation) => [
      activation,
      () =>
        wg.sequential([
          layers.conv2d({ filters: 3, kernelSize: 2, activation, inputShape: image }),
          layers.flatten(),
          layers.dense({ units: 4, activation }),
        ]),
    ]),
  ),
  convolutions: () =>
    wg.sequential([
      layers.conv2d({ filters: 6, kernelSize: [3, 2], strides: [2, 1], padding: "same", groups: 2, inputShape: image }),
      layers.batchNormalization({ momentum: 0.1, momentumConvention: "pytorch" }),
      layers.depthwiseConv2d({
        kernelSize: 3,
        depthMultiplier: 2,
        padding: [
          [1, 0],
          [2, 1],
        ],
      }),
      layers.separableConv2d({ filters: 5, kernelSize: 2, activation: "relu" }),
      layers.conv2dTranspose({ filters: 3, kernelSize: 3, strides: 2, padding: "same" }),
      layers.conv2dTranspose({ filters: 2, kernelSize: [2, 3], strides: [2, 1] }),
      layers.conv2d({ filters: 3, kernelSize: 2, dilationRate: [1, 2], activation: "softmax" }),
    ]),
  steps1d: () =>
    wg.sequential([
      layers.rescaling({ scale: [0.5, 2, -1], offset: 0.25, inputShape: [9, 3] }),
      layers.normalization({ axis: 1, mean: 0.5, variance: 2 }),
      layers.conv1d({ filters: 4, kernelSize: 3, padding: "causal", dilationRate: 2 }),
      layers.depthwiseConv1d({ kernelSize: 3, depthMultiplier: 2, padding: "causal", activation: "tanh" }),
      layers.separableConv1d({ filters: 4, kernelSize: 2, strides: 2, padding: [1, 0], depthMultiplier: 2 }),
      layers.alphaDropout({ rate: 0.3 }),
      layers.conv1dTranspose({ filters: 3, kernelSize: 3, strides: 2, padding: "same", activation: "relu" }),
      layers.conv1dTranspose({ filters: 2, kernelSize: 4, strides: 3, padding: [1, 2] }),
      layers.normalization({ axis: null, invert: true }),
    ]),
  looking: () => {
    const [a, b] = [wg.input({ shape: [3, 4], name: "a" }), wg.input({ shape: [5, 4], name: "b" })];
    const own = layers.attention({ useScale: true, causal: true }).apply(a);
    const other = layers.attention({ scoreMode: "concat", useScale: true, dropout: 0.1 }).apply([own, b]);
    const third = layers.additiveAttention({ causal: true }).apply([other, b, layers.dense({ units: 4 }).apply(b)]);
    return wg.model({ inputs: [a, b], outputs: layers.attention().apply([third, other]) });
  },
  windows: () =>
    wg.sequential([
      layers.zeroPadding2D({
        padding: [
          [1, 0],
          [0, 2],
        ],
        inputShape: image,
      }),
      // Between them, as onnxruntime joins a padding to the pooling behind it, and then refuses what it made.
      layers.leakyReLU({ alpha: 0.1 }),
      layers.maxPooling2D({ poolSize: 3, strides: 2, padding: "same" }),
      layers.upSampling2D({ size: [2, 3] }),
      layers.averagePooling2D({
        poolSize: 2,
        padding: [
          [1, 0],
          [1, 1],
        ],
      }),
      layers.cropping2D({
        cropping: [
          [0, 1],
          [1, 0],
        ],
      }),
      layers.spatialDropout2D({ rate: 0.2 }),
      layers.elu({ alpha: 0.5 }),
      layers.globalAveragePooling2D(),
      layers.dense({ units: 3 }),
    ]),
  sequences: () =>
    wg.sequential([
      layers.conv1d({ filters: 4, kernelSize: 3, padding: "same", inputShape: [9, 3] }),
      layers.maxPooling1D({ poolSize: 2 }),
      layers.layerNormalization(),
      layers.dense({ units: 5, activation: "tanh" }),
      layers.permute({ dims: [2, 1] }),
      layers.globalMaxPooling1D(),
      layers.reshape({ targetShape: [2, 2] }),
    ]),
  recurrent: () =>
    wg.sequential([
      layers.lstm({ units: 3, returnSequences: true, inputShape: [4, 2] }),
      layers.bidirectional({ layer: layers.gru({ units: 2, returnSequences: true }), mergeMode: "ave" }),
      layers.gru({ units: 3, resetAfter: false, goBackwards: true, returnSequences: true }),
      layers.lstm({ units: 2, useBias: false, goBackwards: true, returnSequences: true }),
      layers.timeDistributed({ layer: layers.dense({ units: 3, activation: "tanh" }) }),
      layers.simpleRNN({ units: 3, activation: "relu", returnSequences: true }),
      layers.bidirectional({ layer: layers.lstm({ units: 2 }) }),
      layers.repeatVector({ n: 3 }),
      layers.gru({ units: 2, goBackwards: true }),
    ]),
  peepholes: () =>
    wg.sequential([
      layers.lstm({ units: 3, peepholes: true, goBackwards: true, returnSequences: true, inputShape: [4, 2] }),
      layers.bidirectional({ layer: layers.lstm({ units: 2, peepholes: true }) }),
    ]),
  gates: () =>
    wg.sequential([
      layers.lstm({
        units: 3,
        recurrentActivation: "hardSigmoid",
        activation: "softplus",
        returnSequences: true,
        inputShape: [4, 2],
      }),
      layers.gru({ units: 3, recurrentActivation: "hardSigmoidKeras2", activation: "elu", returnSequences: true }),
      layers.simpleRNN({ units: 2, activation: "linear" }),
    ]),
  states: () => {
    const [source, target] = [wg.input({ shape: [4, 2], name: "source" }), wg.input({ shape: [3, 2], name: "target" })];
    const [ahead, h, c] = layers.lstm({ units: 3, returnState: true, returnSequences: true }).apply(source);
    const [y, ...ends] = layers.lstm({ units: 3, returnState: true, goBackwards: true }).apply([target, h, c]);
    const [state] = layers.simpleRNN({ units: 3, returnState: true, activation: "leakyRelu" }).apply([target, h]);
    const gru = layers.gru({ units: 3, returnSequences: true, returnState: true });
    const ways = layers.bidirectional({ layer: gru, mergeMode: null }).apply([source, h, state]);
    return wg.model({ inputs: [source, target], outputs: [ahead, y, ...ends, ...ways] });
  },
  words: () => {
    const words = wg.input({ shape: [4], name: "words", dtype: "int32" });
    return wg.model({ inputs: words, outputs: layers.embedding({ inputDim: 5, outputDim: 3 }).apply(words) });
  },
  off: () =>
    wg.sequential([
      layers.spatialDropout1D({ rate: 0.2, inputShape: [4, 3] }),
      layers.zeroPadding1D({ padding: [1, 2] }),
      layers.cropping1D({ cropping: [0, 1] }),
      layers.gaussianNoise({ stddev: 0.1 }),
      layers.gaussianDropout({ rate: 0.1 }),
      layers.averagePooling1D({ poolSize: 2 }),
      layers.dropout({ rate: 0.5 }),
      layers.softmax(),
      layers.globalAveragePooling1D(),
    ]),
  merges: () => {
    const [a, b] = [wg.input({ shape: [4, 3], name: "a" }), wg.input({ shape: [4, 3], name: "b" })];
    const [images, plain] = [wg.input({ shape: image, name: "images" }), layers.activation({ activation: "relu" })];
    const pooled = layers.globalMaxPooling2D({ keepdims: true }).apply(images);
    const kinds = ["subtract", "multiply", "maximum", "minimum", "average"] as const;
    const outputs = kinds.map((kind) => layers[kind]().apply([a, b]));
    return wg.model({
      inputs: [a, b, images],
      outputs: [...outputs, layers.multiply().apply([images, pooled]), plain.apply(images)],
    });
  },
  attention: () => {
    const [words, mask] = [wg.input({ shape: [4, 6], name: "words" }), wg.input({ shape: [4], name: "mask" })];
    const placed = layers.positionalEmbedding({ sequenceLength: 5 }).apply(words);
    const waved = layers.sinusoidalPositionalEmbedding().apply(placed);
    const own = layers.multiHeadAttention({ numHeads: 2, keyDim: 3, causal: true }).apply(waved);
    const x = layers.rmsNormalization().apply(layers.add().apply([own, words]));
    const across = layers.multiHeadAttention({
      numHeads: 3,
      keyDim: 2,
      valueDim: 4,
      outputShape: 5,
      useBias: false,
      useMask: true,
    });
    return wg.model({
      inputs: [words, mask],
      outputs: layers.unitNormalization().apply(across.apply([x, words, mask])),
    });
  },
  normalized: () =>
    wg.sequential([
      layers.groupNormalization({ groups: 2, inputShape: image }),
      layers.prelu({ sharedAxes: [1, 2] }),
      layers.layerNormalization({ axis: [1, 2] }),
      layers.reshape({ targetShape: [56, 4] }),
      layers.groupNormalization({ groups: -1, center: false }),
      layers.upSampling1D({ size: 3 }),
      layers.prelu(),
    ]),
  dots: () => {
    const [a, b] = [wg.input({ shape: [5, 3], name: "a" }), wg.input({ shape: [3, 4], name: "b" })];
    const wide = layers.dot({ axes: [2, 1] }).apply([a, b]);
    const cosine = layers.dot({ axes: 2, normalize: true }).apply([a, a]);
    const rows = [a, b].map((each) => layers.dense({ units: 2 }).apply(layers.flatten().apply(each)));
    return wg.model({ inputs: [a, b], outputs: [wide, cosine, layers.dot({ axes: 1, normalize: true }).apply(rows)] });
  },
  resized: () =>
    wg.sequential([
      layers.resizing({ height: 5, width: 9, inputShape: image }),
      layers.resizing({ height: 3, width: 4, interpolation: "nearest" }),
    ]),
  graph: () => {
    const [a, b] = [wg.input({ shape: [6, 5, 2], name: "a" }), wg.input({ shape: [3], name: "b" })];
    const shared = layers.conv2d({ filters: 2, kernelSize: 3, padding: "same", name: "shared" });
    const once = shared.apply(a);
    const twice = layers.add().apply([shared.apply(once), once]);
    const wide = layers.concatenate().apply([twice, a]);
    const flat = layers.flatten().apply(wide);
    const joined = layers.concatenate().apply([flat, layers.elu({ alpha: 0.5 }).apply(b)]);
    return wg.model({ inputs: [a, b], outputs: [wide, layers.dense({ units: 2, name: "end" }).apply(joined)] });
  },
};

test("every layer that is written is in a model", () => {
  const seen = Object.values(models).flatMap((make) => make().network.graph.steps.map(({ layer }) => layer.kind));
  const elsewhere = ["operation"]; // onnx-operations.test.ts
  expect(Object.keys(layerWriters).filter((kind) => ![...seen, ...elsewhere].includes(kind))).toEqual([]);
});

describe.each(Object.keys(models))("%s", (name) => {
  test("comes back from an ONNX file with the same outputs", async () => {
    const model = drawn((models[name] as () => wg.BaseModel)());
    const rows = rowsFor(model);
    const x = (rows.length === 1 ? rows[0] : rows) as never;
    const again = await load(await saved(model), { format: "onnx" });
    expect(again.inputShapes).toEqual(model.inputShapes);
    const [want, got] = [model, again].map((each) => each.predictAll(x)) as [wg.Tensor[], wg.Tensor[]];
    want.forEach((y, i) => {
      expect(got[i]?.shape).toEqual(y.shape);
      expectClose((got[i] as wg.Tensor).toTypedArray(), Array.from(y.toTypedArray()), 1e-5, 1e-6, `output ${i}`);
    });
  });
});

test("judged by onnx.checker and onnxruntime, in the oldest and the newest operator sets", {
  timeout: 240_000,
}, async (context) => {
  const python = pythonWith(context, "onnx", "onnxruntime", "numpy");
  const folder = mkdtempSync(join(tmpdir(), "wasmgrad-judge-"));
  // As ONNX has them: the channels in front of the pixels.
  const turned = (t: wg.Tensor, isFirst: boolean) => {
    const last = t.rank - 1;
    const y =
      isFirst && t.rank > 2 ? wg.transpose(t, [0, last, ...Array.from({ length: last - 1 }, (_, i) => i + 1)]) : t;
    return { shape: y.shape, values: Array.from(y.toTypedArray()) };
  };
  const asked = [];
  const wanted: { name: string; y: wg.Tensor[] }[] = [];
  const all: [string, () => wg.BaseModel | Promise<wg.BaseModel>][] = [
    ...Object.entries(models),
    ...readdirSync(networks).map((file): [string, () => Promise<wg.BaseModel>] => [
      file,
      () => load(`${networks}/${file}`),
    ]),
  ];
  for (const [name, make] of all) {
    for (const opset of [9, 13, 17, 20]) {
      // Resizing to a size is an operator from 11 on, a product over any axes one from 12 on.
      if (["resized", "dots"].includes(name) && opset < 12) continue;
      const model = name in models ? drawn(await make()) : await make();
      const rows = rowsFor(model);
      const file = join(folder, `${name}-${opset}.onnx`);
      await save(model, file, { opset });
      asked.push({
        file,
        x: Object.fromEntries(
          model.inputNames.map((input, i) => [
            input,
            turned(rows[i] as wg.Tensor, rows[i]?.rank === 4 || name === "sequences"),
          ]),
        ),
      });
      wanted.push({ name: `${name} ${opset}`, y: model.predictAll((rows.length === 1 ? rows[0] : rows) as never) });
    }
  }
  const script = "test/fixtures/formats/onnx_judge.py";
  const printed = execFileSync(python, [script], { input: JSON.stringify(asked), encoding: "utf8", maxBuffer: 1e9 });
  const found = JSON.parse(printed) as { shape: number[]; values: number[] }[][];
  rmSync(folder, { recursive: true });
  found.forEach((outputs, i) => {
    const { name, y } = wanted[i] as (typeof wanted)[number];
    for (const [j, { shape, values }] of outputs.entries()) {
      const mine = y[j] as wg.Tensor;
      const { values: own } = turned(mine, shape.join() !== mine.shape.join());
      const most = Math.max(...own.map(Math.abs));
      expectClose(values, own, 1e-5, 1e-6 * most, `${name}, output ${j}`);
    }
  });
});

test.each(readdirSync(networks))("%s goes out as ONNX again", async (file) => {
  const model = await load(`${networks}/${file}`);
  const x = rowsFor(model)[0] as wg.Tensor;
  const again = await load(await saved(model), { format: "onnx" });
  const want = Array.from(model.predict(x).toTypedArray());
  expectClose(again.predict(x).toTypedArray(), want, 1e-5, 1e-5 * Math.max(...want.map(Math.abs)), file);
});

test("every operator set gives the same outputs", async () => {
  const model = drawn((models.windows as () => wg.BaseModel)());
  const x = rowsFor(model)[0] as wg.Tensor;
  const want = Array.from(model.predict(x).toTypedArray());
  for (let opset = 9; opset <= 20; opset++) {
    const again = await load(await saved(model, opset), { format: "onnx" });
    expectClose(again.predict(x).toTypedArray(), want, 1e-5, 1e-6, `opset ${opset}`);
  }
});

test("weights come back to the bit, and the same model gives the same bytes", async () => {
  const model = drawn((models.convolutions as () => wg.BaseModel)());
  const again = await load(await saved(model), { format: "onnx" });
  const values = (each: wg.BaseModel) => each.getWeights().map((w) => Array.from(w.toTypedArray()).sort());
  expect(values(again)).toEqual(values(model).filter((list) => list.length > 0));
  expect((await saved(model)).equals(await saved(model))).toBe(true);
});

test("what ONNX has no equal of is listed, all of it", async () => {
  const model = wg.sequential([
    layers.lambda({ call: (x) => wg.mul(x, 2), inputShape: [3] }),
    layers.dense({ units: 2, name: "d" }),
  ]);
  await expect(saved(model)).rejects.toThrow(/lambda "lambda": no equal in ONNX is known here/);
  await expect(saved(drawn((models.relu as () => wg.BaseModel)()), 8)).rejects.toThrow(
    "save: opset expected a whole number from 9 to 20, got 8",
  );
});
