import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { type CaffeNet, decodeCaffe, decodePrototxt, encodeCaffe } from "../../src/formats/caffe/net.js";
import { UnsupportedModel } from "../../src/formats/graph/unsupported.js";
import { transposed } from "../../src/formats/graph/values.js";
import { inspect, load, save } from "../../src/formats/index.js";
import * as wg from "../../src/index.js";
import { FormatError } from "../../src/util/errors.js";
import { fromHost } from "../../src/util/file-array.js";
import { expectClose } from "../support/check-op.js";
import {
  formatFixtures,
  joined,
  needsSharedModels,
  pythonWith,
  sharedModel,
  unpacked,
  type Written,
} from "../support/format-fixtures.js";
import { uniform } from "../support/random.js";

interface Numbers {
  shape: number[];
  values: number[];
}
/** By OpenCV: test/fixtures/formats/caffe_networks.py. */
const nets = formatFixtures("caffe_networks") as Record<
  string,
  Written<Record<string, Numbers>> & { prototxt: string; x: Numbers }
>;
const names = Object.keys(nets);
const net = (name: string) => nets[name] as (typeof nets)[string];
const { layers } = wg;
const text = (content: string) => new TextEncoder().encode(content);
const caffe = (prototxt: string, weights: Uint8Array = new Uint8Array(0), more = {}) =>
  load(text(prototxt), { format: "caffe", weights, ...more });

/** As images are here, their channels last, or as they are there. */
function turned({ shape, values }: Numbers, perm: readonly number[]): Numbers {
  if (shape.length !== 4) return { shape, values };
  const array = transposed({ data: Float32Array.from(values), shape, dtype: "float32" }, perm);
  return { shape: [...array.shape], values: Array.from(array.data) };
}
const last = (numbers: Numbers) => turned(numbers, [0, 2, 3, 1]);
const numbersOf = (t: wg.Tensor): Numbers => ({ shape: [...t.shape], values: Array.from(t.toTypedArray()) });
const first = (t: wg.Tensor) => turned(numbersOf(t), [0, 3, 1, 2]);
const tensorOf = (numbers: Numbers) => wg.tensor(Float32Array.from(last(numbers).values), last(numbers).shape);

function expectSame(got: Numbers, want: Numbers, what: string): void {
  expect(got.shape, what).toEqual(want.shape);
  expectClose(got.values, want.values, 1e-5, 1e-5 * Math.max(...want.values.map(Math.abs)), what);
}

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "wasmgrad-caffe-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function filed(name: string): string {
  const path = join(folder, `${name}.prototxt`);
  writeFileSync(path, net(name).prototxt);
  writeFileSync(join(folder, `${name}.caffemodel`), unpacked(net(name)));
  return path;
}

describe.each(names)("%s", (name) => {
  const { x, content: y } = net(name);

  test("has the outputs that OpenCV has", async () => {
    const model = await load(filed(name));
    const got = model.predictAll(tensorOf(x));
    const wanted = Object.entries(y);
    expect(got).toHaveLength(wanted.length);
    const found = new Map(model.outputNames.map((output, i) => [output, got[i] as wg.Tensor]));
    wanted.forEach(([output, want], i) => {
      // An in-place function gives an output another name.
      expectSame(numbersOf(found.get(output) ?? (got[i] as wg.Tensor)), last(want), output);
    });
  });

  // Its rows of two axes are read, not written.
  if (name === "rows") return;
  test("goes to Caffe and back with the same outputs and weights", async () => {
    const model = await load(filed(name));
    const path = join(folder, `${name}-again.prototxt`);
    await save(model, path);
    const again = await load(path);
    const [want, got] = [model, again].map((each) => each.predictAll(tensorOf(x))) as [wg.Tensor[], wg.Tensor[]];
    want.forEach((each, i) => {
      expectSame(numbersOf(got[i] as wg.Tensor), numbersOf(each), `output ${i}`);
    });
    const values = (each: wg.BaseModel) => each.getWeights().map((w) => Array.from(w.toTypedArray()));
    expect(values(again)).toEqual(values(model));
    // The weights' file has the layers too.
    const alone = await load(path.replace("prototxt", "caffemodel"));
    expect(numbersOf(alone.predictAll(tensorOf(x))[0] as wg.Tensor)).toEqual(numbersOf(got[0] as wg.Tensor));
  });

  test("is inspected", async () => {
    const found = await inspect(filed(name));
    expect(found).toMatchObject({ format: "caffe", unsupported: [] });
    expect(found.tensors.length).toBeGreaterThan(0);
  });
});

