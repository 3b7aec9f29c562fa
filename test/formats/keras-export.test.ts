import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test, vi } from "vitest";
import { inspect, load, loadWeights, save } from "../../src/formats/index.js";
import { encodeArchive } from "../../src/formats/keras/export/encode.js";
import { openZip } from "../../src/formats/zip.js";
import * as wg from "../../src/index.js";
import { pythonWith } from "../support/format-fixtures.js";
import { asGiven, drawn, expectOutputs, rowsFor } from "../support/judged.js";

const { layers, regularizers, constraints } = wg;
const folder = mkdtempSync(join(tmpdir(), "wasmgrad-keras-"));
afterAll(() => rmSync(folder, { recursive: true }));

/** The names of a model within one lose their points. */
const bare = (name: string): string => name.replaceAll(".", "_");

const image = [9, 8, 4];
const everywhere = ["relu", "relu6", "sigmoid", "tanh", "elu", "selu", "gelu", "silu", "softplus", "leakyRelu", "mish"];

/** What PyTorch has exported, whose windows go over padding by numbers. */
const networks = await Promise.all(
  ["lenet", "alexnet-17", "vgg-17", "resnet", "mobilenet-17", "unet"].map(async (name) => {
    const model = await load(`test/fixtures/formats/networks/${name}.onnx`);
    return [name, () => model.copy()] as const;
  }),
);

