import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { load } from "../../src/formats/index.js";
import { type KerasFile, type KerasTraining, readKeras } from "../../src/formats/keras/read.js";
import type { Json } from "../../src/formats/keras/saved.js";
import { trained } from "../../src/formats/keras/training/compile.js";
import { FormatError, ValueError } from "../../src/util/errors.js";
import { dl4jZip, layerOf, stack, typed } from "../support/dl4j.js";
import { fuzz, type Victim } from "../support/fuzz.js";
import { floats, graphModel, int, ints, node, placeholder } from "../support/graph-model.js";
import { uniform } from "../support/random.js";

const noise = (count: number) => Array.from(uniform(count, -1, 1));
const dl4jParameters = [...noise(4 * 2 * 3 + 3 * 15 + 12), ...noise(3 * 2 + 2)];
const dl4jConfigurations = [
  stack([
    layerOf("GravesLSTM", "TanH", { nin: 2, nout: 3 }),
    layerOf("RnnOutputLayer", "Softmax", { nin: 3, nout: 2 }),
  ]),
  stack(
    [
      layerOf("ConvolutionLayer", "ReLU", { nin: 1, nout: 2, kernelSize: [2, 2], padding: [0, 1], hasBias: false }),
      layerOf("SubsamplingLayer", undefined, { poolingType: "AVG", kernelSize: [2, 2], stride: [2, 2] }),
      layerOf("ZeroPaddingLayer", undefined, { padding: [1, 1, 2, 0] }),
      layerOf("Upsampling2D", undefined, { size: [2, 2] }),
      layerOf("GlobalPoolingLayer", undefined, { poolingType: "SUM" }),
      layerOf("OutputLayer", "Identity", { nin: 2, nout: 27 }),
    ],
    { 0: typed("preprocessor", "FeedForwardToCnnPreProcessor", { inputHeight: 6, inputWidth: 5, numChannels: 1 }) },
  ),
].map((each) => new TextEncoder().encode(JSON.stringify(each)));
const loadDl4j = (bytes: Uint8Array) => load(bytes, { format: "dl4j", inputShape: [3, 2] });

const mxnetModels = Object.values(
  JSON.parse(readFileSync("test/fixtures/formats/mxnet_models.json", "utf8")) as Record<
    string,
    { symbol: string; params: string }
  >,
).map(({ symbol, params }) => ({ symbol: new TextEncoder().encode(symbol), params: Buffer.from(params, "base64") }));

const tfjsWindow = { strides: [1, 2, 1, 1], padding: "SAME", dilations: [1, 1, 1, 1], data_format: "NHWC" };
const tfjsGraphs = [
  graphModel(
    [
      placeholder("x", [-1, 6, 4, 2]),
      node("_FusedConv2D", "conv", ["x", "k", "v"], { ...tfjsWindow, num_args: 1, fused_ops: ["BiasAdd", "Relu6"] }),
      node("MaxPool", "pool", ["conv"], { ...tfjsWindow, ksize: [1, 2, 2, 1] }),
      node("FusedBatchNormV3", "norm", ["pool", "v", "v", "v", "v"], { is_training: false, epsilon: { f: 0.1 } }),
      node("Pad", "pad", ["norm", "sides"]),
      node("ResizeBilinear", "resize", ["pad", "size"], { half_pixel_centers: true, align_corners: false }),
      node("StridedSlice", "part", ["resize", "from", "to", "steps"], {
        begin_mask: 1,
        end_mask: 1,
        shrink_axis_mask: 4,
      }),
      node("Mean", "mean", ["part", "axes"], { keep_dims: false }),
    ],
    {
      k: floats([3, 3, 2, 2], noise(36)),
      v: floats([2], [0.5, 1]),
      sides: { ...ints(0, 0, 1, 1, 0, 1, 0, 0), shape: [4, 2] },
      size: ints(5, 3),
      from: ints(0, 1, 1),
      to: ints(0, 4, 2),
      steps: ints(1, 2, 1),
      axes: ints(1),
    },
  ),
  graphModel(
    [
      placeholder("n", [-1, 3], "DT_INT32"),
      node("GatherV2", "rows", ["table", "n", "axis"], { batch_dims: 0 }),
      node("Shape", "shape", ["rows"], { out_type: "DT_INT32" }),
      node("Unpack", "sizes", ["shape"], { axis: 0, num: 3 }),
      node("Pack", "turned", ["sizes", "sizes:2", "sizes:1"], { axis: 0 }),
      node("Reshape", "y", ["rows", "turned"]),
      node("Split", "halves", ["last", "y"], { num_split: 3 }),
      node("BatchMatMulV2", "product", ["halves:1", "halves"], { adj_x: true, adj_y: false }),
      node("Tile", "z", ["product", "times"]),
      node("TopKV2", "top", ["z", "k"], { sorted: true }),
      node("Einsum", "sum", ["top", "z"], { equation: "bij,bjk->bik" }),
    ],
    { table: floats([4, 2], noise(8)), axis: int(0), last: int(2), times: ints(1, 1, 2), k: int(1) },
    { signature: { outputs: { sum: { name: "sum:0" }, top: { name: "top:1" } } } },
  ),
];
const trainingFiles = ["sgd.keras", "adamw.keras", "momentum.h5", "rmsprop.h5"].map(
  (name) => new Uint8Array(readFileSync(`test/fixtures/formats/keras_training/${name}`)),
);
const kerasFiles = await Promise.all(trainingFiles.map((bytes) => readKeras("load", { name: "whole", bytes })));
/** What each is compiled with, by itself: in the file it is a small part. */
const settings = kerasFiles.map((file) => new TextEncoder().encode(JSON.stringify(file.training()?.config)));
const loadTrained = (i: number, bytes: Uint8Array) => {
  const file = kerasFiles[i] as KerasFile;
  const training = file.training() as KerasTraining;
  let config: Json;
  try {
    config = JSON.parse(new TextDecoder().decode(bytes));
  } catch (cause) {
    throw new FormatError("no JSON", { cause });
  }
  return trained({ ...file, training: () => ({ ...training, config }) }, "fuzz", undefined);
};

