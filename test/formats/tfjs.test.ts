import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { inspect, load, save } from "../../src/formats/index.js";
import * as wg from "../../src/index.js";
import { FormatError } from "../../src/util/errors.js";
import { expectClose } from "../support/check-op.js";
import { asGiven, drawn, expectOutputs, type Output, rowsFor } from "../support/judged.js";

const { layers } = wg;
const fixtures = "test/fixtures/formats/tfjs";
const goldens = JSON.parse(readFileSync(`${fixtures}.json`, "utf8")) as Record<string, { x: Output[]; y: Output }>;
const folder = mkdtempSync(join(tmpdir(), "wasmgrad-tfjs-"));
afterAll(() => rmSync(folder, { recursive: true }));

const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);

describe.each(Object.keys(goldens))("%s, as TensorFlow.js saves it", (name) => {
  const { x, y } = goldens[name] as (typeof goldens)[string];
  const rows = x.map(({ shape, values }) => wg.tensor(Float32Array.from(values), shape));

  test("has its outputs", async () => {
    const model = await load(`${fixtures}/${name}/model.json`);
    const got = model.predict(asGiven(rows));
    expect(got.shape).toEqual(y.shape);
    expectClose(got.toTypedArray(), y.values, 1e-5, 1e-5 * Math.max(...y.values.map(Math.abs)), "y");
  });

  test("says what is in it", async () => {
    const found = await inspect(`${fixtures}/${name}/model.json`);
    expect(found).toMatchObject({ format: "tfjs", unsupported: [], metadata: { format: "layers-model" } });
    expect(found.tensors.length).toBeGreaterThan(3);
  });

  test("keeps its weights to the bit on the way there and back", async () => {
    const model = await load(`${fixtures}/${name}/model.json`);
    mkdirSync(join(folder, name), { recursive: true });
    await save(model, join(folder, name, "model.json"));
    const again = await load(join(folder, name, "model.json"));
    const weights = (each: wg.BaseModel) =>
      new Map(
        each.parameters.list.map(({ name, variable }) => [
          name.replaceAll(".", "_"),
          Array.from(variable.toTypedArray()),
        ]),
      );
    expect(weights(again)).toEqual(weights(model));
  });
});