const models: Record<string, () => wg.BaseModel> = {
  ...Object.fromEntries(networks),
  padded: () => {
    const around = (top: number, bottom: number, left: number, right: number) =>
      [
        [top, bottom],
        [left, right],
      ] as const;
    const x = wg.input({ shape: image });
    const shared = layers.conv2d({ filters: 4, kernelSize: [2, 3], padding: around(1, 0, 2, 1), activation: "relu" });
    let y = layers.maxPooling2D({ poolSize: 3, strides: 2, padding: 1 }).apply(shared.apply(shared.apply(x)));
    y = layers.depthwiseConv2d({ kernelSize: 3, padding: around(1, 1, 0, 1) }).apply(y);
    y = layers.averagePooling2D({ poolSize: 3, strides: 1, padding: 1 }).apply(y);
    y = layers.separableConv2d({ filters: 3, kernelSize: 3, padding: 1, strides: 2 }).apply(y);
    y = layers.conv2dTranspose({ filters: 2, kernelSize: 4, strides: 2, padding: 1 }).apply(y);
    y = layers.conv2dTranspose({ filters: 2, kernelSize: 2, strides: 2, padding: 0 }).apply(y);
    y = layers.operation({ operation: "transpose", attributes: { perm: [0, 2, 1, 3] } }).apply(y);
    const [width, height, channels] = y.rowShape as [number, number, number];
    y = layers.operation({ operation: "reshape", attributes: { shape: [-1, width, height * channels] } }).apply(y);
    y = layers.conv1d({ filters: 3, kernelSize: 3, padding: [0, 2] }).apply(y);
    const over = (operation: string, keepDims: boolean) =>
      layers.operation({ operation, attributes: { axis: [1], keepDims } }).apply(y);
    return wg.model({ inputs: x, outputs: [over("mean", true), over("max", false)] });
  },
  activations: () =>
    wg.sequential([
      ...everywhere.map((activation, i) => layers.dense({ units: 4, activation, ...(i ? {} : { inputShape: [3] }) })),
      layers.activation({ activation: "logSoftmax" }),
      layers.leakyReLU({ alpha: 0.1 }),
      layers.elu({ alpha: 0.5 }),
      layers.operation({ operation: "clipByValue", attributes: { min: 0, max: 0.7 } }),
      layers.softmax(),
      layers.activation({ activation: "softmax" }),
    ]),
  convolutions: () =>
    wg.sequential([
      layers.conv2d({ filters: 6, kernelSize: [3, 2], strides: [2, 1], padding: "same", groups: 2, inputShape: image }),
      layers.batchNormalization({ momentum: 0.1, momentumConvention: "pytorch" }),
      layers.depthwiseConv2d({ kernelSize: 3, depthMultiplier: 2, padding: "same", activation: "tanh" }),
      layers.separableConv2d({ filters: 5, kernelSize: 2, activation: "relu", depthMultiplier: 2 }),
      layers.conv2dTranspose({ filters: 3, kernelSize: 3, strides: 2, padding: "same" }),
      layers.conv2dTranspose({ filters: 2, kernelSize: [2, 3], strides: [2, 1] }),
      layers.prelu({ sharedAxes: [1, 2] }),
      layers.conv2d({ filters: 3, kernelSize: 2, dilationRate: [1, 2], activation: "softmax", useBias: false }),
    ]),
  windows: () =>
    wg.sequential([
      layers.zeroPadding2D({
        padding: [
          [1, 0],
          [0, 2],
        ],
        inputShape: image,
      }),
      layers.gaussianNoise({ stddev: 0.1 }),
      layers.maxPooling2D({ poolSize: 3, strides: 2, padding: "same" }),
      layers.upSampling2D({ size: [2, 3] }),
      layers.averagePooling2D({ poolSize: 2, padding: "same" }),
      layers.upSampling2D({ size: 2, interpolation: "bilinear" }),
      layers.cropping2D({
        cropping: [
          [0, 1],
          [1, 0],
        ],
      }),
      layers.spatialDropout2D({ rate: 0.2 }),
      layers.groupNormalization({ groups: 2 }),
      layers.globalAveragePooling2D({ keepdims: true }),
      layers.globalMaxPooling2D(),
      layers.unitNormalization(),
      layers.gaussianDropout({ rate: 0.2 }),
      layers.dense({ units: 3 }),
    ]),
  steps: () =>
    wg.sequential([
      layers.conv1d({ filters: 4, kernelSize: 3, padding: "causal", inputShape: [9, 3] }),
      layers.zeroPadding1D({ padding: [1, 2] }),
      layers.maxPooling1D({ poolSize: 2 }),
      layers.upSampling1D({ size: 2 }),
      layers.cropping1D({ cropping: 1 }),
      layers.averagePooling1D({ poolSize: 3, strides: 1, padding: "same" }),
      layers.spatialDropout1D({ rate: 0.1 }),
      layers.layerNormalization(),
      layers.permute({ dims: [2, 1] }),
      layers.globalMaxPooling1D(),
      layers.repeatVector({ n: 3 }),
      layers.reshape({ targetShape: [5, 6] }),
      layers.globalAveragePooling1D(),
      layers.dropout({ rate: 0.3 }),
    ]),
  recurrent: () =>
    wg.sequential([
      layers.bidirectional({ layer: layers.lstm({ units: 3, returnSequences: true }), inputShape: [5, 2] }),
      layers.gru({ units: 4, returnSequences: true }),
      layers.bidirectional({ layer: layers.gru({ units: 3, returnSequences: true, dropout: 0.1 }), mergeMode: "ave" }),
      layers.timeDistributed({ layer: layers.dense({ units: 3, activation: "selu" }) }),
      layers.gru({ units: 4, returnSequences: true, resetAfter: false, goBackwards: true }),
      layers.timeDistributed({ layer: layers.batchNormalization() }),
      layers.lstm({ units: 3, returnSequences: true, recurrentDropout: 0.2, useBias: false }),
      layers.simpleRNN({ units: 2 }),
    ]),
  steps1d: () =>
    wg.sequential([
      layers.rescaling({ scale: [0.5, 2, -1], offset: 0.25, inputShape: [9, 3] }),
      layers.normalization({ axis: [1], mean: 0.5, variance: 2 }),
      layers.depthwiseConv1d({ kernelSize: 3, depthMultiplier: 2, padding: "same", activation: "tanh" }),
      layers.separableConv1d({ filters: 4, kernelSize: 2, strides: 2, depthMultiplier: 2 }),
      layers.alphaDropout({ rate: 0.3 }),
      layers.conv1dTranspose({ filters: 3, kernelSize: 3, strides: 2, padding: "same", outputPadding: 1 }),
      layers.conv1dTranspose({ filters: 2, kernelSize: 4, strides: 3 }),
      layers.normalization({ axis: 2, invert: true }),
    ]),
  whole: () => wg.sequential([layers.normalization({ axis: null, inputShape: [3, 2] })]),
  looking: () => {
    const [a, b] = [wg.input({ shape: [3, 4], name: "a" }), wg.input({ shape: [5, 4], name: "b" })];
    const own = layers.attention({ useScale: true, causal: true }).apply(a);
    const other = layers.attention({ scoreMode: "concat", useScale: true, dropout: 0.1 }).apply([own, b]);
    const third = layers.additiveAttention({ causal: true }).apply([other, b, layers.dense({ units: 4 }).apply(b)]);
    return wg.model({ inputs: [a, b], outputs: layers.attention().apply([third, other]) });
  },
  itself: () => wg.sequential([layers.additiveAttention({ useScale: false, inputShape: [4, 3] }), layers.flatten()]),
  heads: () => {
    const [a, b] = [wg.input({ shape: [3, 4], name: "a" }), wg.input({ shape: [5, 6], name: "b" })];
    const mask = wg.input({ shape: [3, 5], dtype: "int32", name: "mask" });
    const own = layers.multiHeadAttention({ numHeads: 2, keyDim: 3, causal: true }).apply(a);
    const wide = layers.multiHeadAttention({ numHeads: 3, keyDim: 2, valueDim: 4, outputShape: 5, useBias: false });
    const other = wide.apply([own, b, layers.dense({ units: 2 }).apply(b)]);
    const masked = layers.multiHeadAttention({ numHeads: 2, keyDim: 2, dropout: 0.1, useMask: true });
    return wg.model({ inputs: [a, b, mask], outputs: masked.apply([other, b, mask]) });
  },
  masked: () =>
    wg.sequential([
      layers.masking({ maskValue: 0.5, inputShape: [5, 2] }),
      layers.dense({ units: 3, activation: "tanh" }),
      layers.bidirectional({ layer: layers.lstm({ units: 2, returnSequences: true }) }),
      layers.gru({ units: 3 }),
    ]),
  padding: () => {
    const x = wg.input({ shape: [6], dtype: "int32", name: "words" });
    const table = layers.embedding({ inputDim: 5, outputDim: 4, maskZero: true }).apply(x);
    const mean = layers.globalAveragePooling1D().apply(table);
    return wg.model({ inputs: x, outputs: [mean, layers.lstm({ units: 3 }).apply(table)] });
  },
  sized: () =>
    wg.sequential([
      layers.resizing({ height: 5, width: 11, inputShape: image }),
      layers.resizing({ height: 7, width: 3, interpolation: "nearest" }),
    ]),
  positions: () =>
    wg.sequential([
      layers.positionalEmbedding({ sequenceLength: 7, inputShape: [5, 3] }),
      layers.lstm({ units: 4, returnSequences: true }),
      layers.sinusoidalPositionalEmbedding({ maxWavelength: 100 }),
      layers.multiHeadAttention({ numHeads: 2, keyDim: 2 }),
      layers.rmsNormalization(),
    ]),
  places: () => {
    const x = wg.input({ shape: [6], dtype: "int32", name: "words" });
    const table = layers.embedding({ inputDim: 5, outputDim: 4 }).apply(x);
    const place = layers.positionalEmbedding({ sequenceLength: 6 });
    return wg.model({ inputs: x, outputs: layers.gru({ units: 3 }).apply(place.apply(place.apply(table))) });
  },
  // Two ways of the same length, of which one is longer in Keras, whose order of layers goes by that.
  uneven: () => {
    const x = wg.input({ shape: [3, 4] });
    const dense = () => layers.dense({ units: 4 });
    const place = layers.positionalEmbedding({ sequenceLength: 3 }).apply(dense().apply(x));
    return wg.model({ inputs: x, outputs: layers.add().apply([dense().apply(dense().apply(x)), place]) });
  },
  enlarged: () =>
    wg.sequential([
      layers.conv2dTranspose({
        filters: 3,
        kernelSize: 3,
        strides: 2,
        padding: 1,
        outputPadding: 1,
        inputShape: [3, 4, 2],
      }),
      layers.conv2dTranspose({
        filters: 2,
        kernelSize: [3, 4],
        strides: [1, 3],
        padding: [
          [2, 0],
          [1, 2],
        ],
        activation: "tanh",
      }),
      layers.reshape({ targetShape: [12, 22] }),
      layers.conv1dTranspose({ filters: 2, kernelSize: 5, strides: 2, padding: [0, 3], outputPadding: 1 }),
    ]),
  stateful: () =>
    wg.sequential([
      layers.lstm({ units: 3, stateful: true, returnSequences: true, inputShape: [5, 2], batchSize: 3 }),
      layers.bidirectional({ layer: layers.gru({ units: 2, stateful: true }) }),
    ]),
  words: () => {
    const x = wg.input({ shape: [6], dtype: "int32", name: "words" });
    const table = layers.embedding({ inputDim: 5, outputDim: 4 }).apply(x);
    return wg.model({ inputs: x, outputs: layers.dense({ units: 2 }).apply(layers.flatten().apply(table)) });
  },
  graph: () => {
    const [a, b] = [wg.input({ shape: [4], name: "a" }), wg.input({ shape: [4], name: "shared" })];
    // Made in another order than that in which Keras lists them, of one class and one shape each.
    const last = layers.dense({ units: 4, name: "last" });
    const side = layers.dense({ units: 4, name: "side", activation: "tanh" });
    const shared = layers.dense({ units: 4, name: "shared" });
    const once = shared.apply(a);
    const twice = shared.apply(side.apply(once));
    const other = layers.dense({ units: 4, name: "other" }).apply(b);
    const joined = layers.concatenate().apply([layers.add().apply([other, twice, shared.apply(b)]), once]);
    const cosine = layers.dot({ axes: 1, normalize: true }).apply([once, other]);
    const merged = [layers.multiply(), layers.average(), layers.maximum(), layers.minimum(), layers.subtract()];
    const sums = merged.map((layer) => layer.apply([twice, other]));
    return wg.model({
      inputs: [a, b],
      outputs: [last.apply(layers.concatenate().apply([joined, ...sums])), cosine, a],
      name: "graph",
    });
  },
  nested: () => {
    const tower = wg.sequential([layers.dense({ units: 3, inputShape: [4] }), layers.layerNormalization()], {
      name: "tower",
    });
    const x = wg.input({ shape: [4] });
    return wg.model({ inputs: x, outputs: tower.apply(layers.dense({ units: 4 }).apply(tower.apply(x))) });
  },
};

