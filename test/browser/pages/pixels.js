// Pixels of all that a page has pictures in, and datasets of files that the user chose.

import * as wg from "wasmgrad";
import { csv, Dataset, fromPixels, idx, images, npy, npyBytes, toPixels } from "wasmgrad/data";

/** Four pixels by three, opaque, each another. */
const bytes = Uint8ClampedArray.from({ length: 48 }, (_, i) => (i % 4 === 3 ? 255 : (i * i * 31 + 7 * i) % 251));
const imageData = () => new ImageData(bytes.slice(), 4, 3);
const values = (x) => ({ shape: x.shape, dtype: x.dtype, values: Array.from(x.toTypedArray()) });
const message = (call) => {
  try {
    call();
  } catch (error) {
    return `${error.name}: ${error.message}`;
  }
  return "passed";
};

/** A canvas with these pixels. */
function painted(canvas) {
  [canvas.width, canvas.height] = [4, 3];
  canvas.getContext("2d").putImageData(imageData(), 0, 0);
  return canvas;
}

async function imageOf(canvas) {
  const image = new Image();
  image.src = URL.createObjectURL(await new Promise((done) => canvas.toBlob(done, "image/png")));
  await image.decode();
  return image;
}

/** The same picture in every kind of source. */
export async function everySource() {
  const canvas = painted(document.createElement("canvas"));
  const found = {
    ImageData: fromPixels(imageData()),
    canvas: fromPixels(canvas),
    OffscreenCanvas: fromPixels(painted(new OffscreenCanvas(1, 1))),
    ImageBitmap: fromPixels(await createImageBitmap(imageData())),
    image: fromPixels(await imageOf(canvas)),
  };
  if (globalThis.VideoFrame) {
    const frame = new VideoFrame(canvas, { timestamp: 0 });
    found.VideoFrame = fromPixels(frame);
    frame.close();
  }
  return Object.fromEntries(Object.entries(found).map(([name, x]) => [name, values(x)]));
}

/** Numbers that depend on no browser. */
export const arranged = () => [
  values(fromPixels(imageData(), 1, { size: [2, 3], scale: 1 / 255 })),
  values(fromPixels(imageData(), 3, { size: 7, interpolation: "bilinear" })),
  values(fromPixels(imageData(), 4, { crop: [2, 2] })),
];

export function arrangedInNode() {
  globalThis.ImageData ??= class {
    constructor(data, width, height) {
      Object.assign(this, { data, width, height });
    }
  };
  return arranged();
}

export function wayBack() {
  const canvas = document.createElement("canvas");
  const pixels = toPixels(fromPixels(imageData(), 3, { scale: 1 / 255 }), canvas);
  const again = new ImageData(pixels, 4);
  return [
    Array.from(again.data),
    values(fromPixels(canvas, 4)).values,
    Array.from(bytes),
    [canvas.height, canvas.width],
  ];
}

export async function refused(elsewhere) {
  const tainted = new Image();
  tainted.src = elsewhere;
  await tainted.decode();
  const canvas = painted(document.createElement("canvas"));
  canvas.getContext("2d").drawImage(tainted, 0, 0);
  const bitmap = await createImageBitmap(imageData());
  bitmap.close();
  const webgl = document.createElement("canvas");
  webgl.getContext("bitmaprenderer");
  return {
    tainted: message(() => fromPixels(tainted)),
    taintedCanvas: message(() => fromPixels(canvas)),
    noFrame: message(() => fromPixels(document.createElement("video"))),
    noImage: message(() => fromPixels(new Image())),
    noPixel: message(() => fromPixels(Object.assign(document.createElement("canvas"), { width: 0 }))),
    closed: message(() => fromPixels(bitmap)),
    element: message(() => fromPixels(document.body)),
    inUse: message(() => toPixels([[1]], webgl)),
  };
}

/** Frames of the camera, from which a model learns to tell bright from dark. */
export async function learnedFromCamera() {
  await wg.init({ numerics: "strict" });
  wg.setSeed(1);
  const video = document.createElement("video");
  video.muted = true;
  video.srcObject = await navigator.mediaDevices.getUserMedia({ video: { width: 320, height: 240 } });
  await video.play();
  const first = fromPixels(video);
  const frames = [];
  for (let i = 0; i < 16; i++) {
    const bright = i % 2;
    const frame = fromPixels(video, 3, { size: 8, crop: "aspect", scale: (bright ? 1 : 0.2) / 255 });
    frames.push({ x: frame, y: bright });
  }
  for (const track of video.srcObject.getTracks()) track.stop();
  const dataset = Dataset.fromGenerator(() => frames).cache();
  const model = wg.sequential([
    wg.layers.flatten({ inputShape: [8, 8, 3] }),
    wg.layers.dense({ units: 2, activation: "softmax" }),
  ]);
  model.compile({
    optimizer: wg.optimizers.adam({ learningRate: 0.1 }),
    loss: "sparseCategoricalCrossentropy",
    metrics: ["accuracy"],
  });
  await model.fit(dataset, { epochs: 20, batchSize: 8 });
  const { accuracy } = await model.evaluate(dataset);
  return { shape: first.shape, accuracy };
}

/** Files that are to be chosen by an input, as a page has it. */
export function showInput() {
  const input = document.createElement("input");
  Object.assign(input, { type: "file", multiple: true });
  document.body.append(input);
}

/** What a dataset makes of the files of the page's input. */
export async function chosen() {
  const { files } = document.querySelector("input");
  const named = (ending) => [...files].find(({ name }) => name.endsWith(ending));
  const table = await csv(named(".csv"));
  const array = await npy(named(".npy"));
  const digits = await idx(named(".idx"));
  const { dataset, classes, ignored } = await images(files, { labels: (file) => file.split("_")[0] });
  const rows = [];
  for await (const { x, y } of dataset) rows.push([x.shape, Math.round(x.toTypedArray()[0] * 255), y.item()]);
  return {
    columns: table.columns.map(({ name, values: column }) => [name, ...column]),
    array: [array.shape, ...array.data],
    digits: [...digits.data],
    classes,
    ignored: [...ignored].sort(),
    rows,
    bytes: npyBytes([1, 2]).length,
  };
}
