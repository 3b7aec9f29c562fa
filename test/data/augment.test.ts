import { afterEach, describe, expect, test } from "vitest";
import { init } from "../../src/backend/engine.js";
import { type AugmentOptions, augment, Dataset, drawnDigits, minMaxScale, split } from "../../src/data/index.js";
import { setSeed } from "../../src/tensor/random.js";
import { backends } from "../support/backends.js";
import { xs } from "../support/rows.js";

/** 1, 2, 3, … as floats, row by row. */
const ramp = (height: number, width: number) =>
  Array.from({ length: height }, (_, i) => Array.from({ length: width }, (_, j) => 1 + i * width + j));
const one = (image: number[][]) => Dataset.fromArrays([image]);
/** The first picture of a single image. */
const first = async (image: number[][], options: AugmentOptions) => (await xs(augment(one(image), options)))[0];

/** A pass as one array of numbers. */
async function pass(dataset: Dataset, options: Parameters<Dataset["batches"]>[0] = {}): Promise<number[]> {
  const out: number[] = [];
  for await (const batch of await dataset.batches(options)) out.push(...(batch.x[0]?.data ?? []));
  return out;
}

/** What `count` copies of an image become. */
async function many(image: number[][], count: number, options: AugmentOptions): Promise<number[][]> {
  const flat = image.flat();
  const data = Float32Array.from({ length: count * flat.length }, (_, i) => flat[i % flat.length] as number);
  const rows = Dataset.fromArrays({ data, shape: [count, image.length, image[0]?.length ?? 0] });
  const values = await pass(augment(rows, options), { batchSize: 500 });
  const width = values.length / count;
  return Array.from({ length: count }, (_, i) => values.slice(i * width, (i + 1) * width));
}

const mean = (values: number[]) => values.reduce((sum, v) => sum + v, 0) / values.length;

afterEach(async () => {
  setSeed(0);
  await init();
});