const models: Record<string, () => wg.BaseModel> = {
  image: () =>
    wg.sequential([
      layers.conv2d({ filters: 4, kernelSize: 3, padding: "same", activation: "silu", inputShape: [8, 7, 2] }),
      layers.batchNormalization(),
      layers.maxPooling2D(),
      layers.depthwiseConv2d({ kernelSize: 2, depthMultiplier: 2 }),
      layers.separableConv2d({ filters: 3, kernelSize: 2, activation: "gelu" }),
      layers.conv2dTranspose({ filters: 2, kernelSize: 3, strides: 2, padding: "same" }),
      layers.prelu(),
      layers.zeroPadding2D(),
      layers.leakyReLU({ alpha: 0.1 }),
      layers.upSampling2D(),
      layers.cropping2D({ cropping: 1 }),
      layers.averagePooling2D({ padding: "same" }),
      layers.globalAveragePooling2D(),
      layers.dropout({ rate: 0.2 }),
      layers.dense({
        units: 3,
        activation: "hardSigmoidKeras2",
        kernelInitializer: "lecunNormal",
        kernelRegularizer: "l2",
        kernelConstraint: "maxNorm",
      }),
    ]),
  sequence: () =>
    wg.sequential([
      layers.conv1d({ filters: 4, kernelSize: 3, padding: "same", activation: "relu6", inputShape: [7, 3] }),
      layers.bidirectional({ layer: layers.lstm({ units: 3, returnSequences: true }) }),
      layers.gru({ units: 4, returnSequences: true, resetAfter: false }),
      layers.layerNormalization(),
      layers.timeDistributed({ layer: layers.dense({ units: 3, activation: "selu" }) }),
      layers.maxPooling1D(),
      layers.lstm({ units: 3, returnSequences: true, goBackwards: true }),
      layers.simpleRNN({ units: 3 }),
      layers.dense({ units: 2, activation: "logSoftmax" }),
    ]),
  masked: () =>
    wg.sequential([
      layers.masking({ maskValue: 0.5, inputShape: [5, 2] }),
      layers.dense({ units: 3, activation: "tanh" }),
      layers.lstm({ units: 2, returnSequences: true }),
      layers.simpleRNN({ units: 3 }),
    ]),
  padding: () => {
    const x = wg.input({ shape: [6], dtype: "int32", name: "words" });
    const table = layers.embedding({ inputDim: 5, outputDim: 4, maskZero: true }).apply(x);
    return wg.model({ inputs: x, outputs: layers.lstm({ units: 3 }).apply(table) });
  },
  "steps as images": () =>
    wg.sequential([
      layers.conv1d({ filters: 4, kernelSize: 3, padding: "causal", dilationRate: 2, inputShape: [9, 3] }),
      layers.zeroPadding1D({ padding: [1, 2] }),
      layers.upSampling1D({ size: 2 }),
      layers.cropping1D({ cropping: [1, 3] }),
      layers.depthwiseConv1d({
        kernelSize: 3,
        strides: 2,
        depthMultiplier: 2,
        padding: [0, 2],
        activation: "leakyRelu",
      }),
      layers.separableConv1d({
        filters: 4,
        kernelSize: 2,
        strides: 2,
        padding: "causal",
        depthwiseConstraint: "maxNorm",
      }),
      layers.conv1dTranspose({ filters: 3, kernelSize: 3, strides: 2, padding: "same", outputPadding: 1 }),
      layers.conv1dTranspose({ filters: 2, kernelSize: 4, strides: 3, padding: [1, 2], kernelConstraint: "maxNorm" }),
      layers.conv1d({ filters: 4, kernelSize: 3, groups: 2 }),
    ]),
  "in other layers": () =>
    wg.sequential([
      layers.normalization({ mean: [0.5, 2, -1], variance: [2, 0.5, 0], inputShape: [4, 5, 3] }),
      layers.normalization({ axis: null, mean: 0.1, variance: 2 }),
      layers.normalization({ mean: [0.5, 2, -1], variance: [2, 0.5, 3], invert: true }),
      layers.rescaling({ scale: [0.5, 2, -1], offset: [0.25, 0, 1] }),
      layers.conv2d({ filters: 6, kernelSize: 2, padding: "same", groups: 3, kernelConstraint: "maxNorm" }),
      layers.activation({ activation: "leakyRelu" }),
      layers.groupNormalization({ groups: 2 }),
      layers.groupNormalization({ groups: 3, center: false }),
      layers.groupNormalization({ groups: 6, center: false, scale: false }),
      layers.spatialDropout2D({ rate: 0.2 }),
      layers.resizing({ height: 8, width: 15, interpolation: "nearest" }),
      layers.conv2dTranspose({ filters: 3, kernelSize: 3, strides: 2, padding: 1, outputPadding: 1 }),
      layers.conv2dTranspose({
        filters: 4,
        kernelSize: 4,
        strides: 2,
        padding: "same",
        outputPadding: 1,
        activation: "leakyRelu",
      }),
      layers.globalAveragePooling2D({ keepdims: true }),
      layers.conv2d({ filters: 3, kernelSize: 1, activation: "sigmoid" }),
      layers.globalMaxPooling2D({ keepdims: true }),
      layers.reshape({ targetShape: [1, 3] }),
      layers.positionalEmbedding({ sequenceLength: 4 }),
      layers.sinusoidalPositionalEmbedding(),
      layers.globalMaxPooling1D({ keepdims: true }),
    ]),
  resized: () =>
    wg.sequential([
      layers.upSampling2D({ size: [2, 3], interpolation: "bilinear", inputShape: [4, 5, 3] }),
      layers.resizing({ height: 5, width: 19 }),
      layers.resizing({ height: 7, width: 11, interpolation: "nearest" }),
      layers.resizing({ height: 1, width: 3 }),
    ]),
  difference: () => {
    const [a, b] = [wg.input({ shape: [4], name: "a" }), wg.input({ shape: [4], name: "b" })];
    const minus = layers.subtract();
    const once = minus.apply([layers.dense({ units: 4 }).apply(a), b]);
    return wg.model({ inputs: [a, b], outputs: [minus.apply([b, once]), once] });
  },
  words: () => {
    const x = wg.input({ shape: [6], dtype: "int32", name: "words" });
    const table = layers.embedding({ inputDim: 5, outputDim: 4 }).apply(x);
    return wg.model({ inputs: x, outputs: layers.dense({ units: 2 }).apply(layers.flatten().apply(table)) });
  },
  graph: () => {
    const [a, b] = [wg.input({ shape: [4], name: "a" }), wg.input({ shape: [4], name: "b" })];
    const shared = layers.dense({ units: 4, activation: "mish", name: "shared" });
    const [x, y] = [shared.apply(a), shared.apply(shared.apply(b))];
    const joined = layers.concatenate().apply([layers.add().apply([x, y]), layers.maximum().apply([x, y])]);
    const cosine = layers.dot({ axes: 1, normalize: true }).apply([x, y]);
    return wg.model({ inputs: [a, b], outputs: [layers.dense({ units: 2 }).apply(joined), cosine] });
  },
};

