import type { BaseModel } from "wasmgrad";
import { load } from "wasmgrad/formats";

const SIDE = 28;
/** MNIST's digits are scaled to a box of this side, and their centre of mass put into the middle of the image. */
const BOX = 20;

/** Names drawn digits by a model that `npm start` has saved. It is read when the first one is drawn. */
export function recognizer(bytes: () => Promise<Uint8Array>): (pixels: Float32Array) => Promise<Float32Array> {
  let model: Promise<BaseModel> | undefined;
  return async (pixels) => {
    model ??= bytes().then((file) => load(file));
    try {
      const loaded = await model;
      const drawn = { data: asMnist(pixels), shape: [1, ...loaded.inputShape] };
      return loaded.predict(drawn).toTypedArray() as Float32Array;
    } catch (error) {
      model = undefined;
      throw error;
    }
  };
}

/** A drawing as MNIST's images are: scaled to the box, centred by its mass. An empty one stays empty. */
export function asMnist(pixels: Float32Array): Float32Array {
  const ink = boxOf(pixels);
  if (!ink) return new Float32Array(SIDE * SIDE);
  const scale = BOX / Math.max(ink.right - ink.left, ink.bottom - ink.top);
  const boxed = placed(pixels, scale, (ink.left + ink.right) / 2, (ink.top + ink.bottom) / 2);
  const { x, y } = massOf(boxed);
  return placed(boxed, 1, x, y);
}

/** The image scaled about the point (x, y), which comes to lie in the middle; pixels are blended of the four around. */
function placed(pixels: Float32Array, scale: number, x: number, y: number): Float32Array {
  const at = (column: number, row: number) =>
    column >= 0 && row >= 0 && column < SIDE && row < SIDE ? (pixels[row * SIDE + column] as number) : 0;
  return Float32Array.from({ length: SIDE * SIDE }, (_, i) => {
    const u = ((i % SIDE) + 0.5 - SIDE / 2) / scale + x - 0.5;
    const v = (Math.floor(i / SIDE) + 0.5 - SIDE / 2) / scale + y - 0.5;
    const [column, row] = [Math.floor(u), Math.floor(v)];
    const [s, t] = [u - column, v - row];
    const upper = (1 - s) * at(column, row) + s * at(column + 1, row);
    const lower = (1 - s) * at(column, row + 1) + s * at(column + 1, row + 1);
    return (1 - t) * upper + t * lower;
  });
}

/** Where there is ink, in pixels from the upper left corner. */
function boxOf(pixels: Float32Array) {
  let [left, right, top, bottom] = [SIDE, 0, SIDE, 0];
  pixels.forEach((value, i) => {
    if (!(value > 0.1)) return;
    const [column, row] = [i % SIDE, Math.floor(i / SIDE)];
    [left, right] = [Math.min(left, column), Math.max(right, column + 1)];
    [top, bottom] = [Math.min(top, row), Math.max(bottom, row + 1)];
  });
  return right > left ? { left, right, top, bottom } : undefined;
}

function massOf(pixels: Float32Array) {
  let [mass, x, y] = [0, 0, 0];
  pixels.forEach((value, i) => {
    mass += value;
    x += value * ((i % SIDE) + 0.5);
    y += value * (Math.floor(i / SIDE) + 0.5);
  });
  return { x: x / mass, y: y / mass };
}