test("learns on", async () => {
  const model = await load(filed("resnet"));
  model.compile({ optimizer: wg.optimizers.sgd({ learningRate: 0.01 }), loss: "meanSquaredError" });
  const [x, y] = [tensorOf(net("resnet").x), wg.zeros([2, 4])];
  const before = (await model.evaluate(x, y)).loss as number;
  await model.fit(x, y, { epochs: 3 });
  expect((await model.evaluate(x, y)).loss).toBeLessThan(before);
});

/** A model with weights of which none is 0 or 1. */
function drawn<M extends wg.BaseModel>(model: M): M {
  for (const [i, variable] of model.variables.entries()) {
    const low = /variance/i.test(variable.name) ? 0.5 : -0.5;
    variable.assign(wg.tensor(uniform(variable.size, low, 0.6, i + 1), variable.shape));
  }
  return model;
}

const image = [8, 7, 4];
const models: Record<string, () => wg.BaseModel> = {
  ...Object.fromEntries(
    ["relu", "sigmoid", "tanh", "elu", "selu", "silu", "softplus", "leakyRelu", "relu6", "softmax"].map(
      (activation) => [
        activation,
        () =>
          wg.sequential([
            layers.conv2d({ filters: 3, kernelSize: 2, activation, inputShape: image }),
            layers.batchNormalization({ scale: false }),
            layers.flatten(),
            layers.batchNormalization({ center: false }),
            layers.activation({ activation }),
            layers.dense({ units: 4, activation }),
            layers.dropout({ rate: 0.3 }),
            layers.softmax(),
          ]),
      ],
    ),
  ),
  convolutions: () =>
    wg.sequential([
      // In front and behind are padded alike in Caffe: an even size in steps of 2 has one more behind here.
      layers.conv2d({ filters: 6, kernelSize: 3, strides: 2, padding: "same", groups: 2, inputShape: [12, 11, 4] }),
      layers.batchNormalization({ momentum: 0.1, momentumConvention: "pytorch" }),
      layers.depthwiseConv2d({
        kernelSize: 3,
        depthMultiplier: 2,
        useBias: false,
        padding: [
          [1, 0],
          [2, 1],
        ],
      }),
      layers.zeroPadding2D({
        padding: [
          [0, 1],
          [2, 0],
        ],
      }),
      layers.separableConv2d({ filters: 5, kernelSize: 2, activation: "relu" }),
      layers.conv2dTranspose({ filters: 3, kernelSize: 3, strides: 2, padding: "same" }),
      layers.conv2dTranspose({ filters: 2, kernelSize: [2, 3], strides: [2, 1], activation: "tanh" }),
      layers.conv2d({ filters: 3, kernelSize: 2, dilationRate: 2, useBias: false }),
    ]),
  windows: () =>
    wg.sequential([
      layers.prelu({ sharedAxes: [1, 2], inputShape: [13, 14, 3] }),
      // Pixels are left over, which Caffe makes a window of.
      layers.maxPooling2D({ poolSize: 2 }),
      layers.maxPooling2D({ poolSize: 3, strides: 1, padding: "same" }),
      layers.cropping2D({
        cropping: [
          [0, 1],
          [1, 0],
        ],
      }),
      layers.zeroPadding2D({ padding: 1 }),
      layers.averagePooling2D({ poolSize: 3, strides: 1 }),
      layers.leakyReLU({ alpha: 0.1 }),
      layers.averagePooling2D({ poolSize: 2 }),
      layers.elu({ alpha: 0.5 }),
      layers.globalMaxPooling2D(),
      layers.dense({ units: 3 }),
      layers.prelu(),
    ]),
  "windows of even sizes": () =>
    wg.sequential([
      layers.maxPooling2D({ poolSize: 3, strides: 2, padding: "same", inputShape: [14, 9, 3] }),
      layers.averagePooling2D({ poolSize: 2, strides: 2, padding: "same" }),
      layers.globalAveragePooling2D({ keepdims: true }),
      layers.reshape({ targetShape: [3] }),
    ]),
  graph: () => {
    const a = wg.input({ shape: [6, 5, 2], name: "a" });
    const shared = layers.conv2d({ filters: 2, kernelSize: 3, padding: "same", name: "shared" });
    const once = shared.apply(a);
    const twice = layers.add().apply([shared.apply(once), once]);
    const wide = layers.concatenate().apply([twice, layers.maximum().apply([a, once])]);
    const means = layers
      .average()
      .apply([layers.multiply().apply([a, once]), layers.subtract().apply([a, once]), twice]);
    const end = layers
      .dense({ units: 2, name: "end" })
      .apply(layers.flatten().apply(layers.concatenate({ axis: 1 }).apply([means, twice])));
    return wg.model({ inputs: a, outputs: [wide, end] });
  },
};

