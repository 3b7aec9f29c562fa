import type { PreprocessorConfig } from "../data/preprocessor.js";
import type { FileDType } from "../util/file-array.js";
import type { Shape } from "../util/shapes.js";
import type { Format } from "./registry.js";

/** What is in a file, without making a model. */
export interface Inspection {
  format: Format;
  tensors: { name: string; dtype: FileDType | "string"; shape: Shape }[];
  metadata: Readonly<Record<string, string>>;
  /** What `preprocessor` makes the model's preprocessing of, by name. */
  preprocessing: Readonly<Record<string, PreprocessorConfig>>;
  /** What `load` would not be able to do, one line each, with the names of the nodes. */
  unsupported: readonly string[];
  /** Of a file that says how its model is compiled: what of that `load` leaves out, one line each. */
  training?: readonly string[];
}
