import { encode } from "fast-png";
import { describe, expect, test } from "vitest";
import { Dataset, decodeImage, fromPixels, toPixels } from "../../src/data/index.js";
import * as wg from "../../src/index.js";

/** Numbers without a pattern that a mistake in rows or channels would keep. */
const noise = (length: number) => Uint8Array.from({ length }, (_, i) => (i * i * 31 + 7 * i) % 251);
const picture = (height: number, width: number) => ({ data: noise(4 * height * width), height, width });
const values = (x: wg.Tensor) => Array.from(x.toTypedArray());

describe("fromPixels", () => {
  test("RGBA as it is, RGB without alpha, grey by luma", () => {
    const data = Uint8ClampedArray.of(255, 0, 0, 9, 0, 255, 0, 0, 10, 20, 30, 255);
    const image = { data, width: 3, height: 1 };
    const all = fromPixels(image, 4);
    expect([all.dtype, all.shape, values(all)]).toEqual(["int32", [1, 3, 4], Array.from(data)]);
    const rgb = fromPixels(image);
    expect([rgb.shape, values(rgb)]).toEqual([
      [1, 3, 3],
      [255, 0, 0, 0, 255, 0, 10, 20, 30],
    ]);
    // 0.299 · 255 = 76.2, 0.587 · 255 = 149.7, 0.299 · 10 + 0.587 · 20 + 0.114 · 30 = 18.15.
    expect(values(fromPixels(image, 1))).toEqual([76, 150, 18]);
  });

  test("scaled: the floats that a dataset of images has", async () => {
    const image = picture(4, 5);
    const x = fromPixels(image, 3, { scale: 1 / 255 });
    expect([x.dtype, x.shape]).toEqual(["float32", [4, 5, 3]]);
    const bytes = values(fromPixels(image, 3));
    const rows = Dataset.fromArrays({ data: Uint8Array.from(bytes), shape: [1, 4, 5, 3], scale: 1 / 255 });
    for await (const { x: row } of rows) expect(values(x)).toEqual(values(row));
  });

  test.each([
    { size: [5, 7] },
    { size: 20, interpolation: "nearest" },
    { size: [6, 3], crop: "aspect" },
    { crop: [3, 4] },
    { crop: { top: 1, left: 2, height: 4, width: 6 }, size: 8 },
    { background: [255, 0, 10] },
  ] as const)("%o: the bits that a file of these pixels gives", async (options) => {
    const image = picture(9, 12);
    const png = encode({ width: 12, height: 9, channels: 4, data: image.data });
    for (const channels of [1, 3, 4] as const) {
      const { data, shape } = await decodeImage(png, { ...options, channels });
      const x = fromPixels(image, channels, options);
      expect([x.shape, values(x)]).toEqual([shape, Array.from(data)]);
    }
  });

  test("a part of a larger buffer", () => {
    const data = noise(16).subarray(4, 12);
    expect(values(fromPixels({ data, width: 1, height: 2 }, 4))).toEqual(Array.from(data));
  });

  test("frames with labels are a dataset that a model learns from", async () => {
    wg.setSeed(1);
    const frames: { x: wg.Tensor; y: number }[] = [];
    for (let i = 0; i < 24; i++) {
      const data = new Uint8ClampedArray(4 * 64).fill(i % 2 ? 200 : 40);
      frames.push({ x: fromPixels({ data, width: 8, height: 8 }, 1, { size: 4, scale: 1 / 255 }), y: i % 2 });
    }
    const dataset = Dataset.fromGenerator(() => frames).cache();
    const model = wg.sequential([
      wg.layers.flatten({ inputShape: [4, 4, 1] }),
      wg.layers.dense({ units: 2, activation: "softmax" }),
    ]);
    model.compile({
      optimizer: wg.optimizers.adam({ learningRate: 0.1 }),
      loss: "sparseCategoricalCrossentropy",
      metrics: ["accuracy"],
    });
    await model.fit(dataset, { epochs: 30, batchSize: 8 });
    expect((await model.evaluate(dataset)).accuracy).toBe(1);
  });

  test("what has no pixel says what to do", () => {
    const call = (pixels: unknown) => () => fromPixels(pixels as never);
    const canvas = (width: number, height: number) => ({ width, height, getContext: () => null });
    expect(call(canvas(0, 150))).toThrow(
      "fromPixels: pixels expected a canvas of at least one pixel, got 150 × 0; set its width and height",
    );
    expect(call({ videoWidth: 0, videoHeight: 0, readyState: 0 })).toThrow(
      'fromPixels: pixels expected a video that has arrived, got none yet; await its "loadeddata" event after play()',
    );
    expect(call({ videoWidth: 0, videoHeight: 0, readyState: 4 })).toThrow("expected a video of at least one pixel");
    expect(call({ naturalWidth: 0, naturalHeight: 0, complete: false })).toThrow("await image.decode()");
    expect(call({ naturalWidth: 0, naturalHeight: 0, complete: true })).toThrow("an image of at least one pixel");
    expect(call({ width: 0, height: 0, close: () => undefined })).toThrow("one that was closed has none");
    expect(call(canvas(3, 2))).toThrow(
      "fromPixels: pixels expected { data, width, height } where there is no canvas to draw a canvas into, got { width, height, getContext }",
    );
    expect(call({ data: new Uint8Array(11), width: 3, height: 1 })).toThrow(
      "fromPixels: pixels.data expected 12 bytes, red, green, blue and alpha of 1 × 3 pixels, got 11",
    );
    expect(() => fromPixels(picture(2, 2), 3, { crop: [3, 3] })).toThrow(
      "fromPixels: crop expected a box within the [2, 2] pixels of the picture, got 3 × 3",
    );
  });
});

