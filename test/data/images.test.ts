import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { deflateSync } from "node:zlib";
import { encode } from "fast-png";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type Dataset, decodeImage, type HostArray, images, mnist, split } from "../../src/data/index.js";
import { FormatError } from "../../src/util/errors.js";
import { needsSharedData, sharedData } from "../support/shared-data.js";

interface Known {
  file: string;
  shape: number[];
  data: number[];
}
interface Golden {
  png: Record<string, Known>;
  resize: Record<string, Known & { interpolation: "bilinear" | "nearest" }>;
  jpeg: Record<string, Known>;
  luma: Known;
  alpha: Known;
}
const golden = JSON.parse(readFileSync(new URL("../fixtures/images.json", import.meta.url), "utf8")) as Golden;
const bytesOf = ({ file }: Pick<Known, "file">) => Uint8Array.from(Buffer.from(file, "base64"));
const rgb = bytesOf(golden.png.rgb as Known);

/** [h, w] as [h, w, 1]. */
const shapeOf = ({ shape }: Known) => (shape.length === 2 ? [...shape, 1] : shape);
const farthest = (got: HostArray, want: Known) => {
  expect(got.shape).toEqual(shapeOf(want));
  return Math.max(...Array.from(got.data, (v, i) => Math.abs(v - (want.data[i] as number))));
};

