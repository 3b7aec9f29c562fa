import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { inspect, load, save } from "../../src/formats/index.js";
import * as wg from "../../src/index.js";
import type { Functional } from "../../src/model/functional.js";
import { FormatError, ValueError } from "../../src/util/errors.js";
import { expectClose } from "../support/check-op.js";
import { floats, graphModel, int, ints, node, placeholder } from "../support/graph-model.js";
import { uniform } from "../support/random.js";

interface Golden {
  shape: number[];
  dtype: "float32" | "int32" | "bool";
  values: number[];
}

const fixtures = "test/fixtures/formats/tfjs_graphs";
const goldens = JSON.parse(readFileSync(`${fixtures}.json`, "utf8")) as Record<
  string,
  Record<"x" | "y", Record<string, Golden>>
>;
const folder = mkdtempSync(join(tmpdir(), "wasmgrad-graphs-"));
afterAll(() => rmSync(folder, { recursive: true }));

const tensorOf = ({ shape, dtype, values }: Golden): wg.Tensor =>
  wg.tensor(dtype === "int32" ? Int32Array.from(values) : Float32Array.from(values), shape, dtype);

/** Rows for each input, under its name. */
const rowsOf = (x: Record<string, Golden>): never => {
  const named = Object.entries(x).map(([key, each]) => [key, tensorOf(each)] as const);
  return (named.length === 1 ? named[0]?.[1] : Object.fromEntries(named)) as never;
};

function expectGolden(got: wg.Tensor, { shape, values }: Golden, name: string): void {
  expect(got.shape, name).toEqual(shape);
  expectClose(got.toTypedArray(), values, 1e-5, 1e-5 * Math.max(1, ...values.map(Math.abs)), name);
}

describe.each(Object.keys(goldens))("%s", (name) => {
  const { x, y } = goldens[name] as (typeof goldens)[string];
  const path = `${fixtures}/${name}/model.json`;

  test("has the outputs that TensorFlow.js has, under their names", async () => {
    const model = await load(path);
    expect(model.inputNames).toEqual(Object.keys(x));
    expect(model.outputShapes).toHaveLength(Object.keys(y).length);
    const outputs = model.predictAll(rowsOf(x));
    for (const [i, key] of Object.keys(y).entries()) expectGolden(outputs[i] as wg.Tensor, y[key] as Golden, key);
  });

  test("says what is in it", async () => {
    const found = await inspect(path);
    expect(found).toMatchObject({ format: "tfjs", unsupported: [], metadata: { format: "graph-model" } });
    expect(found.metadata.inputs).toBe(Object.keys(x).join(", "));
    expect(found.metadata.outputs).toBe(Object.keys(y).join(", "));
    expect(found.metadata.nodes).toMatch(/\d+ Const/);
  });

  test("is kept by a file of our own", async () => {
    const model = await load(path);
    const target = join(folder, `${name}.safetensors`);
    await save(model, target);
    const again = (await load(target)).predictAll(rowsOf(x));
    for (const [i, each] of model.predictAll(rowsOf(x)).entries()) {
      expect(again[i]?.toTypedArray()).toEqual(each.toTypedArray());
    }
  });
});

test.each(["cnn", "quantized", "transformer"])("%s learns on", async (name) => {
  const { x, y } = goldens[name] as (typeof goldens)[string];
  const model = await load(`${fixtures}/${name}/model.json`);
  model.compile({ optimizer: wg.optimizers.sgd({ learningRate: 0.003 }), loss: "meanSquaredError" });
  const targets = Object.values(y).map((each) => wg.add(tensorOf(each), wg.randomNormal(each.shape, 0, 0.3)));
  const fed = Object.fromEntries(targets.map((target, i) => [model.outputNames[i] as string, target]));
  const given = (targets.length === 1 ? targets[0] : fed) as never;
  const before = (await model.evaluate(rowsOf(x), given)).loss as number;
  await model.fit(rowsOf(x), given, { epochs: 5 });
  expect((await model.evaluate(rowsOf(x), given)).loss).toBeLessThan(before);
});

