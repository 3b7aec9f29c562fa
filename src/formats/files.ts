import { platform } from "#platform";
import { fetchFirstKernels, withKernels } from "../backend/engine.js";
import { BaseModel } from "../model/base.js";
import { fetchKernelsFor } from "../model/predict.js";
import type { Preprocessing } from "../model/preprocessing.js";
import { fetchTraining, fetchTrainingBy } from "../model/training-code.js";
import { checkBoolean, checkName, checkOptions, show } from "../util/check.js";
import { FormatError, ValueError } from "../util/errors.js";
import { type FileSource, type NamedBytes, type OnProgress, readSource } from "../util/file-source.js";
import { checkShape, type Shape } from "../util/shapes.js";
import { type Beside, type EncodedFile, type FileFormat, refuseOptions } from "./format.js";
import type { Inspection } from "./inspection.js";
import { inFolderOf, nameOf, pathOf } from "./location.js";
import { byEnding, endings, type Format, formats, registry } from "./registry.js";

export interface FileOptions {
  /** Default: by the file's extension. */
  format?: Format;
}

export interface LoadOptions extends FileOptions {
  /** Files that the model's file names, such as the external data of ONNX, by those names. Default: read from the model's own folder. */
  files?: Readonly<Record<string, FileSource>>;
  /** The weights, where they lie in a file that the model's does not name. Default: the file beside it of the same name. */
  weights?: FileSource;
  /** Told as files arrive: bytes so far, bytes in all where they are known, the file. */
  onProgress?: OnProgress;
  /**
   * Shape of a row of the model's input, by the input's name where there are several, where the file does not say it: DL4J's recurrent and
   * convolutional networks, most of MXNet's, Caffe's nets for training, TensorFlow.js's graphs for images of any size. As the model takes it here: `[steps, features]`, `[height, width, channels]`.
   */
  inputShape?: Shape | Readonly<Record<string, Shape>>;
  /**
   * Of Keras and TensorFlow.js: whether the model is compiled as its file says, with the state of its optimizer, so that training goes on. Default: as far
   * as there is an equal here; see `inspect` for what is left out. true: an error where anything would be; false: not compiled.
   */
  compile?: boolean;
}

/** How the arrays of a `.npz` file lie. */
export interface NpzOptions {
  /**
   * Of NumPy: whose list of arrays it is, `arr_0`, `arr_1`, …, as `np.savez(path, *arrays)` writes it: that of
   * `lasagne.layers.get_all_param_values`, of Theano, laid out as Lasagne's, or of Keras's `get_weights()`. Default: arrays are named
   * `layer/weight` and lie as here.
   */
  framework?: "lasagne" | "theano" | "keras";
  /** Of Lasagne and Theano: convolutions go over their kernels backwards, as is the default there. Default: true. */
  flipFilters?: boolean;
}

export interface LoadWeightsOptions extends FileOptions, NpzOptions {
  /** Of PyTorch: the modules that are meant, by the names of the layers: `{ conv2d: "features.0" }`. Default: see `loadWeights`. */
  names?: Readonly<Record<string, string>>;
}

export interface SaveOptions extends FileOptions, NpzOptions {
  /** What was fitted on the training data, each under a name: `{ x: tabular(…) }`. Default: the model's own `preprocessing`. Safetensors alone. */
  preprocessing?: Preprocessing;
  /** Of ONNX: the operator set, 9 to 20. Default: 17, which every reader of the last years knows. */
  opset?: number;
  /** Of PyTorch: what the layers are called in the file, in its order, as `loadWeights` returns it. Default: by their names, in the model's order. */
  names?: Readonly<Record<string, string>>;
  /**
   * Of Keras and TensorFlow.js: whether the file says how the model is compiled, and has the state of its optimizer. Default: where they have an equal
   * of optimizer and loss, without the metrics that they lack. true: an error that lists what they lack; false: layers and weights alone.
   */
  includeOptimizer?: boolean;
  /** Where the target is a stream and the format has several files: the streams of the others, by the names that the target's file gives them. */
  files?: (location: string) => ByteStream;
}