describe("decodeImage", () => {
  test.each(Object.entries(golden.png))("PNG, %s, as Pillow reads it", async (_, want) => {
    const got = await decodeImage(bytesOf(want));
    expect([got.shape, Array.from(got.data)]).toEqual([shapeOf(want), want.data]);
  });

  // Two decoders round differently: Pillow's values are of the image before or behind its own coder.
  test.each(Object.entries(golden.jpeg))("JPEG, %s, as Pillow reads it", async (_, want) => {
    expect(farthest(await decodeImage(bytesOf(want)), want)).toBeLessThanOrEqual(5);
  });

  test.each(Object.entries(golden.resize))("resized, %s, as Pillow does within its two roundings", async (_, want) => {
    const [height, width] = want.shape as [number, number];
    const got = await decodeImage(rgb, { size: [height, width], interpolation: want.interpolation });
    expect(farthest(got, want)).toBeLessThanOrEqual(want.interpolation === "nearest" ? 0 : 1);
  });

  test("resized by hand: 2 × 2 to 4 × 4, and back by means of what a triangle covers", async () => {
    const png = (side: number, data: number[]) =>
      encode({ width: side, height: side, channels: 1, data: Uint8Array.from(data) });
    const large = await decodeImage(png(2, [0, 80, 160, 240]), { size: 4 });
    // Places −¼, ¼, ¾, 1¼ of a row: 0, 20, 60, 80; rows likewise, by 160.
    expect(Array.from(large.data)).toEqual([0, 20, 60, 80, 40, 60, 100, 120, 120, 140, 180, 200, 160, 180, 220, 240]);
    // To 2: weights 3, 3, 1 of 7 (the triangle of 2 pixels to each side, cut at the border).
    const small = await decodeImage(
      png(
        4,
        [0, 70, 140, 210].flatMap((v) => [v, v, v, v]),
      ),
      { size: 2 },
    );
    expect(Array.from(small.data)).toEqual([50, 50, 160, 160]);
  });

  test("grey by luma, alpha kept, dropped or laid over a background", async () => {
    const grey = await decodeImage(rgb, { channels: 1 });
    expect([grey.shape, Array.from(grey.data)]).toEqual([[7, 9, 1], golden.luma.data]);
    const alpha = bytesOf(golden.alpha);
    const all = await decodeImage(alpha, { channels: 4 });
    expect([all.shape, Array.from(all.data)]).toEqual([[3, 5, 4], golden.alpha.data]);
    const over = await decodeImage(alpha, { background: [255, 0, 10] });
    const [r, g, b, a] = golden.alpha.data as [number, number, number, number];
    const blend = (value: number, under: number) => Math.round((value * a + under * (255 - a)) / 255);
    expect(Array.from(over.data.subarray(0, 3))).toEqual([blend(r, 255), blend(g, 0), blend(b, 10)]);
    const opaque = await decodeImage(rgb, { channels: 4 });
    expect(opaque.data[3]).toBe(255);
  });

  test("crops: by the proportions of the size, in the middle, by a box", async () => {
    const data = Uint8Array.from({ length: 24 }, (_, i) => i);
    const png = encode({ width: 6, height: 4, channels: 1, data });
    const cut = async (crop: Parameters<typeof decodeImage>[1]) => {
      const got = await decodeImage(png, crop);
      return [got.shape, Array.from(got.data)];
    };
    expect(await cut({ crop: [2, 2] })).toEqual([
      [2, 2, 1],
      [8, 9, 14, 15],
    ]);
    expect(await cut({ crop: { top: 0, left: 4, height: 3, width: 2 } })).toEqual([
      [3, 2, 1],
      [4, 5, 10, 11, 16, 17],
    ]);
    expect(await cut({ crop: "aspect", size: 4 })).toEqual([
      [4, 4, 1],
      [1, 2, 3, 4, 7, 8, 9, 10, 13, 14, 15, 16, 19, 20, 21, 22],
    ]);
    await expect(cut({ crop: [5, 2] })).rejects.toThrow(
      "decodeImage: crop expected a box within the [4, 6] pixels of file",
    );
    await expect(cut({ crop: "aspect" })).rejects.toThrow('decodeImage: crop "aspect" expected a size');
  });

  test("PNG of 2 and 4 bits, and one transparent colour", async () => {
    // A row of five pixels of 2 bits: 0, 1, 2, 3, 1 → 00 01 10 11 | 01.
    const two = pngFile(5, 1, 2, 0, [0, 0b00011011, 0b01000000]);
    expect(Array.from((await decodeImage(two)).data)).toEqual([0, 85, 170, 255, 85]);
    const four = pngFile(3, 1, 4, 0, [0, 0x0f, 0x80]);
    expect(Array.from((await decodeImage(four)).data)).toEqual([0, 255, 136]);
    const key = pngFile(3, 1, 8, 2, [0, 1, 2, 3, 4, 5, 6, 1, 2, 9], [["tRNS", [0, 1, 0, 2, 0, 3]]]);
    expect(Array.from((await decodeImage(key, { channels: 4 })).data)).toEqual([
      1, 2, 3, 0, 4, 5, 6, 255, 1, 2, 9, 255,
    ]);
    expect(Array.from((await decodeImage(key)).data)).toEqual([1, 2, 3, 4, 5, 6, 1, 2, 9]);
  });
});

