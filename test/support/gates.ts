import { encodeNpy } from "../../src/data/npy.js";
import { type Format, type LoadWeightsOptions, load } from "../../src/formats/index.js";
import { encodeH5 } from "../../src/formats/keras/export/encode.js";
import { encodeNpz } from "../../src/formats/npz.js";
import { encodeSafetensorsArrays } from "../../src/formats/safetensors-arrays.js";
import * as wg from "../../src/index.js";
import type { FileArray } from "../../src/util/file-array.js";
import { coefficients, dl4jZip, layerOf, stack } from "./dl4j.js";
import { joined } from "./format-fixtures.js";
import { entryOf, fillers, type Gate, readers, saved, withEntry } from "./hostile.js";
import { mxnetFile } from "./mxnet.js";

/** The model of which every file here is: three features, one dense layer. */
export const small = (): wg.BaseModel =>
  wg.sequential([wg.layers.dense({ units: 2, activation: "relu", inputShape: [3], name: "d" })]);

export const text = (value: unknown): Uint8Array =>
  new TextEncoder().encode(typeof value === "string" ? value : JSON.stringify(value));

/** The files of the model in a format that is written, that of the architecture under "". */
const files = (format: Format) => saved(small(), { format });
const written = async (format: Format): Promise<Uint8Array> => (await files(format)).get("") as Uint8Array;

const ones = (...shape: number[]): FileArray => ({
  dtype: "float32",
  shape,
  bytes: new Uint8Array(Float32Array.from({ length: shape.reduce((a, b) => a * b) }, () => 1).buffer),
});

const inputsOf = (...nodes: number[]) => nodes.map((node) => [node, 0, 0]);
export const mxnetSymbol = {
  nodes: [
    ...["data", "w", "b"].map((name) => ({ op: "null", name, inputs: [] as number[][] })),
    { op: "FullyConnected", name: "fc", attrs: { num_hidden: "2" }, inputs: inputsOf(0, 1, 2) },
    { op: "Activation", name: "act", attrs: { act_type: "relu" }, inputs: inputsOf(3) },
  ],
  arg_nodes: [0, 1, 2],
  heads: inputsOf(4),
  attrs: { mxnet_version: ["int", 10901] },
};
export const mxnetParams = mxnetFile("V2", { "arg:w": [2, 3], "arg:b": [2] });
const mxnetOptions = { format: "mxnet", weights: mxnetParams, inputShape: [3] } as const;

export const dl4jConfiguration = stack([layerOf("DenseLayer", "ReLU", { nin: 3, nout: 2 })]);
const parameters = [1, 2, 3, 4, 5, 6, 7, 8];

const prototxt = `name: "n" input: "x" input_shape { dim: 1 dim: 3 }
layer { name: "d" type: "InnerProduct" bottom: "x" top: "y" inner_product_param { num_output: 2 } }`;

/** A file in an archive, damaged alone: the archive has checksums. */
const inside = (archive: Uint8Array, entry: string) => (contents: Uint8Array) => withEntry(archive, entry, contents);

async function ofKeras(): Promise<Gate[]> {
  const options = { format: "keras" } as const;
  const archive = await written("keras");
  const [config, weights] = ["config.json", "model.weights.h5"];
  const h5 = await entryOf(archive, weights);
  return [
    ...readers(".keras", archive, options),
    ...readers(config, await entryOf(archive, config), options, inside(archive, config)),
    ...readers(weights, h5, options, inside(archive, weights)).slice(0, 1),
    ...readers(".h5", await encodeH5(small()), options).slice(0, 1),
    ...fillers(".weights.h5", h5, small(), options).slice(0, 1),
  ];
}

async function ofTfjs(): Promise<Gate[]> {
  const all = await files("tfjs");
  const [model, shard] = [all.get(""), all.get("group1-shard1of1.bin")] as [Uint8Array, Uint8Array];
  const options = (bytes: Uint8Array) => ({ format: "tfjs", files: { "group1-shard1of1.bin": bytes } }) as const;
  return [
    ...readers("model.json", model, options(shard)),
    { name: "load, shard of model.json", sample: shard, open: (bytes) => load(model, options(bytes)) },
  ];
}

async function ofPytorch(): Promise<Gate[]> {
  const options: LoadWeightsOptions = { format: "pytorch" };
  const archive = await written("pytorch");
  const pickle = "archive/data.pkl";
  const tensors = new Map([
    ["d.bias", ones(2)],
    ["d.weight", ones(2, 3)],
  ]);
  return [
    ...fillers(".pt", archive, small(), options),
    ...fillers("data.pkl", await entryOf(archive, pickle), small(), options, inside(archive, pickle)),
    ...fillers("safetensors", joined(encodeSafetensorsArrays({ tensors, metadata: {} })), small(), options),
  ];
}

function ofNpz(): Gate[] {
  const options: LoadWeightsOptions = { format: "npz", framework: "keras" };
  const list = joined(
    encodeNpz(
      new Map([
        ["arr_0", ones(3, 2)],
        ["arr_1", ones(2)],
      ]),
    ),
  );
  return [
    ...fillers(".npz", list, small(), options),
    ...fillers("arr_0.npy", joined(encodeNpy(ones(3, 2))), small(), options, inside(list, "arr_0.npy")),
  ];
}

async function ofCaffe(): Promise<Gate[]> {
  const caffemodel = (await files("caffe")).get("model.caffemodel") as Uint8Array;
  return [
    ...readers("caffemodel", caffemodel, { format: "caffe" }),
    ...readers("prototxt", text(prototxt), { format: "caffe", weights: caffemodel }),
  ];
}

async function ofDl4j(): Promise<Gate[]> {
  const options = { format: "dl4j" } as const;
  const archive = dl4jZip(dl4jConfiguration, parameters);
  const [configuration, numbers] = ["configuration.json", "coefficients.bin"];
  return [
    ...readers("zip", archive, options),
    ...readers(configuration, text(dl4jConfiguration), options, inside(archive, configuration)),
    ...readers(numbers, coefficients(parameters), options, inside(archive, numbers)).slice(0, 1),
  ];
}

/** All ways into every format, with small files. */
export async function gates(): Promise<Readonly<Record<Format, readonly Gate[]>>> {
  const own = await written("safetensors");
  const symbol = text(mxnetSymbol);
  return {
    safetensors: [...readers("safetensors", own, {}), ...fillers("safetensors", own, small(), {}).slice(0, 1)],
    onnx: readers("onnx", await written("onnx"), { format: "onnx" }),
    keras: await ofKeras(),
    tfjs: await ofTfjs(),
    savedModel: readers("saved_model.pb", Uint8Array.of(8, 1, 18, 0), { format: "savedModel" }),
    pytorch: await ofPytorch(),
    npz: ofNpz(),
    caffe: await ofCaffe(),
    dl4j: await ofDl4j(),
    mxnet: [
      ...readers("symbol", symbol, mxnetOptions),
      { name: "load, params", sample: mxnetParams, open: (weights) => load(symbol, { ...mxnetOptions, weights }) },
    ],
  };
}