describe("goes out again", () => {
  test.each(["mlp", "cnn", "quantized", "transformer"])("%s as ONNX", async (name) => {
    const { x } = goldens[name] as (typeof goldens)[string];
    const model = await load(`${fixtures}/${name}/model.json`);
    const target = join(folder, `${name}.onnx`);
    await save(model, target);
    const again = (await load(target)).predictAll(rowsOf(x));
    for (const [i, each] of model.predictAll(rowsOf(x)).entries()) {
      expectClose(again[i]?.toTypedArray() as never, Array.from(each.toTypedArray()), 1e-5, 1e-5, `${name} ${i}`);
    }
  });

  test.each(["m.keras", "model.json"])("layers alone as %s", async (file) => {
    const { x, y } = goldens.quantized as (typeof goldens)[string];
    const target = join(folder, file);
    await save(await load(`${fixtures}/quantized/model.json`), target);
    expectGolden((await load(target)).predict(rowsOf(x)), y.y as Golden, file);
  });
});

test("convolutions, dense layers and pooling over all pixels are the layers of those names", async () => {
  const kinds = async (name: string) => (await load(`${fixtures}/${name}/model.json`)).layers.map(({ kind }) => kind);
  const cnn = await kinds("cnn");
  for (const kind of ["conv2d", "depthwiseConv2d", "conv2dTranspose", "maxPooling2D", "averagePooling2D"]) {
    expect(cnn).toContain(kind);
  }
  expect(cnn.slice(-3)).toEqual(["globalAveragePooling2D", "dense", "activation"]);
  expect(await kinds("quantized")).toEqual(["conv2d", "maxPooling2D", "flatten", "dense", "activation", "dense"]);
});

const window = { strides: [1, 1, 1, 1], padding: "SAME", data_format: "NHWC" };

