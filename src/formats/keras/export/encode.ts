import type { BaseModel } from "../../../model/base.js";
import type { Hdf5Value } from "../../hdf5/data.js";
import { encodeHdf5, type Hdf5Input, LARGEST_ATTRIBUTE } from "../../hdf5/encode.js";
import { encodeZip } from "../../zip.js";
import { pathName } from "../read.js";
import { exportKeras } from "./export.js";
import { toJson } from "./json.js";
import { sinceKeras3 } from "./layers.js";
import { exportTraining } from "./training.js";
import { kerasWords } from "./training-words.js";
import { type Held, weightsOf } from "./written.js";

/** The versions whose words are written. */
const KERAS_2 = "2.15.0";
const KERAS_3 = "3.0.0";

/** `.keras`, of Keras 3: a zip of stored entries, with HDF5 whose paths go by the layers' classes. The same model gives the same bytes. */
export async function encodeArchive(model: BaseModel, includeOptimizer?: boolean): Promise<Uint8Array[]> {
  const reader = { version: 3, trainingRows: model.trainingRows } as const;
  const { model: config, layers } = exportKeras(model, reader);
  const training = exportTraining(model, layers, kerasWords(reader), includeOptimizer);
  const weights = new Group();
  const root = weights.at(["layers"]);
  const counts = new Map<string, number>();
  for (const { className, held } of layers) {
    const number = counts.get(className) ?? 0;
    counts.set(className, number + 1);
    hold(root.at([pathName({ className, number })]), held);
  }
  if (training) {
    const { members } = weights.at(["optimizer", "vars"]);
    for (const [i, [, value]] of training.variables.entries()) members.set(String(i), { value });
  }
  const file = (name: string, bytes: Uint8Array) => ({ name, parts: [bytes] });
  return encodeZip([
    file("metadata.json", json({ keras_version: KERAS_3 })),
    file("config.json", json(training ? { ...config, compile_config: training.config } : config)),
    file("model.weights.h5", await encodeHdf5("save", weights)),
  ]);
}

const json = (value: unknown): Uint8Array => new TextEncoder().encode(toJson(value));

function hold(group: Group, { own, inner = {} }: Held): void {
  const vars = group.at(["vars"]);
  for (const [i, [, value]] of own.entries()) vars.members.set(String(i), { value });
  for (const [attribute, held] of Object.entries(inner)) hold(group.at([attribute]), held);
}

/**
 * `.h5`, of Keras 2: the architecture in an attribute, the weights in a group for each layer. A model with layers that Keras 2 lacks is written in the
 * words of Keras 3, which alone reads it then.
 */
export async function encodeH5(model: BaseModel, includeOptimizer?: boolean): Promise<Uint8Array> {
  const version = model.network.graph.placed.some(({ layer }) => sinceKeras3.has(layer.kind)) ? 3 : 2;
  const reader = { version, trainingRows: model.trainingRows } as const;
  const { model: config, layers } = exportKeras(model, reader);
  const training = exportTraining(model, layers, kerasWords(reader), includeOptimizer);
  const root = new Group();
  const weights = root.at(["model_weights"]);
  for (const group of [root, weights]) {
    group.attributes.set("keras_version", text(version === 3 ? KERAS_3 : KERAS_2));
    group.attributes.set("backend", text("tensorflow"));
  }
  root.attributes.set("model_config", text(JSON.stringify(config)));
  setNames(
    weights,
    "layer_names",
    layers.map(({ name }) => name),
  );
  for (const { name, held } of layers) {
    const group = weights.at([name]);
    holdNamed(group, weightsOf(held, name));
  }
  if (training) {
    const { optimizer, ...rest } = training.config;
    root.attributes.set("training_config", text(toJson({ ...rest, optimizer_config: optimizer })));
    holdNamed(root.at(["optimizer_weights"]), training.variables);
  }
  return encodeHdf5("save", root);
}

/** Arrays under their paths, which the group lists. */
function holdNamed(group: Group, arrays: readonly (readonly [path: string, value: Hdf5Value])[]): void {
  const named = arrays.map(([path, value]) => [`${path}:0`, value] as const);
  setNames(
    group,
    "weight_names",
    named.map(([path]) => path),
  );
  for (const [path, value] of named) {
    const parts = path.split("/");
    group.at(parts.slice(0, -1)).members.set(parts.at(-1) as string, { value });
  }
}

const text = (value: string): Hdf5Value => ({ dtype: "string", shape: [], texts: [value] });

/** As one attribute, or cut into `name0`, `name1`, … where it is too long; none where there are no names. */
function setNames({ attributes }: Group, name: string, names: readonly string[]): void {
  if (names.length === 0) return;
  const longest = Math.max(...names.map((each) => new TextEncoder().encode(each).length + 1));
  const most = Math.max(1, Math.floor(LARGEST_ATTRIBUTE / longest));
  const pieces = Math.ceil(names.length / most);
  for (let i = 0; i < pieces; i++) {
    const texts = names.slice(i * most, (i + 1) * most);
    attributes.set(pieces === 1 ? name : `${name}${i}`, { dtype: "string", shape: [texts.length], texts });
  }
}

/** A group that grows. */
class Group implements Hdf5Input {
  readonly attributes = new Map<string, Hdf5Value>();
  readonly members = new Map<string, Hdf5Input>();

  /** The group at a path, made where there is none. */
  at(path: readonly string[]): Group {
    return path.reduce((group: Group, name) => {
      const found = group.members.get(name);
      if (found instanceof Group) return found;
      const made = new Group();
      group.members.set(name, made);
      return made;
    }, this);
  }
}
