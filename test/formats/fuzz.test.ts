import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { encodeNpy, parseNpyArray } from "../../src/data/npy.js";
import { decodeCaffe, decodePrototxt, encodeCaffe } from "../../src/formats/caffe/net.js";
import { decodeHdf5, type Hdf5Dataset, type Hdf5Group } from "../../src/formats/hdf5/decode.js";
import { type Format, type LoadOptions, load, loadWeights, save } from "../../src/formats/index.js";
import { decodeMxnet } from "../../src/formats/mxnet/params.js";
import { decodeNd4j } from "../../src/formats/nd4j.js";
import { decodeNpz } from "../../src/formats/npz.js";
import { decodeOnnx } from "../../src/formats/onnx/decode.js";
import { decodeShards } from "../../src/formats/tfjs/shards.js";
import { decodeTorch } from "../../src/formats/torch/decode.js";
import * as wg from "../../src/index.js";
import { DTypeError, ValueError } from "../../src/util/errors.js";
import type { NamedBytes } from "../../src/util/file-source.js";
import { formatFixtures, joined, unpacked } from "../support/format-fixtures.js";
import { fuzz, type Victim } from "../support/fuzz.js";
import { mxnetFile } from "../support/mxnet.js";
import { nd4jFile } from "../support/nd4j.js";

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

const bytesOf = (path: string) => new Uint8Array(readFileSync(`test/fixtures/formats/${path}`));
const tfjsShards = Object.fromEntries(
  ["group1-shard1of2.bin", "group1-shard2of2.bin"].map((name) => [name, bytesOf(`tfjs/graph/${name}`)]),
);
/** A net of Caffe, as text and with its weights in one file. */
const { prototxt: net, file: caffemodel } = formatFixtures("caffe_networks").windows as unknown as Record<
  string,
  string
>;
const nets = {
  text: new TextEncoder().encode(net),
  weights: unpacked({ file: caffemodel as string, content: undefined }),
};
async function wholeNet(): Promise<Uint8Array> {
  const named = (bytes: Uint8Array) => ({ name: "net", bytes });
  const { layers } = await decodeCaffe("fuzz", named(nets.weights));
  const blobs = new Map(layers.map((layer) => [layer.name, layer.blobs]));
  const whole = decodePrototxt(named(nets.text));
  const filled = whole.layers.map((layer) => ({ ...layer, blobs: blobs.get(layer.name) ?? [] }));
  return joined(await encodeCaffe("fuzz", { ...whole, layers: filled }));
}
const loadCaffe = ({ bytes }: NamedBytes) => load(bytes, { format: "caffe", weights: nets.weights });

/** Reads every dataset. */
function readAll(object: Hdf5Group | Hdf5Dataset): void {
  if (object.kind === "dataset") object.read();
  else for (const each of object.members.values()) readAll(each);
}

/** A model, and its file in a format. */
async function ofModel(format: "pytorch" | "npz", options: { framework?: "lasagne" }) {
  const model = wg.sequential([
    wg.layers.conv2d({ filters: 2, kernelSize: 2, inputShape: [3, 3, 1] }),
    wg.layers.flatten(),
    wg.layers.dense({ units: 2 }),
  ]);
  const parts: number[] = [];
  const write = async (bytes: Uint8Array) => void parts.push(...bytes);
  await save(model, { getWriter: () => ({ write, close: async () => undefined }) }, { format, ...options });
  return { model, sample: Uint8Array.from(parts), options: { format, ...options } };
}

const states = [await ofModel("pytorch", {}), await ofModel("npz", { framework: "lasagne" })];

/** Every reader of src/formats. `npm run fuzz` has millions of mutations. */
const readers: Victim[] = [
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
    also: DTypeError,
  },
  {
    name: "tfjs",
    samples: [Uint8Array.of(1, 2, 3, 1, 0, 0, 0, 97, 2, 0, 0, 0, 98, 99, 1, 0, 0, 0, 2, 0, 0, 0)],
    read: (file) => decodeShards(shards, [file]),
  },
  {
    name: "tfjs model.json",
    samples: [bytesOf("tfjs/graph/model.json")],
    read: ({ bytes }) => load(bytes, { format: "tfjs", files: tfjsShards }),
    also: ValueError,
  },
  ...states.map(({ model, sample, options }) => ({
    name: `weights of ${options.format}`,
    samples: [sample],
    read: ({ bytes }: { bytes: Uint8Array }) => loadWeights(model, bytes, options),
  })),
  { name: "prototxt", samples: [prototxt], read: decodePrototxt },
  { name: "model of a prototxt", samples: [nets.text], read: loadCaffe, rounds: 300 },
  { name: "model of a caffemodel", samples: [await wholeNet()], read: loadCaffe, rounds: 300 },
];

/** The way of a user: from a file to a model. */
const whole = (format: Format, samples: readonly Uint8Array[], options: LoadOptions = {}): Victim => ({
  name: `load, ${format}`,
  samples,
  read: ({ bytes }) => load(bytes, { ...options, format }),
});
const file = (path: string) => new Uint8Array(readFileSync(new URL(`../fixtures/formats/${path}`, import.meta.url)));

const wholes: Victim[] = [
  whole("safetensors", [await saved()]),
  whole("onnx", [...onnx.slice(0, 1), file("networks/lenet-17.onnx"), file("networks/lstm-17.onnx")]),
  whole("keras", [file("keras/cnn.h5"), file("keras/words.h5"), file("keras/graph.keras")]),
];

/** A model's file of this library. */
async function saved(): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  const stream = { write: async (bytes: Uint8Array) => void parts.push(bytes), close: async () => undefined };
  await save(wg.sequential([wg.layers.dense({ units: 2, inputShape: [3] })]), { getWriter: () => stream });
  return joined(parts);
}

/** Together 100,000 where no other number is given. */
const rounds = (standard: number) => Number(process.env.FUZZ_ROUNDS ?? standard);

for (const [victims, standard] of [
  [readers, 8000],
  [wholes, 4000],
] as const) {
  for (const victim of victims) {
    const patience = 120_000 + rounds(standard) * 20;
    test(`${victim.name}: damaged files are refused in time, with an error that says so`, {
      timeout: patience,
    }, async () => {
      const { refused } = await fuzz(victim, { rounds: rounds(victim.rounds ?? standard) });
      expect(refused).toBeGreaterThan(0);
    });
  }
}