describe("by hand", () => {
  const kernel = floats([1, 1, 2, 2], [1, -2, 0.5, 1]);
  const image = wg.tensor(uniform(24, -1, 1, 3), [2, 3, 2, 2]);
  const convolved = () => wg.add(wg.conv2d(image, wg.tensor(kernel.values, kernel.shape)), [0.5, -0.25]);

  test.each([
    ["Prelu", ["slopes"], {}, () => wg.prelu(convolved(), [0.1, 0.3])],
    ["LeakyRelu", [], { leakyrelu_alpha: { f: 0.3 } }, () => wg.leakyRelu(convolved(), 0.3)],
    ["Relu6", [], {}, () => wg.relu6(convolved())],
    ["Elu", [], {}, () => wg.elu(convolved())],
    ["Sigmoid", [], {}, () => wg.sigmoid(convolved())],
  ] as const)("a convolution with bias and %s", async (name, more, attributes, expected) => {
    const own = { ...window, ...attributes, fused_ops: ["BiasAdd", name], num_args: 1 + more.length };
    const nodes = [placeholder("x", [-1, 3, 2, 2]), node("_FusedConv2D", "y", ["x", "k", "b", ...more], own)];
    const constants = {
      k: kernel,
      b: floats([2], [0.5, -0.25]),
      ...(more.length ? { slopes: floats([1, 1, 2], [0.1, 0.3]) } : {}),
    };
    const model = await load(...graphModel(nodes, constants));
    expectClose(model.predict(image).toTypedArray(), Array.from(expected().toTypedArray()), 1e-6, 1e-6, name);
  });

  test("without a signature: all placeholders, and what no node reads; Prelu by itself; batch normalization folds", async () => {
    const nodes = [
      placeholder("x", [-1, 3, 2, 2]),
      node("Conv2D", "conv", ["x", "k"], window),
      node("FusedBatchNormV3", "norm", ["conv", "scale", "offset", "mean", "variance"], {
        is_training: false,
        epsilon: { f: 0.25 },
      }),
      node("Prelu", "y", ["norm", "slopes", "^conv"]),
      node("NoOp", "nothing"),
    ];
    const [scale, offset, mean, variance] = [
      [2, 0.5],
      [1, -1],
      [0.5, 0.25],
      [0.75, 2],
    ].map((values) => floats([2], values)) as never as [typeof kernel, typeof kernel, typeof kernel, typeof kernel];
    const constants = { k: kernel, scale, offset, mean, variance, slopes: floats([2], [0.1, 0.3]) };
    const model = await load(...graphModel(nodes, constants));
    expect(model.layers.map(({ kind }) => kind)).toEqual(["conv2d", "batchNormalization", "operation"]);
    const y = wg.conv2d(image, wg.tensor(kernel.values, kernel.shape));
    const factor = wg.div([2, 0.5], wg.sqrt(wg.add([0.75, 2], 0.25)));
    const expected = wg.prelu(wg.add(wg.mul(wg.sub(y, [0.5, 0.25]), factor), [1, -1]), [0.1, 0.3]);
    expectClose(model.predict(image).toTypedArray(), Array.from(expected.toTypedArray()), 1e-6, 1e-6, "y");
    const folded = wg.foldBatchNorm(model as Functional);
    expect(folded.layers.map(({ kind }) => kind)).toEqual(["conv2d", "operation"]);
    expectClose(folded.predict(image).toTypedArray(), Array.from(expected.toTypedArray()), 1e-5, 1e-6, "folded");
  });

  test("a bias and an activation behind a product or a convolution belong to its layer", async () => {
    const nodes = [
      placeholder("x", [-1, 3]),
      node("MatMul", "product", ["x", "w"], { transpose_b: true }),
      node("BiasAdd", "biased", ["product", "b"]),
      node("Relu", "y", ["biased"]),
    ];
    const constants = { w: floats([2, 3], [1, 2, 3, -1, 0.5, 2]), b: floats([2], [1, -8]) };
    const model = await load(...graphModel(nodes, constants));
    expect(model.layers.map(({ kind }) => kind)).toEqual(["dense", "activation"]);
    expect(model.predict(wg.tensor([[1, 1, 1]])).toArray()).toEqual([[7, 0]]);
  });

  test("a picture of any size gets one by inputShape", async () => {
    const nodes = [placeholder("x", [-1, -1, -1, 2]), node("Mean", "y", ["x", "axes"], { keep_dims: false })];
    const [bytes, options] = graphModel(nodes, { axes: ints(1, 2) });
    const model = await load(bytes, { ...options, inputShape: [3, 2, 2] });
    expectClose(
      model.predict(image).toTypedArray(),
      Array.from(wg.mean(image, [1, 2]).toTypedArray()),
      1e-6,
      1e-6,
      "y",
    );
    await expect(load(bytes, options)).rejects.toThrow(ValueError);
    await expect(load(bytes, options)).rejects.toThrow(/pass \{ inputShape: \[height, width, channels\] \}/);
    await expect(load(bytes, { ...options, inputShape: [3, 2, 1] })).rejects.toThrow(
      /inputShape expected to fit \[any, any, 2\] of input "x", got \[3, 2, 1\]/,
    );
    expect((await inspect(bytes, options)).unsupported).toEqual([]);
  });

  test("the batch is free where the file has a fixed one and rows stay rows", async () => {
    const nodes = [placeholder("x", [1, 2, 2]), node("Reshape", "y", ["x", "shape"])];
    const model = await load(...graphModel(nodes, { shape: ints(1, 4) }));
    expect(
      model
        .predict(
          wg.tensor([
            [
              [1, 2],
              [3, 4],
            ],
            [
              [5, 6],
              [7, 8],
            ],
          ]),
        )
        .toArray(),
    ).toEqual([
      [1, 2, 3, 4],
      [5, 6, 7, 8],
    ]);
    const open = [placeholder("x", [1, 2, 2]), node("Reshape", "y", ["x", "shape"])];
    expect((await load(...graphModel(open, { shape: ints(1, -1, 4) }))).outputShapes).toEqual([[1, 4]]);
    const folded = [placeholder("x", [1, 2, 2]), node("Reshape", "y", ["x", "shape"])];
    await expect(load(...graphModel(folded, { shape: ints(2, 2) }))).rejects.toThrow(
      /batch of fixed size: export it with a free one, in Keras with Input\(shape=…, name="x"\)/,
    );
  });
});

