import { checkName, checkNumber, checkOptions, show } from "../../util/check.js";
import { FormatError, ShapeError, ValueError } from "../../util/errors.js";
import { type FileSource, type NamedBytes, readSource } from "../../util/file-source.js";
import type { HostArray } from "../../util/host-array.js";
import { showShape } from "../../util/shapes.js";
import { decodeJpeg, isJpeg } from "./jpeg.js";
import { aspectBox, type Box, type Channels, cropped, type Pixels, withChannels } from "./pixels.js";
import { decodePng, isPng } from "./png.js";
import { type Interpolation, resized } from "./resize.js";

export interface DecodeImageOptions {
  /** Another size: a number for both sides, or [height, width]. Default: that of the file. */
  size?: number | readonly [height: number, width: number];
  /** How: `"bilinear"` (default; smoothed where an image shrinks) or `"nearest"`. */
  interpolation?: "bilinear" | "nearest";
  /**
   * What is cut out before it is resized: `"aspect"`, the largest part in the middle with the proportions of `size`; [height, width] in the
   * middle; or a box in pixels. Default: nothing.
   */
  crop?:
    | "aspect"
    | readonly [height: number, width: number]
    | { readonly top: number; readonly left: number; readonly height: number; readonly width: number };
  /** 1: grey, by 0.299 R + 0.587 G + 0.114 B; 3: RGB; 4: RGBA. Default: 1 for grey files, else 3. */
  channels?: 1 | 3 | 4;
  /** Grey or [red, green, blue], 0 to 255, below what is transparent. Default: alpha is dropped. */
  background?: number | readonly [number, number, number];
}

export const decodeNames = ["size", "interpolation", "crop", "channels", "background"] as const;

/**
 * A PNG or JPEG image (by fast-png or jpeg-js, which are to be installed) as bytes [height, width, channels]. Photographs are turned upright
 * by the orientation that the camera noted; samples of 16 bits become bytes.
 *
 * @param source a path, a URL, the bytes of a file, a Blob or a File
 * @throws FormatError that names file and byte where it is broken, ShapeError where a crop is larger than the image, PlatformError where it
 *   cannot be read or the decoder is not installed, ValueError for a wrong option
 * @example
 * const { encode } = await import("fast-png");
 * const png = encode({ width: 2, height: 1, channels: 3, data: Uint8Array.of(255, 0, 0, 9, 9, 9) });
 * (await decodeImage(png)).shape; // [1, 2, 3]
 * (await decodeImage(png, { channels: 1 })).data; // [76, 9]
 */
export async function decodeImage(source: FileSource, options: DecodeImageOptions = {}): Promise<HostArray> {
  checkOptions("decodeImage", options, decodeNames);
  const recipe = recipeOf("decodeImage", options);
  const { data, height, width, channels } = await decoded(
    "decodeImage",
    await readSource("decodeImage", source),
    recipe,
  );
  return { data, shape: [height, width, channels] };
}

/** Options, checked. */
export interface Recipe {
  readonly size: readonly [number, number] | undefined;
  readonly interpolation: Interpolation;
  readonly crop: "aspect" | readonly [number, number] | Box | undefined;
  readonly channels: Channels | undefined;
  readonly background: readonly [number, number, number] | undefined;
}

/** @throws ValueError */
export function recipeOf(operation: string, options: DecodeImageOptions): Recipe {
  const { size, crop, channels, background } = options;
  if (channels !== undefined && ![1, 3, 4].includes(channels)) {
    throw new ValueError(`${operation}: channels expected 1 (grey), 3 (RGB) or 4 (RGBA), got ${show(channels)}`);
  }
  const sides =
    size === undefined ? undefined : pair(operation, "size", typeof size === "number" ? [size, size] : size);
  if (crop === "aspect" && !sides) {
    throw new ValueError(`${operation}: crop "aspect" expected a size whose proportions to take, got none`);
  }
  return {
    size: sides,
    interpolation: checkName(operation, "interpolation", options.interpolation ?? "bilinear", ["bilinear", "nearest"]),
    crop: cropOf(operation, crop),
    channels,
    background: background === undefined ? undefined : colorOf(operation, background),
  };
}

