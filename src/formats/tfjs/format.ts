import { fetchTraining } from "../../model/training-code.js";
import { FormatError } from "../../util/errors.js";
import { type FileArray, toHostLater } from "../../util/file-array.js";
import type { NamedBytes } from "../../util/file-source.js";
import type { HostArray } from "../../util/host-array.js";
import { parseJson } from "../../util/json.js";
import type { Beside, FileFormat } from "../format.js";
import type { Inspection } from "../inspection.js";
import { inspectKeras, openKeras } from "../keras/open.js";
import type { KerasFile } from "../keras/read.js";
import { isObject } from "../keras/saved.js";
import type { FileTexts } from "../texts.js";
import { checkManifest, decodeShards, type TfjsWeights } from "./shards.js";

/** A model of TensorFlow.js, of layers or of a graph: `model.json`, and beside it the shards of its weights. */
export const tfjs: FileFormat = {
  compiles: true,
  async load(file, beside, { compile }) {
    const json = parse(file);
    const found = await weightsBeside(json, file, beside);
    if (!isGraph(json)) return openKeras(await layersOf(json, found, file), file.name, compile);
    if (compile) throw new FormatError(`${file.name}: a model of layers expected with compile: true, got a graph`);
    const { loadGraph } = await import("./graph/format.js");
    return loadGraph(json, found.weights, file.name, beside);
  },
  async inspect(file, beside) {
    const json = parse(file);
    const found = await weightsBeside(json, file, beside);
    if (!isGraph(json)) return inspectLayers(await layersOf(json, found, file), file.name);
    const { inspectGraph } = await import("./graph/format.js");
    return inspectGraph(json, found.weights, file.name, beside);
  },
  async save(model, { includeOptimizer }) {
    const { encodeTfjs } = await import("./export/encode.js");
    if (model.compilation) await fetchTraining();
    return encodeTfjs(model, includeOptimizer);
  },
  beside(file) {
    try {
      return checkManifest(file.name, parse(file).weightsManifest).flatMap(({ paths }) => paths);
    } catch (error) {
      if (error instanceof FormatError) return [];
      throw error;
    }
  },
};

/** The model's weights, and what its optimizer keeps. */
interface Weights {
  readonly weights: TfjsWeights;
  readonly kept: TfjsWeights;
}

interface TfjsFile extends KerasFile {
  readonly weights: TfjsWeights;
}

type Json = { readonly [name: string]: unknown };

const isGraph = ({ format, modelTopology }: Json): boolean =>
  format === "graph-model" || Array.isArray((modelTopology as Json | undefined)?.node);

async function weightsBeside(json: Json, file: NamedBytes, beside: Beside): Promise<Weights> {
  const weights = new Map<string, FileArray | FileTexts>();
  const kept = new Map<string, FileArray | FileTexts>();
  for (const group of checkManifest(file.name, json.weightsManifest)) {
    const shards: NamedBytes[] = [];
    for (const path of group.paths) shards.push(await beside.file(path));
    const ofTraining = new Set(group.weights.flatMap(({ name, group: kind }) => (kind === "optimizer" ? [name] : [])));
    for (const [name, array] of decodeShards(group, shards)) (ofTraining.has(name) ? kept : weights).set(name, array);
  }
  return { weights, kept };
}

/** @throws FormatError where it is no layers model */
async function layersOf(parsed: Json, { weights, kept }: Weights, file: NamedBytes): Promise<TfjsFile> {
  const topology = parsed.modelTopology as Json | undefined;
  // Keras's own words lie one deeper, where the converter wrote them.
  const config = (topology?.model_config ?? topology) as Json | undefined;
  if (typeof config?.class_name !== "string") {
    throw new FormatError(`${file.name}: modelTopology with layers expected, got ${Object.keys(parsed).join(", ")}`);
  }
  const saysHow = isObject(parsed.trainingConfig) || isObject(topology?.training_config);
  const training = saysHow
    ? (await import("./training/read.js")).trainingOf(parsed, kept, config, file.name)
    : undefined;
  const texts = { format: parsed.format, generatedBy: parsed.generatedBy, convertedBy: parsed.convertedBy };
  const metadata = { ...texts, keras: topology?.keras_version, backend: topology?.backend };
  return {
    dialect: { version: 2, backend: "tensorflow" },
    config,
    metadata: Object.fromEntries(
      Object.entries(metadata).flatMap(([key, value]) => (typeof value === "string" ? [[key, value]] : [])),
    ),
    weights,
    training: () => training,
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
  const parsed = parseJson(file);
  if (parsed !== null && typeof parsed === "object") return parsed as Json;
  throw new FormatError(`${file.name}: an object of modelTopology and weightsManifest expected, got another value`);
}

function numbers(file: NamedBytes, name: string, array: FileArray | FileTexts): HostArray {
  if (array.dtype === "string") throw new FormatError(`${file.name}: numbers expected as weight "${name}", got texts`);
  return toHostLater(`${file.name}: weight "${name}"`, array, "float32");
}

/** What such a file holds, and what of it no model can be made of. */
async function inspectLayers(found: TfjsFile, name: string): Promise<Inspection> {
  const { imported: _, ...told } = await inspectKeras(found, name);
  const tensors = [...found.weights].map(([name, { dtype, shape }]) => ({ name, dtype, shape }));
  return { format: "tfjs", tensors, metadata: found.metadata, preprocessing: {}, ...told };
}