/** Readers of architectures that lie beside their weights. */
const victims: Victim[] = [
  {
    name: "dl4j",
    samples: [dl4jZip(stack([layerOf("DenseLayer", "ReLU", { nin: 3, nout: 2 })]), noise(8))],
    read: ({ bytes }) => loadDl4j(bytes),
  },
  {
    name: "dl4j configuration",
    samples: dl4jConfigurations,
    read: ({ bytes }) => loadDl4j(dl4jZip(new TextDecoder().decode(bytes), dl4jParameters)),
  },
  ...tfjsGraphs.flatMap(([sample, options], i): Victim[] => [
    {
      name: `tfjs graph ${i}`,
      samples: [sample],
      rounds: 500,
      // It may ask for a shape, or for another file.
      also: ValueError,
      read: ({ bytes }) => load(bytes, options),
    },
    {
      name: `tfjs graph ${i}, weights`,
      samples: Object.values(options.files),
      rounds: 500,
      read: ({ bytes }) => load(sample, { ...options, files: { "weights.bin": bytes } }),
    },
  ]),
  {
    name: "keras with the state of an optimizer",
    samples: trainingFiles,
    read: ({ bytes }) => load(bytes, { format: "keras" }),
    rounds: 1000,
  },
  ...settings.map((sample, i) => ({
    name: `keras settings ${i}`,
    samples: [sample],
    read: ({ bytes }: { bytes: Uint8Array }) => loadTrained(i, bytes),
    rounds: 1000,
  })),
  ...[0, 3, 4, 5, 7].map((i): Victim => {
    const { symbol, params } = mxnetModels[i] as (typeof mxnetModels)[number];
    const inputShape = [[7, 8, 3], [], [], [6, 6, 4], [3], [5, 3], [5, 3], [5, 3]][i] as number[];
    return {
      name: `mxnet symbol ${i}`,
      samples: [symbol],
      read: ({ bytes }) => load(bytes, { format: "mxnet", weights: params, inputShape }),
    };
  }),
];

for (const victim of victims) {
  const rounds = Number(process.env.FUZZ_ROUNDS ?? victim.rounds ?? 2000);
  test(`${victim.name}: damaged files are refused in time, with an error that says so`, {
    timeout: 120_000 + rounds * 20,
  }, async () => {
    const { refused } = await fuzz(victim, { rounds: process.env.FUZZ_ROUNDS ? rounds : (victim.rounds ?? rounds) });
    expect(refused).toBeGreaterThan(0);
  });
}