const paths: [name: string, file: string][] = Object.keys(models).flatMap((name) =>
  // An .h5 file with a normalization over no axis Keras itself cannot read again.
  (name === "whole" ? ["keras"] : ["keras", "h5"]).map((ending): [string, string] => [
    name,
    join(folder, `${name}.${ending}`),
  ]),
);

describe.each(paths)("%s as %s", (name, file) => {
  test("comes back with the same weights and outputs", async () => {
    const model = drawn((models[name] as () => wg.BaseModel)());
    await save(model, file);
    const again = await load(file);
    const weights = (each: wg.BaseModel) =>
      new Map(each.parameters.list.map(({ name, variable }) => [bare(name), Array.from(variable.toTypedArray())]));
    // Positions that are not learnt are a table there.
    expect(Object.fromEntries(weights(again))).toMatchObject(Object.fromEntries(weights(model)));
    const rows = rowsFor(model);
    const found = again.predictAll(asGiven(rows)).map((y) => ({ shape: [...y.shape], values: [...y.toTypedArray()] }));
    expectOutputs(found, model, rows, name);
    expect((await inspect(file)).unsupported).toEqual([]);
  });
});

test.each(["keras", "h5"])("weights alone of a .%s file find their layers where Keras lists them", async (ending) => {
  const file = join(folder, `alone.${ending}`);
  const make = models.uneven as () => wg.BaseModel;
  const model = drawn(make());
  await save(model, file);
  const again = make();
  await loadWeights(again, file);
  const values = (each: wg.BaseModel) => each.getWeights().map((w) => w.toArray());
  expect(values(again)).toEqual(values(model));
});