describe("by hand", () => {
  const image = ramp(2, 3);

  test("flips: each of the four, about equally often", async () => {
    const kinds = new Map<string, number>();
    for (const picture of await many(image, 4000, { flip: "horizontalAndVertical" })) {
      kinds.set(String(picture), (kinds.get(String(picture)) ?? 0) + 1);
    }
    expect([...kinds.keys()].sort()).toEqual(["1,2,3,4,5,6", "3,2,1,6,5,4", "4,5,6,1,2,3", "6,5,4,3,2,1"]);
    // Four standard deviations of 4,000 draws at ¼: 4 · √(4000 · ¼ · ¾) = 110.
    for (const count of kinds.values()) expect(Math.abs(count - 1000)).toBeLessThan(110);
    const across = new Set((await many(image, 100, { flip: "horizontal" })).map(String));
    expect([...across].sort()).toEqual(["1,2,3,4,5,6", "3,2,1,6,5,4"]);
    const down = new Set((await many(image, 100, { flip: "vertical" })).map(String));
    expect([...down].sort()).toEqual(["1,2,3,4,5,6", "4,5,6,1,2,3"]);
  });

  test("rotation by 90° and 180° moves every pixel to one place, exactly", async () => {
    expect(await first(ramp(3, 3), { rotate: [90, 90] })).toEqual([
      [3, 6, 9],
      [2, 5, 8],
      [1, 4, 7],
    ]);
    expect(await first(ramp(2, 2), { rotate: [-90, -90] })).toEqual([
      [3, 1],
      [4, 2],
    ]);
    expect(await first(image, { rotate: [180, 180] })).toEqual([
      [6, 5, 4],
      [3, 2, 1],
    ]);
  });

  test("rotation by 45°: the middle stays, its neighbour comes from √½ up and right", async () => {
    const point = [
      [0, 0, 0],
      [0, 1, 0],
      [0, 0, 0],
    ];
    // Corners of the new image lie √2 from the middle, sides 1: those blend the middle by (1 − √½)² = 0.0857864.
    const turned = (await first(point, { rotate: [45, 45] })) as number[][];
    expect(turned[1]?.[1]).toBe(1);
    for (const [i, j] of [
      [0, 1],
      [1, 0],
      [1, 2],
      [2, 1],
    ] as const) {
      expect(turned[i]?.[j]).toBeCloseTo(0.0857864, 6);
    }
    expect(turned[0]?.[0]).toBe(0);
  });

  test("shifts by whole pixels exactly, by half a pixel to means of two; outside is as asked", async () => {
    const down = { shift: { height: [0.5, 0.5] as const } };
    expect(await first(image, down)).toEqual([
      [0, 0, 0],
      [1, 2, 3],
    ]);
    const row = [[1, 2, 4, 8]];
    const by = (width: number, more: AugmentOptions = {}) => first(row, { shift: { width: [width, width] }, ...more });
    expect(await by(0.5)).toEqual([[0, 0, 1, 2]]);
    expect(await by(-0.25, { fillValue: 9 })).toEqual([[2, 4, 8, 9]]);
    expect(await by(0.5, { fillMode: "nearest" })).toEqual([[1, 1, 1, 2]]);
    expect(await by(0.75, { fillMode: "reflect" })).toEqual([[4, 2, 1, 1]]);
    expect(await by(0.125)).toEqual([[0.5, 1.5, 3, 6]]);
  });

  test("zoom by 2 about the middle", async () => {
    // Places −¼ … of the half: 0.75, 1.25, 1.75, 2.25 of [1, 2, 4, 8].
    expect(await first([[1, 2, 4, 8]], { zoom: [2, 2], fillMode: "nearest" })).toEqual([[1.75, 2.5, 3.5, 5]]);
    expect(await first([[1, 2, 4, 8]], { zoom: [0.5, 0.5] })).toEqual([[0, 1.5, 6, 0]]);
  });

  test("shear by 45° moves each line by its distance from the middle one", async () => {
    expect(await first(ramp(3, 3), { shear: [45, 45] })).toEqual([
      [2, 3, 0],
      [4, 5, 6],
      [0, 7, 8],
    ]);
  });

  test("crop with padding: all places, each as often", async () => {
    const pictures = await many(
      [
        [1, 2],
        [3, 4],
      ],
      3600,
      { crop: { padding: 1 } },
    );
    const counts = new Map<string, number>();
    for (const picture of pictures) counts.set(String(picture), (counts.get(String(picture)) ?? 0) + 1);
    // Windows of 2 × 2 in
    //   0 0 0 0
    //   0 1 2 0
    //   0 3 4 0
    //   0 0 0 0
    const windows = ["0,0,0,1", "0,0,1,2", "0,0,2,0", "0,1,0,3", "1,2,3,4", "2,0,4,0", "0,3,0,0", "3,4,0,0", "4,0,0,0"];
    expect([...counts.keys()].sort()).toEqual(windows.sort());
    for (const count of counts.values()) expect(Math.abs(count - 400)).toBeLessThan(4 * 19);
    const smaller = await many(ramp(3, 4), 200, { crop: { size: [2, 3] } });
    expect(new Set(smaller.map(String))).toEqual(
      new Set(["1,2,3,5,6,7", "2,3,4,6,7,8", "5,6,7,9,10,11", "6,7,8,10,11,12"]),
    );
  });

  test("brightness, contrast about the mean of each channel, both kept to the range", async () => {
    expect(await first([[0.25, 0.5]], { brightness: [0.25, 0.25] })).toEqual([[0.5, 0.75]]);
    expect(await first([[0.25, 0.75]], { contrast: [0.5, 0.5] })).toEqual([[0.375, 0.625]]);
    expect(await first([[0.25, 0.75]], { contrast: [3, 3] })).toEqual([[0, 1]]);
    const bytes = Dataset.fromArrays({ data: Uint8Array.of(0, 200), shape: [1, 1, 2] });
    expect(await xs(augment(bytes, { brightness: [0.5, 0.5] }))).toEqual([[[127.5, 255]]]);
    const colors = Dataset.fromArrays([
      [
        [
          [0.25, 0.75],
          [0.75, 0.75],
        ],
      ],
    ]);
    const [picture] = (await xs(augment(colors, { contrast: [0.5, 0.5] }))) as number[][][][];
    expect(picture).toEqual([
      [
        [0.375, 0.75],
        [0.625, 0.75],
      ],
    ]);
    expect(await first([[-2, 2]], { brightness: [0.25, 0.25], valueRange: [-2, 2] })).toEqual([[-1, 2]]);
  });

  test("cutout: a square about a pixel that is anywhere, cut at the border", async () => {
    const white = Array.from({ length: 8 }, () => new Array(8).fill(1) as number[]);
    const pictures = await many(white, 2000, { cutout: 4, fillValue: 0.5 });
    const holes = pictures.map((picture) => picture.filter((v) => v === 0.5).length);
    expect(pictures.flat().every((v) => v === 0.5 || v === 1)).toBe(true);
    // A side of 4 from c − 2 on, c = 0 … 7, keeps 2, 3, 4, 4, 4, 4, 4, 3 of its lines: 3.5 on average, so 12.25 pixels.
    expect(Math.max(...holes)).toBe(16);
    expect(Math.min(...holes)).toBe(4);
    expect(Math.abs(mean(holes) - 12.25)).toBeLessThan(0.4);
  });
});

