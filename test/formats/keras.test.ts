import { existsSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { npy } from "../../src/data/index.js";
import { decodeHdf5, type Hdf5Group, hdf5At } from "../../src/formats/hdf5/decode.js";
import { inspect, load } from "../../src/formats/index.js";
import { importKeras } from "../../src/formats/keras/import.js";
import { type KerasFile, readKeras } from "../../src/formats/keras/read.js";
import * as wg from "../../src/index.js";
import { toHost } from "../../src/util/file-array.js";
import type { HostArray } from "../../src/util/host-array.js";
import { expectClose } from "../support/check-op.js";
import { uniform } from "../support/random.js";

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

  const versions = ["tensorflow_1", "tensorflow_2", "theano_1", "theano_2"];
  const weightsIn = async (file: string) => {
    const { weightsOf } = await readKeras("load", { name: file, bytes: readFileSync(file) });
    return (name: string) => weightsOf({ name, className: "", within: [], number: 0, index: 0 });
  };
  const ramp = (shape: readonly number[]) =>
    wg.tensor(
      uniform(
        shape.reduce((product, n) => product * n, 1),
        -1,
        1,
        1,
      ),
      shape,
    );

  test.each(versions)(
    "a convolution of %s: Theano's is one, with the kernel turned, TensorFlow's a correlation",
    async (version) => {
      const file = `${shared}/weights/conv2d_${version}.h5`;
      const model = await load(file);
      const [kernel, bias] = (await weightsIn(file))(model.network.graph.placed[0]?.name as string) as [
        HostArray,
        HostArray,
      ];
      const [height, width, channels, filters] = kernel.shape as [number, number, number, number];
      const x = ramp([1, ...model.inputShape]);
      const [, h, w] = x.shape as [number, number, number, number];
      const values = x.toTypedArray();
      const turn = version.startsWith("theano");
      const expected: number[] = [];
      for (let i = 0; i + height <= h; i++) {
        for (let j = 0; j + width <= w; j++) {
          for (let f = 0; f < filters; f++) {
            let sum = bias.data[f] as number;
            for (let p = 0; p < height; p++) {
              for (let q = 0; q < width; q++) {
                const [row, column] = turn ? [height - 1 - p, width - 1 - q] : [p, q];
                for (let c = 0; c < channels; c++) {
                  const weight = kernel.data[((row * width + column) * channels + c) * filters + f] as number;
                  sum += weight * (values[((i + p) * w + j + q) * channels + c] as number);
                }
              }
            }
            expected.push(sum);
          }
        }
      }
      expectClose(model.predict(x).toTypedArray(), expected, 1e-5, 1e-5, "y");
    },
  );

  test.each(versions)(
    "an LSTM of %s has each gate's weights in its place, and Keras 1 and 2's hard sigmoid",
    async (version) => {
      const file = `${shared}/weights/lstm_${version}.h5`;
      const model = await load(file);
      const arrays = (await weightsIn(file))(model.network.graph.placed[0]?.name as string);
      const x = ramp([1, ...model.inputShape]);
      const [, steps, features] = x.shape as [number, number, number];
      const units = model.outputShape[0] as number;
      // Kernel, recurrent kernel and bias of input, forget, candidate, output: one array each, or in Keras 1 i, c, f, o apart.
      const at = (kind: number, gate: number, row: number, u: number): number => {
        if (arrays.length === 3) return (arrays[kind] as HostArray).data[row * 4 * units + gate * units + u] as number;
        return (arrays[3 * ([0, 2, 1, 3][gate] as number) + kind] as HostArray).data[row * units + u] as number;
      };
      const hard = (v: number) => Math.min(1, Math.max(0, 0.2 * v + 0.5));
      let [state, cell] = [new Array<number>(units).fill(0), new Array<number>(units).fill(0)];
      for (let t = 0; t < steps; t++) {
        const z = (gate: number, u: number) => {
          let sum = at(2, gate, 0, u);
          for (let k = 0; k < features; k++) sum += at(0, gate, k, u) * (x.toTypedArray()[t * features + k] as number);
          return state.reduce((total, h, k) => total + at(1, gate, k, u) * h, sum);
        };
        cell = cell.map((c, u) => hard(z(1, u)) * c + hard(z(0, u)) * Math.tanh(z(2, u)));
        const now = cell.map((c, u) => hard(z(3, u)) * Math.tanh(c));
        state = now;
      }
      expectClose(model.predict(x).toTypedArray(), state, 1e-5, 1e-5, "y");
    },
  );

  test.each(versions)("a dense and a simple recurrent layer of %s", async (version) => {
    for (const kind of ["dense", "simple_rnn"]) {
      const file = `${shared}/weights/${kind}_${version}.h5`;
      const model = await load(file);
      const [kernel, ...others] = (await weightsIn(file))(model.network.graph.placed[0]?.name as string) as [HostArray];
      const held = model.getWeights().map((each) => Array.from(each.toTypedArray()));
      expect(held).toEqual([kernel, ...others].map(({ data }) => Array.from(data)));
    }
  });
});

