import { FormatError } from "../../util/errors.js";
import { type FileArray, toHost, toHostLater } from "../../util/file-array.js";
import type { NamedBytes } from "../../util/file-source.js";
import type { HostArray } from "../../util/host-array.js";
import { parseJson } from "../../util/json.js";
import { decodeHdf5, type Hdf5Dataset, type Hdf5Group, hdf5At } from "../hdf5/decode.js";
import { openZip } from "../zip.js";
import type { Dialect } from "./config.js";
import { isObject, type Json } from "./saved.js";
import type { metricOf } from "./training/metrics.js";
import type { Optimizers } from "./training/optimizers.js";

/** A model file of Keras: its architecture, and the weights of each layer by the layer's name, in Keras's order. */
export interface KerasFile {
  readonly dialect: Dialect;
  readonly config: unknown;
  /** Of the layer of this name; empty where it has none. */
  weightsOf(layer: KerasPlace): readonly HostArray[];
  /** How the model was compiled; undefined where it was not. @throws FormatError where that part is damaged */
  training(): KerasTraining | undefined;
  readonly metadata: Readonly<Record<string, string>>;
}

/** What a file says of the training of its model. */
export interface KerasTraining {
  /** The arguments of `compile`, the optimizer among them. */
  readonly config: Json;
  /** What the optimizer keeps, in the file's order; scalars are float64. */
  variables(): readonly OptimizerVariable[];
  /** Whose the optimizer is. Default: Keras's. */
  readonly optimizers?: Optimizers;
  /** The same of metrics. */
  readonly metric?: typeof metricOf;
}

export interface OptimizerVariable {
  /** What the file calls it. */
  readonly name: string;
  readonly array: HostArray;
}

/** Where a layer stands, as both kinds of files find its weights. */
export interface KerasPlace {
  readonly name: string;
  readonly className: string;
  /** The models around it, outermost first. */
  readonly within: readonly KerasPlace[];
  /** How many layers of its class, and of its model, stand before it there. */
  readonly number: number;
  /** Its place in the list of all layers of its model. */
  readonly index: number;
}

/** @throws FormatError where the file is damaged, or holds weights alone */
export async function readKeras(operation: string, file: NamedBytes): Promise<KerasFile> {
  const isZip = file.bytes[0] === 0x50 && file.bytes[1] === 0x4b;
  return isZip ? readArchive(operation, file) : readHdf5(operation, file);
}

/** `.keras`: a zip with the architecture as JSON, and HDF5 whose paths go by the layers' classes. */
async function readArchive(operation: string, file: NamedBytes): Promise<KerasFile> {
  const zip = await openZip(operation, file);
  for (const name of ["config.json", "model.weights.h5"]) {
    if (!zip.has(name)) {
      throw new FormatError(
        `${file.name}: entry "${name}" expected, got ${zip.names.slice(0, 8).join(", ")}; it is no .keras file`,
      );
    }
  }
  const config = parseJson(zip.read("config.json"));
  const metadata = zip.has("metadata.json") ? (parseJson(zip.read("metadata.json")) as Record<string, unknown>) : {};
  const root = await decodeHdf5(operation, zip.read("model.weights.h5"));
  return {
    dialect: { version: 3, backend: "" },
    config,
    metadata: Object.fromEntries(Object.entries(metadata).map(([key, value]) => [key, String(value)])),
    weightsOf(place) {
      const path = [...place.within, place].map((each) => `layers/${pathName(each)}`).join("/");
      const found = hdf5At(root, path) ?? hdf5At(root, path.replaceAll("layers/", "_layer_checkpoint_dependencies/"));
      return found?.kind === "group" ? variablesIn(file, found) : [];
    },
    training() {
      const compiled = (config as Json | null)?.compile_config;
      if (!isObject(compiled) || Object.keys(compiled).length === 0) return undefined;
      return {
        config: compiled,
        variables() {
          const group = hdf5At(root, "optimizer/vars");
          if (group?.kind !== "group") return [];
          return numbered(group).map(([name, dataset]) => ({ name, array: variable(file, dataset) }));
        },
      };
    },
  };
}

/** `dense`, `dense_1`, …: the class in snake case, numbered among those of its kind. */
export function pathName({ className, number }: Pick<KerasPlace, "className" | "number">): string {
  const snake = className
    .replace(/\W+/g, "")
    .replace(/(.)([A-Z][a-z]+)/g, "$1_$2")
    .replace(/([a-z])([A-Z])/g, "$1_$2")
    .toLowerCase();
  return number === 0 ? snake : `${snake}_${number}`;
}

/** A layer's own variables, then those of the layers in it: the cell of a recurrent one, the two directions, the products around attention. */
export function variablesIn(file: NamedBytes, group: Hdf5Group): HostArray[] {
  const vars = group.members.get("vars");
  const own = vars?.kind === "group" ? numbered(vars) : [];
  const attention = ["query_dense", "key_dense", "value_dense", "output_dense"];
  const order = ["cell", "layer", "forward_layer", "backward_layer", ...attention];
  const inner = order.flatMap((name) => {
    const found = group.members.get(name);
    return found?.kind === "group" ? variablesIn(file, found) : [];
  });
  return [...own.map(([, each]) => numbers(file, each)), ...inner];
}