/** A `WritableStream` of bytes. */
export interface ByteStream {
  getWriter(): { write(bytes: Uint8Array<ArrayBuffer>): Promise<void>; close(): Promise<void> };
}

/** A path, or a stream that takes bytes; in a page `"indexeddb://name.safetensors"`, `"opfs://folder/name.onnx"` or `"downloads://name.keras"`. */
export type Target = string | ByteStream;

/**
 * Writes a model: weights, architecture, optimizer state and the position of its training, in one file that every safetensors reader
 * opens; or, as `.onnx`, what it does in inference, for all that read ONNX, with images as `[batch, channels, height, width]`; or layers and weights
 * for Keras 3, as `.keras`, for Keras 2 and 3, as `.h5`, for TensorFlow.js, as `model.json` with shards beside it, all with what they are compiled
 * with, and for Caffe, as `.prototxt` with a `.caffemodel` beside it; or weights alone: as `.pt`, or as safetensors with
 * `{ format: "pytorch" }`, a state dict of PyTorch's, as `.npz` NumPy's arrays, or the list of another framework. A crash while writing leaves an
 * earlier file whole.
 *
 * A page keeps models for its origin as `indexeddb://name.safetensors`, or as files of its own as `opfs://folder/name.safetensors`, which `load` reads and
 * `listModels` lists; `downloads://name.safetensors` is for the user. The browser may drop what it keeps when the disk is full, unless the user has
 * agreed to `navigator.storage.persist()`.
 *
 * @param options.preprocessing goes along: what `tabular`, `standardize` or `minMaxScale` fitted, each under a name
 * @throws ValueError for an unknown format, FormatError that lists the layers that the format cannot hold, PlatformError where the file cannot be
 *   written
 * @example
 * const model = wg.sequential([wg.layers.dense({ units: 1, inputShape: [2] })]);
 * await save(model, "m.safetensors");
 * await save(model, "m.onnx", { opset: 13 });
 * @example
 * const model = wg.sequential([wg.layers.dense({ units: 1, inputShape: [2] })]);
 * const parts: BlobPart[] = [];
 * await save(model, new WritableStream({ write: (part) => void parts.push(part) }), { format: "onnx" });
 * const again = await load(new Blob(parts), { format: "onnx" });
 * again.getWeights().length; // 2
 */
export async function save(model: BaseModel, target: Target, options: SaveOptions = {}): Promise<void> {
  checkOptions("save", options, [
    "format",
    "preprocessing",
    "opset",
    "names",
    "framework",
    "flipFilters",
    "includeOptimizer",
    "files",
  ]);
  checkModel("save", model);
  if (target === "" || (typeof target !== "string" && typeof target?.getWriter !== "function")) {
    throw new ValueError(`save: target expected a path or a stream that takes bytes, got ${show(target)}`);
  }
  const { format, stem, ending } = kindOf("save", target, options);
  const { save: encode, compiles } = await opened(format);
  if (options.includeOptimizer !== undefined) checkBoolean("save", "includeOptimizer", options.includeOptimizer);
  if (!compiles) refuseOptions("save", format, options, ["includeOptimizer"]);
  if (!encode) throw new ValueError(`save: format expected one that is written, got "${format}", which is read alone`);
  await write(await encode(model, options, stem, ending.toLowerCase()), target, options);
}

function checkModel(operation: string, model: unknown): void {
  if (model instanceof BaseModel) return;
  throw new ValueError(
    `${operation}: model expected what wg.sequential or wg.model returns, got ${show(model)}; the model comes first`,
  );
}

