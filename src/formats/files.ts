import { platform } from "#platform";
import type { PreprocessorConfig } from "../data/preprocessor.js";
import { BaseModel } from "../model/base.js";
import { decodeModel, encodeModel } from "../model/model-file.js";
import { type Preprocessing, parseConfigs } from "../model/preprocessing.js";
import { decodeSafetensors } from "../model/safetensors.js";
import { checkName, checkOptions, show } from "../util/check.js";
import type { DType } from "../util/dtypes.js";
import { ValueError } from "../util/errors.js";
import { type FileSource, readSource } from "../util/file-source.js";
import type { Shape } from "../util/shapes.js";

const formats = ["safetensors"] as const;

export type Format = (typeof formats)[number];

export interface FileOptions {
  /** Default: by the file's extension. */
  format?: Format;
}

export interface SaveOptions extends FileOptions {
  /** What was fitted on the training data, each under a name: `{ x: tabular(…) }`. Default: the model's own `preprocessing`. */
  preprocessing?: Preprocessing;
}

/** A `WritableStream` of bytes. */
export interface ByteStream {
  getWriter(): { write(bytes: Uint8Array): Promise<void>; close(): Promise<void> };
}

/** A path, or a stream that takes bytes. */
export type Target = string | ByteStream;

/**
 * Writes a model: weights, architecture, optimizer state and the position of its training, in one file that every safetensors reader
 * opens. A crash while writing leaves an earlier file whole.
 *
 * @param options.preprocessing goes along: what `tabular`, `standardize` or `minMaxScale` fitted, each under a name
 * @throws ValueError for an unknown format, PlatformError where the file cannot be written
 * @example
 * const model = wg.sequential([wg.layers.dense({ units: 1, inputShape: [2] })]);
 * await save(model, "m.safetensors");
 */
export async function save(model: BaseModel, target: Target, options: SaveOptions = {}): Promise<void> {
  checkOptions("save", options, ["format", "preprocessing"]);
  if (!(model instanceof BaseModel)) {
    throw new ValueError(
      `save: model expected what wg.sequential or wg.model returns, got ${show(model)}; the model comes first`,
    );
  }
  if (target === "" || (typeof target !== "string" && typeof target?.getWriter !== "function")) {
    throw new ValueError(`save: target expected a path or a stream that takes bytes, got ${show(target)}`);
  }
  formatOf("save", target, options);
  const parts = encodeModel(model, {}, options.preprocessing);
  if (typeof target === "string") {
    await platform.writeFile(target, parts);
    return;
  }
  const writer = target.getWriter();
  for (const part of parts) await writer.write(part);
  await writer.close();
}

/**
 * Reads a model that `save` or a checkpoint wrote; it predicts at once and trains on where it was compiled. Its `preprocessing` holds
 * what was saved along with it, ready to transform data.
 *
 * @throws FormatError that names the file and the byte where it is truncated or damaged
 * @example
 * const model = wg.sequential([wg.layers.dense({ units: 1, inputShape: [2] })]);
 * await save(model, "m.safetensors");
 * const again = await load("m.safetensors");
 * again.getWeights().length; // 2
 */
export async function load(source: FileSource, options: FileOptions = {}): Promise<BaseModel> {
  checkOptions("load", options, ["format"]);
  formatOf("load", source, options);
  const { bytes, name } = await readSource("load", source);
  return decodeModel(bytes, `load: ${name}`);
}

/** What is in a file, without making a model. */
export interface Inspection {
  format: Format;
  tensors: { name: string; dtype: DType; shape: Shape }[];
  metadata: Readonly<Record<string, string>>;
  /** What `preprocessor` makes the model's preprocessing of, by name. */
  preprocessing: Readonly<Record<string, PreprocessorConfig>>;
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
export async function inspect(source: FileSource, options: FileOptions = {}): Promise<Inspection> {
  checkOptions("inspect", options, ["format"]);
  const format = formatOf("inspect", source, options);
  const { bytes, name } = await readSource("inspect", source);
  const { tensors, metadata } = decodeSafetensors(bytes, `inspect: ${name}`);
  return {
    format,
    tensors: [...tensors].map(([name, { dtype, shape }]) => ({ name, dtype, shape })),
    metadata,
    preprocessing: parseConfigs(metadata.preprocessing, `inspect: ${name}`),
  };
}

function formatOf(operation: string, place: FileSource | Target, { format }: FileOptions): Format {
  if (format !== undefined) return checkName(operation, "format", format, formats);
  const path = place !== null && typeof place === "object" && "href" in place ? place.href : place;
  if (typeof path !== "string") return "safetensors";
  const extension = /\.([a-z0-9]+)(?:[?#].*)?$/i.exec(path)?.[1]?.toLowerCase();
  if (extension && (formats as readonly string[]).includes(extension)) return extension as Format;
  throw new ValueError(
    `${operation}: file expected an extension of ${formats.map((each) => `.${each}`).join(", ")}, got ${show(path)}; rename it or pass { format }`,
  );
}
