import type { BaseModel } from "../../model/base.js";
import { checkBoolean, checkName } from "../../util/check.js";
import { FormatError, ValueError } from "../../util/errors.js";
import { type FileArray, fromHost, toHostLater } from "../../util/file-array.js";
import type { HostArray } from "../../util/host-array.js";
import { type Shape, sameShape, showShape } from "../../util/shapes.js";
import { assignWeights, misfit } from "../assign.js";
import { type FileFormat, refuseOptions } from "../format.js";
import { faultsIn, type Held, heldIn, ownArrays, theirArrays, theirShapes } from "../layouts/layout.js";
import { decodeNpz, encodeNpz } from "../npz.js";
import { lasagneLayouts } from "./lasagne.js";

const frameworks = ["lasagne", "theano", "keras"] as const;

/** Whose list of arrays a file is. */
export type NpzFramework = (typeof frameworks)[number];

interface ListOptions {
  readonly framework?: NpzFramework;
  readonly flipFilters?: boolean;
}

/** A layer's arrays in a list: how each looks, and how they become weights. */
interface Listed {
  readonly name: string;
  readonly arrays: readonly { readonly label: string; readonly shape: Shape; readonly optional: boolean }[];
  faults(arrays: ReadonlyMap<string, HostArray>, nameOf: (label: string) => string): string[];
  weights(arrays: ReadonlyMap<string, HostArray>): [string, HostArray][];
  /** What is written. */
  values(): Iterable<HostArray>;
}

function checkList(operation: string, { framework, flipFilters = true }: ListOptions) {
  const flips = checkBoolean(operation, "flipFilters", flipFilters);
  if (framework === undefined) return undefined;
  return { framework: checkName(operation, "framework", framework, frameworks), flips };
}

/** The layers of a model as a framework lists their arrays. @throws UnsupportedModel */
function listed(model: BaseModel, framework: NpzFramework, flips: boolean, who: string): Listed[] {
  if (framework === "keras") return inKerasOrder(model);
  return heldIn(model, lasagneLayouts(flips), framework === "lasagne" ? "Lasagne" : "Theano", who).map(
    (layer): Listed => {
      const must: Held = { ...layer, parts: layer.parts.filter(({ optional }) => !optional) };
      return {
        name: layer.name,
        arrays: Array.from(theirShapes(layer), ([label, how]) => ({ label, ...how })),
        faults: (arrays, nameOf) => faultsIn(layer, arrays, nameOf),
        weights: (arrays) => ownArrays(layer, arrays),
        values: () => theirArrays(must, who).values(),
      };
    },
  );
}

/** What Keras's `get_weights()` gives: our weights as they are. */
function inKerasOrder({ network }: BaseModel): Listed[] {
  return network.graph.placed.flatMap(({ name }): Listed[] => {
    const variables = Object.entries(network.weights.get(name) ?? {});
    if (variables.length === 0) return [];
    return [
      {
        name,
        arrays: variables.map(([label, { shape }]) => ({ label, shape, optional: false })),
        faults: () => [],
        weights: (arrays) => Array.from(arrays, ([label, array]) => [`${name}/${label}`, array]),
        values: () => variables.map(([, variable]) => ({ data: variable.toTypedArray(), shape: variable.shape })),
      },
    ];
  });
}

const listName = /^arr_\d+$/;

/** Which array of a list each of the layers' is. @throws FormatError that lists what does not fit */
function dealt(model: BaseModel, layers: readonly Listed[], arrays: ReadonlyMap<string, FileArray>, file: string) {
  const wrong: string[] = [];
  let next = 0;
  const places = layers.map(({ name, arrays: wanted }) => {
    const labels = new Map<string, string>();
    for (const { label, shape, optional } of wanted) {
      const key = `arr_${next}`;
      const found = arrays.get(key);
      const isFitting = found !== undefined && sameShape(found.shape, shape);
      if (optional && !isFitting) continue;
      if (!found) wrong.push(`"${key}" ${showShape(shape)}, ${label} of "${name}", is missing`);
      else if (!isFitting) {
        wrong.push(`"${key}", ${label} of "${name}", expected ${showShape(shape)}, got ${showShape(found.shape)}`);
      }
      labels.set(label, key);
      next++;
    }
    return labels;
  });
  if (arrays.size > next) wrong.push(`${next} arrays, got ${arrays.size}`);
  if (wrong.length > 0) throw misfit(model, wrong, file);
  return places;
}

/** Arrays as NumPy saves them: by the names of our weights, or another framework's list of them. */
export const npz: FileFormat = {
  async inspect(file) {
    const arrays = await decodeNpz("inspect", file);
    return {
      format: "npz",
      tensors: Array.from(arrays, ([name, { dtype, shape }]) => ({ name, dtype, shape })),
      metadata: {},
      preprocessing: {},
      unsupported: [],
    };
  },
  async loadWeights(model, file, options) {
    refuseOptions("loadWeights", "npz", options, ["names"]);
    const list = checkList("loadWeights", options);
    const arrays = await decodeNpz("loadWeights", file);
    const host = (key: string) => toHostLater(`${file.name}: "${key}"`, arrays.get(key) as FileArray, model.dtype);
    const isList = arrays.size > 0 && [...arrays.keys()].every((key) => listName.test(key));
    if (!list) {
      if (isList) {
        throw new ValueError(
          `${file.name}: framework expected one of ${frameworks.join(", ")} for a list of arrays, got undefined; pass { framework }`,
        );
      }
      assignWeights(model, new Map(Array.from(arrays.keys(), (key) => [key, host(key)])), file.name);
      return Object.fromEntries(model.network.graph.placed.map(({ name }) => [name, name]));
    }
    if (!isList) {
      throw new FormatError(
        `${file.name}: arrays arr_0, arr_1, … expected of framework "${list.framework}", got ${[...arrays.keys()].slice(0, 6).join(", ") || "none"}`,
      );
    }
    const layers = listed(model, list.framework, list.flips, file.name);
    const places = dealt(model, layers, arrays, file.name);
    const wrong: string[] = [];
    const weights = layers.flatMap((layer, i) => {
      const keys = places[i] as ReadonlyMap<string, string>;
      const held = new Map(Array.from(keys, ([label, key]) => [label, host(key)]));
      wrong.push(...layer.faults(held, (label) => `${keys.get(label)}, ${label}`));
      return layer.weights(held);
    });
    if (wrong.length > 0) throw misfit(model, wrong, file.name);
    assignWeights(model, new Map(weights), file.name);
    return Object.fromEntries(layers.map(({ name }, i) => [name, [...(places[i]?.values() ?? [])][0] ?? ""]));
  },
  async save(model, options) {
    refuseOptions("save", "npz", options, ["names"]);
    const list = checkList("save", options);
    const arrays: [string, HostArray][] = list
      ? listed(model, list.framework, list.flips, `save: model "${model.name}"`)
          .flatMap(({ values }) => [...values()])
          .map((array, i) => [`arr_${i}`, array])
      : model.parameters.list.map(({ name, variable }) => [
          name,
          { data: variable.toTypedArray(), shape: variable.shape },
        ]);
    const encoded = arrays.map(([name, array]) => [name, fromHost("save", array)] as const);
    return [{ location: "", parts: encodeNpz(new Map(encoded)) }];
  },
};