describe("elastic distortion", () => {
  test("with alpha 0 leaves images as they are", async () => {
    expect(await first(ramp(5, 4), { elastic: { alpha: 0, sigma: 2 } })).toEqual(ramp(5, 4));
  });

  test.each(backends)("displaces by the deviation that the filter leaves of the noise, on $name", async ({ use }) => {
    await use();
    // An image whose value is its column shows displacements as they are (far from the border).
    const columns = Array.from({ length: 32 }, () => Array.from({ length: 32 }, (_, j) => j));
    const [alpha, sigma] = [8, 2];
    const pictures = await many(columns, 60, { elastic: { alpha, sigma }, fillMode: "nearest" });
    const shifts = pictures.flatMap((picture) =>
      picture.flatMap((v, i) => (i % 32 >= 10 && i % 32 < 22 ? [v - (i % 32)] : [])),
    );
    const weights = Array.from({ length: 13 }, (_, k) => Math.exp(-((k - 6) ** 2) / (2 * sigma * sigma)));
    const total = weights.reduce((sum, w) => sum + w, 0);
    const squares = weights.reduce((sum, w) => sum + (w / total) ** 2, 0);
    const deviation = (alpha / Math.sqrt(3)) * squares;
    const measured = Math.sqrt(mean(shifts.map((v) => v * v)));
    expect(Math.abs(mean(shifts))).toBeLessThan(0.06);
    expect(Math.abs(measured / deviation - 1)).toBeLessThan(0.1);
    // Neighbours move alike: their difference has the variance 2 (1 − r) of the field, r = e^(−1/4σ²) = 0.939.
    const steps = pictures.flatMap((picture) =>
      picture.flatMap((v, i) => (i % 32 >= 10 && i % 32 < 22 ? [(picture[i + 1] as number) - v - 1] : [])),
    );
    expect(mean(steps.map((v) => v * v)) / (measured * measured)).toBeCloseTo(2 * (1 - Math.exp(-1 / 16)), 1);
  });
});