test.each(Object.keys(models))("%s comes back with the same outputs", async (name) => {
  const model = drawn((models[name] as () => wg.BaseModel)());
  const path = join(folder, `back-${name}`);
  mkdirSync(path);
  await save(model, join(path, "model.json"));
  expect(readdirSync(path).sort()).toEqual(["group1-shard1of1.bin", "model.json"]);
  const rows = rowsFor(model);
  const again = await load(join(path, "model.json"));
  const found = again.predictAll(asGiven(rows)).map((y) => ({ shape: [...y.shape], values: [...y.toTypedArray()] }));
  expectOutputs(found, model, rows, name);
});

/** The layers that TensorFlow.js 4.22 registers, as far as any of ours becomes one. */
const known = new Set(
  `InputLayer Softmax LeakyReLU PReLU ELU ReLU Conv1D Conv2D Conv2DTranspose SeparableConv2D DepthwiseConv2D Cropping2D UpSampling2D SimpleRNN GRU LSTM
  Dropout SpatialDropout1D Dense Flatten Activation RepeatVector Reshape Permute Masking Embedding Add Multiply Average Maximum Minimum Concatenate Dot
  GaussianNoise GaussianDropout AlphaDropout BatchNormalization LayerNormalization ZeroPadding2D MaxPooling1D AveragePooling1D MaxPooling2D
  AveragePooling2D GlobalAveragePooling1D GlobalMaxPooling1D GlobalAveragePooling2D GlobalMaxPooling2D TimeDistributed Bidirectional Rescaling`.split(
    /\s+/,
  ),
);

type Layers = { class_name: string; config: Record<string, never> }[];

const layersIn = (path: string): Layers =>
  JSON.parse(readFileSync(path, "utf8")).modelTopology.model_config.config.layers;

test.each(Object.keys(models))("%s is of layers that TensorFlow.js has", async (name) => {
  const path = join(folder, `of-${name}`);
  mkdirSync(path);
  await save((models[name] as () => wg.BaseModel)(), join(path, "model.json"));
  for (const { class_name: className } of layersIn(join(path, "model.json"))) expect([...known]).toContain(className);
});

