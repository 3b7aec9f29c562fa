import { platform } from "#platform";
import { BaseModel } from "../model/base.js";
import { decodeModel, encodeModel } from "../model/model-file.js";
import { type Preprocessing, parseConfigs } from "../model/preprocessing.js";
import { decodeSafetensors } from "../model/safetensors.js";
import { checkName, checkOptions, show } from "../util/check.js";
import { ValueError } from "../util/errors.js";
import { type FileSource, type NamedBytes, readSource } from "../util/file-source.js";
import { extensions, type Format, formats, type Inspection } from "./inspection.js";

export interface FileOptions {
  /** Default: by the file's extension. */
  format?: Format;
}

export interface LoadOptions extends FileOptions {
  /** Files that the model's file names, such as the external data of ONNX, by those names. Default: read from the model's own folder. */
  files?: Readonly<Record<string, FileSource>>;
}

export interface SaveOptions extends FileOptions {
  /** What was fitted on the training data, each under a name: `{ x: tabular(…) }`. Default: the model's own `preprocessing`. Safetensors alone. */
  preprocessing?: Preprocessing;
  /** Of ONNX: the operator set, 9 to 20. Default: 17, which every reader of the last years knows. */
  opset?: number;
}

/** A `WritableStream` of bytes. */
export interface ByteStream {
  getWriter(): { write(bytes: Uint8Array): Promise<void>; close(): Promise<void> };
}

/** A path, or a stream that takes bytes. */
export type Target = string | ByteStream;

/**
 * Writes a model: weights, architecture, optimizer state and the position of its training, in one file that every safetensors reader
 * opens; or, as `.onnx`, what it does in inference, for all that read ONNX, with images as `[batch, channels, height, width]`. A crash while
 * writing leaves an earlier file whole.
 *
 * @param options.preprocessing goes along: what `tabular`, `standardize` or `minMaxScale` fitted, each under a name
 * @throws ValueError for an unknown format, FormatError that lists the layers that the format cannot hold, PlatformError where the file cannot be
 *   written
 * @example
 * const model = wg.sequential([wg.layers.dense({ units: 1, inputShape: [2] })]);
 * await save(model, "m.safetensors");
 * await save(model, "m.onnx", { opset: 13 });
 */
export async function save(model: BaseModel, target: Target, options: SaveOptions = {}): Promise<void> {
  checkOptions("save", options, ["format", "preprocessing", "opset"]);
  if (!(model instanceof BaseModel)) {
    throw new ValueError(
      `save: model expected what wg.sequential or wg.model returns, got ${show(model)}; the model comes first`,
    );
  }
  if (target === "" || (typeof target !== "string" && typeof target?.getWriter !== "function")) {
    throw new ValueError(`save: target expected a path or a stream that takes bytes, got ${show(target)}`);
  }
  const format = formatOf("save", target, options);
  const parts = await encode(model, format, options);
  if (typeof target === "string") {
    await platform.writeFile(target, parts);
    return;
  }
  const writer = target.getWriter();
  for (const part of parts) await writer.write(part);
  await writer.close();
}

/**
 * Reads a model. One that `save` or a checkpoint wrote predicts at once and trains on where it was compiled; its `preprocessing` holds what was
 * saved along with it, ready to transform data. Of an `.onnx` file, which PyTorch and others write, comes a model of the graph, not compiled;
 * its images have their channels last, as all images here. It needs the package `@bufbuild/protobuf`. So it is with `.keras` and `.h5` files, of
 * Keras 1, 2 and 3, which need `fflate`.
 *
 * @param options.files what the file names beside itself, where that is not to be read from its folder
 * @throws FormatError that names the file and the byte where it is truncated or damaged, or lists what is not supported
 * @example
 * const model = wg.sequential([wg.layers.dense({ units: 1, inputShape: [2] })]);
 * await save(model, "m.safetensors");
 * const again = await load("m.safetensors");
 * again.getWeights().length; // 2
 */
export async function load(source: FileSource, options: LoadOptions = {}): Promise<BaseModel> {
  checkOptions("load", options, ["format", "files"]);
  const format = formatOf("load", source, options);
  const file = await named("load", source);
  if (format === "safetensors") return decodeModel(file.bytes, file.name);
  if (format === "keras") return (await import("./keras/load.js")).loadKeras(file);
  const { loadOnnx } = await import("./onnx/load.js");
  return loadOnnx(file, beside("load", source, options.files));
}

/**
 * Tells what a file holds.
 *
 * @throws as `load`
 * @example
 * const model = wg.sequential([wg.layers.dense({ units: 1, inputShape: [2] })]);
 * await save(model, "m.safetensors");
 * (await inspect("m.safetensors")).tensors; // [{ name: "dense/kernel", dtype: "float32", shape: [2, 1] }, …]
 */
export async function inspect(source: FileSource, options: LoadOptions = {}): Promise<Inspection> {
  checkOptions("inspect", options, ["format", "files"]);
  const format = formatOf("inspect", source, options);
  const file = await named("inspect", source);
  if (format === "keras") return (await import("./keras/load.js")).inspectKeras(file);
  if (format === "onnx") {
    const { inspectOnnx } = await import("./onnx/load.js");
    return inspectOnnx(file, beside("inspect", source, options.files));
  }
  const { tensors, metadata } = decodeSafetensors(file.bytes, file.name);
  return {
    format,
    tensors: [...tensors].map(([name, { dtype, shape }]) => ({ name, dtype, shape })),
    metadata,
    preprocessing: parseConfigs(metadata.preprocessing, file.name),
    unsupported: [],
  };
}

async function encode(model: BaseModel, format: Format, options: SaveOptions): Promise<Uint8Array[]> {
  if (format === "safetensors") return encodeModel(model, {}, options.preprocessing);
  if (format !== "onnx")
    throw new ValueError(`save: format expected "safetensors" or "onnx", got "${format}", which is read alone`);
  const { saveOnnx } = await import("./onnx/save.js");
  return saveOnnx(model, options.opset ?? 17);
}

/** The file, under the name that errors begin with. */
async function named(operation: string, source: FileSource): Promise<NamedBytes> {
  const { bytes, name } = await readSource(operation, source);
  return { bytes, name: `${operation}: ${name}` };
}

/** Reads the files that a model's file names: those that are given, else from its own folder. */
function beside(operation: string, source: FileSource, given: LoadOptions["files"] = {}) {
  return async (location: string): Promise<NamedBytes> => {
    const found = given[location];
    if (found !== undefined) return named(operation, found);
    const place = source !== null && typeof source === "object" && "href" in source ? source.href : source;
    if (typeof place === "string") return named(operation, `${place.slice(0, place.lastIndexOf("/") + 1)}${location}`);
    throw new ValueError(
      `${operation}: files expected ${show(location)}, which the model's file names, got ${show(Object.keys(given))}; pass { files: { ${show(location)}: … } }`,
    );
  };
}

function formatOf(operation: string, place: FileSource | Target, { format }: FileOptions): Format {
  if (format !== undefined) return checkName(operation, "format", format, formats);
  const path = place !== null && typeof place === "object" && "href" in place ? place.href : place;
  if (typeof path !== "string") return "safetensors";
  const extension = /\.([a-z0-9]+)(?:[?#].*)?$/i.exec(path)?.[1]?.toLowerCase();
  const found = extension === undefined ? undefined : extensions[extension];
  if (found) return found;
  const known = Object.keys(extensions).map((each) => `.${each}`);
  throw new ValueError(
    `${operation}: file expected an extension of ${known.join(", ")}, got ${show(path)}; rename it or pass { format }`,
  );
}
