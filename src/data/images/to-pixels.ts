import { show } from "../../util/check.js";
import { PlatformError, ShapeError, ValueError } from "../../util/errors.js";
import { type HostArray, hostDType } from "../../util/host-array.js";
import { showShape } from "../../util/shapes.js";
import { type DataArray, toHost } from "../arrays.js";

/** A canvas, on the page or not. */
export interface CanvasLike {
  width: number;
  height: number;
  getContext(kind: "2d"): unknown;
}

/**
 * A tensor as the bytes of an `ImageData`, red, green, blue and alpha of each pixel: `new ImageData(toPixels(image), width)`. Floats are 0 to 1,
 * integers 0 to 255. The way back of `fromPixels`, with and without `scale: 1 / 255`.
 *
 * @param image [height, width], [height, width, 1] (grey), [height, width, 3] (RGB) or [height, width, 4] (RGBA)
 * @param canvas is drawn on, and takes the image's size. Default: none
 * @throws ShapeError for another shape, ValueError for a number out of its range, PlatformError for a canvas that is in use for other than 2d
 * @see TensorFlow.js, tf.browser.toPixels
 * @example
 * Array.from(toPixels([[0, 1]])); // [0, 0, 0, 255, 255, 255, 255, 255]
 */
export function toPixels(image: DataArray, canvas?: CanvasLike): Uint8ClampedArray<ArrayBuffer> {
  const { shape, ...host } = toHost("toPixels", "image", image);
  const [height, width, channels = 1] = shape as [number, number, number?];
  if (shape.length < 2 || shape.length > 3 || ![1, 3, 4].includes(channels) || height * width === 0) {
    throw new ShapeError(
      `toPixels: image expected [height, width] or [height, width, channels] of 1, 3 or 4 channels, got ${showShape(shape)}; ` +
        "of a batch take one row",
    );
  }
  const bytes = bytesOf({ shape, ...host });
  const pixels = new Uint8ClampedArray(4 * height * width).fill(255);
  for (let i = 0; i < height * width; i++) {
    for (let c = 0; c < Math.max(channels, 3); c++) {
      pixels[4 * i + c] = bytes[channels === 1 ? i : channels * i + c] as number;
    }
  }
  if (canvas !== undefined) draw(pixels, canvas, height, width);
  return pixels;
}

/** @throws ValueError where a number is no colour */
function bytesOf(array: HostArray): Uint8Array {
  const { data } = array;
  const dtype = hostDType(array);
  const most = dtype.startsWith("float") || dtype === "bool" ? 1 : 255;
  const out = new Uint8Array(data.length);
  for (let i = 0; i < data.length; i++) {
    const value = data[i] as number;
    if (!(value >= 0 && value <= most)) {
      throw new ValueError(
        `toPixels: image expected numbers of 0 to ${most}, as ${dtype} has them, got ${value} at element ${i}; clip or scale it`,
      );
    }
    out[i] = Math.round((value * 255) / most);
  }
  return out;
}

function draw(pixels: Uint8ClampedArray, canvas: CanvasLike, height: number, width: number): void {
  if (typeof canvas?.getContext !== "function") {
    throw new ValueError(`toPixels: canvas expected a canvas to draw on, got ${show(canvas)}`);
  }
  const context = canvas.getContext("2d") as CanvasRenderingContext2D | null;
  if (!context) {
    throw new PlatformError(
      "toPixels: canvas expected one to draw on in 2d, got one that is in use otherwise; take a new one",
    );
  }
  canvas.width = width;
  canvas.height = height;
  const shown = context.createImageData(width, height);
  shown.data.set(pixels);
  context.putImageData(shown, 0, 0);
}
