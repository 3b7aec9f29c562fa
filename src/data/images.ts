import type { Tensor } from "../tensor/tensor.js";
import { checkBoolean, checkOptions, show } from "../util/check.js";
import { ShapeError, ValueError } from "../util/errors.js";
import { readSource, type UrlLike } from "../util/file-source.js";
import { showShape } from "../util/shapes.js";
import { Dataset } from "./dataset.js";
import { type DecodeImageOptions, decoded, decodeNames, recipeOf } from "./images/decode.js";
import { classOf, type ImageFile, type Listing, listFiles, listFolder } from "./images/files.js";
import { type Pixels, withChannels } from "./images/pixels.js";
import { PIXEL } from "./mnist.js";
import { oneHot } from "./one-hot.js";

export interface ImagesOptions extends DecodeImageOptions {
  /** Rows of [height · width · channels] rather than [height, width, channels]. Default false. */
  flatten?: boolean;
  /** Labels as float32 [classes] rather than int32 classes. Default false. */
  oneHot?: boolean;
  /**
   * The class of a file by its name below the folder, in place of the folder that it lies in; false for images without classes, wherever they
   * lie: rows of x alone. Default true.
   */
  labels?: boolean | ((file: string) => string);
  /** The classes that count, in the order of their numbers. Default: all, by their names. */
  classes?: readonly string[];
  /** Called after each image: how many so far, how many in all, the file. */
  onProgress?: (done: number, total: number, file: string) => void;
}

/** Images of class folders. */
export interface ImageFolder<Y extends Tensor | undefined = Tensor> {
  /** `x` float32 in 0 … 1 (bytes until a batch is made), `y` the class. */
  readonly dataset: Dataset<Tensor, Y>;
  /** What each class is called: as its folder, or as `labels` returned it. */
  readonly classes: readonly string[];
  /** The file of each row, below the folder. */
  readonly files: readonly string[];
  /** Other files there, which were not read. */
  readonly ignored: readonly string[];
}

/**
 * Images in class folders, `folder/class/file.png`: PNG and JPEG, decoded by fast-png and jpeg-js (which are to be installed; the one that is
 * needed). A class is a folder directly in `folder`, numbered in the order of the names; files may lie deeper. Rows come class by class, by
 * file name: shuffle before cutting parts by take and skip (`split` and `fit` do so by themselves).
 *
 * A page cannot list folders: it gives the files, as the `files` of an `<input type="file" webkitdirectory>`, as URLs, or as
 * `{ name: "class/file.png", source }`; there the class is the last folder in the name. An `<input type="file" multiple>` tells no folders: pass `labels`.
 *
 * @param source the folder's path or URL, or a list of files: an array or a `FileList`
 * @throws ShapeError that names two files where sizes differ and no `size` makes them one; FormatError that names file and byte where one is
 *   broken; PlatformError where the folder cannot be read or a decoder is not installed; ValueError for a wrong option, or where no image is
 * @example
 * // not run: needs a folder of images
 * const { dataset, classes } = await images("signs", { size: [64, 64], crop: "aspect", channels: 1 });
 * const [train, dev] = split(dataset, [0.8, 0.2], { stratify: true });
 * @example
 * // not run: needs a page
 * const input = document.querySelector("input") as HTMLInputElement;
 * const { dataset } = await images(input.files ?? [], { size: 64, labels: (file) => file.split("_")[0] as string });
 * @example
 * const { encode } = await import("fast-png");
 * const png = (grey: number) => encode({ width: 1, height: 1, channels: 1, data: Uint8Array.of(grey) });
 * const { dataset, classes } = await images([
 *   { name: "dark/1.png", source: png(0) },
 *   { name: "light/1.png", source: png(255) },
 * ]);
 * classes; // ["dark", "light"]
 * for await (const { x, y } of dataset.batch(2)) [x.shape, y.toArray()]; // [[2, 1, 1, 1], [0, 1]]
 */
export function images(
  source: string | UrlLike | ArrayLike<ImageFile>,
  options: ImagesOptions & { labels: false },
): Promise<ImageFolder<undefined>>;
export function images(source: string | UrlLike | ArrayLike<ImageFile>, options?: ImagesOptions): Promise<ImageFolder>;
export async function images(
  source: string | UrlLike | ArrayLike<ImageFile>,
  options: ImagesOptions = {},
): Promise<ImageFolder<Tensor | undefined>> {
  checkOptions("images", options, [...decodeNames, "flatten", "oneHot", "labels", "classes", "onProgress"]);
  for (const flag of ["flatten", "oneHot"] as const) checkBoolean("images", flag, options[flag] ?? false);
  const { labels: labelled = true } = options;
  if (typeof labelled !== "boolean" && typeof labelled !== "function") {
    throw new ValueError(`images: labels expected true, false or a function of a file's name, got ${show(labelled)}`);
  }
  const recipe = recipeOf("images", options);
  if (options.onProgress !== undefined && typeof options.onProgress !== "function") {
    throw new ValueError(`images: onProgress expected a function, got ${show(options.onProgress)}`);
  }
  const listed = source !== null && typeof source === "object" && "length" in source;
  const listing = listed ? listFiles(Array.from(source)) : await listFolder(folderPath(source));
  const labelOf = typeof labelled === "function" ? checkedLabels(labelled) : (name: string) => classOf(name, listed);
  const { rows, classes, labels } = labelled ? byClass(listing, labelOf, options.classes) : unlabelled(listing);
  const decodedRows: Pixels[] = [];
  for (const [i, { name, source: file }] of rows.entries()) {
    const { bytes } = await readSource("images", file);
    const image = await decoded("images", { name, bytes }, recipe);
    checkSize(decodedRows[0], image, rows[0]?.name as string, name);
    decodedRows.push(image);
    options.onProgress?.(i + 1, rows.length, name);
  }
  const x = joined(decodedRows, options.flatten ?? false);
  const y = labels && (options.oneHot ? oneHot(labels, classes.length) : labels);
  const dataset = y ? Dataset.fromArrays(x, y) : Dataset.fromArrays(x);
  return {
    dataset: dataset as Dataset<Tensor, Tensor | undefined>,
    classes,
    files: rows.map(({ name }) => name),
    ignored: listing.ignored,
  };
}