function pair(operation: string, name: string, value: unknown): readonly [number, number] {
  if (!Array.isArray(value) || value.length !== 2) {
    throw new ValueError(`${operation}: ${name} expected [height, width] in pixels, got ${show(value)}`);
  }
  value.forEach((side, i) => checkNumber(operation, `${name}[${i}]`, side, { min: 1, max: 65536, whole: true }));
  return value as unknown as readonly [number, number];
}

function cropOf(operation: string, crop: DecodeImageOptions["crop"]): Recipe["crop"] {
  if (crop === undefined || crop === "aspect") return crop;
  if (typeof crop === "string" || typeof crop !== "object" || crop === null) {
    throw new ValueError(
      `${operation}: crop expected "aspect", [height, width] or { top, left, height, width }, got ${show(crop)}`,
    );
  }
  if (Array.isArray(crop)) return pair(operation, "crop", crop);
  const box = crop as Box;
  checkOptions(operation, box, ["top", "left", "height", "width"], true);
  for (const name of ["top", "left"] as const) {
    checkNumber(operation, `crop.${name}`, box[name], { min: 0, whole: true });
  }
  for (const name of ["height", "width"] as const) {
    checkNumber(operation, `crop.${name}`, box[name], { min: 1, whole: true });
  }
  return box;
}

function colorOf(operation: string, background: unknown): readonly [number, number, number] {
  const color = typeof background === "number" ? [background, background, background] : background;
  const ok =
    Array.isArray(color) && color.length === 3 && color.every((v) => Number.isInteger(v) && v >= 0 && v <= 255);
  if (!ok) {
    throw new ValueError(`${operation}: background expected 0 to 255 or three of these, got ${show(background)}`);
  }
  return color as unknown as readonly [number, number, number];
}

/** A file as its recipe wants it. @throws FormatError, ShapeError */
export async function decoded(operation: string, file: NamedBytes, recipe: Recipe): Promise<Pixels> {
  const { bytes, name } = file;
  let raw: Pixels;
  if (isPng(bytes)) raw = await decodePng(operation, file);
  else if (isJpeg(bytes)) raw = await decodeJpeg(operation, file);
  else {
    const start = Array.from(bytes.subarray(0, 4), (byte) => byte.toString(16).padStart(2, "0")).join(" ");
    throw new FormatError(
      `${operation}: file "${name}" expected a PNG or JPEG image, got ${start || "nothing"} at byte 0; convert it first`,
    );
  }
  return prepared(operation, `file "${name}"`, raw, recipe);
}

/** Pixels as a recipe wants them. @throws ShapeError */
export function prepared(operation: string, what: string, raw: Pixels, recipe: Recipe): Pixels {
  const image = withChannels(raw, recipe.channels, recipe.background);
  const part = cropped(image, boxOf(operation, what, image, recipe));
  return recipe.size ? resized(part, ...recipe.size, recipe.interpolation) : part;
}

function boxOf(operation: string, what: string, image: Pixels, { crop, size }: Recipe): Box {
  const { height: h, width: w } = image;
  if (crop === undefined) return { top: 0, left: 0, height: h, width: w };
  if (crop === "aspect") return aspectBox(image, size as readonly [number, number]);
  const box =
    "top" in crop ? crop : { top: (h - crop[0]) >> 1, left: (w - crop[1]) >> 1, height: crop[0], width: crop[1] };
  const { top, left, height, width } = box;
  if (top < 0 || left < 0 || top + height > h || left + width > w) {
    throw new ShapeError(
      `${operation}: crop expected a box within the ${showShape([h, w])} pixels of ${what}, got ${height} × ${width} at ${showShape([top, left])}`,
    );
  }
  return box;
}
