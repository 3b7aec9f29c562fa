import type { BaseModel } from "../../model/base.js";
import { FormatError } from "../../util/errors.js";
import { UnsupportedModel } from "../graph/unsupported.js";
import { importKeras } from "./import.js";
import type { Imported } from "./imported.js";
import type { KerasFile } from "./read.js";

/**
 * The model of a file, compiled as the file says.
 *
 * @param compile see `load`
 * @throws as `importKeras` and `compileAsSaved`
 */
export async function openKeras(file: KerasFile, name: string, compile: boolean | undefined): Promise<BaseModel> {
  if (compile === false || (compile === undefined && !file.training())) return importKeras(file, name).model;
  const { trained } = await import("./training/compile.js");
  return trained(file, name, compile);
}

/** What of a file no model can be made of, and what of how it is compiled is left out. */
export async function inspectKeras(
  file: KerasFile,
  name: string,
): Promise<{ imported?: Imported; unsupported: readonly string[]; training?: readonly string[] }> {
  try {
    const imported = importKeras(file, name);
    const { compileAsSaved } = await import("./training/compile.js");
    const training = compileAsSaved(imported, file, name, false);
    return { imported, unsupported: [], ...(training ? { training } : {}) };
  } catch (error) {
    if (error instanceof UnsupportedModel) return { unsupported: error.parts };
    if (error instanceof FormatError) return { unsupported: [error.message] };
    throw error;
  }
}
