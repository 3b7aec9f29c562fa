import { existsSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { npy } from "../../src/data/index.js";
import { decodeHdf5, type Hdf5Group, hdf5At } from "../../src/formats/hdf5/decode.js";
import { inspect, load } from "../../src/formats/index.js";
import * as wg from "../../src/index.js";
import { toHost } from "../../src/util/file-array.js";
import type { HostArray } from "../../src/util/host-array.js";
import { expectClose } from "../support/check-op.js";

const folder = "test/fixtures/formats/keras";
const shared = "../shared/models/keras";
const goldens = JSON.parse(readFileSync(`${folder}.json`, "utf8")) as Record<
  string,
  { x: { shape: number[]; values: number[] }[]; y: { shape: number[]; values: number[] } }
>;

const inputsOf = (name: string): never => {
  const x = (goldens[name] as (typeof goldens)[string]).x.map(({ shape, values }) =>
    wg.tensor(Float32Array.from(values), shape),
  );
  return (x.length === 1 ? x[0] : x) as never;
};

describe.each(Object.keys(goldens))("%s, as Keras 3 saves it", (name) => {
  const { y } = goldens[name] as (typeof goldens)[string];

  test.each(["keras", "h5"])("has its outputs from .%s", async (extension) => {
    const model = await load(`${folder}/${name}.${extension}`);
    const got = model.predict(inputsOf(name));
    expect(got.shape).toEqual(y.shape);
    const most = Math.max(...y.values.map(Math.abs));
    expectClose(got.toTypedArray(), y.values, 1e-5, 1e-5 * most, "y");
    expect((await inspect(`${folder}/${name}.${extension}`)).unsupported).toEqual([]);
  });

  test("learns on", async () => {
    const model = await load(`${folder}/${name}.keras`);
    model.compile({ optimizer: wg.optimizers.sgd({ learningRate: 0.01 }), loss: "meanSquaredError" });
    const x = inputsOf(name);
    const targets = wg.add(wg.tensor(Float32Array.from(y.values), y.shape), wg.randomNormal(y.shape, 0, 0.3));
    const before = (await model.evaluate(x, targets)).loss as number;
    await model.fit(x, targets, { epochs: 5 });
    expect((await model.evaluate(x, targets)).loss).toBeLessThan(before);
  });
});

test("what the config says of training goes along", async () => {
  const model = await load(`${folder}/cnn.keras`);
  expect(model.layers[0]?.config).toMatchObject({ activation: "relu", padding: "same", kernelRegularizer: {} });
});

describe.skipIf(!existsSync(shared))("files of Keras 1 and 2", () => {
  test("a network with batch normalization puts out what Keras 2 put out", async () => {
    const model = await load(`${shared}/cnn_batch_norm/cnn_batch_norm.h5`);
    const [x, y] = [
      await npy(`${shared}/cnn_batch_norm/input.npy`),
      await npy(`${shared}/cnn_batch_norm/predictions.npy`),
    ];
    expectClose(model.predict(x as HostArray).toTypedArray(), Array.from((y as HostArray).data), 1e-5, 1e-6, "y");
  });

  test("a recurrent network too", async () => {
    const file = `${shared}/simple_rnn/simple_rnn_tf_keras_2_inputs_and_outputs.h5`;
    const root = await decodeHdf5("load", { name: file, bytes: readFileSync(file) });
    const read = (path: string) => {
      const found = hdf5At(root, path);
      if (found?.kind !== "dataset") throw new Error(`${path}: ${[...root.members.keys()]}`);
      return toHost(path, found.read() as never, "float32");
    };
    const model = await load(`${shared}/simple_rnn/simple_rnn_tf_keras_2_model.h5`);
    const inputs = [...(hdf5At(root, "inputs") as Hdf5Group).members.keys()];
    const predictions = [...(hdf5At(root, "predictions") as Hdf5Group).members.keys()];
    const got = model.predict(read(`inputs/${inputs[0]}`));
    expectClose(got.toTypedArray(), Array.from(read(`predictions/${predictions[0]}`).data), 1e-5, 1e-5, "y");
  });

  test.each(["conv2d", "dense", "lstm", "simple_rnn"])("%s of both versions on both backends", async (kind) => {
    for (const [backend, version] of [
      ["tensorflow", 1],
      ["tensorflow", 2],
      ["theano", 1],
      ["theano", 2],
    ] as const) {
      const model = await load(`${shared}/weights/${kind}_${backend}_${version}.h5`);
      const shape = [2, ...model.inputShape];
      expect(model.predict(wg.ones(shape)).toTypedArray().every(Number.isFinite)).toBe(true);
    }
  });
});

test("what is not supported is listed, all of it, before anything runs", async () => {
  const file = "../shared/models/keras/pre_pr22362_nested_container.keras";
  if (!existsSync(file)) return;
  await expect(load(file)).rejects.toThrow(/a Sequential or functional model expected, got class "NestedDenseModel"/);
});
