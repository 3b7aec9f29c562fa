import { platform } from "#platform";
import type { Tensor } from "../tensor/tensor.js";
import { checkBoolean, checkOptions, show } from "../util/check.js";
import { FormatError, PlatformError, ValueError } from "../util/errors.js";
import type { HostArray } from "../util/host-array.js";
import { sameShape, showShape } from "../util/shapes.js";
import { Dataset } from "./dataset.js";
import { download, isWhole, type KnownFile, type Progress } from "./download.js";
import { parseIdx } from "./idx.js";
import { oneHot } from "./one-hot.js";
import { gunzip, isGzip } from "./read.js";

export interface MnistOptions {
  /** A folder (in a page: its URL) with the four files in it or in its `mnist` or `fashion-mnist`; looked at before all others. */
  dir?: string;
  /** Rows of [784] rather than [28, 28, 1]. Default false. */
  flatten?: boolean;
  /** Labels as float32 [10] rather than int32 classes. Default false. */
  oneHot?: boolean;
  /** Whether files that are not found may be fetched. Default true. */
  download?: boolean;
  /** Called while they are fetched: bytes of all files so far, bytes in all, the file. */
  onProgress?: Progress;
  /** Folders as URLs to fetch from, in place of the public ones. */
  mirrors?: readonly string[];
}

/** Images with their classes, split as published. */
export interface ImageClasses {
  /** 60,000 rows: `x` float32 in 0 … 1, `y` an int32 class. */
  readonly train: Dataset<Tensor, Tensor>;
  /** 10,000 rows. */
  readonly test: Dataset<Tensor, Tensor>;
  /** What each class is called. */
  readonly classes: readonly string[];
  /** The folder or the server that the files came from. */
  readonly source: string;
}

/** One of the data sets in this form. */
interface Published {
  readonly operation: string;
  readonly folder: string;
  readonly classes: readonly string[];
  readonly files: readonly KnownFile[];
  readonly mirrors: readonly string[];
}

const SIDE = 28;

/**
 * MNIST: 70,000 grey images of handwritten digits, 28 × 28, 60,000 to train and 10,000 to test with (LeCun, Cortes, Burges).
 *
 * Looked for in `dir`, `$WASMGRAD_DATA`, `../shared/data` and the user's cache folder, each with the files in it or in its `mnist`; else
 * fetched (11.6 MB), checked, and kept in that cache folder. The images stay bytes in memory (47 MB) and become float32 batch by batch.
 *
 * @throws PlatformError where the files are nowhere and cannot be fetched, FormatError where one is not what it should be, ValueError for
 *   an unknown option
 * @example
 * // not run: fetches 11.6 MB where the files are not there
 * const { train, test } = await mnist({ flatten: true });
 * train.size; // 60000
 */
export function mnist(options: MnistOptions = {}): Promise<ImageClasses> {
  return load(MNIST, options);
}

/**
 * Fashion-MNIST: 70,000 grey images of clothes in the form of MNIST (Xiao, Rasul, Vollgraf; 2017). Options and places as `mnist`, with
 * `fashion-mnist` as the folder; 30.9 MB where fetched.
 *
 * @throws as `mnist`
 * @example
 * // not run: fetches its files where they are not there
 * (await fashionMnist()).classes[0]; // "T-shirt/top"
 */
export function fashionMnist(options: MnistOptions = {}): Promise<ImageClasses> {
  return load(FASHION_MNIST, options);
}

function isTexts(value: unknown): boolean {
  return Array.isArray(value) && value.every((each) => typeof each === "string");
}

