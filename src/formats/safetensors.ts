import { decodeModel, encodeModel } from "../model/model-file.js";
import { parseConfigs } from "../model/preprocessing.js";
import { decodeSafetensors } from "../model/safetensors.js";
import { assignWeights } from "./assign.js";
import type { FileFormat } from "./format.js";

/** The library's own: all that a model knows. */
export const safetensors: FileFormat = {
  async loadWeights(model, file) {
    const { tensors } = decodeSafetensors(file.bytes, file.name);
    const own = [...tensors].filter(([name]) => !/^(optimizer|callback)\//.test(name));
    assignWeights(model, new Map(own), file.name);
    return Object.fromEntries(model.network.graph.placed.map(({ name }) => [name, name]));
  },
  load: async (file) => decodeModel(file.bytes, file.name),
  async inspect(file) {
    const { tensors, metadata } = decodeSafetensors(file.bytes, file.name);
    return {
      format: "safetensors",
      tensors: [...tensors].map(([name, { dtype, shape }]) => ({ name, dtype, shape })),
      metadata,
      preprocessing: parseConfigs(metadata.preprocessing, file.name),
      unsupported: [],
    };
  },
  save: async (model, { preprocessing }) => [{ location: "", parts: encodeModel(model, {}, preprocessing) }],
};