describe("a broken file is named, with the byte", () => {
  const jpeg = bytesOf(golden.jpeg.baseline as Known);
  const scan = jpeg.findIndex((v, i) => v === 0xff && jpeg[i + 1] === 0xda);
  const changed = (bytes: Uint8Array, at: number, value: number) => {
    const out = bytes.slice();
    out[at] = value;
    return out;
  };
  test.each([
    ["nothing", new Uint8Array(0), "expected a PNG or JPEG image, got nothing at byte 0"],
    [
      "a text",
      Uint8Array.from([0x47, 0x49, 0x46, 0x38, 0x39]),
      "expected a PNG or JPEG image, got 47 49 46 38 at byte 0",
    ],
    ["PNG cut off", rgb.slice(0, 100), "expected a whole PNG image, got its end within chunk IDAT at byte 100 of 100"],
    ["PNG without its end", rgb.slice(0, -12), `got its end at byte ${rgb.length - 12} of ${rgb.length - 12}`],
    [
      "PNG with a bit changed",
      changed(rgb, 60, (rgb[60] as number) ^ 1),
      "got chunk IDAT with a wrong checksum at byte 33 of",
    ],
    ["PNG with no name of a chunk", changed(rgb, 38, 0), "got no chunk's name at byte 37 of"],
    ["JPEG cut off", jpeg.slice(0, -40), `expected a whole JPEG image, got its end at byte ${jpeg.length - 40} of`],
    ["JPEG cut off in its head", jpeg.slice(0, 30), "got its end within a segment at byte 30 of 30"],
    ["JPEG without pixels", Uint8Array.from([255, 216, 255, 217]), "got an end without an image at byte 2 of 4"],
    ["JPEG with no marker", changed(jpeg, 20, 7), "got no marker at byte 20 of"],
    [
      "JPEG with other codes",
      jpeg.map((v, i) => (i > scan + 14 && i < jpeg.length - 2 ? 0x3f : v)),
      `what begins at byte ${scan + 14}`,
    ],
  ])("%s", async (_, bytes, text) => {
    const failed = decodeImage(new File([bytes as Uint8Array<ArrayBuffer>], "cat.png"));
    await expect(failed).rejects.toThrow(FormatError);
    await expect(failed).rejects.toThrow('decodeImage: file "cat.png" expected a');
    await expect(failed).rejects.toThrow(text);
  });
});