test("what trains is the same in layers of another kind", async () => {
  const path = join(folder, "kinds");
  mkdirSync(path);
  const options = { kernelSize: 2, groups: 2, kernelConstraint: "maxNorm", kernelRegularizer: "l2" } as const;
  const model = wg.sequential([
    layers.conv1d({ filters: 4, ...options, inputShape: [5, 2] }),
    layers.reshape({ targetShape: [2, 2, 4] }),
    layers.spatialDropout2D({ rate: 0.25 }),
    layers.reshape({ targetShape: [4, 4] }),
    layers.positionalEmbedding({ sequenceLength: 4, embeddingsRegularizer: "l2" }),
  ]);
  await save(model, join(path, "model.json"));
  const written = layersIn(join(path, "model.json"));
  const { config } = written.find(({ class_name: className }) => className === "DepthwiseConv2D") as Layers[number];
  expect(config).toMatchObject({
    depthwise_constraint: { class_name: "MaxNorm", config: { axis: [0, 1] } },
    depthwise_regularizer: { class_name: "L1L2" },
  });
  // It finds no gradient of an embedding's indices.
  const { config: table } = written.find(({ class_name: className }) => className === "Dense") as Layers[number];
  expect(table).toMatchObject({ units: 16, bias_regularizer: { class_name: "L1L2" } });
  const again = await load(join(path, "model.json"));
  expect(again.layers.map(({ kind }) => kind)).toContain("spatialDropout2D");
});

/** Those of PyTorch's networks that Keras's layers can express. */
const networks = ["lenet", "alexnet-17", "vgg-17", "resnet", "resnet-17", "mobilenet-17", "unet"];
const loadNetwork = (name: string) => load(`test/fixtures/formats/networks/${name}.onnx`);

test.each(networks)("PyTorch's %s goes there by way of ONNX", async (name) => {
  const model = await loadNetwork(name);
  const path = join(folder, `network-${name}`);
  mkdirSync(path);
  await save(model, join(path, "model.json"));
  const rows = rowsFor(model);
  const again = await load(join(path, "model.json"));
  const found = again.predictAll(asGiven(rows)).map((y) => ({ shape: [...y.shape], values: [...y.toTypedArray()] }));
  expectOutputs(found, model, rows, name);
});

test("judged by TensorFlow.js", { timeout: 120_000 }, async (context) => {
  const where = process.env.WASMGRAD_TFJS;
  if (where === undefined) context.skip("name a folder in which @tensorflow/tfjs 4.22 is installed in WASMGRAD_TFJS");
  const asked = [];
  const wanted: [string, wg.BaseModel, wg.Tensor[]][] = [];
  const given = [
    ...Object.entries(models).map(([name, make]): [string, wg.BaseModel] => [name, drawn(make())]),
    ...(await Promise.all(
      networks.map(async (name): Promise<[string, wg.BaseModel]> => [name, await loadNetwork(name)]),
    )),
  ];
  for (const [name, model] of given) {
    const rows = rowsFor(model);
    const path = join(folder, `judged-${name}`);
    mkdirSync(path);
    await save(model, join(path, "model.json"));
    const x = rows.map((row) => ({ shape: row.shape, dtype: row.dtype, values: Array.from(row.toTypedArray()) }));
    asked.push({ folder: path, x });
    wanted.push([name, model, rows]);
  }
  const script = resolve("test/fixtures/formats/tfjs_judge.mjs");
  const printed = execFileSync("node", [script], { cwd: where, input: JSON.stringify(asked), encoding: "utf8" });
  const found = JSON.parse(printed);
  for (const [i, [name, model, rows]] of wanted.entries()) expectOutputs(found[i], model, rows, name);
});

test("what an optimizer keeps is no weight of a layer", async () => {
  const model = drawn(wg.sequential([layers.dense({ units: 2, name: "dense", inputShape: [3] })]));
  const path = join(folder, "compiled");
  mkdirSync(path);
  await save(model, join(path, "model.json"));
  const json = JSON.parse(readFileSync(join(path, "model.json"), "utf8"));
  const kept = { dtype: "float32", group: "optimizer" };
  json.weightsManifest[0].weights.push(
    { ...kept, name: "iter", shape: [] },
    { ...kept, name: "dense/kernel/m", shape: [3, 2] },
  );
  const shard = readFileSync(join(path, "group1-shard1of1.bin"));
  const again = await load(new TextEncoder().encode(JSON.stringify(json)), {
    format: "tfjs",
    files: { "group1-shard1of1.bin": new Uint8Array(Buffer.concat([shard, Buffer.alloc(4 * 7)])) },
  });
  expect(again.getWeights().map((w) => w.toArray())).toEqual(model.getWeights().map((w) => w.toArray()));
});

