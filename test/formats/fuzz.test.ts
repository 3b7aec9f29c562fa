import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { encodeNpy, parseNpyArray } from "../../src/data/npy.js";
import { decodeCaffe, decodePrototxt } from "../../src/formats/caffe/net.js";
import { decodeHdf5, type Hdf5Dataset, type Hdf5Group } from "../../src/formats/hdf5/decode.js";
import { load } from "../../src/formats/index.js";
import { decodeMxnet } from "../../src/formats/mxnet/params.js";
import { decodeNd4j } from "../../src/formats/nd4j.js";
import { decodeNpz } from "../../src/formats/npz.js";
import { decodeOnnx } from "../../src/formats/onnx/decode.js";
import { decodeShards } from "../../src/formats/tfjs.js";
import { decodeTorch } from "../../src/formats/torch.js";
import { dl4jZip, layerOf, stack, typed } from "../support/dl4j.js";
import { formatFixtures, unpacked } from "../support/format-fixtures.js";
import { fuzz, type Victim } from "../support/fuzz.js";
import { mxnetFile } from "../support/mxnet.js";
import { nd4jFile } from "../support/nd4j.js";
import { uniform } from "../support/random.js";

const npz = Object.values(formatFixtures("npz")).map(unpacked);
const onnx = Object.values(formatFixtures("onnx_models")).slice(0, 3).map(unpacked);
const torch = Object.entries(formatFixtures("torch_save"));
const torchFiles = (pattern: RegExp) => torch.filter(([name]) => pattern.test(name)).map(([, each]) => unpacked(each));

const hdf5 = Object.entries(formatFixtures("hdf5")).filter(([name]) => /^(texts|latest|chunked)/.test(name));

const caffe = Object.values(formatFixtures("caffe")).slice(0, 2).map(unpacked);
const prototxt = new TextEncoder().encode(`name: "n" # a net
layer { name: 'a\\x41' type: "Convolution" convolution_param < pad: [1, 2] kernel_size: 3 engine: CUDNN > blobs { data: 1.5 data: -2e3 shape { dim: 2 } }
  include { phase: TRAIN } extra { x: 1 x: 0x12 name: FOO } }`);

/** The contents of an archive are under a checksum, so that an array is damaged by itself. */
const npy = encodeNpy({ dtype: "int16", shape: [2, 3], bytes: new Uint8Array(12) });

const shards = {
  paths: ["a"],
  weights: [
    { name: "q", shape: [3], dtype: "float32", quantization: { dtype: "uint8", scale: 0.5, min: -1 } },
    { name: "s", shape: [2], dtype: "string" },
    { name: "i", shape: [2], dtype: "int32" },
  ],
};

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

/** Reads every dataset. */
function readAll(object: Hdf5Group | Hdf5Dataset): void {
  if (object.kind === "dataset") object.read();
  else for (const each of object.members.values()) readAll(each);
}

/** Every reader of src/formats. Millions of mutations: FUZZ_ROUNDS=1000000 npx vitest run --config test/vitest.config.ts test/formats/fuzz.test.ts */
const victims: Victim[] = [
  { name: "npz", samples: npz, read: (file) => decodeNpz("fuzz", file) },
  { name: "torch", samples: torchFiles(/^(views|types|checkpoint)/), read: (file) => decodeTorch("fuzz", file) },
  { name: "legacy torch", samples: torchFiles(/^legacy/), read: (file) => decodeTorch("fuzz", file) },
  { name: "onnx", samples: onnx, read: (file) => decodeOnnx("fuzz", file) },
  {
    name: "mxnet",
    samples: (["V0", "V1", "V2", "V3"] as const).map((version) =>
      mxnetFile(version, { "arg:w": [2, 3], "aux:b": [3] }),
    ),
    read: decodeMxnet,
  },
  {
    name: "nd4j",
    samples: ["JAVACPP", "LONG_SHAPE"].map((mode) =>
      nd4jFile({ mode, type: "FLOAT", shape: [2, 3], strides: [1, 2], order: "f", values: [1, 2, 3, 4, 5, 6] }),
    ),
    read: decodeNd4j,
  },
  {
    name: "hdf5",
    samples: hdf5.map(([, each]) => unpacked(each)),
    read: async (file) => readAll(await decodeHdf5("fuzz", file)),
  },
  { name: "caffe", samples: caffe, read: (file) => decodeCaffe("fuzz", file) },
  {
    name: "npy",
    samples: [Uint8Array.from(npy.flatMap((part) => [...part]))],
    read: ({ name, bytes }) => parseNpyArray(name, bytes),
  },
  {
    name: "tfjs",
    samples: [Uint8Array.of(1, 2, 3, 1, 0, 0, 0, 97, 2, 0, 0, 0, 98, 99, 1, 0, 0, 0, 2, 0, 0, 0)],
    read: (file) => decodeShards(shards, [file]),
  },
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
  ...[0, 3, 4].map((i): Victim => {
    const { symbol, params } = mxnetModels[i] as (typeof mxnetModels)[number];
    const inputShape = [[7, 8, 3], [], [], [6, 6, 4], [3]][i] as number[];
    return {
      name: `mxnet symbol ${i}`,
      samples: [symbol],
      read: ({ bytes }) => load(bytes, { format: "mxnet", weights: params, inputShape }),
    };
  }),
  { name: "prototxt", samples: [prototxt], read: decodePrototxt },
];

for (const victim of victims) {
  test(`${victim.name}: damaged files are refused in time, with an error that says so`, async () => {
    const { refused } = await fuzz(victim);
    expect(refused).toBeGreaterThan(0);
  });
}
