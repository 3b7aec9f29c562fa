import { type Tensor, tensor } from "../../tensor/tensor.js";
import { checkNumber, checkOptions, show } from "../../util/check.js";
import { PlatformError, ShapeError, StateError, ValueError } from "../../util/errors.js";
import { type DecodeImageOptions, decodeNames, prepared, recipeOf } from "./decode.js";
import type { Pixels } from "./pixels.js";

/** An `ImageData`, or an object like it: red, green, blue and alpha of each pixel, row by row. */
export interface PixelData {
  readonly data: Uint8Array | Uint8ClampedArray;
  readonly width: number;
  readonly height: number;
}

/** What a page has pictures in, named by its shape so that the types need no browser's. */
export type PixelSource =
  | PixelData
  /** A canvas, on the page or not. */
  | { readonly width: number; readonly height: number; getContext(kind: "2d"): unknown }
  /** An `ImageBitmap`. */
  | { readonly width: number; readonly height: number; close(): void }
  /** An image of the page. */
  | { readonly naturalWidth: number; readonly naturalHeight: number; readonly complete: boolean }
  /** A video, such as that of a camera. */
  | { readonly videoWidth: number; readonly videoHeight: number; readonly readyState: number }
  /** A `VideoFrame`. */
  | { readonly displayWidth: number; readonly displayHeight: number; close(): void };

export interface FromPixelsOptions extends Omit<DecodeImageOptions, "channels"> {
  /** Values times this, as float32: `1 / 255` for 0 to 1. Default: 0 to 255 as int32. */
  scale?: number;
}

/**
 * The pixels of a picture in a page: an `ImageData`, a canvas, an image, a video's present frame, an `ImageBitmap`.
 *
 * Of an `ImageData` the numbers are the same in every browser. All else is drawn into a canvas first, which multiplies colours by their alpha and
 * divides them again: they change where a pixel is transparent, by more the more it is; browsers turn videos and photographs with a colour profile into
 * RGB each in its own way; and one that resists fingerprinting adds noise. Other than in TensorFlow.js one channel is grey, not red alone.
 *
 * @param numChannels 1: grey, by 0.299 R + 0.587 G + 0.114 B; 3: RGB, without alpha; 4: RGBA. Default 3
 * @returns [height, width, numChannels], int32 or with `scale` float32
 * @throws StateError for a video without a frame, or an image that has not arrived; ShapeError where there is no pixel, or a crop is larger than the
 *   picture; PlatformError where the page may not read it, being of another origin, or there is no canvas; ValueError for a wrong option
 * @see TensorFlow.js, tf.browser.fromPixels
 * @example
 * const image = { data: Uint8Array.of(255, 0, 0, 255, 0, 0, 255, 255), width: 2, height: 1 };
 * fromPixels(image).toArray(); // [[[255, 0, 0], [0, 0, 255]]]
 * fromPixels(image, 1, { scale: 1 / 255 }).shape; // [1, 2, 1]
 * @example
 * // not run: needs a camera
 * const video = document.querySelector("video") as HTMLVideoElement;
 * const frames: { x: wg.Tensor; y: number }[] = [];
 * const collect = (y: number) => frames.push({ x: fromPixels(video, 3, { size: 64, crop: "aspect", scale: 1 / 255 }), y });
 * const dataset = Dataset.fromGenerator(() => frames).cache();
 */
export function fromPixels(pixels: PixelSource, numChannels: 1 | 3 | 4 = 3, options: FromPixelsOptions = {}): Tensor {
  const { scale, ...arranging } = options ?? {};
  checkOptions("fromPixels", options, [...decodeNames.filter((name) => name !== "channels"), "scale"], true);
  if (![1, 3, 4].includes(numChannels)) {
    throw new ValueError(`fromPixels: numChannels expected 1 (grey), 3 (RGB) or 4 (RGBA), got ${show(numChannels)}`);
  }
  if (scale !== undefined) checkNumber("fromPixels", "scale", scale);
  const recipe = recipeOf("fromPixels", { ...arranging, channels: numChannels });
  const { data, height, width, channels } = prepared("fromPixels", "the picture", pixelsOf(pixels), recipe);
  const values = scale === undefined ? Int32Array.from(data) : Float32Array.from(data, (value) => value * scale);
  return tensor(values, [height, width, channels]);
}

