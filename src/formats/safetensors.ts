import { decodeModel, encodeModel } from "../model/model-file.js";
import { parseConfigs } from "../model/preprocessing.js";
import { decodeSafetensors } from "../model/safetensors.js";
import { assignWeights } from "./assign.js";
import { type FileFormat, refuseOptions } from "./format.js";
import { decodeSafetensorsArrays } from "./safetensors-arrays.js";

const others = ["names", "framework", "flipFilters"];

/** Fetched where a file of PyTorch's asks for it. */
const loadPytorchState: FileFormat["loadWeights"] & object = async (...args) =>
  (await import("./torch/format.js")).loadState(...args);

/** The library's own: all that a model knows. */
export const safetensors: FileFormat = {
  async loadWeights(model, file, options) {
    if (decodeSafetensorsArrays(file).metadata.wasmgrad === undefined) return loadPytorchState(model, file, options);
    refuseOptions("loadWeights", "safetensors", options, others);
    const { tensors } = decodeSafetensors(file.bytes, file.name);
    const own = [...tensors].filter(([name]) => !/^(optimizer|callback)\//.test(name));
    assignWeights(model, new Map(own), file.name);
    return Object.fromEntries(model.network.graph.placed.map(({ name }) => [name, name]));
  },
  load: async (file) => decodeModel(file.bytes, file.name),
  async inspect(file) {
    const { tensors, metadata } = decodeSafetensorsArrays(file);
    return {
      format: "safetensors",
      tensors: [...tensors].map(([name, { dtype, shape }]) => ({ name, dtype, shape })),
      metadata,
      preprocessing: parseConfigs(metadata.preprocessing, file.name),
      unsupported: [],
    };
  },
  async save(model, options) {
    refuseOptions("save", "safetensors", options, others);
    return [{ location: "", parts: encodeModel(model, {}, options.preprocessing) }];
  },
};
