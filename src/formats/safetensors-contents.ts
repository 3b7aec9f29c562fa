import type { BaseModel } from "../model/base.js";
import { parseConfigs } from "../model/preprocessing.js";
import { decodeSafetensors } from "../model/safetensors.js";
import type { NamedBytes } from "../util/file-source.js";
import { assignWeights } from "./assign.js";
import type { LoadWeightsOptions } from "./files.js";
import { refuseOptions } from "./format.js";
import type { Inspection } from "./inspection.js";
import { decodeSafetensorsArrays } from "./safetensors-arrays.js";

/** See `FileFormat.loadWeights`: of a file of ours, or of PyTorch's. */
export async function loadSafetensorsWeights(
  model: BaseModel,
  file: NamedBytes,
  options: LoadWeightsOptions,
): Promise<Readonly<Record<string, string>>> {
  if (decodeSafetensorsArrays(file).metadata.wasmgrad === undefined) {
    return (await import("./torch/format.js")).loadState(model, file, options);
  }
  refuseOptions("loadWeights", "safetensors", options, ["names", "framework", "flipFilters"]);
  const { tensors } = decodeSafetensors(file.bytes, file.name);
  const own = [...tensors].filter(([name]) => !/^(optimizer|callback)\//.test(name));
  assignWeights(model, new Map(own), file.name);
  return Object.fromEntries(model.network.graph.placed.map(({ name }) => [name, name]));
}

/** See `FileFormat.inspect`. */
export function inspectSafetensors(file: NamedBytes): Inspection {
  const { tensors, metadata } = decodeSafetensorsArrays(file);
  return {
    format: "safetensors",
    tensors: [...tensors].map(([name, { dtype, shape }]) => ({ name, dtype, shape })),
    metadata,
    preprocessing: parseConfigs(metadata.preprocessing, file.name),
    unsupported: [],
  };
}