async function write(encoded: readonly EncodedFile[], target: Target, { files }: SaveOptions): Promise<void> {
  if (typeof target === "string") {
    return platform.writeFiles(
      encoded.map(({ location, parts }) => ({ path: location === "" ? target : inFolderOf(target, location), parts })),
    );
  }
  for (const { location, parts } of encoded) {
    const stream = location === "" ? target : files?.(location);
    if (!stream) {
      throw new ValueError(
        `save: files expected a function that gives the stream of ${show(location)}, which belongs to the model, got ${show(files)}; give one, or a path as target`,
      );
    }
    const writer = stream.getWriter();
    for (const part of parts) await writer.write(part as Uint8Array<ArrayBuffer>);
    await writer.close();
  }
}

/**
 * Reads a model. One that `save` or a checkpoint wrote predicts at once and trains on where it was compiled; its `preprocessing` holds what was
 * saved along with it, ready to transform data. Of Keras's `.keras` and `.h5` and TensorFlow.js's `model.json` comes a model that is compiled as there, with the state of its optimizer,
 * so that training goes on; where optimizer or loss has no equal here it is not compiled, see `compile`. Of another framework's file comes a model
 * that is not compiled. Images have their channels last, as all images here: of `.onnx`, which PyTorch and others write, and Caffe's `.prototxt` and `.caffemodel` (with the package
 * `@bufbuild/protobuf`); of `.keras` and `.h5`, of Keras 1, 2 and 3, and DL4J's `.zip` (with `fflate`); of TensorFlow.js's `model.json`, with layers or a
 * graph, and MXNet's `-symbol.json`, whose weights lie beside them.
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
  const [{ format, file, beside, code }] = await Promise.all([found("load", source, options), fetchFirstKernels()]);
  const { load: decode, compiles } = code;
  if (options.compile !== undefined) checkBoolean("load", "compile", options.compile);
  if (!compiles) refuseOptions("load", format, options, ["compile"]);
  if (!decode) {
    throw new ValueError(
      `load: ${file.name}: a file with an architecture expected, got "${format}", which has weights alone; make the model and call loadWeights(model, …)`,
    );
  }
  // Many a page only predicts. Elsewhere no code comes from far, and `compile` checks at once.
  fetchTrainingBy(() => import("../model/training.js"));
  if (platform.name !== "browser") await fetchTraining();
  const model = await held(file, () => decode(file, beside, options));
  await fetchKernelsFor(model);
  return model;
}

/**
 * Puts the weights of a file into a model that is there: all of them, or none and an error. Of PyTorch it reads
 * state dicts, `.pt`, `.pth` and safetensors: a layer is the module of its own name, else the modules follow the model's layers that have
 * weights in the order of the file; of safetensors, which are sorted by name, in that of their numbers, where shapes fit. Kernels, and
 * weights behind a flattened image, are turned; a bias that PyTorch has twice is summed.
 *
 * @returns what the file calls each layer that has weights, by the model's own names, in the order of the file: `save` takes it as `names`
 * @throws FormatError where the file is damaged, or lists all that is not of such a model; ValueError for impossible options
 * @example
 * const make = () => wg.sequential([wg.layers.dense({ units: 1, inputShape: [2] })]);
 * await save(make(), "m.safetensors");
 * await loadWeights(make(), "m.safetensors"); // { dense: "dense" }
 */
export async function loadWeights(
  model: BaseModel,
  source: FileSource,
  options: LoadWeightsOptions = {},
): Promise<Readonly<Record<string, string>>> {
  checkOptions("loadWeights", options, ["format", "names", "framework", "flipFilters"]);
  checkModel("loadWeights", model);
  const { format } = kindOf("loadWeights", source, options);
  const { loadWeights: decode } = await opened(format);
  if (!decode) throw new ValueError(`loadWeights: format expected one of weights, got "${format}"; use load`);
  const file = await named("loadWeights", source);
  return held(file, () => decode(model, file, options));
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
  const { file, beside, code } = await found("inspect", source, options);
  return held(file, () => code.inspect(file, beside));
}