describe("written", () => {
  const rowsFor = (model: wg.BaseModel) => {
    const shape = model.inputShape;
    return wg.tensor(
      uniform(
        shape.reduce((product, n) => product * n, 2),
        -1,
        1,
        50,
      ),
      [2, ...shape],
    );
  };

  test.each(Object.keys(models))("%s comes back with the same outputs", async (name) => {
    const model = drawn((models[name] as () => wg.BaseModel)());
    const path = join(folder, "written.prototxt");
    await save(model, path);
    const again = await load(path);
    const x = rowsFor(model);
    const [want, got] = [model, again].map((each) => each.predictAll(x)) as [wg.Tensor[], wg.Tensor[]];
    expect(got).toHaveLength(want.length);
    want.forEach((each, i) => {
      expectSame(numbersOf(got[i] as wg.Tensor), numbersOf(each), `output ${i}`);
    });
  });

  test("judged by OpenCV", { timeout: 120_000 }, async (context) => {
    const python = pythonWith(context, "cv2.dnn.readNetFromCaffe", "numpy");
    const asked = [];
    const wanted: { name: string; y: wg.Tensor[] }[] = [];
    for (const [name, make] of Object.entries(models)) {
      const model = drawn(make());
      const paths = { prototxt: join(folder, `${name}.prototxt`), caffemodel: join(folder, `${name}.caffemodel`) };
      await save(model, paths.prototxt);
      const written = decodePrototxt({ name, bytes: new Uint8Array(readFileSync(paths.prototxt)) });
      const read = new Set(
        written.layers.flatMap(({ bottoms, tops }) => bottoms.filter((each) => !tops.includes(each))),
      );
      const outputs = written.layers.filter(({ tops }) => tops.length === 1 && !read.has(tops[0] as string));
      const x = rowsFor(model);
      asked.push({
        ...paths,
        x: { [model.inputNames[0] as string]: first(x) },
        outputs: outputs.map((each) => each.name),
      });
      wanted.push({ name, y: model.predictAll(x) });
    }
    const script = "test/fixtures/formats/caffe_networks.py";
    const input = JSON.stringify(asked);
    const printed = execFileSync(python, [script, "check"], { input, encoding: "utf8", maxBuffer: 1e9 });
    (JSON.parse(printed) as Numbers[][]).forEach((outputs, i) => {
      const { name, y } = wanted[i] as (typeof wanted)[number];
      expect(outputs).toHaveLength(y.length);
      for (const [j, got] of outputs.entries()) expectSame(got, first(y[j] as wg.Tensor), `${name}, output ${j}`);
    });
  });

  test("what Caffe has no equal of is listed, all of it", async () => {
    const model = wg.sequential([
      layers.averagePooling2D({ poolSize: 3, strides: 1, padding: "same", inputShape: [5, 5, 2], name: "mean" }),
      layers.lambda({ call: (x) => wg.mul(x, 2), name: "l" }),
      layers.dense({ units: 2, activation: "gelu", name: "d" }),
    ]);
    const failed = save(model, join(folder, "no.prototxt"));
    await expect(failed).rejects.toThrow(UnsupportedModel);
    await expect(failed).rejects.toThrow(/averagePooling2D "mean": means that leave out padding in front/);
    const one = (...made: wg.Layer[]) => save(wg.sequential(made), join(folder, "no.prototxt"));
    await expect(one(layers.conv1d({ filters: 1, kernelSize: 1, inputShape: [3, 2] }))).rejects.toThrow(
      /conv1d "conv1d": (rows of 2 axes|no equal)/,
    );
    await expect(one(layers.flatten({ inputShape: image }))).rejects.toThrow(/output "flatten": a flattened image/);
    await expect(one(layers.reshape({ targetShape: [2, 3, 4], inputShape: [24] }))).rejects.toThrow(/in another order/);
    await expect(one(layers.zeroPadding2D({ inputShape: image }), layers.maxPooling2D())).rejects.toThrow(
      /zeros around an image that is pooled/,
    );
    await expect(one(layers.dense({ units: 2, activation: "gelu", inputShape: [2] }))).rejects.toThrow(
      /dense "dense": activation "gelu"/,
    );
  });
});

