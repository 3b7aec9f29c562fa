import { FormatError, ValueError } from "../../util/errors.js";
import type { NamedBytes } from "../../util/file-source.js";
import type { Beside, FileFormat } from "../format.js";
import { UnsupportedModel } from "../graph/unsupported.js";
import type { Inspection } from "../inspection.js";
import { importDl4j } from "./import.js";
import { type Dl4jFile, readDl4j } from "./read.js";

/** A zip of DL4J's ModelSerializer. */
export const dl4j: FileFormat = {
  load: async (file, beside) => importDl4j(await readDl4j("load", file), file.name, beside),
  inspect,
};

async function inspect(file: NamedBytes, beside: Beside): Promise<Inspection> {
  const found = await readDl4j("inspect", file);
  const { coefficients } = found;
  return {
    format: "dl4j",
    tensors: coefficients ? [{ name: "coefficients", dtype: coefficients.dtype, shape: coefficients.shape }] : [],
    metadata: {
      kind: Array.isArray(found.config.confs) ? "MultiLayerNetwork" : "ComputationGraph",
      losses: [...JSON.stringify(found.config).matchAll(/"lossFn":\{"(?:@class":")?([^"]+)"/g)]
        .map(([, name]) => name)
        .join(", "),
    },
    preprocessing: {},
    unsupported: unsupportedIn(found, file.name, beside),
  };
}

function unsupportedIn(found: Dl4jFile, name: string, beside: Beside): readonly string[] {
  try {
    importDl4j(found, name, beside);
    return [];
  } catch (error) {
    if (error instanceof UnsupportedModel) return error.parts;
    // Without the shape of its input a network is not put together; its layers have been looked at by then.
    if (error instanceof ValueError) return [];
    if (error instanceof FormatError) return [error.message];
    throw error;
  }
}