describe("images", () => {
  let folder: string;
  const png = (grey: number, side = 2) =>
    encode({ width: side, height: side, channels: 1, data: new Uint8Array(side * side).fill(grey) });
  const put = (name: string, bytes: Uint8Array | string = png(0)) => {
    mkdirSync(join(folder, name, ".."), { recursive: true });
    writeFileSync(join(folder, name), bytes);
  };
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "wasmgrad-images-"));
  });
  afterEach(() => {
    rmSync(folder, { recursive: true });
  });
  const values = async (dataset: Dataset) => {
    const [batch] = [...((await dataset.batches({ batchSize: 100 })).sync ?? [])];
    return { x: batch?.x[0] as HostArray, y: batch?.y[0] as HostArray };
  };

  test("classes are folders in the order of their names; other files are told; empty folders keep their number", async () => {
    put("b/2.png", png(51));
    put("b/1.PNG", png(102));
    put("a/deep/1.png", png(255));
    put("a/notes.txt", "x");
    put("read.me", "x");
    put(".git/1.png");
    put("c/.hidden.png");
    const progress: unknown[][] = [];
    const made = await images(folder, { onProgress: (...args) => progress.push(args) });
    expect(made.classes).toEqual(["a", "b", "c"]);
    expect(made.files).toEqual(["a/deep/1.png", "b/1.PNG", "b/2.png"]);
    expect(made.ignored).toEqual(["a/notes.txt", "read.me"]);
    expect(progress).toEqual([
      [1, 3, "a/deep/1.png"],
      [2, 3, "b/1.PNG"],
      [3, 3, "b/2.png"],
    ]);
    const { x, y } = await values(made.dataset);
    expect([x.shape, y.data]).toEqual([[3, 2, 2, 1], Int32Array.of(0, 1, 1)]);
    expect(Array.from(x.data.filter((_, i) => i % 4 === 0)).map((v) => v.toFixed(4))).toEqual([
      "1.0000",
      "0.4000",
      "0.2000",
    ]);
    const other = await images(pathToFileURL(folder), { oneHot: true, flatten: true, classes: ["b", "a"] });
    expect(other.files).toEqual(["b/1.PNG", "b/2.png", "a/deep/1.png"]);
    const flat = await values(other.dataset);
    expect([flat.x.shape, Array.from(flat.y.data)]).toEqual([
      [3, 4],
      [1, 0, 1, 0, 0, 1],
    ]);
  });

  test("grey among coloured become RGB", async () => {
    put("a/1.png", png(100));
    put("a/2.png", encode({ width: 2, height: 2, channels: 3, data: new Uint8Array(12).fill(7) }));
    const { x } = await values((await images(folder)).dataset);
    expect([x.shape, Math.round((x.data[2] as number) * 255)]).toEqual([[2, 2, 2, 3], 100]);
  });

  test("files of a page: File with its path, URL, name and bytes", async () => {
    put("x/1.png", png(51));
    const file = new File([png(255) as Uint8Array<ArrayBuffer>], "1.png");
    Object.defineProperty(file, "webkitRelativePath", { value: "all/light/1.png" });
    const made = await images([
      file,
      { name: "dark/1.png", source: png(0) },
      pathToFileURL(join(folder, "x/1.png")),
      { name: "dark/notes.txt", source: png(0) },
    ]);
    expect(made.classes).toEqual(["dark", "light", "x"]);
    expect(made.ignored).toEqual(["dark/notes.txt"]);
    const { x, y } = await values(made.dataset);
    expect(Array.from(y.data)).toEqual([0, 1, 2]);
    expect(x.data[4]).toBe(1);
  });

  test("labels from a function of the name, of files in no folder", async () => {
    const png = (grey: number) => encode({ width: 1, height: 1, channels: 1, data: Uint8Array.of(grey) });
    const file = (name: string, grey: number) => new File([png(grey) as Uint8Array<ArrayBuffer>], name);
    const given = [file("dog_1.png", 1), file("cat_2.png", 2), file("dog_0.png", 3), file("notes.txt", 0)];
    // As an <input type="file" multiple> has them.
    const list = { ...given, length: given.length };
    const labels = (name: string) => name.split("_")[0] as string;
    const { dataset, classes, files, ignored } = await images(list, { labels });
    expect([classes, files, ignored]).toEqual([["cat", "dog"], ["cat_2.png", "dog_0.png", "dog_1.png"], ["notes.txt"]]);
    for await (const { x, y } of dataset.batch(3)) {
      expect(Array.from(x.toTypedArray(), (v) => Math.round(v * 255))).toEqual([2, 3, 1]);
      expect(y.toArray()).toEqual([0, 1, 1]);
    }
    const some = await images(list, { labels, classes: ["dog"], oneHot: true });
    expect(some.files).toEqual(["dog_0.png", "dog_1.png"]);
    await expect(images(list, { labels: (() => 3) as never })).rejects.toThrow(
      'images: labels expected to return the class of "dog_1.png" as a text, got 3',
    );
    await expect(images(list, { labels: "cat" as never })).rejects.toThrow(
      'images: labels expected true, false or a function of a file\'s name, got "cat"',
    );
    await expect(images(list)).rejects.toThrow('or labels: (file) => "its class"');
  });

  test("what is wrong is named", async () => {
    await expect(images(join(folder, "none"))).rejects.toThrow(/^read ".*none": no such folder; check the path/);
    await expect(images(folder)).rejects.toThrow(
      "images: source expected .png, .jpg or .jpeg files in folders named by their class, got none",
    );
    put("a/1.png");
    put("a/2.png", png(0, 3));
    await expect(images(folder)).rejects.toThrow(
      'images: files expected images of one size, got [2, 2] in "a/1.png" and [3, 3] in "a/2.png"; pass size: [height, width]',
    );
    expect((await values((await images(folder, { size: 4 })).dataset)).x.shape).toEqual([2, 4, 4, 1]);
    put("b/1.png", rgb.slice(0, 50));
    await expect(images(folder, { size: 4 })).rejects.toThrow('images: file "b/1.png" expected a whole PNG image, got');
    await expect(images(folder, { classes: ["a", "z"] })).rejects.toThrow(
      'images: classes expected some that are there (a, b), got "z"',
    );
    put("3.png");
    await expect(images(folder)).rejects.toThrow('got "3.png" in none; pass labels: false');
    await expect(images(join(folder, "3.png"))).rejects.toThrow("it is a file; name its folder");
    await expect(images([3] as never)).rejects.toThrow("images: source[0] expected a path, a URL, a File");
  });
});