describe("what a picture depends on", () => {
  const digits = drawnDigits({ count: 50, seed: 3 });
  const all: AugmentOptions = {
    flip: "horizontal",
    crop: { padding: 2 },
    rotate: 15,
    zoom: 0.1,
    shear: 10,
    shift: 0.1,
    elastic: { alpha: 20, sigma: 4 },
    brightness: 0.2,
    contrast: 0.2,
    cutout: 6,
  };
  /** Each row's picture in a pass, by its row. */
  const byRow = async (dataset: Dataset, options: Parameters<Dataset["batches"]>[0]) => {
    const out = new Map<number, string>();
    for await (const { x, y } of await dataset.batches(options)) {
      const size = 784;
      y[0]?.data.forEach((row, i) => {
        out.set(row, String(x[0]?.data.slice(i * size, (i + 1) * size)));
      });
    }
    return new Map([...out].sort(([a], [b]) => a - b));
  };
  const numbered = Dataset.fromArrays(
    { data: Uint8Array.from({ length: 50 * 784 }, (_, i) => (i * 7919) % 256), shape: [50, 28, 28, 1], scale: 1 / 255 },
    Int32Array.from({ length: 50 }, (_, i) => i),
  ) as Dataset;

  test("seed and epoch: the same repeat, others differ", async () => {
    const a = augment(digits, { ...all, seed: 1 });
    expect(await pass(a)).toEqual(await pass(augment(digits, { ...all, seed: 1 })));
    expect(await pass(a)).not.toEqual(await pass(augment(digits, { ...all, seed: 2 })));
    expect(await pass(a)).not.toEqual(await pass(a, { epoch: 1 }));
    expect(await pass(a, { epoch: 1 })).toEqual(await pass(a, { epoch: 1 }));
    const open = augment(digits, all);
    expect(await pass(open, { seed: 5 })).toEqual(await pass(augment(digits, { ...all, seed: 5 })));
    expect(await pass(open)).toEqual(await pass(open, { seed: 0 }));
    setSeed(9);
    expect(await pass(open)).toEqual(await pass(open, { seed: 9 }));
  });

  test("not the batch size, the order, a skip, a split or a concat", async () => {
    const made = augment(numbered, { ...all, seed: 1 }) as Dataset;
    const want = await byRow(made, { batchSize: 50, epoch: 2 });
    expect(await byRow(made, { batchSize: 7, epoch: 2 })).toEqual(want);
    expect(await byRow(made, { batchSize: 16, epoch: 2, shuffle: true, seed: 4 })).toEqual(want);
    const tail = await byRow(made, { batchSize: 10, epoch: 2, skip: 4 });
    expect(tail).toEqual(new Map([...want].slice(40)));
    const [train, dev] = split(made, [0.8, 0.2], { seed: 1 }) as Dataset[];
    const parts = [train as Dataset, dev as Dataset].map((part) => byRow(part, { batchSize: 9, epoch: 2 }));
    const both = (await Promise.all(parts)).flatMap((part) => [...part]).sort(([a], [b]) => a - b);
    expect(new Map(both)).toEqual(want);
    const joined = made.take(20).concat(made.skip(20));
    expect(await byRow(joined as Dataset, { batchSize: 8, epoch: 2 })).toEqual(want);
  });

  test("not the backend", async () => {
    const made = augment(digits, { ...all, seed: 1 });
    const passes: number[][] = [];
    for (const { use } of backends) {
      await use();
      passes.push(await pass(made));
    }
    for (const other of passes) expect(other).toEqual(passes[0]);
  });

  test("repetitions within an epoch are new pictures, shuffled or not", async () => {
    const image = ramp(4, 4);
    const made = augment(one(image), { shift: 0.5, seed: 1 });
    for (const repeated of [made.repeat(5), made.repeat(5).shuffle(), augment(one(image).repeat(5), { shift: 0.5 })]) {
      const pictures = (await xs(repeated)).map(String);
      expect(new Set(pictures).size).toBe(5);
    }
    const endless = await xs(made.repeat(), 5);
    expect(new Set(endless.map(String)).size).toBe(5);
  });

  test("rows from a generator, one by one or in batches, as those in memory", async () => {
    const memory = augment(numbered, { ...all, seed: 1 }) as Dataset;
    const stream = Dataset.fromGenerator(async function* () {
      for await (const { x, y } of numbered) yield { x: x as never, y: y as never };
    });
    const want = await byRow(memory, { batchSize: 50 });
    expect(await byRow(augment(stream, { ...all, seed: 1 }) as Dataset, { batchSize: 8 })).toEqual(want);
    expect(await byRow(augment(stream.batch(16), { ...all, seed: 1 }) as Dataset, {})).toEqual(want);
    expect(await byRow(augment(numbered.batch(16), { ...all, seed: 1 }) as Dataset, {})).toEqual(want);
  });

  test("images of several sizes come out of a crop as one", async () => {
    const sizes = Dataset.fromGenerator(function* () {
      yield { x: ramp(4, 5) };
      yield { x: ramp(6, 3) };
    });
    const pictures = (await xs(augment(sizes, { crop: { size: 2 } }))) as number[][][];
    expect(pictures.map((picture) => [picture.length, picture[0]?.length])).toEqual([
      [2, 2],
      [2, 2],
    ]);
  });

  test("the draws fill their intervals evenly", async () => {
    // One pixel at the left of a long black row, shifted: where it lands is the shift.
    const row = [Array.from({ length: 64 }, (_, j) => j)];
    const shifts = (await many(row, 4000, { shift: { width: 0.25 }, fillMode: "nearest" })).map(
      (v) => 32 - (v[32] ?? 0),
    );
    expect(Math.abs(mean(shifts))).toBeLessThan(4 * (16 / Math.sqrt(3 * 4000)));
    const bins = new Array(8).fill(0) as number[];
    for (const shift of shifts) (bins[Math.min(7, Math.floor((shift + 16) / 4))] as number)++;
    for (const count of bins) expect(Math.abs(count - 500)).toBeLessThan(4 * 21);
  });
});

