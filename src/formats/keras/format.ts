import { fetchTraining } from "../../model/training-code.js";
import { FormatError } from "../../util/errors.js";
import type { NamedBytes } from "../../util/file-source.js";
import type { FileFormat } from "../format.js";
import { UnsupportedModel } from "../graph/unsupported.js";
import type { Inspection } from "../inspection.js";
import { importKeras } from "./import.js";
import { readKeras } from "./read.js";
import { loadKerasWeights } from "./weights.js";

/** `.keras` and `.h5`. */
export const keras: FileFormat = {
  compiles: true,
  async load(file, _, { compile }) {
    const read = await readKeras("load", file);
    if (compile === false || (compile === undefined && !read.training())) return importKeras(read, file.name).model;
    const { trained } = await import("./training/compile.js");
    return trained(read, file.name, compile);
  },
  loadWeights: (model, file) => loadKerasWeights(model, file),
  inspect,
  async save(model, { includeOptimizer }, _stem, ending) {
    const { encodeArchive, encodeH5 } = await import("./export/encode.js");
    if (model.compilation) await fetchTraining();
    const isHdf5 = ending === ".h5" || ending === ".hdf5";
    return [
      {
        location: "",
        parts: isHdf5 ? [await encodeH5(model, includeOptimizer)] : await encodeArchive(model, includeOptimizer),
      },
    ];
  },
};

/** What such a file holds, and what of it no model can be made of. */
async function inspect(file: NamedBytes): Promise<Inspection> {
  const found = await readKeras("inspect", file);
  const inspection = { format: "keras" as const, metadata: found.metadata, preprocessing: {} };
  try {
    const imported = importKeras(found, file.name);
    const { parameters } = imported.model;
    const { compileAsSaved } = await import("./training/compile.js");
    const training = compileAsSaved(imported, found, file.name, false);
    const tensors = parameters.list.map(({ name, variable: { dtype, shape } }) => ({ name, dtype, shape }));
    return { ...inspection, tensors, unsupported: [], ...(training ? { training } : {}) };
  } catch (error) {
    if (error instanceof UnsupportedModel) return { ...inspection, tensors: [], unsupported: error.parts };
    if (error instanceof FormatError) return { ...inspection, tensors: [], unsupported: [error.message] };
    throw error;
  }
}
