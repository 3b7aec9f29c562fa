import type { BaseModel } from "../../../model/base.js";
import type { FileArray } from "../../../util/file-array.js";
import type { Hdf5Value } from "../../hdf5/data.js";
import { encodeHdf5, type Hdf5Input, LARGEST_ATTRIBUTE } from "../../hdf5/encode.js";
import { encodeZip } from "../../zip.js";
import { pathName } from "../read.js";
import { exportKeras } from "./export.js";
import type { Held } from "./layers.js";

/** The versions whose words are written. */
const KERAS_2 = "2.15.0";
const KERAS_3 = "3.0.0";

/** `.keras`, of Keras 3: a zip of stored entries, with HDF5 whose paths go by the layers' classes. The same model gives the same bytes. */
export async function encodeArchive(model: BaseModel): Promise<Uint8Array[]> {
  const { model: config, layers } = exportKeras(model, { version: 3, trainingRows: model.trainingRows });
  const weights = new Group();
  const root = weights.at(["layers"]);
  const counts = new Map<string, number>();
  for (const { className, held } of layers) {
    const number = counts.get(className) ?? 0;
    counts.set(className, number + 1);
    hold(root.at([pathName({ className, number })]), held);
  }
  const file = (name: string, bytes: Uint8Array) => ({ name, parts: [bytes] });
  return encodeZip([
    file("metadata.json", json({ keras_version: KERAS_3 })),
    file("config.json", json(config)),
    file("model.weights.h5", await encodeHdf5("save", weights)),
  ]);
}

const json = (value: unknown): Uint8Array => new TextEncoder().encode(JSON.stringify(value));

function hold(group: Group, { own, inner = {} }: Held): void {
  const vars = group.at(["vars"]);
  for (const [i, [, value]] of own.entries()) vars.members.set(String(i), { value });
  for (const [attribute, held] of Object.entries(inner)) hold(group.at([attribute]), held);
}

/** `.h5`, of Keras 2: the architecture in an attribute, the weights in a group for each layer. */
export async function encodeH5(model: BaseModel): Promise<Uint8Array> {
  const { model: config, layers } = exportKeras(model, { version: 2, trainingRows: model.trainingRows });
  const root = new Group();
  const weights = root.at(["model_weights"]);
  for (const group of [root, weights]) {
    group.attributes.set("keras_version", text(KERAS_2));
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
    const named = weightsOf(held, name).map(([path, array]) => [`${path}:0`, array] as const);
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
  return encodeHdf5("save", root);
}

/** Weights as Keras 2 and TensorFlow.js call them: `lstm/lstm_cell/kernel`. */
export function weightsOf({ own, inner = {} }: Held, path: string): (readonly [name: string, array: FileArray])[] {
  return [
    ...own.map(([name, array]) => [`${path}/${name}`, array] as const),
    ...Object.values(inner).flatMap((held) => weightsOf(held, `${path}/${held.name}`)),
  ];
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
