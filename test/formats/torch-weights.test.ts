import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { encodeNpy } from "../../src/data/npy.js";
import { inspect, load, loadWeights, type SaveOptions, save } from "../../src/formats/index.js";
import { decodeSafetensorsArrays } from "../../src/formats/safetensors-arrays.js";
import { decodeTorch, stateDictOf } from "../../src/formats/torch/decode.js";
import { encodeTorch } from "../../src/formats/torch/encode.js";
import * as wg from "../../src/index.js";
import type { BaseModel } from "../../src/model/base.js";
import { FormatError, ValueError } from "../../src/util/errors.js";
import { type FileArray, fromHost, toHost } from "../../src/util/file-array.js";
import { formatFixtures, joined, pythonWith, unpacked } from "../support/format-fixtures.js";

interface Stored {
  dtype: string;
  shape: number[];
  bytes: string;
}
const fixtures = formatFixtures<{ x: Stored; y: Stored }>("torch_models");
const fixture = (name: string) => fixtures[name] as (typeof fixtures)[string];
const arrayOf = ({ dtype, shape, bytes }: Stored) =>
  toHost("test", { dtype: dtype as "float32", shape, bytes: new Uint8Array(Buffer.from(bytes, "hex")) });

const { layers } = wg;
const epsilon = 1e-5;
/** The modules of torch_models.py as one would build them here. */
const models: Record<string, () => BaseModel> = {
  mlp: () =>
    wg.sequential([
      layers.dense({ units: 5, activation: "tanh", inputShape: [4] }),
      layers.dense({ units: 5, activation: "tanh" }),
      layers.dense({ units: 2, useBias: false }),
    ]),
  images: () =>
    wg.sequential([
      layers.conv2d({ filters: 4, kernelSize: 3, padding: 1, inputShape: [6, 8, 2] }),
      layers.batchNormalization({ epsilon }),
      layers.activation({ activation: "relu" }),
      layers.maxPooling2D({ poolSize: 2 }),
      layers.conv2d({ filters: 8, kernelSize: 3, padding: 1, groups: 4, activation: "relu" }),
      layers.conv2d({ filters: 6, kernelSize: [1, 2], activation: "relu" }),
      layers.flatten(),
      layers.batchNormalization({ epsilon }),
      layers.dense({ units: 5, activation: "relu" }),
      layers.dropout({ rate: 0.5 }),
      layers.dense({ units: 3 }),
    ]),
  recurrent: () => {
    const lstm = () => layers.lstm({ units: 4, returnSequences: true });
    return wg.sequential([
      layers.bidirectional({ layer: lstm(), inputShape: [5, 3] }),
      layers.bidirectional({ layer: lstm() }),
      layers.gru({ units: 3, returnSequences: true }),
      layers.simpleRNN({ units: 2 }),
      layers.dense({ units: 2 }),
    ]);
  },
  text: () =>
    wg.sequential([
      layers.embedding({ inputDim: 10, outputDim: 6, inputShape: [7] }),
      layers.layerNormalization({ epsilon }),
      layers.conv1d({ filters: 4, kernelSize: 3 }),
      layers.prelu({ sharedAxes: [1] }),
      layers.groupNormalization({ groups: 2, epsilon }),
      layers.flatten(),
      layers.dense({ units: 3 }),
    ]),
  decoder: () =>
    wg.sequential([
      layers.dense({ units: 24, useBias: true, inputShape: [3] }),
      layers.batchNormalization({ epsilon }),
      layers.activation({ activation: "relu" }),
      layers.reshape({ targetShape: [2, 3, 4] }),
      layers.conv2dTranspose({ filters: 2, kernelSize: [3, 2], strides: 2, padding: 0 }),
    ]),
};
const make = (name: string) => (models[name] as () => BaseModel)();

async function written(model: BaseModel, options: SaveOptions): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  const write = async (bytes: Uint8Array) => void parts.push(bytes.slice());
  await save(model, { getWriter: () => ({ write, close: async () => undefined }) }, options);
  return joined(parts);
}