function folderPath(source: string | UrlLike): string {
  if (typeof source === "string" && source !== "") return source;
  if (source !== null && typeof source === "object" && "href" in source) return source.href;
  throw new ValueError(`images: source expected a folder's path or URL, or an array of files, got ${show(source)}`);
}

interface Labelled {
  readonly rows: Listing["files"];
  readonly classes: readonly string[];
  readonly labels: Int32Array | undefined;
}

/** A user's function. @throws ValueError where it returns no text */
function checkedLabels(labelOf: (file: string) => unknown): (name: string) => string {
  return (name) => {
    const label = labelOf(name);
    if (typeof label === "string" && label !== "") return label;
    throw new ValueError(`images: labels expected to return the class of "${name}" as a text, got ${show(label)}`);
  };
}

function byClass(
  { files, folders }: Listing,
  labelOf: (name: string) => string | undefined,
  wanted: readonly string[] | undefined,
): Labelled {
  const labelled = new Map(files.map((file) => [file, labelOf(file.name)]));
  const found = [...new Set([...folders, ...[...labelled.values()].flatMap((label) => label ?? [])])].sort();
  if (wanted !== undefined) checkClasses(wanted, found);
  const stray = files.find((file) => labelled.get(file) === undefined);
  if (stray && !wanted) {
    throw new ValueError(
      `images: source expected images in folders named by their class, got "${stray.name}" in none; pass labels: false for images without classes, or labels: (file) => "its class"`,
    );
  }
  const classes = wanted ?? found;
  const byName = classes.map((name) => files.filter((file) => labelled.get(file) === name));
  const rows = byName.flatMap((each) => [...each].sort((a, b) => (a.name < b.name ? -1 : 1)));
  if (rows.length === 0) throw noImages(classes.length > 0 ? `folders ${classes.join(", ")} with none` : "none");
  return { rows, classes, labels: Int32Array.from(byName.flatMap((each, label) => each.map(() => label))) };
}

function unlabelled({ files }: Listing): Labelled {
  if (files.length === 0) throw noImages("none");
  return { rows: [...files].sort((a, b) => (a.name < b.name ? -1 : 1)), classes: [], labels: undefined };
}

function noImages(got: string): ValueError {
  return new ValueError(
    `images: source expected .png, .jpg or .jpeg files in folders named by their class, got ${got}`,
  );
}

function checkClasses(wanted: unknown, found: readonly string[]): asserts wanted is readonly string[] {
  const texts = Array.isArray(wanted) && wanted.length > 0 && wanted.every((name) => typeof name === "string");
  if (!texts || new Set(wanted as string[]).size !== (wanted as string[]).length) {
    throw new ValueError(`images: classes expected the names of classes, each once, got ${show(wanted)}`);
  }
  const missing = (wanted as string[]).find((name) => !found.includes(name));
  if (missing !== undefined) {
    throw new ValueError(`images: classes expected some that are there (${found.join(", ")}), got "${missing}"`);
  }
}

function checkSize(first: Pixels | undefined, image: Pixels, firstName: string, name: string): void {
  if (!first || (first.height === image.height && first.width === image.width)) return;
  throw new ShapeError(
    `images: files expected images of one size, got ${showShape([first.height, first.width])} in "${firstName}" and ` +
      `${showShape([image.height, image.width])} in "${name}"; pass size: [height, width], with crop: "aspect" to keep proportions`,
  );
}

/** All images in one array of bytes; grey ones among coloured ones become RGB. */
function joined(rows: readonly Pixels[], flatten: boolean) {
  const [{ height, width }] = rows as [Pixels];
  const channels = Math.max(...rows.map((image) => image.channels)) as 1 | 3 | 4;
  const size = height * width * channels;
  const data = new Uint8Array(rows.length * size);
  rows.forEach((image, i) => {
    data.set(withChannels(image, channels).data, i * size);
  });
  return { data, shape: [rows.length, ...(flatten ? [size] : [height, width, channels])], scale: PIXEL };
}