test("what TensorFlow.js lacks is listed, all of it", async () => {
  const x = wg.input({ shape: [6, 4] });
  const y = layers.gru({ units: 4, returnSequences: true, name: "g" }).apply(x);
  const z = layers.conv1d({ filters: 4, kernelSize: 2, padding: "same", groups: 2, name: "c" }).apply(y);
  const looking = layers.attention({ name: "a" }).apply([y, z]);
  const heads = layers.multiHeadAttention({ numHeads: 2, keyDim: 2, name: "m" }).apply(looking);
  const model = wg.model({ inputs: x, outputs: layers.unitNormalization({ name: "u" }).apply(heads) });
  for (const text of [
    "5 things are not supported",
    'gru "g": TensorFlow.js has no GRU with resetAfter: true',
    'conv1d "c": TensorFlow.js has no convolution in groups',
    'attention "a": TensorFlow.js has no layer Attention',
    'multiHeadAttention "m": only Keras 3 reads such a layer',
    'unitNormalization "u": TensorFlow.js has no layer UnitNormalization',
  ]) {
    await expect(save(model, join(folder, "model.json"))).rejects.toThrow(text);
  }
});

test.each([
  ["Normalization along other axes", () => [layers.normalization({ axis: 1, inputShape: [2, 3] })]],
  [
    "DepthwiseConv2D with a dilationRate",
    () => [layers.depthwiseConv2d({ kernelSize: 2, dilationRate: 2, inputShape: [4, 4, 1] })],
  ],
  [
    "Conv2DTranspose with such outputPadding",
    () => [
      layers.conv2dTranspose({
        filters: 1,
        kernelSize: 3,
        strides: 2,
        outputPadding: 1,
        padding: "valid",
        inputShape: [4, 4, 1],
      }),
    ],
  ],
  [
    "over all steps, those that a mask leaves out too",
    () => [layers.masking({ maskValue: 0, inputShape: [4, 2] }), layers.globalAveragePooling1D()],
  ],
  [
    'activation "leaky_relu" there',
    () => [layers.timeDistributed({ layer: layers.dense({ units: 1, activation: "leakyRelu" }), inputShape: [4, 2] })],
  ],
])("and so is %s", async (text, make) => {
  await expect(save(wg.sequential(make()), join(folder, "model.json"))).rejects.toThrow(text);
});

test.each([
  ["SpatialDropout2D there", layers.spatialDropout2D({ rate: 0.1 })],
  ["GlobalAveragePooling2D with keepdims there", layers.globalAveragePooling2D({ keepdims: true })],
  ["UpSampling2D with pixels' centres as here", layers.upSampling2D({ interpolation: "bilinear" })],
])("and so is %s, within another layer, which cannot be several", async (text, layer) => {
  const model = wg.sequential([layers.timeDistributed({ layer, inputShape: [3, 4, 4, 2] })]);
  await expect(save(model, join(folder, "model.json"))).rejects.toThrow(text);
});

describe("refuses, with what to do", () => {
  test.each([
    ["weights alone", { weightsManifest: [] }, /modelTopology with layers expected, got weightsManifest/],
    ["no weights", { modelTopology: { class_name: "Sequential", config: {} } }, /weightsManifest: an array of groups/],
    ["another value", 3, /an object of modelTopology and weightsManifest expected/],
  ])("%s", async (_, json, message) => {
    const read = load(bytesOf(JSON.stringify(json)), { format: "tfjs" });
    await expect(read).rejects.toThrow(FormatError);
    await expect(load(bytesOf(JSON.stringify(json)), { format: "tfjs" })).rejects.toThrow(message);
  });

  test("a SavedModel", async () => {
    const read = load(bytesOf("x"), { format: "savedModel" });
    await expect(read).rejects.toThrow(FormatError);
    await expect(load(bytesOf("x"), { format: "savedModel" })).rejects.toThrow(/got a SavedModel.*m\.keras.*tf2onnx/);
  });
});