/** The datasets of a group whose names are numbers, in their order. */
function numbered({ members }: Hdf5Group): [name: string, dataset: Hdf5Dataset][] {
  const datasets = [...members].flatMap(([name, each]): [string, Hdf5Dataset][] =>
    each.kind === "dataset" ? [[name, each]] : [],
  );
  return datasets.sort(([a], [b]) => Number(a) - Number(b));
}

/** `.h5`: the architecture in an attribute, the weights in a group for each layer. */
async function readHdf5(operation: string, file: NamedBytes): Promise<KerasFile> {
  const root = await decodeHdf5(operation, file);
  const text = textOf(root, "model_config");
  if (text === undefined) {
    throw new FormatError(
      `${file.name}: attribute "model_config" expected, which holds the architecture, got ${[...root.attributes.keys()].join(", ") || "none"}; ` +
        "the file has weights alone: make the model and call loadWeights(model, …), or save the whole model, model.save(…)",
    );
  }
  const group = root.members.get("model_weights");
  if (group?.kind !== "group") throw new FormatError(`${file.name}: group "model_weights" expected, got none`);
  const version = textOf(root, "keras_version") ?? "1";
  const backend = textOf(root, "backend") ?? (namesHaveColons(group) ? "tensorflow" : "theano");
  return {
    dialect: { version: Number(version.split(".")[0]), backend },
    config: json(file, 'attribute "model_config"', text),
    metadata: { keras: version, backend },
    weightsOf(place) {
      const outer = place.within[0]?.name ?? place.name;
      const own = group.members.get(outer);
      if (own?.kind !== "group") return [];
      const names = textsOf(own, "weight_names");
      // The weights of a model within one lie together, each under a path with its layer's name.
      const wanted =
        place.within.length > 0 ? names.filter((name) => name.split("/").slice(0, -1).includes(place.name)) : names;
      return wanted.map((name) => weightAt(file, own, outer, name));
    },
    training() {
      const saved = textOf(root, "training_config");
      const config = saved === undefined ? undefined : json(file, 'attribute "training_config"', saved);
      if (!isObject(config)) return undefined;
      return {
        config: withOptimizer(config),
        variables() {
          const kept = root.members.get("optimizer_weights");
          if (kept?.kind !== "group") return [];
          return textsOf(kept, "weight_names").map((name) => {
            const found = hdf5At(kept, name) ?? kept.members.get(name);
            if (found?.kind === "dataset") return { name, array: variable(file, found) };
            throw new FormatError(`${file.name}: weight "${name}" of the optimizer expected, got none`);
          });
        },
      };
    },
  };
}

/** The optimizer where Keras 3 has it. */
export const withOptimizer = ({ optimizer_config: optimizer, ...rest }: Json): Json => ({ ...rest, optimizer });

/** A weight by its name in a layer's group. */
export function weightAt(file: NamedBytes, group: Hdf5Group, layer: string, name: string): HostArray {
  const found = hdf5At(group, name) ?? group.members.get(name);
  if (found?.kind === "dataset") return numbers(file, found);
  throw new FormatError(`${file.name}: weight "${layer}/${name}" expected, got none`);
}

/** TensorFlow names weights "kernel:0". */
function namesHaveColons(group: Hdf5Group): boolean {
  return [...group.members.values()].some(
    (each) => each.kind === "group" && textsOf(each, "weight_names").some((name) => name.includes(":")),
  );
}

export function textsOf({ attributes }: Hdf5Group, name: string): readonly string[] {
  const found = attributes.get(name);
  if (found && "texts" in found) return found.texts;
  // A list too long for one attribute is cut into weight_names0, weight_names1, …
  const parts: string[] = [];
  for (let i = 0; ; i++) {
    const part = attributes.get(`${name}${i}`);
    if (!part || !("texts" in part)) return parts;
    parts.push(...part.texts);
  }
}

const textOf = (group: Hdf5Group, name: string): string | undefined => textsOf(group, name)[0];

function numbers(file: NamedBytes, dataset: Hdf5Dataset): HostArray {
  const value = dataset.read();
  if ("texts" in value) throw new FormatError(`${file.name}: numbers expected as a weight, got texts`);
  return toHostLater(file.name, value as FileArray, "float32");
}

const json = (file: NamedBytes, what: string, text: string): unknown =>
  parseJson({ name: `${file.name}: ${what}`, bytes: new TextEncoder().encode(text) });

/** A scalar is a count or a rate: as exact as it is. */
function variable(file: NamedBytes, dataset: Hdf5Dataset): HostArray {
  if (dataset.shape.length > 0) return numbers(file, dataset);
  const value = dataset.read();
  if ("texts" in value) throw new FormatError(`${file.name}: numbers expected in the optimizer, got texts`);
  return toHost(file.name, value, "float64");
}