describe("the shared sets", () => {
  beforeEach(needsSharedData);

  test("mnist-png: each pixel is that of the MNIST test image numbered file name − 60,000", async () => {
    const { dataset, classes, files } = await images(join(sharedData, "mnist-png"));
    expect(classes).toEqual(["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"]);
    const { test: digits } = await mnist({ dir: sharedData, download: false });
    const all = [...((await digits.batches({ batchSize: 10000 })).sync ?? [])][0];
    const [png] = [...((await dataset.batches({ batchSize: 100 })).sync ?? [])];
    expect(png?.x[0]?.shape).toEqual([100, 28, 28, 1]);
    files.forEach((file, row) => {
      const [label, number] = file.split("/") as [string, string];
      const index = Number(number.replace(".png", "")) - 60000;
      expect(png?.y[0]?.data[row]).toBe(Number(label));
      expect(all?.y[0]?.data[index]).toBe(Number(label));
      expect(png?.x[0]?.data.slice(784 * row, 784 * (row + 1)), file).toEqual(
        all?.x[0]?.data.slice(784 * index, 784 * (index + 1)),
      );
    });
    expect(files.length).toBe(100);
  });

  test("sign-language-digits: 250 photographs of 10 classes; small, cropped and grey", async () => {
    const { dataset, classes } = await images(join(sharedData, "sign-language-digits"));
    expect([dataset.size, classes.length]).toEqual([250, 10]);
    const [batch] = [...((await dataset.batches({ batchSize: 250 })).sync ?? [])];
    expect(batch?.x[0]?.shape).toEqual([250, 100, 100, 3]);
    const counts = new Array(10).fill(0) as number[];
    for (const label of batch?.y[0]?.data ?? []) (counts[label] as number)++;
    expect(counts).toEqual(new Array(10).fill(25));
    const small = await images(join(sharedData, "sign-language-digits"), {
      size: [24, 32],
      crop: "aspect",
      channels: 1,
    });
    const [train] = split(small.dataset, [0.8, 0.2], { stratify: true });
    const [first] = [...((await train.batches({ batchSize: 4 })).sync ?? [])];
    expect(first?.x[0]?.shape).toEqual([4, 24, 32, 1]);
  });

  test("sample-photos: two photographs of 640 × 427", async () => {
    const { dataset, files, ignored } = await images(join(sharedData, "sample-photos"), { labels: false });
    expect([files, ignored]).toEqual([["china.jpg", "flower.jpg"], ["ATTRIBUTION.txt"]]);
    for await (const { x, y } of dataset) expect([x.shape, y]).toEqual([[427, 640, 3], undefined]);
    expect(readdirSync(join(sharedData, "sample-photos"))).toContain("china.jpg");
  });
});

/** A PNG of given scanlines, by the encoder's checksums. */
function pngFile(
  width: number,
  height: number,
  depth: number,
  color: number,
  lines: number[],
  more: [string, number[]][] = [],
): Uint8Array {
  const word = (n: number) => [n >>> 24, (n >>> 16) & 255, (n >>> 8) & 255, n & 255];
  const chunk = (type: string, data: ArrayLike<number>) => {
    const body = [...Buffer.from(type, "latin1"), ...Array.from(data)];
    let c = 0xffffffff;
    for (const byte of body) {
      c ^= byte;
      for (let k = 0; k < 8; k++) c = c & 1 ? (c >>> 1) ^ 0xedb88320 : c >>> 1;
    }
    return [...word(data.length), ...body, ...word(~c >>> 0)];
  };
  return Uint8Array.from([
    ...[137, 80, 78, 71, 13, 10, 26, 10],
    ...chunk("IHDR", [...word(width), ...word(height), depth, color, 0, 0, 0]),
    ...more.flatMap(([type, data]) => chunk(type, data)),
    ...chunk("IDAT", deflateSync(Uint8Array.from(lines))),
    ...chunk("IEND", []),
  ]);
}