test("judged by Keras 3, in both forms", { timeout: 240_000 }, async (context) => {
  const python = pythonWith(context, "keras", "torch", "h5py");
  const asked = [];
  const wanted: [string, wg.BaseModel, wg.Tensor[]][] = [];
  for (const [name, file] of paths) {
    const model = drawn((models[name] as () => wg.BaseModel)());
    const rows = rowsFor(model);
    await save(model, file);
    const x = rows.map((row) => ({ shape: row.shape, dtype: row.dtype, values: Array.from(row.toTypedArray()) }));
    asked.push({ file, x });
    wanted.push([file, model, rows]);
  }
  const printed = execFileSync(python, ["test/fixtures/formats/keras_judge.py"], {
    input: JSON.stringify(asked),
    encoding: "utf8",
    maxBuffer: 1e9,
    env: { ...process.env, KERAS_BACKEND: "torch" },
  });
  const found = JSON.parse(printed.slice(printed.lastIndexOf("\n[[{") + 1));
  for (const [i, [file, model, rows]] of wanted.entries()) expectOutputs(found[i], model, rows, file);
});

test.each(["cnn", "graph", "sequence", "words"])("%s, written by Keras, keeps its weights to the bit", async (name) => {
  const model = await load(`test/fixtures/formats/keras/${name}.keras`);
  const values = (each: wg.BaseModel) => each.getWeights().map((w) => Array.from(w.toTypedArray()));
  for (const ending of ["keras", "h5"]) {
    const file = join(folder, `again-${name}.${ending}`);
    if (name === "sequence" && ending === "h5") {
      // Its hard sigmoid is that of Keras 3.
      await expect(save(model, file)).rejects.toThrow(/recurrentActivation "hardSigmoid", which Keras 2 does not have/);
      continue;
    }
    await save(model, file);
    const again = await load(file);
    const byName = (each: wg.BaseModel) => new Map(each.parameters.list.map((p, i) => [bare(p.name), values(each)[i]]));
    expect(byName(again)).toEqual(byName(model));
  }
});