describe("targets", () => {
  test("classes stay", async () => {
    const made = augment(drawnDigits({ count: 20 }), { rotate: 20 });
    const plain: number[] = [];
    for await (const batch of await made.batches()) plain.push(...(batch.y[0]?.data ?? []));
    const want: number[] = [];
    for await (const batch of await drawnDigits({ count: 20 }).batches()) want.push(...(batch.y[0]?.data ?? []));
    expect(plain).toEqual(want);
  });

  test("masks keep their values and go with the image; images are blended", async () => {
    const image = [[[0, 0, 0, 0, 4, 4, 4, 4]]];
    const shift = { shift: { width: [0.1, 0.1] as const }, target: "mask" as const };
    const mask = { data: Int32Array.of(0, 0, 0, 0, 7, 7, 7, 7), shape: [1, 1, 8] };
    for await (const { x, y } of augment(Dataset.fromArrays(image, mask), { ...shift, maskFillValue: 3 })) {
      // 0.8 pixels to the right: the nearest pixel is one to the left.
      expect([y.dtype, y.toArray()]).toEqual(["int32", [[3, 0, 0, 0, 0, 7, 7, 7]]]);
      expect((x.toArray() as number[][])[0]?.[4]).toBeCloseTo(0.8, 6);
    }
    for await (const { y } of augment(Dataset.fromArrays(image, mask), { ...shift, target: "image" })) {
      expect((y.toArray() as number[][])[0]?.[4]).toBeCloseTo(1.4, 6);
    }
    const rows = Dataset.fromArrays(drawnDigitPixels(), drawnDigitPixels());
    const all: AugmentOptions = {
      flip: "horizontal",
      rotate: 30,
      zoom: 0.2,
      elastic: { alpha: 10, sigma: 3 },
      seed: 2,
    };
    for await (const { x, y } of augment(rows, { ...all, target: "image" })) expect(y.toArray()).toEqual(x.toArray());
  });

  test("points go where the image takes them", async () => {
    const image = ramp(3, 4);
    const points = (options: AugmentOptions, given: number[][]) =>
      placesOf(image, given, { ...options, target: "points" });
    expect(
      await points({ rotate: [180, 180] }, [
        [0, 0],
        [3, 1],
      ]),
    ).toEqual([
      [3, 2],
      [0, 1],
    ]);
    expect(await points({ shift: { width: [0.25, 0.25], height: [0, 0] } }, [[0, 0]])).toEqual([[1, 0]]);
    const [[x, y] = []] = (await points({ rotate: [90, 90] }, [[2.5, 1]])) as number[][];
    expect([x, y]).toEqual([1.5, 0]);
  });

  test("a point stays on its spot of the picture, whatever moves it", async () => {
    // Two images whose values are column and row: at the place of the point, the picture shows the point.
    const size = 24;
    const columns = Array.from({ length: size }, () => Array.from({ length: size }, (_, j) => j));
    const options: AugmentOptions = {
      flip: "horizontalAndVertical",
      crop: { padding: 3 },
      rotate: 40,
      zoom: 0.2,
      shear: 20,
      shift: 0.1,
      elastic: { alpha: 12, sigma: 3 },
      fillMode: "nearest",
      target: "points",
    };
    let inside = 0;
    for (let seed = 0; seed < 40; seed++) {
      const rows = Dataset.fromArrays([columns], [[[9.25, 13.5]]]);
      for await (const { x, y } of augment(rows, { ...options, seed })) {
        const [[px, py]] = y.toArray() as [[number, number]];
        if (px < 1 || py < 1 || px > size - 2 || py > size - 2) continue;
        inside++;
        const picture = x.toArray() as number[][];
        const at = (i: number, j: number) => picture[i]?.[j] as number;
        const [i, j] = [Math.floor(py), Math.floor(px)];
        const [u, v] = [px - j, py - i];
        const value =
          (at(i, j) * (1 - u) + at(i, j + 1) * u) * (1 - v) + (at(i + 1, j) * (1 - u) + at(i + 1, j + 1) * u) * v;
        expect(Math.abs(value - 9.25), `seed ${seed}`).toBeLessThan(0.15);
      }
    }
    expect(inside).toBeGreaterThan(30);
  });

  test("boxes become upright ones around what they held, cut at the border", async () => {
    const image = ramp(4, 6);
    const boxes = (options: AugmentOptions, given: number[][]) =>
      placesOf(image, given, { ...options, target: "boxes" });
    expect(await boxes({ rotate: [180, 180] }, [[0, 0, 2, 1]])).toEqual([[4, 3, 6, 4]]);
    expect(await boxes({ shift: { width: [0.5, 0.5] } }, [[2, 1, 5, 2]])).toEqual([[5, 1, 6, 2]]);
    const [[left, top, right, bottom] = []] = (await placesOf(ramp(8, 8), [[2, 2, 6, 6]], {
      rotate: [45, 45],
      target: "boxes",
    })) as number[][];
    expect(left).toBeCloseTo(4 - 2 * Math.SQRT2, 5);
    expect([right, bottom].map((v) => v?.toFixed(4))).toEqual([left, top].map((v) => (8 - (v as number)).toFixed(4)));
  });
});