describe("reads", () => {
  const data = 'input: "data" input_shape { dim: 1 dim: 2 dim: 4 dim: 4 }\n';
  const empty = async () => joined(await encodeCaffe("test", { name: "w", inputs: [], layers: [] }));
  const read = async (prototxt: string, more = {}) => caffe(prototxt, await empty(), more);

  test("everything that is not supported is listed at once", async () => {
    const failed = read(`${data}
      layer { name: "a" type: "Python" bottom: "data" top: "a" } layer { name: "after" type: "Nothing" bottom: "a" top: "after" }
      layer { name: "b" type: "constructor" bottom: "data" top: "b" }
      layer { name: "c" type: "Pooling" bottom: "data" top: "c" pooling_param { pool: STOCHASTIC kernel_size: 2 } }`);
    await expect(failed).rejects.toThrow(UnsupportedModel);
    await expect(failed).rejects.toThrow(
      /3 things are not supported:\n {2}Python "a": no such layer here\n {2}constructor "b": .*\n {2}Pooling "c": pool STOCHASTIC/,
    );
  });

  test.each([
    [
      'layer { name: "a" type: "ReLU" bottom: "nowhere" top: "a" }',
      /ReLU "a": bottom "nowhere" of a layer in front of it expected/,
    ],
    [
      'layer { name: "a" type: "Convolution" bottom: "data" top: "a" convolution_param { num_output: 4294967295 kernel_size: 3 } }',
      /Convolution "a": weights \[4294967295, 2, 3, 3\] as blob 0 expected, got 0 blobs/,
    ],
    [
      'layer { name: "a" type: "InnerProduct" bottom: "data" top: "a" inner_product_param { num_output: 2147483648 } }',
      /weights \[2147483648, 32\] as blob 0 expected/,
    ],
    [
      'layer { name: "a" type: "Convolution" bottom: "data" top: "a" convolution_param { num_output: 1 } }',
      /kernel_size of convolution_param expected, got none/,
    ],
    [
      'layer { name: "a" type: "Pooling" bottom: "data" top: "a" pooling_param { kernel_size: 3 pad: 3 } }',
      /Pooling "a": padding expected less than/,
    ],
    ['layer { name: "a" type: "Pooling" bottom: "data" top: "a" pooling_param { kernel_size: 9 } }', /Pooling "a"/],
    [
      'layer { name: "a" type: "Eltwise" bottom: "data" bottom: "data" top: "a" eltwise_param { coeff: 1 } }',
      /2 numbers as coeff, or none expected, got 1/,
    ],
    ['layer { name: "a" type: "Slice" bottom: "data" top: "a" top: "b" top: "c" }', /Slice "a": 3 parts of 2 expected/],
    [
      'layer { name: "a" type: "Reshape" bottom: "data" top: "a" reshape_param { shape { dim: 0 dim: 5 dim: -1 } } }',
      /a shape for 32 elements a row expected/,
    ],
    [
      'layer { name: "a" type: "Softmax" bottom: "data" top: "a" softmax_param { axis: 7 } }',
      /an axis of 4 expected, got 7/,
    ],
    ["", /a net with layers expected/],
  ])("%s: an error", async (layer, message) => {
    const failed = read(data + layer);
    await expect(failed).rejects.toThrow(FormatError);
    await expect(failed).rejects.toThrow(message);
  });

  test("sizes beyond reason are refused, not made room for", async () => {
    await expect(
      read('layer { name: "i" type: "Input" top: "d" input_param { shape { dim: 1 dim: 2147483647 } } }'),
    ).rejects.toThrow(/at most 33554432 elements expected/);
  });

  test("local response normalization divides by k + alpha / n times a sum, to beta", async () => {
    const model = await read(
      'input: "d" input_dim: 1 input_dim: 3 input_dim: 1 input_dim: 1 layer { name: "l" type: "LRN" bottom: "d" top: "l" lrn_param { local_size: 3 alpha: 3 beta: 2 k: 5 } }',
    );
    const y = Array.from(model.predict(wg.tensor([1, 2, 4], [1, 1, 1, 3])).toTypedArray());
    expectClose(y, [1 / 10 ** 2, 2 / 26 ** 2, 4 / 25 ** 2], 1e-5, 0, "y");
  });

  test("no window of pooling begins behind the image", async () => {
    const model = await read(`input: "d" input_dim: 1 input_dim: 1 input_dim: 3 input_dim: 3
      layer { name: "p" type: "Pooling" bottom: "d" top: "p" pooling_param { kernel_size: 2 stride: 2 pad: 1 } }`);
    const y = model.predict(wg.tensor([1, 2, 3, 4, 5, 6, 7, 8, 9], [1, 3, 3, 1]));
    expect(numbersOf(y)).toEqual({ shape: [1, 2, 2, 1], values: [1, 3, 7, 9] });
  });

  test("base of an exponential and of a logarithm", async () => {
    const model = await read(
      `input: "d" input_dim: 1 input_dim: 2
      layer { name: "l" type: "Log" bottom: "d" top: "l" log_param { base: 2 scale: 3 shift: 1 } }`.replace(
        "input_dim: 1 input_dim: 2",
        "input_shape { dim: 1 dim: 2 }",
      ),
    );
    expectClose(model.predict(wg.tensor([1, 5], [1, 2])).toTypedArray(), [2, 4], 1e-6, 0, "y");
  });

  describe("Caffe's own", () => {
    beforeEach(needsSharedModels);
    const bytesOf = (name: string) => sharedModel(`caffe/${name}.prototxt`);

    /** Weights for a net, of the sizes that its first images lead to, by layer. */
    async function weightsFor(name: string, shapes: Record<string, number[][]>): Promise<Uint8Array> {
      const given = decodePrototxt({ name, bytes: bytesOf(name) });
      const filled: CaffeNet = {
        ...given,
        layers: given.layers.map((layer) => ({
          ...layer,
          blobs: (shapes[layer.name] ?? []).map((shape, i) =>
            fromHost("test", {
              data: Float32Array.from(
                uniform(
                  shape.reduce((a, b) => a * b, 1),
                  -0.05,
                  0.05,
                  i + 1,
                ),
              ),
              shape,
            }),
          ),
        })),
      };
      const bytes = joined(await encodeCaffe("test", filled));
      expect((await decodeCaffe("test", { name, bytes })).layers).toHaveLength(given.layers.length);
      return bytes;
    }
    const lenet = {
      conv1: [[20, 1, 5, 5], [20]],
      conv2: [[50, 20, 5, 5], [50]],
      ip1: [[500, 800], [500]],
      ip2: [[10, 500], [10]],
    };

    test("LeNet, for use and for training", async () => {
      const weights = await weightsFor("lenet", lenet);
      const model = await load(bytesOf("lenet"), { format: "caffe", weights });
      const x = wg.tensor(uniform(2 * 784, 0, 1, 3), [2, 28, 28, 1]);
      const want = numbersOf(model.predict(x));
      expect(want.shape).toEqual([2, 10]);
      expect(want.values.reduce((a, b) => a + b)).toBeCloseTo(2, 5);
      const training = await weightsFor("lenet_train_test", lenet);
      const options = { format: "caffe" as const, inputShape: [28, 28, 1] };
      const trained = await load(bytesOf("lenet_train_test"), { ...options, weights: training });
      expect(numbersOf(trained.predict(x))).toEqual(want);
      // A trained net's weights alone, whose data are those of training.
      const alone = await load(training, options);
      expect(numbersOf(alone.predict(x))).toEqual(want);
      await expect(load(training, { format: "caffe" })).rejects.toThrow(/inputShape expected .*"data"/);
      expect((await inspect(training, { format: "caffe" })).unsupported[0]).toMatch(/inputShape/);
    });

    test("AlexNet", { timeout: 120_000 }, async () => {
      const [a, b] = [9216, 4096];
      const weights = await weightsFor("alexnet_deploy", {
        conv1: [[96, 3, 11, 11], [96]],
        conv2: [[256, 48, 5, 5], [256]],
        conv3: [[384, 256, 3, 3], [384]],
        conv4: [[384, 192, 3, 3], [384]],
        conv5: [[256, 192, 3, 3], [256]],
        fc6: [[b, a], [b]],
        fc7: [[b, b], [b]],
        fc8: [[1000, b], [1000]],
      });
      const model = await load(bytesOf("alexnet_deploy"), { format: "caffe", weights });
      expect(model.inputShape).toEqual([227, 227, 3]);
      const y = model.predict(wg.tensor(uniform(227 * 227 * 3, 0, 1, 3), [1, 227, 227, 3]));
      expect(y.shape).toEqual([1, 1000]);
      expect(Array.from(y.toTypedArray()).reduce((sum, v) => sum + v)).toBeCloseTo(1, 4);
    });
  });
});