const RGBA = 4;

function pixelsOf(source: unknown): Pixels {
  if (source !== null && typeof source === "object") {
    const found = source as Partial<Record<string, unknown>>;
    if ("data" in found) return givenPixels(found as unknown as PixelData);
    if ("videoWidth" in found) return drawn(source, "a video", found.videoHeight, found.videoWidth, found.readyState);
    if ("naturalWidth" in found)
      return drawn(source, "an image", found.naturalHeight, found.naturalWidth, found.complete);
    if ("displayWidth" in found) return drawn(source, "a frame", found.displayHeight, found.displayWidth);
    if ("getContext" in found) return drawn(source, "a canvas", found.height, found.width);
    if ("close" in found) return drawn(source, "an ImageBitmap", found.height, found.width);
  }
  throw new ValueError(
    `fromPixels: pixels expected an ImageData, a canvas, an image, a video, an ImageBitmap or { data, width, height }, got ${show(source)}`,
  );
}

function givenPixels({ data, width, height }: PixelData): Pixels {
  if (!(data instanceof Uint8Array || data instanceof Uint8ClampedArray)) {
    throw new ValueError(`fromPixels: pixels.data expected a Uint8ClampedArray or a Uint8Array, got ${show(data)}`);
  }
  checkNumber("fromPixels", "pixels.width", width, { min: 1, whole: true });
  checkNumber("fromPixels", "pixels.height", height, { min: 1, whole: true });
  if (data.length !== RGBA * width * height) {
    throw new ShapeError(
      `fromPixels: pixels.data expected ${RGBA * width * height} bytes, red, green, blue and alpha of ${height} × ${width} pixels, got ${data.length}`,
    );
  }
  return { data: new Uint8Array(data.buffer, data.byteOffset, data.length), height, width, channels: RGBA };
}

const HAVE_CURRENT_DATA = 2;

const remedies: Readonly<Record<string, string>> = {
  "a video": 'await its "loadeddata" event after play()',
  "an image": "await image.decode(), which also tells whether it can be had",
  "a canvas": "set its width and height, and draw on it",
};

/** @param state of a video `readyState`, of an image `complete` */
function drawn(source: unknown, what: string, height: unknown, width: unknown, state: unknown = true): Pixels {
  const isReady = typeof state === "number" ? state >= HAVE_CURRENT_DATA : state === true;
  const remedy = remedies[what] ?? "one that was closed has none";
  if (!isReady) throw new StateError(`fromPixels: pixels expected ${what} that has arrived, got none yet; ${remedy}`);
  if (!(Number(width) > 0 && Number(height) > 0)) {
    throw new ShapeError(
      `fromPixels: pixels expected ${what} of at least one pixel, got ${show(height)} × ${show(width)}; ${remedy}`,
    );
  }
  if (typeof OffscreenCanvas === "undefined") {
    throw new PlatformError(
      `fromPixels: pixels expected { data, width, height } where there is no canvas to draw ${what} into, got ${show(source)}`,
    );
  }
  return { ...readable(source as CanvasImageSource, what, Number(height), Number(width)), channels: RGBA };
}

/** @throws PlatformError for a picture of another origin */
function readable(source: CanvasImageSource, what: string, height: number, width: number): Omit<Pixels, "channels"> {
  const context = new OffscreenCanvas(width, height).getContext("2d", { willReadFrequently: true });
  try {
    if (!context) throw new Error("the browser makes no canvas of this size");
    context.drawImage(source, 0, 0, width, height);
    const { data } = context.getImageData(0, 0, width, height);
    return { data: new Uint8Array(data.buffer, data.byteOffset, data.length), height, width };
  } catch (cause) {
    const { name, message } = cause as Error;
    const remedy =
      name === "SecurityError"
        ? 'one of another origin is read where its server allows it (CORS) and the element says crossOrigin = "anonymous" before its src'
        : "draw it on a smaller canvas";
    throw new PlatformError(
      `fromPixels: pixels expected ${what} that the page may read, got ${name}: ${message}; ${remedy}`,
      { cause },
    );
  }
}