/** The bytes that `save` writes to a file of this name. */
async function writtenTo(name: string, model: BaseModel, options: SaveOptions): Promise<Uint8Array> {
  const folder = mkdtempSync(join(tmpdir(), "wasmgrad-torch-"));
  try {
    await save(model, join(folder, name), options);
    return new Uint8Array(readFileSync(join(folder, name)));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function expectOutputs(model: BaseModel, { x, y }: { x: Stored; y: Stored }, within = 1e-6) {
  const found = model.predict(wg.tensor(arrayOf(x).data, x.shape)) as wg.Tensor;
  expect(found.shape).toEqual(y.shape);
  const wanted = arrayOf(y).data;
  const largest = Math.max(...wanted.map(Math.abs));
  found.toTypedArray().forEach((value, i) => {
    expect(Math.abs(value - (wanted[i] as number)) / largest).toBeLessThan(within);
  });
}

const plain = (state: ReadonlyMap<string, FileArray>) =>
  Array.from(state, ([name, { dtype, shape, bytes }]) => [name, dtype, [...shape], Buffer.from(bytes).toString("hex")]);

describe.each(Object.keys(models))("%s", (name) => {
  const file = () => unpacked(fixture(name));

  test("has PyTorch's outputs with PyTorch's weights, and gives them back as they were", async () => {
    const model = make(name);
    const names = await loadWeights(model, file(), { format: "pytorch" });
    expectOutputs(model, fixture(name).content);
    const again = await written(model, { format: "pytorch", names });
    const [was, is] = await Promise.all(
      [file(), again].map(async (bytes) => stateDictOf("x", await decodeTorch("test", { name: "x", bytes }))),
    );
    const wanted = plain(was as Map<string, FileArray>);
    const found = plain(is as Map<string, FileArray>);
    expect(found.map(([key, dtype, shape]) => [key, dtype, shape])).toEqual(
      wanted.map(([key, dtype, shape]) => [key, dtype, shape]),
    );
    // One bias here is the sum of PyTorch's two, in LSTMs and plain recurrent layers.
    const summed = /^(lstm|rnn)\.bias/;
    const whole = (list: typeof found) => list.filter(([key]) => !summed.test(key as string));
    expect(whole(found)).toEqual(whole(wanted));
    const other = make(name);
    await loadWeights(other, again, { format: "pytorch", names });
    expect(other.getWeights().map((each) => [...each.toTypedArray()])).toEqual(
      model.getWeights().map((each) => [...each.toTypedArray()]),
    );
  });

  test.for(["pt", "safetensors"])(
    "judged by torch: it loads the .%s file written here, strictly, and has the model's outputs",
    { timeout: 240_000 },
    async (kind, context) => {
      const python = pythonWith(context, "torch", "safetensors");
      const model = make(name);
      const names = await loadWeights(model, file(), { format: "pytorch" });
      model.setWeights(model.getWeights().map((w) => wg.add(w, wg.mul(wg.abs(w), 0.1))));
      const { x } = fixture(name).content;
      const y = model.predict(wg.tensor(arrayOf(x).data, x.shape)) as wg.Tensor;
      const state = await writtenTo(`m.${kind}`, model, { format: "pytorch", names });
      const size = new Uint8Array(4);
      new DataView(size.buffer).setUint32(0, state.length, true);
      const input = joined([size, state, ...encodeNpy(fromHost("test", arrayOf(x)))]);
      const script = new URL("../fixtures/formats/torch_models.py", import.meta.url).pathname;
      const told = execFileSync(python, [script, "check", kind, name], { input, encoding: "utf8" });
      const result = JSON.parse(told) as { y: Stored };
      const wanted = arrayOf(result.y).data;
      const largest = Math.max(...wanted.map(Math.abs));
      expect(y.shape).toEqual(result.y.shape);
      y.toTypedArray().forEach((value, i) => {
        expect(Math.abs(value - (wanted[i] as number)) / largest).toBeLessThan(1e-6);
      });
    },
  );
});

describe("safetensors", () => {
  const read = (bytes: Uint8Array) => decodeSafetensorsArrays({ name: "x", bytes });

  test.each(["mlp", "images", "decoder"])("%s: read, and written to the same bytes", async (name) => {
    const file = unpacked(fixture(`${name}.safetensors`));
    const model = make(name);
    // Its names are sorted, so that which module a layer is has to follow from shapes and numbers, or be named.
    const names = await loadWeights(model, file);
    expectOutputs(model, fixture(name).content);
    const parts = await writtenTo("m.safetensors", model, { format: "pytorch", names });
    expect(plain(read(parts).tensors)).toEqual(plain(read(file).tensors));
    expect(read(parts).metadata).toEqual({ format: "pt" });
    expect(parts).toEqual(file);
  });

  test("two modules that fit one layer are to be named", async () => {
    const make = () =>
      wg.sequential([layers.dense({ units: 2, inputShape: [2] }), layers.dense({ units: 2, name: "value" })]);
    const model = make();
    const names = { dense: "query", value: "key" };
    const file = await writtenTo("m.safetensors", model, { format: "pytorch", names });
    await expect(loadWeights(make(), file)).rejects.toThrow(
      'dense "dense" fits "key", "query"; pass { names: { dense: … } }',
    );
    const again = make();
    expect(await loadWeights(again, file, { names })).toEqual({ value: "key", dense: "query" });
    expect(again.getWeights()[0]?.toTypedArray()).toEqual(model.getWeights()[0]?.toTypedArray());
  });
});

describe("state dicts", () => {
  test.each([
    ["float16", 1e-3],
    ["bfloat16", 1e-2],
    ["float64", 1e-6],
  ] as const)("of %s, wrapped, in a checkpoint", async (dtype, within) => {
    const model = make("mlp");
    const file = unpacked(fixture(`mlp ${dtype}`));
    expect(await loadWeights(model, file, { format: "pytorch" })).toEqual({ dense: "0", dense_1: "2", dense_2: "4" });
    expectOutputs(model, fixture("mlp").content, within);
  });

  const mlp = () => unpacked(fixture("mlp"));
  const changed = async (change: (state: Map<string, FileArray>) => void) => {
    const state = stateDictOf("x", await decodeTorch("test", { name: "x", bytes: mlp() }));
    change(state);
    return joined(encodeTorch(state));
  };
  const ones = (...shape: number[]) =>
    fromHost("test", { data: new Float32Array(shape.reduce((a, b) => a * b, 1)).fill(1), shape });

  test("names choose the modules; what is not named follows in order", async () => {
    const model = make("mlp");
    const file = await changed((state) => {
      state.set("extra.weight", state.get("0.weight") as FileArray);
      state.set("extra.bias", state.get("0.bias") as FileArray);
      state.delete("0.weight");
      state.delete("0.bias");
    });
    expect(await loadWeights(model, file, { format: "pytorch", names: { dense: "extra" } })).toEqual({
      dense_1: "2",
      dense_2: "4",
      dense: "extra",
    });
    expectOutputs(model, fixture("mlp").content);
  });

  test("all that does not fit is in one error, and no weight is changed", async () => {
    const model = make("mlp");
    const before = model.getWeights().map((each) => [...each.toTypedArray()]);
    const file = await changed((state) => {
      state.set("0.weight", ones(5, 3));
      state.delete("2.bias");
      state.set("4.bias", ones(2));
    });
    const failed = loadWeights(model, file, { format: "pytorch" });
    await expect(failed).rejects.toBeInstanceOf(FormatError);
    await expect(failed).rejects.toThrow(
      '"0.weight" expected [5, 4] for dense "dense", got [5, 3]; "2.bias" [5] for dense "dense_1" is missing; ' +
        '"4.bias" [2] is no weight of dense "dense_2"; build the layer with { useBias: true }',
    );
    expect(model.getWeights().map((each) => [...each.toTypedArray()])).toEqual(before);
    const more = await changed((state) => state.set("6.weight", ones(1)));
    await expect(loadWeights(model, more, { format: "pytorch" })).rejects.toThrow(
      'module "6" (weight [1]) belongs to no layer; matched are dense: "0"',
    );
    const fewer = await changed((state) => state.delete("4.weight"));
    await expect(loadWeights(model, fewer, { format: "pytorch" })).rejects.toThrow(
      'a module for dense "dense_2", weight [2, 5], is missing',
    );
    await expect(loadWeights(model, mlp(), { format: "pytorch", names: { dense: "fc" } })).rejects.toThrow(
      'module "fc", named for dense "dense", is missing',
    );
  });

  test("names that are none", async () => {
    const model = make("mlp");
    for (const [names, message] of [
      [{ dens: "0" }, /names expected layers with weights, dense, .*did you mean "dense"/],
      [{ dense: 3 }, /names\.dense expected a text/],
      [{ dense: "0", dense_1: "0" }, /names expected modules that differ, got "0" twice/],
    ] as const) {
      await expect(loadWeights(model, mlp(), { format: "pytorch", names: names as never })).rejects.toThrow(message);
      await expect(written(model, { format: "pytorch", names: names as never })).rejects.toThrow(message);
    }
    const taken = written(model, { format: "pytorch", names: { dense: "dense_1" } });
    await expect(taken).rejects.toThrow(ValueError);
  });

  test("a factor that a layer lacks must be 1", async () => {
    const make = (scale: boolean) =>
      wg.sequential([layers.layerNormalization({ scale, inputShape: [3] }), layers.dense({ units: 1 })]);
    const [with1, without] = [make(true), make(false)];
    await loadWeights(without, await written(with1, { format: "pytorch" }), { format: "pytorch" });
    with1.setWeights(with1.getWeights().map((each) => wg.add(each, 1)));
    const file = await written(with1, { format: "pytorch" });
    await expect(loadWeights(without, file, { format: "pytorch" })).rejects.toThrow(
      '"layer_normalization.weight" expected 1 everywhere, as the layer lacks it; build the layer with { scale: true }',
    );
    const back = make(true);
    await loadWeights(back, await written(without, { format: "pytorch" }), { format: "pytorch" });
    expect([...(back.getWeights()[0] as wg.Tensor).toTypedArray()]).toEqual([1, 1, 1]);
  });

  test("features that come from several flattened images, and a layer at each step", async () => {
    const image = wg.input({ shape: [2, 2, 3] });
    const flat = layers.flatten().apply(image) as wg.SymbolicTensor;
    const side = wg.input({ shape: [2] });
    const joint = layers.concatenate().apply([flat, side]) as wg.SymbolicTensor;
    const summed = layers.add().apply([joint, layers.dropout({ rate: 0.5 }).apply(joint) as wg.SymbolicTensor]);
    const y = layers.dense({ units: 1 }).apply(summed as wg.SymbolicTensor) as wg.SymbolicTensor;
    const model = wg.model({ inputs: [image, side], outputs: y });
    model.setWeights([
      wg.tensor(
        Float32Array.from({ length: 14 }, (_, i) => i),
        [14, 1],
      ),
      wg.tensor([0]),
    ]);
    const bytes = await written(model, { format: "pytorch" });
    const state = stateDictOf("x", await decodeTorch("test", { name: "x", bytes }));
    const weight = toHost("test", state.get("dense.weight") as FileArray);
    expect([...weight.data]).toEqual([0, 3, 6, 9, 1, 4, 7, 10, 2, 5, 8, 11, 12, 13]);
    const steps = wg.sequential([
      layers.timeDistributed({ layer: layers.dense({ units: 2 }), inputShape: [4, 3] }),
      layers.flatten(),
      layers.dense({ units: 1 }),
    ]);
    const kernel = (steps.getWeights()[2] as wg.Tensor).toTypedArray();
    const again = stateDictOf(
      "x",
      await decodeTorch("test", { name: "x", bytes: await written(steps, { format: "pytorch" }) }),
    );
    expect(again.get("time_distributed.weight")?.shape).toEqual([2, 3]);
    expect(toHost("test", again.get("dense.weight") as FileArray).data).toEqual(kernel);
  });

  test("layers without an equal are listed", async () => {
    const model = wg.sequential([
      layers.separableConv2d({ filters: 2, kernelSize: 3, inputShape: [5, 5, 1] }),
      layers.prelu(),
      layers.reshape({ targetShape: [9, 2] }),
      layers.gru({ units: 1, resetAfter: false, returnSequences: true }),
      layers.lstm({ units: 1, peepholes: true }),
    ]);
    await expect(written(model, { format: "pytorch" })).rejects.toThrow(
      /4 things are not supported:\n.*separableConv2d "separable_conv2d": it is two modules.*\n.*prelu "prelu": one slope.*\n.*gru "gru": its reset.*\n.*lstm "lstm": torch\.nn\.LSTM has no peepholes/,
    );
  });

  test("a depthwise convolution, RMS normalization and an embedding of positions", async () => {
    const model = wg.sequential([
      layers.depthwiseConv2d({ kernelSize: [2, 3], depthMultiplier: 2, inputShape: [3, 4, 2] }),
      layers.rmsNormalization({ axis: [1, 2, 3] }),
      layers.reshape({ targetShape: [4, 4] }),
      layers.positionalEmbedding({ sequenceLength: 5 }),
    ]);
    model.setWeights(
      model.getWeights().map((each) =>
        wg.tensor(
          Float32Array.from({ length: each.size }, (_, i) => i),
          each.shape,
        ),
      ),
    );
    const bytes = await written(model, { format: "pytorch" });
    const state = stateDictOf("x", await decodeTorch("test", { name: "x", bytes }));
    expect(Array.from(state, ([name, { shape }]) => [name, shape])).toEqual([
      ["depthwise_conv2d.weight", [4, 1, 2, 3]],
      ["depthwise_conv2d.bias", [4]],
      ["rms_normalization.weight", [4, 2, 2]],
      ["positional_embedding.weight", [5, 4]],
    ]);
    // Kernel [2, 3, 2, 2]: channel 1 · multiplier 1 is output 3.
    const kernel = toHost("test", state.get("depthwise_conv2d.weight") as FileArray).data;
    expect([...kernel.slice(18)]).toEqual([3, 7, 11, 15, 19, 23]);
    const other = model.copy();
    other.setWeights(other.getWeights().map((each) => wg.mul(each, 0)));
    await loadWeights(other, bytes, { format: "pytorch" });
    expect(other.getWeights().map((each) => each.toTypedArray())).toEqual(
      model.getWeights().map((each) => each.toTypedArray()),
    );
  });

  test("what is in one, and that no model is", async () => {
    const found = await inspect(unpacked(fixture("mlp bfloat16")), { format: "pytorch" });
    expect(found).toMatchObject({ format: "pytorch", unsupported: [] });
    expect(found.tensors[0]).toEqual({ name: "module._orig_mod.0.weight", dtype: "bfloat16", shape: [5, 4] });
    await expect(load(mlp(), { format: "pytorch" })).rejects.toThrow(/which has weights alone; make the model/);
  });
});
