import { encode } from "fast-png";
import * as data from "../../../src/data/index.js";
import { and, arg, count, flag, fn, NOTHING, number, options, type Row, row, seed } from "./arguments.js";
import { X, Y } from "./rows.js";

export const rows3 = () => data.Dataset.fromArrays(X, Y);
const generated = () =>
  data.Dataset.fromGenerator(function* () {
    yield { x: [1], y: [2] };
  });
const consume = async (dataset: data.Dataset) => {
  for await (const _ of dataset);
};
const mnistOptions = options(
  arg("dir", "/nowhere", 3, {}),
  flag("flatten"),
  flag("oneHot"),
  arg("download", false, "no", 1),
  arg("onProgress", () => undefined, null, 3),
  arg("mirrors", [], "x", [3]),
);

const pictures = () => data.Dataset.fromArrays({ data: new Float32Array(32), shape: [2, 4, 4] }, Int32Array.of(0, 1));
const grey = encode({ width: 2, height: 2, channels: 1, data: new Uint8Array(4) });
const range = (name: string, right: number, ...wrong: unknown[]) =>
  arg(name, right, "1", Number.NaN, {}, [1], [0.5, 0.2], ["0", 1], -0.1, ...wrong);
const decoding = [
  arg("size", [2, 2], 0, 1.5, "2", [2], [2, Number.NaN], {}),
  arg("interpolation", "nearest", "bicubic", 3),
  arg("crop", [1, 1], "middle", 1, [1], [0, 1], {}, { top: 0, left: -1, height: 1, width: 1 }, [9, 9]),
  arg("channels", 3, 2, "3", Number.NaN),
  arg("background", 0, -1, 256, [1, 2], "white"),
];