test("what concerns training goes along", async () => {
  const file = join(folder, "training.keras");
  const kernelRegularizer = regularizers.l2(0.6, { convention: "course", rows: 10 });
  const options = { kernelRegularizer, kernelConstraint: constraints.maxNorm(3), kernelInitializer: "heNormal" };
  const model = wg.sequential([layers.dense({ units: 2, ...options, inputShape: [3] })]);
  (model.layers[0] as { trainable: boolean }).trainable = false;
  await save(model, file);
  const again = await load(file);
  expect(again.layers[0]).toMatchObject({ trainable: false });
  expect(again.layers[0]?.config).toMatchObject({
    kernelRegularizer: { config: { l2: 0.03 } },
    kernelConstraint: { name: "maxNorm", config: { maxValue: 3 } },
  });
  const { layers: saved } = JSON.parse(await configOf(model)).config;
  expect(saved[1].config.kernel_initializer.config).toEqual({
    scale: 2,
    mode: "fan_in",
    distribution: "truncated_normal",
  });
  expect(saved[1].config.kernel_constraint.config.axis).toBe(0);
});

async function configOf(model: wg.BaseModel): Promise<string> {
  const bytes = new Uint8Array(Buffer.concat(await encodeArchive(model)));
  const zip = await openZip("test", { name: "m.keras", bytes });
  return new TextDecoder().decode(zip.read("config.json").bytes);
}

test("Keras 2's hard sigmoid is written to .h5, Keras 3's to .keras, and neither to the other", async () => {
  for (const [activation, ending, other] of [
    ["hardSigmoid", "keras", "h5"],
    ["hardSigmoidKeras2", "h5", "keras"],
  ]) {
    const model = drawn(wg.sequential([layers.dense({ units: 2, activation: activation as string, inputShape: [3] })]));
    const file = join(folder, `hard.${ending}`);
    await save(model, file);
    expect((await load(file)).layers[0]?.config).toMatchObject({ activation });
    await expect(save(model, join(folder, `hard.${other}`))).rejects.toThrow(/which Keras \d does not have/);
  }
});

