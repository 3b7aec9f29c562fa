import type { Tensor } from "wasmgrad";
import type { Dataset, HostArray } from "wasmgrad/data";
import { EPOCHS_SHOWN, type Images } from "../protocol.js";
import type { Rows } from "./rows.js";

/** Images that are shown with what they are taken for, and those that are shown augmented. */
export const IMAGES_SHOWN = 40;
const AUGMENTED_SHOWN = 3;

/** The first images of the dev part; with `varied`, a few of the train part too, as the first epochs of training show them. */
export async function imagesOf(train: Rows, dev: Rows, varied: Dataset | undefined): Promise<Images> {
  const side = dev.x.shape[1] as number;
  return {
    side,
    pixels: bytesOf(dev.x, IMAGES_SHOWN),
    labels: Uint8Array.from(dev.y.data.slice(0, IMAGES_SHOWN) as ArrayLike<number>),
    ...(varied ? { augmented: await augmentedOf(train, varied, side * side) } : {}),
  };
}

async function augmentedOf(train: Rows, varied: Dataset, size: number): Promise<Uint8Array> {
  const epochs = [bytesOf(train.x, AUGMENTED_SHOWN)];
  // Each pass is the next epoch.
  const first = varied.take(AUGMENTED_SHOWN).batch(AUGMENTED_SHOWN);
  while (epochs.length <= EPOCHS_SHOWN) {
    for await (const { x } of first) {
      const images = x as Tensor;
      epochs.push(bytesOf({ data: images.toTypedArray(), shape: images.shape }, AUGMENTED_SHOWN));
    }
  }
  const shown = Math.min(AUGMENTED_SHOWN, train.x.shape[0] as number);
  const data = new Uint8Array(shown * epochs.length * size);
  for (let i = 0; i < shown; i++) {
    epochs.forEach((images, epoch) => {
      data.set(images.subarray(i * size, (i + 1) * size), (i * epochs.length + epoch) * size);
    });
  }
  return data;
}

/** Pixels from 0 to 1 as bytes. */
function bytesOf({ data, shape }: HostArray, count: number): Uint8Array {
  const size = shape.slice(1).reduce((product, side) => product * side, 1);
  const shown = Math.min(count, shape[0] as number) * size;
  return Uint8Array.from({ length: shown }, (_, i) => Math.round(255 * Math.min(1, Math.max(0, data[i] as number))));
}
