import type { Images } from "../../protocol.js";
import { css, type Rgb } from "../palette.js";

/** The images side by side in one, `columns` to a row, each in a cell that is wider and higher by so many pixels. */
export function sprite(
  { side }: Images,
  pixels: Uint8Array,
  columns: number,
  ink: Rgb,
  gap: readonly [x: number, y: number] = [0, 0],
): HTMLCanvasElement {
  const count = pixels.length / (side * side);
  const [width, height] = [side + gap[0], side + gap[1]];
  const canvas = document.createElement("canvas");
  canvas.width = Math.max(1, columns * width);
  canvas.height = Math.max(1, Math.ceil(count / columns) * height);
  const context = canvas.getContext("2d") as CanvasRenderingContext2D;
  context.fillStyle = css(ink);
  const image = context.createImageData(side, side);
  for (let i = 0; i < count; i++) {
    for (let pixel = 0; pixel < side * side; pixel++) {
      image.data.set(ink, 4 * pixel);
      image.data[4 * pixel + 3] = pixels[i * side * side + pixel] as number;
    }
    context.putImageData(image, (i % columns) * width + gap[0] / 2, Math.floor(i / columns) * height);
  }
  return canvas;
}

const urls = new WeakMap<Uint8Array, Map<string, string>>();

/** The same as a data URL. It is kept: what it shows stays the same as the network learns. */
export function spriteUrl(
  images: Images,
  pixels: Uint8Array,
  columns: number,
  ink: Rgb,
  gap: readonly [x: number, y: number],
): string {
  const known = urls.get(pixels) ?? new Map<string, string>();
  urls.set(pixels, known);
  const key = [columns, ...ink].join();
  const url = known.get(key) ?? sprite(images, pixels, columns, ink, gap).toDataURL();
  known.set(key, url);
  return url;
}

export const inkOf = (dark: boolean): Rgb => (dark ? [238, 241, 246] : [23, 27, 34]);