async function load(published: Published, options: MnistOptions): Promise<ImageClasses> {
  const { operation, classes } = published;
  checkOptions(operation, options, ["dir", "flatten", "oneHot", "download", "onProgress", "mirrors"]);
  for (const flag of ["flatten", "oneHot", "download"] as const) checkBoolean(operation, flag, options[flag] ?? false);
  if (options.onProgress !== undefined && typeof options.onProgress !== "function") {
    throw new ValueError(`${operation}: onProgress expected a function, got ${show(options.onProgress)}`);
  }
  if (options.mirrors !== undefined && !isTexts(options.mirrors)) {
    throw new ValueError(`${operation}: mirrors expected an array of URLs as texts, got ${show(options.mirrors)}`);
  }
  if (options.dir !== undefined && typeof options.dir !== "string") {
    throw new ValueError(`${operation}: dir expected a folder's path, got ${show(options.dir)}`);
  }
  const { files, source } = (await findFiles(published, options.dir)) ?? (await fetchFiles(published, options));
  const [trainImages, trainLabels, testImages, testLabels] = await Promise.all(
    files.map(async (file) => {
      const bytes = isGzip(file.bytes) ? await gunzip(operation, file) : file.bytes;
      return { name: file.name, array: parseIdx(file.name, bytes) };
    }),
  );
  const dataset = (images: NamedArray | undefined, labels: NamedArray | undefined) =>
    datasetOf(published, images as NamedArray, labels as NamedArray, options);
  return { train: dataset(trainImages, trainLabels), test: dataset(testImages, testLabels), classes, source };
}

interface NamedArray {
  readonly name: string;
  readonly array: HostArray;
}

/** Bytes of an image become 0 … 1. */
export const PIXEL = 1 / 255;

function datasetOf(
  { operation, classes }: Published,
  images: NamedArray,
  labels: NamedArray,
  options: MnistOptions,
): Dataset<Tensor, Tensor> {
  const [count, ...row] = images.array.shape;
  if (!sameShape(row, [SIDE, SIDE]) || !(images.array.data instanceof Uint8Array)) {
    throw new FormatError(
      `${operation}: file "${images.name}" expected bytes of shape [count, ${SIDE}, ${SIDE}], got ${showShape(images.array.shape)}`,
    );
  }
  if (!sameShape(labels.array.shape, [count as number])) {
    throw new FormatError(
      `${operation}: file "${labels.name}" expected ${count} labels for the images of "${images.name}", got ${showShape(labels.array.shape)}`,
    );
  }
  const wrong = labels.array.data.findIndex((label) => label >= classes.length);
  if (wrong >= 0) {
    throw new FormatError(
      `${operation}: file "${labels.name}" expected labels 0 to ${classes.length - 1}, got ${labels.array.data[wrong]} in row ${wrong}`,
    );
  }
  return imageDataset(images.array.data, labels.array.data, classes.length, options);
}

/** Images of 28 × 28 bytes with their classes, in the form that the options ask for. */
export function imageDataset(
  images: Uint8Array,
  labels: ArrayLike<number>,
  classes: number,
  options: { flatten?: boolean | undefined; oneHot?: boolean | undefined },
): Dataset<Tensor, Tensor> {
  const shape = options.flatten ? [labels.length, SIDE * SIDE] : [labels.length, SIDE, SIDE, 1];
  const y = Int32Array.from(labels);
  return Dataset.fromArrays({ data: images, shape, scale: PIXEL }, options.oneHot ? oneHot(y, classes) : y);
}

interface Found {
  readonly files: readonly { readonly name: string; readonly bytes: Uint8Array }[];
  readonly source: string;
}

/** The first place that has all four files. */
async function findFiles(published: Published, dir: string | undefined): Promise<Found | undefined> {
  const cache = cacheOf(published);
  for (const place of placesFor(published, dir)) {
    for (const folder of place === cache ? [cache] : [`${place}/${published.folder}`, place]) {
      const paths = await Promise.all(published.files.map((file) => existing(folder, file.name)));
      if (!paths.every((path) => path !== undefined)) continue;
      const files = await Promise.all(paths.map(async (name) => ({ name, bytes: await platform.readFile(name) })));
      if (folder === cache && !(await allWhole(files, published.files))) continue;
      if (isOther(files, published)) continue;
      return { files, source: folder };
    }
  }
  return undefined;
}

/** Folders to look in, the most particular first. */
function placesFor(published: Published, dir: string | undefined): string[] {
  const near = platform.name === "node" ? "../shared/data" : undefined;
  const places = [dir, platform.env("WASMGRAD_DATA"), near, cacheOf(published)];
  return places.filter((place) => place !== undefined).map((place) => place.replace(/[\\/]+$/, ""));
}

function cacheOf(published: Published): string | undefined {
  const folder = platform.cacheFolder();
  return folder === undefined ? undefined : `${folder}/wasmgrad/${published.folder}`;
}

