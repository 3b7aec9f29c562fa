import { FormatError, OutOfMemoryError } from "../../util/errors.js";
import type { HostArray } from "../../util/host-array.js";
import type { Imported } from "./imported.js";
import { Importer } from "./importer.js";
import type { KerasFile } from "./read.js";

/**
 * The model of a Keras file. Images have their channels last in our data; what Keras had as `channels_first` is turned, now.
 *
 * @returns the model, and its layers in Keras's order
 * @throws UnsupportedModel that lists every layer and option that is not supported; FormatError for what is damaged
 */
export function importKeras(file: KerasFile, name: string): Imported {
  return readWith(file, name, (importer) => importer.imported());
}

/**
 * What a file of the same architecture holds for each weight, laid out as `importKeras` lays out weights, in the order of the model's.
 *
 * @throws as `importKeras`
 */
export function importArrays(file: KerasFile, name: string): readonly HostArray[] {
  return readWith(file, name, (importer) => importer.arrays());
}

function readWith<T>(file: KerasFile, name: string, read: (importer: Importer) => T): T {
  try {
    return read(new Importer(file, name));
  } catch (cause) {
    if (cause instanceof FormatError || cause instanceof OutOfMemoryError) throw cause;
    const text = cause instanceof Error ? cause.message : String(cause);
    throw new FormatError(`${name}: an architecture of Keras expected, got one that does not hold together (${text})`, {
      cause,
    });
  }
}