test("what Keras 2 lacks makes an .h5 file one of Keras 3, with its hard sigmoid", async () => {
  const file = join(folder, "three.h5");
  const make = (activation: string) =>
    wg.sequential([layers.dense({ units: 2, activation, inputShape: [3] }), layers.rmsNormalization()]);
  await save(drawn(make("hardSigmoid")), file);
  expect((await inspect(file)).metadata).toMatchObject({ keras: "3.0.0" });
  expect((await load(file)).layers[0]?.config).toMatchObject({ activation: "hardSigmoid" });
  await expect(save(make("hardSigmoidKeras2"), file)).rejects.toThrow(/which Keras 3 does not have/);
});

test("the same model gives the same bytes in the same second, which HDF5 writes down", async () => {
  vi.setSystemTime(new Date(2026, 0, 1));
  const model = drawn((models.graph as () => wg.BaseModel)());
  for (const ending of ["keras", "h5"]) {
    const files = ["one", "two"].map((name) => join(folder, `${name}.${ending}`)) as [string, string];
    for (const file of files) await save(model, file);
    expect(readFileSync(files[0]).equals(readFileSync(files[1]))).toBe(true);
  }
  vi.useRealTimers();
});

test("a model of more names than an attribute holds", async () => {
  const file = join(folder, "long.h5");
  const name = (i: number) => `${"x".repeat(300)}${i}`;
  const many = Array.from({ length: 300 }, (_, i) =>
    layers.dense({ units: 1, name: name(i), ...(i ? {} : { inputShape: [1] }) }),
  );
  const model = drawn(wg.sequential(many));
  await save(model, file);
  expect((await load(file)).getWeights().length).toBe(600);
});

test("what Keras has no equal of is listed, all of it", async () => {
  const model = wg.sequential([
    layers.lambda({ call: (x) => wg.mul(x, 2), inputShape: [6, 5, 2] }),
    layers.maxPooling2D({ poolSize: 3, strides: 2, padding: 1, name: "c" }),
    layers.dropout({ rate: 0.5, mode: "classic", name: "d" }),
    layers.operation({ operation: "square", name: "o" }),
    layers.dense({ units: 2, name: "e", kernelRegularizer: regularizers.l2(1, { convention: "course" }) }),
  ]);
  for (const text of [
    'save: model "sequential": 5 things are not supported',
    'lambda "lambda": no equal in Keras is known here',
    'maxPooling2D "c": padding 1, which is not Keras\'s "same" for an input of [6,5,2]',
    'dropout "d": mode "classic"',
    'operation "o": no layer of Keras is wg.square',
    'dense "e": kernelRegularizer over m that is not known',
  ]) {
    for (const ending of ["h5", "keras"]) {
      await expect(save(model, join(folder, `none.${ending}`))).rejects.toThrow(text);
    }
  }
  const waves = layers.sinusoidalPositionalEmbedding({ name: "w" });
  const behindMask = wg.sequential([layers.masking({ maskValue: 0, inputShape: [4, 2] }), waves]);
  await expect(save(behindMask, join(folder, "none.keras"))).rejects.toThrow(
    'sinusoidalPositionalEmbedding "w": behind a mask',
  );
  const mean = layers.operation({ operation: "mean", attributes: { axis: [1] }, name: "o" });
  const meanOfAll = wg.sequential([layers.masking({ maskValue: 0, inputShape: [4, 2] }), mean]);
  await expect(save(meanOfAll, join(folder, "none.keras"))).rejects.toThrow('operation "o": behind a mask');
  const peeping = wg.sequential([layers.lstm({ units: 2, peepholes: true, inputShape: [3, 2] })]);
  await expect(save(peeping, join(folder, "none.keras"))).rejects.toThrow('lstm "lstm": peepholes');
});