/** A file as `readKeras` makes it. */
const fileOf = (layers: object[], weights: Record<string, HostArray[]> = {}): KerasFile => ({
  dialect: { version: 2, backend: "tensorflow" },
  config: { class_name: "Sequential", config: { name: "s", layers } },
  metadata: {},
  weightsOf: ({ name }) => weights[name] ?? [],
  training: () => undefined,
});

test("images with their channels first are turned, and with them the rows of the kernel behind a flattened one", () => {
  const data_format = "channels_first";
  const drawn = (shape: number[], seed: number): HostArray => ({
    data: Float32Array.from(
      uniform(
        shape.reduce((product, n) => product * n, 1),
        -1,
        1,
        seed,
      ),
    ),
    shape,
  });
  const kernels = [drawn([2, 3, 2, 4], 1), drawn([4 * 4 * 4, 3], 2)] as const;
  const { model } = importKeras(
    fileOf(
      [
        {
          class_name: "Conv2D",
          config: {
            name: "c",
            filters: 4,
            kernel_size: [2, 3],
            data_format,
            use_bias: false,
            batch_input_shape: [null, 2, 5, 6],
          },
        },
        { class_name: "Flatten", config: { name: "f", data_format } },
        { class_name: "Dense", config: { name: "d", units: 3, use_bias: false } },
      ],
      { c: [kernels[0]], d: [kernels[1]] },
    ),
    "file",
  );
  const x = wg.tensor(uniform(3 * 2 * 5 * 6, -1, 1, 3), [3, 5, 6, 2]);
  const [conv, dense] = kernels.map(({ data, shape }) => wg.tensor(data, shape)) as [wg.Tensor, wg.Tensor];
  const rows = wg.reshape(wg.transpose(wg.conv2d(x, conv), [0, 3, 1, 2]), [3, 4 * 4 * 4]);
  expectClose(model.predict(x).toTypedArray(), Array.from(wg.matmul(rows, dense).toTypedArray()), 1e-5, 1e-5, "y");
});

test("what is not supported is listed, all of it, before anything runs", () => {
  const layers = [
    { class_name: "Dense", config: { name: "a", units: 2, activation: "strange", batch_input_shape: [null, 2] } },
    { class_name: "Lambda", config: { name: "b" } },
    { class_name: "LSTM", config: { name: "c", units: 2, stateful: true } },
    { class_name: "GRU", config: { name: "e", units: 2, activation: "gelu" } },
    { class_name: "Dense", config: { name: "d", units: 2, use_bias: false, new_option: 3 } },
  ];
  const run = () => importKeras(fileOf(layers), "file");
  for (const text of [
    "file: 5 things are not supported",
    'Dense "a": activation "strange"',
    'Lambda "b": no such layer here',
    'LSTM "c": stateful with batches of any size',
    'GRU "e": activation "gelu", whose slope does not follow from its result',
    'Dense "d": its new_option 3',
  ]) {
    expect(run).toThrow(text);
  }
});

test.skipIf(!existsSync(shared))("a subclassed model says what to do", async () => {
  await expect(load(`${shared}/pre_pr22362_nested_container.keras`)).rejects.toThrow(
    /got class "NestedDenseModel"; a subclassed model has no architecture in its file: export it to ONNX/,
  );
});

const ofLayers = "test/fixtures/formats/keras_layers";
type Saved = Record<"x" | "y", { shape: number[]; values: number[] }[]>;
const goldensOfLayers = JSON.parse(readFileSync(`${ofLayers}.json`, "utf8")) as Record<string, Saved>;

test.each(Object.keys(goldensOfLayers).flatMap((name) => ["keras", "h5"].map((ending) => [name, ending])))(
  "the layers of %s.%s have Keras's outputs",
  async (name, ending) => {
    const { x, y } = goldensOfLayers[name as string] as Saved;
    const model = await load(`${ofLayers}/${name}.${ending}`);
    const inputs = x.map(({ shape, values }) => wg.tensor(Float32Array.from(values), shape));
    const found = model.predictAll(inputs.length > 1 ? inputs : (inputs[0] as wg.Tensor));
    found.forEach((each, i) => expectClose(each.toTypedArray(), y[i]?.values ?? [], 2e-5, 2e-5, `${i}`));
  },
);