export const dataRows: Record<string, Row> = {
  augment: row(
    data.augment as never,
    arg("dataset", pictures(), ...NOTHING, "text", {}, rows3()),
    options(
      arg("flip", "horizontal", "left", true),
      arg("crop", { padding: 1 }, 3, { size: 0 }, { padding: -1 }, { size: [1] }, { size: 9 }, { pad: 1 }),
      range("rotate", 15, 181),
      range("zoom", 0.1, 1),
      range("shear", 10, 90),
      range("shift", 0.1, 1.5, { hight: 1 }, { width: 2 }),
      arg("elastic", { alpha: 1, sigma: 1 }, 3, {}, { alpha: -1, sigma: 1 }, { alpha: 1, sigma: 0 }),
      range("brightness", 0.1, 2),
      range("contrast", 0.1, 2),
      arg("cutout", 2, 0, 1.5, 9, "2", [1]),
      arg("fillMode", "nearest", "wrap", 1),
      number("fillValue", 0),
      number("maskFillValue", 0),
      arg("valueRange", [0, 1], 1, [1, 0], [0], ["0", "1"]),
      arg("target", undefined, "masks", 1, "points", "boxes", "image", "mask"),
      seed,
    ),
  ),
  decodeImage: row(
    data.decodeImage as never,
    arg("", grey, ...NOTHING, 3, {}, "missing.png", new Uint8Array(0), grey.slice(0, 40)),
    options(...decoding),
  ),
  images: row(
    data.images as never,
    arg(
      "",
      [{ name: "a/1.png", source: grey }],
      ...NOTHING,
      3,
      {},
      [],
      [3],
      [{ name: "1.png", source: grey }],
      [{ name: "a/1.png", source: new Uint8Array(3) }],
    ),
    options(
      ...decoding,
      flag("flatten"),
      flag("oneHot"),
      flag("labels"),
      arg("classes", ["a"], "a", [], [3], ["b"], ["a", "a"]),
      arg("onProgress", () => undefined, 3),
    ),
  ),
  fromPixels: and(
    row(
      data.fromPixels as never,
      arg(
        "pixels",
        { data: new Uint8Array(16), width: 2, height: 2 },
        ...NOTHING,
        3,
        "a.png",
        {},
        [[1]],
        { data: new Uint8Array(15), width: 2, height: 2 },
        { data: new Float32Array(16), width: 2, height: 2 },
        { data: [1, 2, 3, 4], width: 1, height: 1 },
        { data: new Uint8Array(0), width: 0, height: 2 },
        { data: new Uint8Array(16), width: 1.5, height: 2 },
        { data: new Uint8Array(16) },
        { width: 0, height: 2, getContext: () => null },
        { videoWidth: 3, videoHeight: 2, readyState: 1 },
        { naturalWidth: 0, naturalHeight: 0, complete: true },
      ),
      arg("numChannels", 3, null, 2, 5, "3", Number.NaN),
      options(...decoding.filter(({ name }) => name !== "channels"), arg("scale", 1, Number.NaN, "1", Infinity)),
    ),
    [{ data: new Uint8Array(16), width: 2, height: 2 }, 3, { crop: [3, 3] }],
  ),
  toPixels: row(
    data.toPixels as never,
    arg("image", [[0, 1]], ...NOTHING, "text", {}, [], 3, [1], [[2]], [[-1]], [[Number.NaN]], [[[1, 2]]], [[[[1]]]], {
      data: Int32Array.of(256),
      shape: [1, 1],
    }),
    arg("canvas", undefined, null, 3, {}, "canvas", { width: 1, height: 1, getContext: () => null }),
  ),
  drawnDigits: row(data.drawnDigits, options(count("count", 2, 0), seed, flag("flatten"), flag("oneHot"))),
  fashionMnist: { ...row(data.fashionMnist, mnistOptions), costly: true },
  idx: row(
    data.idx,
    arg(
      "",
      Uint8Array.of(0, 0, 8, 1, 0, 0, 0, 1, 7),
      ...NOTHING,
      3,
      {},
      "missing.idx",
      Uint8Array.of(1),
      new Uint8Array(0),
      Uint8Array.of(0, 0, 8, 1, 0, 0, 0, 2, 7),
    ),
  ),
  minMaxScale: row(
    data.minMaxScale as never,
    arg("data", [[1], [2]], ...NOTHING, "text", {}, [], [[1], [2, 3]], [[Number.NaN]], [[Infinity]], 3),
    options(
      arg("range", [0, 1], null, 1, [1], [1, 0], [0, Number.NaN], "01"),
      arg("axis", -1, "0", 1.5, 9),
      arg("nan", "error", null, "skip"),
    ),
  ),
  mnist: { ...row(data.mnist, mnistOptions), costly: true },
  normalizer: row(
    data.normalizer as never,
    arg(
      "",
      data.standardize([[1], [2]]).config,
      ...NOTHING,
      {},
      "text",
      3,
      { kind: "other" },
      { kind: "standardize" },
      { kind: "standardize", shape: [1], axis: [1], mean: [1, 2], std: [1] },
      { kind: "standardize", shape: [1], axis: "x", mean: [1], std: [1] },
    ),
  ),
  oneHot: row(
    data.oneHot as never,
    arg(
      "labels",
      Int32Array.of(0, 1),
      ...NOTHING,
      "text",
      {},
      Int32Array.of(9),
      Int32Array.of(-1),
      [0.5],
      [Number.NaN],
      [null],
    ),
    count("classes", 3, 0),
  ),
  kFold: row(
    data.kFold as never,
    arg("dataset", rows3(), ...NOTHING, "text", {}, [1, 2]),
    count("k", 2, 0, 1, 9),
    options(seed, arg("stratify", false, null, "yes", 1), arg("groups", [1, 2], "a", [1], {})),
  ),
  recommendBatchSize: row(
    data.recommendBatchSize,
    count("count", 3000, 0),
    number("bytesPerRow", 100, 0, -1, 2 ** 31),
    options(number("memory", 1e6, 0, -1)),
  ),
  recommendSplit: row(data.recommendSplit, count("count", 1000)),
  split: row(
    data.split as never,
    arg("dataset", rows3(), ...NOTHING, "text", {}, [1, 2]),
    arg(
      "ratios",
      [0.6, 0.4],
      ...NOTHING,
      "text",
      1,
      [],
      [0.6, 0.6],
      [1.5, -0.5],
      [Number.NaN, 1],
      ["0.5", 0.5],
      [60, 40],
    ),
    options(seed, arg("stratify", false, null, "yes", 1), arg("groups", [1, 2], "a", [1], {})),
  ),
  standardize: row(
    data.standardize as never,
    arg("data", [[1], [2]], ...NOTHING, "text", {}, [], [[1], [2, 3]], [[Number.NaN]], [[Infinity]], 3),
    options(arg("axis", -1, "0", 1.5, 9), arg("nan", "error", null, "skip")),
  ),
  "Dataset.batch": row(
    (...args: [never, never]) => rows3().batch(...args),
    count("size", 1, undefined, 0),
    options(flag("dropRemainder")),
  ),
  "Dataset.batches": row(
    (given: never) => rows3().batches(given),
    options(
      count("batchSize", 2, 0),
      count("epoch", 0),
      seed,
      flag("shuffle"),
      flag("dropRemainder"),
      count("skip", 0),
    ),
  ),
  "Dataset.cache": row(() => rows3().cache()),
  "Dataset.concat": row(
    (other: never) => rows3().concat(other),
    arg("", rows3(), ...NOTHING, {}, X, generated().batch(2), data.Dataset.fromArrays([[1]], Y.slice(1))),
  ),
  "Dataset.filter": row(
    (keep: never) => consume(rows3().filter(keep)),
    fn(
      () => true,
      "keep",
      () => 1,
      async () => true,
    ),
  ),
  "Dataset.fromArrays": row(
    data.Dataset.fromArrays as never,
    arg(
      "x",
      X,
      ...NOTHING,
      "text",
      {},
      [],
      [[1], [2, 3]],
      3,
      [["a"]],
      { data: [1], shape: [1] },
      { data: new Float32Array(2), shape: [3] },
      { data: new Float32Array(2), shape: "2" },
    ),
    arg("y", Y, null, "text", {}, Int32Array.of(0)),
  ),
  "Dataset.fromGenerator": row(
    (make: never) => consume(data.Dataset.fromGenerator(make)),
    fn(
      () => [{ x: 1 }],
      "",
      () => 3,
      () => [3],
      () => [null],
      () => [{ z: 1 }],
      () => [{ x: null }],
      () => [{ x: "a" }],
    ),
  ),
  "Dataset.map": row(
    (make: never) => consume(rows3().map(make)),
    fn(
      (each: never) => each,
      "",
      () => 3,
      () => null,
      () => ({ z: 1 }),
      () => ({ x: null }),
      async () => ({ x: 1 }),
    ),
  ),
  "Dataset.prefetch": row((...args: [never]) => generated().prefetch(...args), count("count", 1, undefined, 0)),
  "Dataset.repeat": row((...args: [never]) => rows3().repeat(...args), number("count", 1, -1, 1.5)),
  "Dataset.shuffle": row((given: never) => rows3().shuffle(given), options(seed, count("bufferSize", 1, 0))),
  "Dataset.skip": row((...args: [never]) => rows3().skip(...args), count("count", 1, undefined)),
  "Dataset.take": row((...args: [never]) => rows3().take(...args), count("count", 1, undefined)),
};
