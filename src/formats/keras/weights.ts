import type { BaseModel } from "../../model/base.js";
import type { Placed } from "../../model/graph.js";
import type { AnyLayer, Weights } from "../../nn/layer.js";
import { FormatError } from "../../util/errors.js";
import type { NamedBytes } from "../../util/file-source.js";
import type { HostArray } from "../../util/host-array.js";
import type { Shape } from "../../util/shapes.js";
import { assignWeights } from "../assign.js";
import { Unsupported } from "../graph/unsupported.js";
import { decodeHdf5, type Hdf5Group, hdf5At } from "../hdf5/decode.js";
import { openZip } from "../zip.js";
import { OwnConfig } from "./export/config.js";
import { writtenAs } from "./export/layers.js";
import { type Around, kerasOrder } from "./export/order.js";
import { pathName, textsOf, variablesIn, weightAt } from "./read.js";

/** A layer of the model that has weights, in Keras's order of layers. */
interface Wanted {
  readonly name: string;
  readonly layer: AnyLayer;
  /** `kernel`, `bias`, … */
  readonly weights: readonly string[];
  readonly row: Shape;
  readonly out: Shape;
}

/** The weights of a layer as a file has them. */
interface Found {
  /** What the file calls the layer. */
  readonly name: string;
  readonly arrays: readonly HostArray[];
}

/**
 * Puts the weights of a `.h5`, `.weights.h5` or `.keras` file into a model that is there. Keras 3 finds a layer by its class and its number among
 * those of its class, Keras 1 and 2 by its place among the layers that have weights.
 *
 * @returns what the file calls each layer, by our names
 * @throws FormatError where the file is damaged, or has other weights than the model
 */
export async function loadKerasWeights(model: BaseModel, file: NamedBytes): Promise<Record<string, string>> {
  const isZip = file.bytes[0] === 0x50 && file.bytes[1] === 0x4b;
  const inner = isZip ? (await openZip("loadWeights", file)).read("model.weights.h5") : file;
  const root = await decodeHdf5("loadWeights", inner);
  const wanted = wantedBy(model);
  const layers = root.members.get("layers") ?? root.members.get("_layer_checkpoint_dependencies");
  const found =
    layers?.kind === "group" && textsOf(root, "layer_names").length === 0
      ? byClass(file, layers, wanted)
      : byPlace(file, root, wanted);
  const weights = new Map<string, HostArray>();
  wanted.forEach(({ name, weights: names }, i) => {
    // A weight too many is an error that calls it by its number.
    for (const [j, array] of (found[i] as Found).arrays.entries()) weights.set(`${name}/${names[j] ?? j}`, array);
  });
  assignWeights(model, weights, file.name);
  return Object.fromEntries(wanted.map(({ name }, i) => [name, (found[i] as Found).name]));
}

const READER = { version: 3, trainingRows: 1 } as const;

function wantedBy({ network: { graph, weights } }: BaseModel): Wanted[] {
  const places = new Map(graph.placed.map((each) => [each.layer, each]));
  return kerasOrder(graph, (layer) => around(places.get(layer) as Placed)).flatMap((layer) => {
    const { name, inputShape: row, outputShape: out } = places.get(layer) as Placed;
    const names = Object.keys(weights.get(name) as Weights);
    return names.length === 0 ? [] : [{ name, layer, weights: names, row, out }];
  });
}

/** What Keras has around a layer; nothing where it has no equal of it. */
function around({ layer, name, inputShape, outputShape }: Placed): Around {
  try {
    const c = new OwnConfig(layer.kind, name, layer.config, READER, { isFedNonNegative: true });
    const { before = [], behind = [] } = writtenAs(c, inputShape, outputShape);
    return { before: before.length, behind: behind.length };
  } catch (error) {
    if (error instanceof Unsupported) return { before: 0, behind: 0 };
    throw error;
  }
}

function byClass(file: NamedBytes, layers: Hdf5Group, wanted: readonly Wanted[]): Found[] {
  const counts = new Map<string, number>();
  const found = wanted.map(({ name, layer, row, out }) => {
    const { className } = writtenAs(new OwnConfig(layer.kind, name, layer.config, READER), row, out);
    const number = counts.get(className) ?? 0;
    counts.set(className, number + 1);
    const path = pathName({ className, number });
    const group = hdf5At(layers, path);
    return { name: path, arrays: group?.kind === "group" ? variablesIn(file, group) : [] };
  });
  const taken = new Set(found.map(({ name }) => name));
  const more = [...layers.members].flatMap(([name, group]) =>
    !taken.has(name) && group.kind === "group" && hasVariables(group) ? [name] : [],
  );
  if (more.length > 0) throw others(file, more, wanted);
  return found;
}

const hasVariables = (group: Hdf5Group): boolean =>
  [...group.members.values()].some((each) => each.kind === "dataset" || hasVariables(each));

function byPlace(file: NamedBytes, root: Hdf5Group, wanted: readonly Wanted[]): Found[] {
  const whole = root.members.get("model_weights");
  const group = whole?.kind === "group" ? whole : root;
  const found = textsOf(group, "layer_names").flatMap((name): Found[] => {
    const own = group.members.get(name);
    const names = own?.kind === "group" ? textsOf(own, "weight_names") : [];
    return names.length === 0
      ? []
      : [{ name, arrays: names.map((weight) => weightAt(file, own as Hdf5Group, name, weight)) }];
  });
  if (found.length === wanted.length) return found;
  throw others(
    file,
    found.map(({ name }) => name),
    wanted,
  );
}

const others = (file: NamedBytes, got: readonly string[], wanted: readonly Wanted[]): FormatError =>
  new FormatError(
    `${file.name}: weights of the layers ${wanted.map(({ name }) => name).join(", ") || "none"} expected, got those of ${got.slice(0, 20).join(", ") || "none"}; ` +
      "a model within a model is read by load alone",
  );
