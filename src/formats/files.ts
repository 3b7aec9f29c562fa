import { platform } from "#platform";
import { decodeModel, encodeModel } from "../model/model-file.js";
import { decodeSafetensors } from "../model/safetensors.js";
import { Sequential } from "../model/sequential.js";
import { checkName, checkOptions, show } from "../util/check.js";
import type { DType } from "../util/dtypes.js";
import { FormatError, ValueError } from "../util/errors.js";
import type { Shape } from "../util/shapes.js";

const formats = ["safetensors"] as const;

export type Format = (typeof formats)[number];

export interface FileOptions {
  /** Default: by the file's extension. */
  format?: Format;
}

/** A path or URL, or the file's bytes. */
export type Source = string | URL | Uint8Array | ArrayBuffer | Blob;

/** A path, or a stream that takes bytes. */
export type Target = string | WritableStream<Uint8Array>;

/**
 * Writes a model: weights, architecture, optimizer state and the position of its training, in one file that every safetensors reader
 * opens. A crash while writing leaves an earlier file whole.
 *
 * @throws ValueError for an unknown format, PlatformError where the file cannot be written
 * @example
 * const model = wg.sequential([wg.layers.dense({ units: 1, inputShape: [2] })]);
 * await save(model, "m.safetensors");
 */
export async function save(model: Sequential, target: Target, options: FileOptions = {}): Promise<void> {
  checkOptions("save", options, ["format"]);
  if (!(model instanceof Sequential)) {
    throw new ValueError(`save: model expected what sequential returns, got ${show(model)}; the model comes first`);
  }
  formatOf("save", target, options);
  const parts = encodeModel(model);
  if (typeof target === "string") {
    await platform.writeFile(target, parts);
    return;
  }
  const writer = target.getWriter();
  for (const part of parts) await writer.write(part);
  await writer.close();
}

/**
 * Reads a model that `save` or a checkpoint wrote; it predicts at once and trains on where it was compiled.
 *
 * @throws FormatError that names the file and the byte where it is truncated or damaged
 * @example
 * const model = wg.sequential([wg.layers.dense({ units: 1, inputShape: [2] })]);
 * await save(model, "m.safetensors");
 * const again = await load("m.safetensors");
 * again.getWeights().length; // 2
 */
export async function load(source: Source, options: FileOptions = {}): Promise<Sequential> {
  checkOptions("load", options, ["format"]);
  formatOf("load", source, options);
  return decodeModel(await bytesOf(source), nameOf(source));
}

/** What is in a file, without making a model. */
export interface Inspection {
  format: Format;
  tensors: { name: string; dtype: DType; shape: Shape }[];
  metadata: Readonly<Record<string, string>>;
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
export async function inspect(source: Source, options: FileOptions = {}): Promise<Inspection> {
  checkOptions("inspect", options, ["format"]);
  const format = formatOf("inspect", source, options);
  const { tensors, metadata } = decodeSafetensors(await bytesOf(source), nameOf(source));
  return {
    format,
    tensors: [...tensors].map(([name, { dtype, shape }]) => ({ name, dtype, shape })),
    metadata,
  };
}

function formatOf(operation: string, place: Source | Target, { format }: FileOptions): Format {
  if (format !== undefined) return checkName(operation, "format", format, formats);
  if (typeof place !== "string" && !(place instanceof URL)) return "safetensors";
  const extension = /\.([a-z0-9]+)(?:[?#].*)?$/i.exec(String(place))?.[1]?.toLowerCase();
  if (extension && (formats as readonly string[]).includes(extension)) return extension as Format;
  throw new ValueError(
    `${operation}: file expected an extension of ${formats.map((each) => `.${each}`).join(", ")}, got ${show(String(place))}; rename it or pass { format }`,
  );
}

async function bytesOf(source: Source): Promise<Uint8Array> {
  if (typeof source === "string") return platform.readFile(source);
  if (source instanceof URL)
    return platform.readFile(source.protocol === "file:" ? decodeURIComponent(source.pathname) : source.href);
  if (source instanceof Uint8Array) return source;
  if (source instanceof ArrayBuffer) return new Uint8Array(source);
  if (source instanceof Blob) return new Uint8Array(await source.arrayBuffer());
  throw new FormatError(`load: source expected a path, a URL, bytes or a Blob, got ${show(source)}`);
}

function nameOf(source: Source): string {
  if (typeof source === "string") return source;
  if (source instanceof URL) return source.href;
  return "name" in source && typeof source.name === "string" ? source.name : "model bytes";
}