/** The path of a file, packed or unpacked. */
async function existing(folder: string, name: string): Promise<string | undefined> {
  for (const path of [`${folder}/${name}`, `${folder}/${name.replace(/\.gz$/, "")}`]) {
    if (await platform.exists(path)) return path;
  }
  return undefined;
}

/** MNIST and Fashion-MNIST have the same file names: the sizes tell which one lies in a folder of any name. */
function isOther(files: Found["files"], published: Published): boolean {
  return [MNIST, FASHION_MNIST].some(
    (other) => other !== published && files.every(({ bytes }, i) => bytes.length === other.files[i]?.bytes),
  );
}

async function allWhole(files: Found["files"], known: readonly KnownFile[]): Promise<boolean> {
  const whole = await Promise.all(files.map(({ bytes }, i) => isWhole(bytes, known[i] as KnownFile)));
  return whole.every(Boolean);
}

/** Fetches what the cache folder does not hold whole, and puts it there. */
async function fetchFiles(published: Published, options: MnistOptions): Promise<Found> {
  const { operation, files: known } = published;
  const places = placesFor(published, options.dir).join(", ");
  const remedy = `put ${known.map((file) => file.name).join(", ")} into a folder and name it by dir or $WASMGRAD_DATA`;
  if (options.download === false) {
    throw new PlatformError(`${operation}: no data in ${places}, and download is false; ${remedy}`);
  }
  const mirrors = (options.mirrors ?? published.mirrors).map((mirror) => mirror.replace(/\/*$/, "/"));
  const cache = cacheOf(published);
  const total = known.reduce((sum, file) => sum + file.bytes, 0);
  const files: { name: string; bytes: Uint8Array }[] = [];
  let before = 0;
  for (const file of known) {
    const path = cache && `${cache}/${file.name}`;
    let bytes = path && (await platform.exists(path)) ? await platform.readFile(path) : undefined;
    if (!bytes || !(await isWhole(bytes, file))) {
      bytes = await download(operation, file, mirrors, (received) =>
        options.onProgress?.(before + received, total, file.name),
      ).catch((cause: Error) => {
        throw new PlatformError(`${cause.message}, and there is no data in ${places}; ${remedy}`, { cause });
      });
      if (path) await platform.writeFiles([{ path, parts: [bytes] }]);
    }
    files.push({ name: path ?? file.name, bytes });
    before += file.bytes;
    options.onProgress?.(before, total, file.name);
  }
  return { files, source: cache ?? (mirrors[0] as string) };
}

function knownFiles(...rows: [bytes: number, sha256: string][]): KnownFile[] {
  const names = ["train-images-idx3", "train-labels-idx1", "t10k-images-idx3", "t10k-labels-idx1"];
  return rows.map(([bytes, sha256], i) => ({ name: `${names[i]}-ubyte.gz`, bytes, sha256 }));
}

const MNIST: Published = {
  operation: "mnist",
  folder: "mnist",
  classes: ["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"],
  files: knownFiles(
    [9912422, "440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609"],
    [28881, "3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c"],
    [1648877, "8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6"],
    [4542, "f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6"],
  ),
  mirrors: ["https://ossci-datasets.s3.amazonaws.com/mnist/", "https://storage.googleapis.com/cvdf-datasets/mnist/"],
};

const FASHION_MNIST: Published = {
  operation: "fashionMnist",
  folder: "fashion-mnist",
  classes: ["T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot"],
  files: knownFiles(
    [26421880, "3aede38d61863908ad78613f6a32ed271626dd12800ba2636569512369268a84"],
    [29515, "a04f17134ac03560a47e3764e11b92fc97de4d1bfaf8ba1a3aa29af54cc90845"],
    [4422102, "346e55b948d973a97e58d2351dde16a484bd415d4595297633bb08f03db6a073"],
    [5148, "67da17c76eaffca5446c3361aaab5c3cd6d1c2608764d35dfb1850b086bf8dd5"],
  ),
  mirrors: [
    "https://raw.githubusercontent.com/zalandoresearch/fashion-mnist/master/data/fashion/",
    "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/",
  ],
};
