import { FormatError } from "../util/errors.js";
import type { NamedBytes } from "../util/file-source.js";
import type { FileFormat } from "./format.js";

/** TensorFlow's SavedModel: known by its ending, so that the error says which way leads here. */
export const savedModel: FileFormat = { inspect: refused, load: refused };

async function refused({ name }: NamedBytes): Promise<never> {
  throw new FormatError(
    `${name}: a file with layers expected, got a SavedModel of TensorFlow, which holds functions of its own kind; ` +
      'load it in TensorFlow and save "m.keras" or "m.h5", or make "m.onnx" of it: python -m tf2onnx.convert --saved-model FOLDER --output m.onnx',
  );
}