describe("refuses", () => {
  test("control flow by name, all of it, and says the way", async () => {
    const error = await load(`${fixtures}/recurrent/model.json`).catch((each: Error) => each);
    expect(error).toMatchObject({ name: "UnsupportedModel" });
    const { parts } = error as Error & { parts: readonly string[] };
    for (const op of [
      "Enter",
      "Exit",
      "Merge",
      "Switch",
      "NextIteration",
      "LoopCond",
      "TensorListReserve",
      "TensorListStack",
    ]) {
      const part = parts.find((each) => each.startsWith(`${op} "`));
      expect(part).toMatch(
        /: control flow, of a loop or a recurrent layer; in Keras save "m\.keras", or make "m\.onnx" with tf2onnx$/,
      );
    }
    expect((await inspect(`${fixtures}/recurrent/model.json`)).unsupported).toEqual(parts);
  });

  test("what is unknown and what is asked of the known, in one error", async () => {
    const nodes = [
      placeholder("x", [-1, 4, 4, 2]),
      node("Conv3D", "a", ["x"]),
      node("Conv2D", "b", ["x", "k"], { ...window, data_format: "NCHW" }),
      node("_FusedConv2D", "c", ["x", "k", "v"], { ...window, fused_ops: ["FusedBatchNorm"] }),
      node("Unique", "d", ["b"]),
      node("StridedSlice", "e", ["x", "zero", "one", "one"], { shrink_axis_mask: 1 }),
      node("GatherV2", "f", ["x", "zero", "axis"], { batch_dims: 1 }),
      node("constructor", "g", ["x"]),
    ];
    const constants = {
      k: floats([1, 1, 2, 2], [1, 2, 3, 4]),
      v: floats([2], [1, 2]),
      zero: ints(0),
      one: ints(1),
      axis: int(1),
    };
    const [bytes, options] = graphModel(nodes, constants);
    const parts = [
      'Conv3D "a": no such operator here',
      'Conv2D "b": data_format NCHW; with the channels last, NHWC, it is',
      '_FusedConv2D "c": fused_ops FusedBatchNorm',
      'Unique "d": no such operator here',
      'StridedSlice "e": a part of the batch',
      'GatherV2 "f": batch_dims',
      'constructor "g": no such operator here',
    ];
    await expect(load(bytes, options)).rejects.toMatchObject({ name: "UnsupportedModel", parts });
    expect((await inspect(bytes, options)).unsupported).toEqual(parts);
  });

  const x = placeholder("x", [-1, 2]);
  test.each([
    ["a graph without nodes", [], {}, /an output expected, got none/],
    [
      "a weight that is missing",
      [x, node("Const", "w"), node("Add", "y", ["x", "w"])],
      {},
      /Const "w": a weight of that name/,
    ],
    ["an input from nowhere", [x, node("Relu", "y", ["z"])], {}, /Relu "y": input "z" expected from a node, got none/],
    [
      "a cycle",
      [x, node("Relu", "y", ["z"]), node("Relu", "z", ["y"]), node("Add", "s", ["x", "z"])],
      {},
      /cycles expected/,
    ],
    ["a name twice", [x, x], {}, /node "x" expected once, got it again/],
    [
      "texts",
      [placeholder("x", [-1], "DT_STRING"), node("Identity", "y", ["x"])],
      {},
      /Placeholder "x": type DT_STRING/,
    ],
    [
      "a damaged attribute",
      [x, node("Mean", "y", ["x"], { keep_dims: { i: "a" } })],
      {},
      /attribute keep_dims: a whole number expected, got "a"/,
    ],
    [
      "bytes that are no base64",
      [x, node("Pad", "y", ["x"], { mode: { s: "%" } })],
      {},
      /attribute mode: bytes in base64 expected/,
    ],
    [
      "a signature of another graph",
      [x],
      { signature: { outputs: { y: { name: "z:0" } } } },
      /signature\.outputs: the name of a node expected as "y", got "z:0"/,
    ],
    ["no topology", [], { modelTopology: {} }, /modelTopology\.node expected, an array of a graph-model's nodes/],
  ])("%s", async (_, nodes, more, message) => {
    const [bytes, options] = graphModel(nodes, {}, more);
    await expect(load(bytes, options)).rejects.toThrow(FormatError);
    await expect(load(bytes, options)).rejects.toThrow(message);
  });
});
