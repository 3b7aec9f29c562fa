import type { BaseModel } from "../../model/base.js";
import { FormatError } from "../../util/errors.js";
import { type FileArray, toHost } from "../../util/file-array.js";
import type { NamedBytes } from "../../util/file-source.js";
import type { HostArray } from "../../util/host-array.js";
import { version } from "../../util/version.js";
import type { Beside, EncodedFile, FileFormat } from "../format.js";
import { UnsupportedModel } from "../graph/unsupported.js";
import type { Inspection } from "../inspection.js";
import { exportKeras } from "../keras/export/export.js";
import { weightsOf } from "../keras/export/layers.js";
import { importKeras } from "../keras/import.js";
import type { KerasFile } from "../keras/read.js";
import type { FileTexts } from "../texts.js";
import { lacksInTfjs } from "./lacking.js";
import { checkManifest, decodeShards, encodeShards } from "./shards.js";

/** A layers model of TensorFlow.js: `model.json`, and beside it the shards of its weights. */
export const tfjs: FileFormat = {
  load: async (file, beside) => importKeras(await readTfjs(file, beside), file.name).model,
  inspect,
  save: async (model) => encodeTfjs(model),
};

interface TfjsFile extends KerasFile {
  readonly weights: ReadonlyMap<string, FileArray | FileTexts>;
}

type Json = { readonly [name: string]: unknown };

/** @throws FormatError where it is damaged, or no layers model */
export async function readTfjs(file: NamedBytes, beside: Beside): Promise<TfjsFile> {
  const parsed = parse(file);
  if (parsed.format === "graph-model") {
    throw new FormatError(
      `${file.name}: a layers-model expected, got a graph-model, which holds operations of TensorFlow and no layers; ` +
        'convert what it was made of: in Keras save "m.keras", or make "m.onnx" with tf2onnx, which reads TensorFlow.js too (--tfjs)',
    );
  }
  const topology = parsed.modelTopology as Json | undefined;
  // Keras's own words lie one deeper, where the converter wrote them.
  const config = (topology?.model_config ?? topology) as Json | undefined;
  if (typeof config?.class_name !== "string") {
    throw new FormatError(`${file.name}: modelTopology with layers expected, got ${Object.keys(parsed).join(", ")}`);
  }
  const weights = new Map<string, FileArray | FileTexts>();
  for (const group of checkManifest(file.name, parsed.weightsManifest)) {
    const shards: NamedBytes[] = [];
    for (const path of group.paths) shards.push(await beside.file(path));
    const ofTraining = new Set(group.weights.flatMap(({ name, group: kind }) => (kind === "optimizer" ? [name] : [])));
    for (const [name, array] of decodeShards(group, shards)) if (!ofTraining.has(name)) weights.set(name, array);
  }
  const texts = { format: parsed.format, generatedBy: parsed.generatedBy, convertedBy: parsed.convertedBy };
  const metadata = { ...texts, keras: topology?.keras_version, backend: topology?.backend };
  return {
    dialect: { version: 2, backend: "tensorflow" },
    config,
    metadata: Object.fromEntries(
      Object.entries(metadata).flatMap(([key, value]) => (typeof value === "string" ? [[key, value]] : [])),
    ),
    weights,
    training: () => undefined,
    weightsOf({ name, within }) {
      const outer = within[0]?.name;
      // The converter puts a model's name in front of those of the layers in it, TensorFlow.js itself does not.
      const isOuter = [...weights.keys()].some((path) => path.startsWith(`${outer}/`));
      const belongs = (path: string) => {
        const folders = path.split("/").slice(0, -1);
        return isOuter ? folders[0] === outer && folders.includes(name) : folders[0] === name;
      };
      return [...weights].flatMap(([path, array]) => (belongs(path) ? [numbers(file, path, array)] : []));
    },
  };
}

function parse(file: NamedBytes): Json {
  try {
    const parsed: unknown = JSON.parse(new TextDecoder().decode(file.bytes));
    if (parsed !== null && typeof parsed === "object") return parsed as Json;
  } catch (cause) {
    throw new FormatError(`${file.name}: JSON expected; the file is damaged or no model.json`, { cause });
  }
  throw new FormatError(`${file.name}: an object of modelTopology and weightsManifest expected, got another value`);
}

function numbers(file: NamedBytes, name: string, array: FileArray | FileTexts): HostArray {
  if (array.dtype === "string") throw new FormatError(`${file.name}: numbers expected as weight "${name}", got texts`);
  return toHost(`${file.name}: weight "${name}"`, array, "float32");
}

/** What such a file holds, and what of it no model can be made of. */
async function inspect(file: NamedBytes, beside: Beside): Promise<Inspection> {
  const found = await readTfjs(file, beside);
  const tensors = [...found.weights].map(([name, { dtype, shape }]) => ({ name, dtype, shape }));
  const inspection = { format: "tfjs" as const, tensors, metadata: found.metadata, preprocessing: {} };
  try {
    importKeras(found, file.name);
    return { ...inspection, unsupported: [] };
  } catch (error) {
    if (error instanceof UnsupportedModel) return { ...inspection, unsupported: error.parts };
    if (error instanceof FormatError) return { ...inspection, unsupported: [error.message] };
    throw error;
  }
}

function encodeTfjs(model: BaseModel): EncodedFile[] {
  const reader = { version: 2, trainingRows: model.trainingRows, lacks: lacksInTfjs } as const;
  const { model: config, layers } = exportKeras(model, reader);
  const weights = new Map(layers.flatMap(({ name, held }) => weightsOf(held, name)));
  const { group, shards } = encodeShards(weights);
  const json = {
    format: "layers-model",
    generatedBy: `wasmgrad ${version}`,
    convertedBy: null,
    modelTopology: { keras_version: "2.15.0", backend: "tensorflow", model_config: config },
    weightsManifest: [group],
  };
  return [
    ...shards.map((bytes, i) => ({ location: group.paths[i] as string, parts: [bytes] })),
    { location: "", parts: [new TextEncoder().encode(JSON.stringify(json))] },
  ];
}
