import { fetchTraining } from "../../model/training-code.js";
import type { NamedBytes } from "../../util/file-source.js";
import type { FileFormat } from "../format.js";
import type { Inspection } from "../inspection.js";
import { inspectKeras, openKeras } from "./open.js";
import { readKeras } from "./read.js";
import { loadKerasWeights } from "./weights.js";

/** `.keras` and `.h5`. */
export const keras: FileFormat = {
  compiles: true,
  async load(file, _, { compile }) {
    return openKeras(await readKeras("load", file), file.name, compile);
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
  const { imported, ...told } = await inspectKeras(found, file.name);
  const parameters = imported?.model.parameters.list ?? [];
  const tensors = parameters.map(({ name, variable: { dtype, shape } }) => ({ name, dtype, shape }));
  return { format: "keras", metadata: found.metadata, preprocessing: {}, tensors, ...told };
}
