import { decodeModel } from "../model/decode-model.js";
import { fetchTraining } from "../model/training-code.js";
import { type FileFormat, refuseOptions } from "./format.js";

/** The library's own: all that a model knows. Other than to load a model, a file's code is fetched when it is asked for. */
export const safetensors: FileFormat = {
  load: (file) => decodeModel(file.bytes, file.name),
  loadWeights: async (...args) => (await import("./safetensors-contents.js")).loadSafetensorsWeights(...args),
  inspect: async (file) => (await import("./safetensors-contents.js")).inspectSafetensors(file),
  async save(model, options) {
    refuseOptions("save", "safetensors", options, ["names", "framework", "flipFilters"]);
    if (model.compilation) await fetchTraining();
    const { encodeModel } = await import("../model/encode-model.js");
    return [{ location: "", parts: encodeModel(model, {}, options.preprocessing) }];
  },
};