async function placesOf(image: number[][], places: number[][], options: AugmentOptions): Promise<unknown> {
  for await (const { y } of augment(Dataset.fromArrays([image], [places]), options)) return y.toArray();
  return undefined;
}

function drawnDigitPixels() {
  return { data: Float32Array.from({ length: 3 * 100 }, (_, i) => ((i * 31) % 17) / 17), shape: [3, 10, 10] };
}

test("passes on through a normalizer, as bytes until then", async () => {
  const images = drawnDigits({ count: 10 });
  const made = augment(images, { rotate: 15, seed: 1 });
  const scaler = await minMaxScale(images, { range: [-1, 1], axis: null });
  const black = 2 / ((scaler.max[0] as number) - (scaler.min[0] as number));
  const scaled = (await pass(scaler.transform(made) as Dataset, { epoch: 3 })).map((v) => (v + 1) / black);
  const want = await pass(made, { epoch: 3 });
  expect(Math.max(...scaled.map((v, i) => Math.abs(v - (want[i] as number))))).toBeLessThan(1e-6);
});

test("float64 stays float64", async () => {
  for await (const { x } of augment(Dataset.fromArrays({ data: new Float64Array(4), shape: [1, 2, 2] }), {
    rotate: 5,
  })) {
    expect(x.dtype).toBe("float64");
  }
});

describe("errors", () => {
  const table = Dataset.fromArrays([[1, 2, 3]], [0]);
  const image = one(ramp(4, 4));

  test.each([
    [
      "no images",
      () => augment(table, { flip: "horizontal" }),
      "augment: dataset expected images as rows of x, [height, width] or [height, width, channels], got rows of [3]; load them without flatten",
    ],
    [
      "several inputs",
      () => augment(Dataset.fromArrays({ a: [[1]], b: [[2]] }) as never, {}),
      "augment: dataset expected one array x, got x: { a, b }, y: none",
    ],
    [
      "a crop that is too large",
      () => augment(image, { crop: { size: 7, padding: 1 } }),
      "augment: crop.size expected at most [6, 6], the image with its padding, got [7, 7]",
    ],
    [
      "a cutout that is too large",
      () => augment(image, { cutout: [2, 5] }),
      "augment: cutout expected at most the image, [4, 4], got [2, 5]",
    ],
    [
      "degrees",
      () => augment(image, { rotate: 270 }),
      "augment: rotate expected a finite number ≥ 0 and ≤ 180, got 270",
    ],
    [
      "an interval",
      () => augment(image, { zoom: [1.2, 0.8] }),
      "augment: zoom[1] expected a finite number ≥ 1.2 and ≤ 20, got 0.8",
    ],
    [
      "a misspelt option",
      () => augment(image, { rotat: 5 } as never),
      'augment: unknown option "rotat"; did you mean "rotate"?',
    ],
    [
      "a mask of another size",
      () => augment(Dataset.fromArrays([ramp(2, 2)], [ramp(3, 3)]), { target: "mask" }),
      'augment: y expected rows as tall and wide as the images, [2, 2], for target "mask", got [3, 3]',
    ],
    [
      "no points",
      () => augment(Dataset.fromArrays([ramp(2, 2)], [[1, 2, 3]]), { target: "points" }),
      'augment: y expected rows of [x, y], [2] or [count, 2], for target "points", got [3]',
    ],
    [
      "no target",
      () => augment(image, { target: "mask" }),
      'augment: dataset expected one array x and one y, as target "mask", got x: one array, y: none',
    ],
  ] as const)("%s", (_, run, text) => {
    expect(run).toThrow(text);
  });

  test("values that the range does not hold are found as the batch is made", async () => {
    const bright = Dataset.fromArrays([ramp(2, 2), ramp(2, 2)]);
    await expect(pass(augment(bright, { brightness: 0.1 }))).rejects.toThrow(
      "augment: x expected values from 0 to 1 for brightness and contrast, got 2 in row 0; name theirs by valueRange",
    );
  });

  test("rows that come one by one are found where they are read", async () => {
    const stream = Dataset.fromGenerator(function* () {
      yield { x: [1, 2, 3] };
    });
    await expect(pass(augment(stream, { rotate: 5 }))).rejects.toThrow("got rows of [3]");
  });
});
