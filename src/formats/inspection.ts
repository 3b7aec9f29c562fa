import type { PreprocessorConfig } from "../data/preprocessor.js";
import type { FileDType } from "../util/file-array.js";
import type { Shape } from "../util/shapes.js";

/** What `load` and `inspect` read. */
export const formats = ["safetensors", "onnx", "keras"] as const;

/** Formats by the extensions of files. */
export const extensions: Readonly<Record<string, (typeof formats)[number]>> = {
  safetensors: "safetensors",
  onnx: "onnx",
  keras: "keras",
  h5: "keras",
  hdf5: "keras",
};

export type Format = (typeof formats)[number];

/** What is in a file, without making a model. */
export interface Inspection {
  format: Format;
  tensors: { name: string; dtype: FileDType | "string"; shape: Shape }[];
  metadata: Readonly<Record<string, string>>;
  /** What `preprocessor` makes the model's preprocessing of, by name. */
  preprocessing: Readonly<Record<string, PreprocessorConfig>>;
  /** What `load` would not be able to do, one line each, with the names of the nodes. */
  unsupported: readonly string[];
}