describe("toPixels", () => {
  test("is the way back, of bytes and of floats", () => {
    const image = { ...picture(3, 4), data: noise(48) };
    expect(Array.from(toPixels(fromPixels(image, 4)))).toEqual(Array.from(image.data));
    expect(Array.from(toPixels(fromPixels(image, 4, { scale: 1 / 255 })))).toEqual(Array.from(image.data));
  });

  test("grey and RGB are opaque", () => {
    const grey = [0, 0, 0, 255, 128, 128, 128, 255];
    expect(Array.from(toPixels([[0, 0.5]]))).toEqual(grey);
    expect(Array.from(toPixels([[[0], [0.5]]]))).toEqual(grey);
    expect(Array.from(toPixels(wg.tensor([[[1, 2, 3]]], [1, 1, 3], "int32")))).toEqual([1, 2, 3, 255]);
    expect(Array.from(toPixels({ data: Uint8Array.of(7, 8), shape: [2, 1] }))).toEqual([7, 7, 7, 255, 8, 8, 8, 255]);
    expect(Array.from(toPixels(wg.tensor([[true, false]])))).toEqual([255, 255, 255, 255, 0, 0, 0, 255]);
  });

  test("draws", () => {
    const drawn: unknown[] = [];
    const context = {
      createImageData: (width: number, height: number) => ({ data: new Uint8ClampedArray(4 * width * height), width }),
      putImageData: (image: { data: Uint8ClampedArray }) => drawn.push(Array.from(image.data)),
    };
    const canvas = { width: 0, height: 0, getContext: () => context };
    const pixels = toPixels([[0, 1]], canvas);
    expect([canvas.width, canvas.height, drawn]).toEqual([2, 1, [Array.from(pixels)]]);
    expect(() => toPixels([[1]], { ...canvas, getContext: () => null })).toThrow(
      "toPixels: canvas expected one to draw on in 2d, got one that is in use otherwise",
    );
  });

  test.each([1.01, -0.01, Number.NaN, Number.POSITIVE_INFINITY])("%d is no colour", (value) => {
    expect(() => toPixels([[0, value]])).toThrow(
      `toPixels: image expected numbers of 0 to 1, as float32 has them, got ${Math.fround(value)} at element 1`,
    );
  });
});

test("its types are those of a browser's", () => {
  // Only checked by the compiler.
  const given = (source: HTMLCanvasElement | OffscreenCanvas | ImageData | ImageBitmap | VideoFrame, page: Element) => [
    fromPixels(source),
    fromPixels(page as HTMLImageElement),
    fromPixels(page as HTMLVideoElement),
    toPixels([[1]], page as HTMLCanvasElement),
    toPixels([[1]], source as OffscreenCanvas),
  ];
  expect(given).toBeTypeOf("function");
});