/** What a reader makes of a file. @throws FormatError that names it, also where it goes beyond what the engine's stack and arrays hold */
async function held<T>({ name }: NamedBytes, read: () => Promise<T>): Promise<T> {
  try {
    return await withKernels(read);
  } catch (cause) {
    if (cause instanceof FormatError) {
      const isNamed = cause.message.startsWith(name.slice(0, name.indexOf(": ") + 2));
      throw isNamed ? cause : new FormatError(`${name}: ${cause.message}`, { cause });
    }
    // Firefox has an InternalError for a stack that is used up.
    if (!(cause instanceof RangeError || (cause instanceof Error && cause.name === "InternalError"))) throw cause;
    throw new FormatError(
      `${name}: parts as many and as deep in one another as a model has expected, got more (${cause.message})`,
      { cause },
    );
  }
}

/** The code of a format. */
const opened = (format: Format): Promise<FileFormat> => registry[format].open();

async function found(operation: string, source: FileSource, options: LoadOptions) {
  checkOptions(operation, options, ["format", "files", "weights", "inputShape", "onProgress", "compile"]);
  const { format, ending } = kindOf(operation, source, options);
  // The code comes while the file does.
  const [file, code] = await Promise.all([named(operation, source, options.onProgress), opened(format)]);
  return { format, file, code, beside: besideOf(operation, source, ending, options) };
}

/** The file, under the name that errors begin with. */
async function named(operation: string, source: FileSource, onProgress?: OnProgress): Promise<NamedBytes> {
  const { bytes, name } = await readSource(operation, source, onProgress);
  return { bytes, name: `${operation}: ${name}` };
}

function besideOf(
  operation: string,
  source: FileSource,
  ending: string,
  { files = {}, weights, inputShape, onProgress }: LoadOptions,
): Beside {
  const path = pathOf(source);
  return {
    async file(location) {
      const given = Object.hasOwn(files, location) ? files[location] : undefined;
      if (given !== undefined) return named(operation, given, onProgress);
      if (path !== undefined) return named(operation, inFolderOf(path, location), onProgress);
      throw new ValueError(
        `${operation}: files expected ${show(location)}, which the model's file names, got ${show(Object.keys(files))}; pass { files: { ${show(location)}: … } }`,
      );
    },
    shapeOf(input, hint) {
      const given = Array.isArray(inputShape) ? inputShape : (inputShape as Readonly<Record<string, Shape>>)?.[input];
      if (given === undefined) {
        throw new ValueError(
          `${operation}: inputShape expected the shape of a row of input ${show(input)}, ${hint}, which the file does not hold, got ${show(inputShape)}; pass { inputShape: ${hint} }`,
        );
      }
      checkShape(operation, given, "inputShape");
      return given;
    },
    async weights(wanted) {
      if (weights !== undefined) return named(operation, weights, onProgress);
      if (path !== undefined)
        return named(operation, `${path.slice(0, path.length - ending.length)}${wanted}`, onProgress);
      throw new ValueError(
        `${operation}: weights expected a path, a URL, bytes or a Blob, got undefined; the model's file does not hold them`,
      );
    },
  };
}

/** The format, and what is in front of the ending that says so. */
function kindOf(operation: string, place: FileSource | Target, options: FileOptions) {
  const path = pathOf(place);
  const name = path ?? nameOf(place);
  const known = name === undefined ? undefined : byEnding(name);
  const ending = known?.ending ?? /\.[^./\\]*$/.exec(name ?? "")?.[0] ?? "";
  const stem = name === undefined ? "model" : name.slice(0, name.length - ending.length).replace(/^.*[/\\]/, "");
  if (options.format !== undefined) {
    return { format: checkName(operation, "format", options.format, formats), ending, stem };
  }
  if (known) return { format: known.format, ending, stem };
  if (path === undefined) return { format: "safetensors" as const, ending, stem };
  throw new ValueError(
    `${operation}: file expected an extension of ${endings.join(", ")}, got ${show(path)}; rename it or pass { format }`,
  );
}
