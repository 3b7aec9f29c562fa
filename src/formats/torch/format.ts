import type { BaseModel } from "../../model/base.js";
import { ValueError } from "../../util/errors.js";
import { type FileArray, fromHost, toHostLater } from "../../util/file-array.js";
import type { NamedBytes } from "../../util/file-source.js";
import { type HostArray, hostDType } from "../../util/host-array.js";
import { assignWeights, misfit } from "../assign.js";
import type { LoadWeightsOptions } from "../files.js";
import { type FileFormat, refuseOptions } from "../format.js";
import { faultsIn, type Held, heldIn, ownArrays, theirArrays } from "../layouts/layout.js";
import { decodeSafetensorsArrays, encodeSafetensorsArrays } from "../safetensors-arrays.js";
import { decodeTorch, stateDictOf } from "./decode.js";
import { encodeTorch } from "./encode.js";
import { torchLayouts } from "./layers.js";
import { checkNames, keyOf, matched, misfitsIn, modulesOf } from "./modules.js";

interface State {
  readonly tensors: ReadonlyMap<string, FileArray>;
  readonly metadata: Readonly<Record<string, string>>;
  /** Whether its order is that of the modules; a safetensors file is sorted by name. */
  readonly isOrdered: boolean;
}

/** The state dict in a `.pt` file, old or new, or in a safetensors file. */
async function stateOf(operation: string, file: NamedBytes): Promise<State> {
  // A safetensors file begins with the length of its header, and that with "{".
  if (file.bytes[8] !== 0x7b) {
    const tensors = stateDictOf(file.name, await decodeTorch(operation, file));
    return { tensors, metadata: {}, isOrdered: true };
  }
  return { ...decodeSafetensorsArrays(file), isOrdered: false };
}

/** PyTorch's whole numbers have 64 bits. */
const encoded = (array: HostArray): FileArray =>
  fromHost("save", array, hostDType(array) === "int32" ? "int64" : undefined);

/** The state dict of a model, its modules in the order of `names`, the others behind. */
function stateOfModel(model: BaseModel, names: unknown): Map<string, FileArray> {
  const who = `save: model "${model.name}"`;
  const held = heldIn(model, torchLayouts, "PyTorch", who);
  const given = checkNames("save", names, held);
  const first = Object.keys(given).map((name) => held.find((layer) => layer.name === name) as Held);
  const state = new Map<string, FileArray>();
  for (const layer of [...first, ...held.filter(({ name }) => given[name] === undefined)]) {
    const module = given[layer.name] ?? layer.name;
    for (const [entry, array] of theirArrays(layer, who)) {
      const key = keyOf(module, entry);
      if (state.has(key)) throw new ValueError(`save: names expected modules that differ, got "${module}" twice`);
      state.set(key, encoded(array));
    }
  }
  return state;
}

/** As the writer of safetensors sorts them: larger elements first, then by name. */
function sorted(state: ReadonlyMap<string, FileArray>): Map<string, FileArray> {
  const rank = ({ dtype }: FileArray) => (dtype === "int64" ? 0 : 1);
  return new Map([...state].sort(([a, x], [b, y]) => rank(x) - rank(y) || (a < b ? -1 : 1)));
}

/** Gives a model the weights of a state dict. */
export async function loadState(
  model: BaseModel,
  file: NamedBytes,
  options: LoadWeightsOptions,
): Promise<Readonly<Record<string, string>>> {
  refuseOptions("loadWeights", "pytorch", options, ["framework", "flipFilters"]);
  const held = heldIn(model, torchLayouts, "PyTorch", file.name);
  const given = checkNames("loadWeights", options.names, held);
  const { tensors, isOrdered } = await stateOf("loadWeights", file);
  const modules = modulesOf(tensors);
  const found = matched(held, modules, given, { file: file.name, isOrdered });
  const wrong = misfitsIn(found, modules);
  if (wrong.length > 0) throw misfit(model, wrong, file.name);
  const weights: [string, HostArray][] = [];
  for (const [layer, module] of found) {
    const arrays = new Map(
      Array.from(modules.get(module) ?? [], ([entry, array]) => [
        entry,
        toHostLater(`${file.name}: "${keyOf(module, entry)}"`, array, model.dtype),
      ]),
    );
    wrong.push(...faultsIn(layer, arrays, (entry) => keyOf(module, entry)));
    weights.push(...ownArrays(layer, arrays));
  }
  if (wrong.length > 0) throw misfit(model, wrong, file.name);
  assignWeights(model, new Map(weights), file.name);
  const order = [...modules.keys()];
  return Object.fromEntries(
    Array.from(found, ([{ name }, module]) => [name, module] as const).sort(
      ([, a], [, b]) => order.indexOf(a) - order.indexOf(b),
    ),
  );
}

/** State dicts: what `torch.save` writes of `model.state_dict()`, or safetensors. */
export const pytorch: FileFormat = {
  async inspect(file) {
    const { tensors, metadata } = await stateOf("inspect", file);
    return {
      format: "pytorch",
      tensors: Array.from(tensors, ([name, { dtype, shape }]) => ({ name, dtype, shape })),
      metadata,
      preprocessing: {},
      unsupported: [],
    };
  },
  loadWeights: loadState,
  async save(model, options, _stem, ending) {
    refuseOptions("save", "pytorch", options, ["framework", "flipFilters"]);
    const state = stateOfModel(model, options.names);
    const parts =
      ending === ".safetensors"
        ? encodeSafetensorsArrays({ tensors: sorted(state), metadata: { format: "pt" } })
        : encodeTorch(state);
    return [{ location: "", parts }];
  },
};
