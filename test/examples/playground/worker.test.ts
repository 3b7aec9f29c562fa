import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import * as wg from "wasmgrad";
import { drawnDigits } from "wasmgrad/data";
import { save } from "wasmgrad/formats";
import { choices, defaults } from "../../../examples/playground/src/defaults.js";
import type { Command, Own, Progress, Report, Trial } from "../../../examples/playground/src/protocol.js";
import type { Settings } from "../../../examples/playground/src/settings.js";
import { varied } from "../../../examples/playground/src/ui/digit/examples.js";
import { createCore } from "../../../examples/playground/src/worker/core.js";
import { asMnist } from "../../../examples/playground/src/worker/recognize.js";
import { buffersIn } from "../../../examples/playground/src/worker/transfer.js";

type Some<T extends Report["type"]> = Extract<Report, { type: T }>;

interface Changes {
  data?: Partial<Settings["data"]>;
  network?: Partial<Settings["network"]>;
  training?: Partial<Settings["training"]>;
}

/** Small data and few epochs, so that a run takes a moment. */
function settings({ data, network, training }: Changes = {}): Settings {
  return {
    data: { ...defaults.data, rows: 150, ...data },
    network: { ...defaults.network, ...network },
    training: { ...defaults.training, epochs: 12, ...training },
  };
}

/** A worker without a worker, and what it has posted. */
function worker(digitsModel = async (): Promise<Uint8Array> => Promise.reject(new Error("no model"))) {
  const reports: Report[] = [];
  let heard: (() => void) | undefined;
  const handle = createCore(
    (report) => {
      reports.push(report);
      heard?.();
    },
    { digitsModel, pictureEvery: 0 },
  );
  const all = <T extends Report["type"]>(type: T, run?: number) =>
    reports.filter(
      (each) => each.type === type && (run === undefined || (each as { run?: number }).run === run),
    ) as Some<T>[];
  const last = <T extends Report["type"]>(type: T, run?: number) => all(type, run).at(-1) as Some<T>;
  const until = async (isThere: () => boolean): Promise<void> => {
    while (!isThere()) {
      await new Promise<void>((resolve) => {
        heard = resolve;
      });
    }
  };
  return {
    reports,
    all,
    send: (command: Command) => handle(command),
    last,
    until,
    /** Rests after so many epochs, or has failed: a slow machine reports in the midst of an epoch too. */
    stopped: (epoch: number, run?: number) =>
      until(() => {
        const progress = last("progress", run);
        return (progress?.epoch === epoch && !progress.playing) || all("failed").length > 0;
      }),
  };
}

async function trained(given: Settings, own: Own = {}): Promise<ReturnType<typeof worker>> {
  const it = worker();
  await it.send({ type: "start", run: 0, settings: given, ...own });
  await it.send({ type: "play", run: 0 });
  await it.until(() => it.all("ended").length + it.all("failed").length > 0);
  return it;
}

/** 90 rows of three features, two of which tell the class. */
const TABLE = [
  "length,width,colour,kind",
  ...Array.from(
    { length: 90 },
    (_, i) => `${i % 9},${(i * 7) % 5},${i % 2 ? "red" : "blue"},${i % 9 > 4 ? "yes" : "no"}`,
  ),
].join("\n");
const PRICES = ["size,price", ...Array.from({ length: 60 }, (_, i) => `${i},${1000 + 30.5 * i}`)].join("\r\n");

describe("each kind of data", () => {
  for (const kind of choices.kind) {
    test(`${kind} is learned`, async () => {
      const it = await trained(settings({ data: { kind, augment: true } }), { table: TABLE, digits: varied() });
      expect(it.all("failed")).toEqual([]);
      const [first, ...others] = it.all("progress");
      const last = others.at(-1) as Progress;
      expect(first).toMatchObject({ epoch: 0, step: 0, playing: false });
      expect(last).toMatchObject({ epoch: 12, playing: false });
      expect(last.loss.train).toBeLessThan((first as Progress).loss.train);
      const { data } = it.last("ready");
      for (const each of [first as Progress, last]) checkPicture(each, data);
    });
  }

  test("a table of numbers is regression, in its own units", async () => {
    const it = await trained(settings({ data: { kind: "csv" }, training: { epochs: 40 } }), { table: PRICES });
    const { data } = it.last("ready");
    expect(data).toMatchObject({ task: "regression", classes: [], features: ["size"] });
    expect(Math.max(...data.targets)).toBe(1000 + 30.5 * 59);
    const { score, surface } = it.last("progress");
    expect(score.dev).toBeLessThan(300);
    expect(Math.max(...(surface?.values ?? []))).toBeGreaterThan(2000);
  });

  test("images come with what they are taken for, and what augmentation makes of them", async () => {
    const it = await trained(settings({ data: { kind: "digits", rows: 300, augment: true } }));
    const { images } = it.last("ready").data;
    // 20 % of 300 rows are the dev part, of which 40 are shown; of 3 of the train part, each as it is and in four epochs.
    expect([images?.pixels.length, images?.labels.length, images?.augmented?.length]).toEqual([
      40 * 784,
      40,
      3 * 5 * 784,
    ]);
    const at = (row: number) => images?.augmented?.slice(row * 784, (row + 1) * 784);
    expect(new Set([0, 1, 2, 3, 4].map((row) => String(at(row)))).size).toBe(5);
    const { guesses, score } = it.last("progress");
    expect(guesses?.confusion.reduce((sum, each) => sum + each)).toBe(60);
    const right = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9].reduce((sum, i) => sum + (guesses?.confusion[11 * i] as number), 0);
    expect(right / 60).toBeCloseTo(score.dev, 5);
    expect(guesses?.classes).toHaveLength(40);
    expect(Math.min(...(guesses?.probabilities ?? []))).toBeGreaterThan(0.1);
  });

  test("too few drawings say which are missing", async () => {
    const drawn = varied().filter(({ digit }) => digit < 3);
    const failed = async (digits: typeof drawn) =>
      (await trained(settings({ data: { kind: "hand" } }), { digits })).last("failed").message;
    expect(await failed(drawn.slice(0, 1))).toMatch(/two different digits or more/);
    expect(await failed(drawn.slice(0, -5))).toMatch(/Draw 1, 2 again, or take them out/);
  });

  test("normalization and split are those that were chosen", async () => {
    const it = worker();
    await it.send({
      type: "start",
      run: 0,
      settings: settings({ data: { rows: 200, train: 50, dev: 30, normalize: "none" } }),
    });
    await it.until(() => it.all("progress").length > 0);
    const { parts, points } = it.last("ready").data;
    expect([0, 1, 2].map((part) => parts.filter((each) => each === part).length)).toEqual([100, 60, 40]);
    const first = it.last("progress");
    const minMax = settings({ data: { rows: 200, train: 50, dev: 30, normalize: "minMax" } });
    await it.send({ type: "start", run: 0, settings: minMax });
    await it.until(() => it.all("progress").length > 1);
    expect(it.last("ready").data.points).toEqual(points);
    expect(it.last("progress").loss).not.toEqual(first.loss);
  });
});

function checkPicture(progress: Progress, { task, classes }: Some<"ready">["data"]): void {
  const { surface, weights, activations, gradients } = progress;
  if (surface) {
    expect(surface.channels).toBe(task === "classification" ? classes.length : 1);
    expect(surface.values).toHaveLength(surface.side ** 2 * surface.channels);
    expect(surface.values.every(Number.isFinite)).toBe(true);
  }
  for (const histograms of [weights, activations, gradients]) {
    expect(histograms.map(({ layer }) => layer)).toEqual(["hidden 1", "hidden 2", "output"]);
    for (const { counts, from, to } of histograms) {
      expect(counts.reduce((sum, count) => sum + count)).toBeGreaterThan(0);
      expect(from).toBeLessThanOrEqual(to);
    }
  }
  expect(progress.biasVariance).toMatch(/variance +.+ %/);
  expect(progress.gradientFlow).toMatch(/^Flow through model .+: (healthy|vanishing|exploding)\n/);
  expect(buffersIn(progress).length).toBe(new Set(buffersIn(progress)).size);
}

describe("a run", () => {
  const forEver = settings({ training: { epochs: 10_000 } });

  test("waits until it is played, pauses at once, and goes on", async () => {
    const it = worker();
    await it.send({ type: "start", run: 3, settings: forEver });
    await it.until(() => it.all("progress").length > 0);
    expect(it.reports.map(({ type }) => type)).toEqual(["ready", "progress"]);
    await it.send({ type: "play", run: 3 });
    await it.until(() => it.last("progress").playing);
    await it.send({ type: "pause", run: 3 });
    await it.until(() => !it.last("progress").playing);
    const { epoch } = it.last("progress");
    const count = it.reports.length;
    await new Promise((resolve) => setTimeout(resolve, 60));
    expect(it.reports).toHaveLength(count);
    await it.send({ type: "play", run: 3 });
    await it.until(() => it.last("progress").epoch > epoch);
    await it.send({ type: "drop", run: 3 });
  });

  test("steps by an epoch", async () => {
    const it = worker();
    await it.send({ type: "start", run: 0, settings: forEver });
    for (const epoch of [1, 2, 3]) {
      await it.send({ type: "step", run: 0 });
      await it.stopped(epoch);
      // 60 % of 150 rows in batches of 32.
      expect(it.last("progress").step).toBe(3 * epoch);
    }
    await it.send({ type: "drop", run: 0 });
  });

  test("steps by several, and has a point of the curves for each where that is cheap", async () => {
    const it = worker();
    await it.send({ type: "start", run: 0, settings: settings({ training: { epochs: 200 } }) });
    await it.send({ type: "step", run: 0, epochs: 60 });
    await it.stopped(60);
    const points = it.all("progress").flatMap(({ since, epoch, loss }) => [...since, { epoch, loss }]);
    const epochs = points.map(({ epoch }) => epoch);
    expect(epochs).toEqual([...epochs].sort((a, b) => a - b));
    expect(new Set(epochs).size).toBeGreaterThan(it.all("progress").length);
    await it.send({ type: "drop", run: 0 });
  });

  test("that is asked for more while it trains has all that it was asked for", async () => {
    const it = worker();
    await it.send({ type: "start", run: 0, settings: forEver });
    await it.send({ type: "step", run: 0, epochs: 4 });
    await it.send({ type: "step", run: 0 });
    await it.stopped(5);
    expect(it.all("failed")).toEqual([]);
    await it.send({ type: "drop", run: 0 });
  });

  test("is silent once it is dropped or begun anew", async () => {
    const it = worker();
    await it.send({ type: "start", run: 0, settings: forEver });
    await it.send({ type: "play", run: 0 });
    await it.until(() => it.all("progress").length > 2);
    await it.send({ type: "start", run: 0, settings: settings({ data: { kind: "blobs" } }) });
    expect(it.last("ready").data.classes).toHaveLength(3);
    expect(it.last("progress")).toMatchObject({ epoch: 0, playing: false });
    await it.send({ type: "play", run: 0 });
    await it.send({ type: "drop", run: 0 });
    const after = it.reports.length;
    await new Promise((resolve) => setTimeout(resolve, 60));
    expect(it.reports).toHaveLength(after);
    await it.send({ type: "play", run: 0 });
    expect(it.reports).toHaveLength(after);
  });

  test("that races another has the bits that it has alone", async () => {
    const dropout = { units: 8, batchNorm: true, dropout: 0.2 };
    const racers = [settings({ network: { layers: [dropout] } }), settings({ training: { learningRate: 0.1 } })];
    const it = worker();
    for (const [run, each] of racers.entries()) await it.send({ type: "start", run, settings: each });
    for (const run of racers.keys()) await it.send({ type: "play", run });
    await it.until(() => it.all("ended").length === 2);
    for (const [run, each] of racers.entries()) {
      const alone = (await trained(each)).last("progress");
      const { loss, surface, weights } = it.last("progress", run);
      expect({ loss, surface, weights }).toEqual({ loss: alone.loss, surface: alone.surface, weights: alone.weights });
    }
  });

  test("has a control for every technique", async () => {
    const base = (await trained(settings())).last("progress");
    const layer = { units: 8, batchNorm: false, dropout: 0 };
    const techniques: Changes[] = [
      { network: { initializer: "heNormal" } },
      { network: { activation: "relu" } },
      { network: { l1: 0.01 } },
      { network: { l2: 0.01 } },
      { network: { layers: [{ ...layer, dropout: 0.3 }, layer] } },
      { network: { layers: [{ ...layer, dropout: 0.3 }, layer], dropoutMode: "classic" } },
      { network: { layers: [layer, { ...layer, batchNorm: true }] } },
      { network: { layers: [] } },
      { data: { normalize: "none" } },
      { training: { batchSize: "full" } },
      ...choices.optimizer.filter((each) => each !== "adam").map((optimizer) => ({ training: { optimizer } })),
      ...choices.schedule.filter((each) => each !== "constant").map((schedule) => ({ training: { schedule } })),
    ];
    const losses = new Set([base.loss.train]);
    for (const technique of techniques) {
      const it = worker();
      await it.send({ type: "start", run: 0, settings: settings(technique) });
      for (const epoch of [1, 2]) {
        await it.send({ type: "step", run: 0 });
        await it.stopped(epoch);
      }
      expect(it.all("failed"), JSON.stringify(technique)).toEqual([]);
      const { loss } = it.last("progress");
      expect(losses, JSON.stringify(technique)).not.toContain(loss.train);
      losses.add(loss.train);
      await it.send({ type: "drop", run: 0 });
    }
  });

  test("stops early, with the weights of its best epoch", async () => {
    const hard = settings({
      data: { noise: 1 },
      training: { epochs: 500, learningRate: 0.3, earlyStopping: true, patience: 2 },
    });
    const it = await trained(hard);
    expect(it.last("ended").why).toMatch(/^val_loss has not improved since epoch \d+; the weights of the best epoch/);
    // Between its first step and its last picture no epoch was better than the one that is back.
    const whole = it.all("progress").filter(({ step }) => step > 0 && step % 3 === 0);
    expect(it.last("progress").loss.dev).toBe(Math.min(...whole.map(({ loss }) => loss.dev)));
    await it.send({ type: "play", run: 0 });
    expect(it.all("ended")).toHaveLength(2);
  });

  test("checks its gradient", async () => {
    const it = worker();
    await it.send({ type: "start", run: 0, settings: settings({ network: { l2: 0.01 } }) });
    await it.send({ type: "gradientCheck", run: 0 });
    expect(it.last("checked")).toMatchObject({ run: 0, passed: true });
    expect(it.last("checked").difference).toBeLessThan(1e-7);
    expect(it.last("checked").text).toMatch(/hidden1\/kernel/);
  });

  test("that goes wrong says what to do", async () => {
    const wild = settings({
      data: { kind: "plane", normalize: "none" },
      network: { activation: "linear", initializer: "large" },
      training: { optimizer: "sgd", learningRate: 10, epochs: 200 },
    });
    const it = await trained(wild);
    expect(it.last("failed").run).toBe(0);
    expect(it.last("failed").message).toMatch(/learning rate.+Press reset/s);
    expect(it.last("ended").run).toBe(0);
  });
});

describe("a table that cannot be learned from", () => {
  test.each([
    [undefined, /choose a CSV file/],
    ["  \n", /choose a CSV file/],
    ["a\n1\n2\n3", /one column.+two or more/],
    ['a,b\n1,"2\n3,4', /csv: .+quote/],
    ["a,b\n1,2\n3\n4,5", /csv: .+line 3.+fields/],
    ["a,b\n1,2", /row/],
    ["a,b\n1,\n2,yes\n3,no\n4,yes\n5,no\n6,yes\n7,no\n8,yes", /1 row .+"b".+fill it in/],
    ["a,day\n1,2020-01-01\n2,2020-01-02\n3,2020-01-05", /dates.+numbers or names/],
  ])("%j", async (table, message) => {
    const it = await trained(settings({ data: { kind: "csv" } }), table === undefined ? {} : { table });
    expect(it.last("failed")).toMatchObject({ run: 0, message: expect.stringMatching(message) });
  });
});

describe("random search", () => {
  const around = settings({ data: { rows: 80 } });

  test("reports each trial, and the same ones again", async () => {
    const search = async (): Promise<Trial[]> => {
      const it = worker();
      await it.send({ type: "search", settings: around, trials: 4, epochs: 3 });
      expect(it.reports.at(-1)?.type).toBe("searched");
      return it.all("trial").map(({ trial }) => trial);
    };
    const trials = await search();
    expect(trials.map(({ number, of }) => [number, of])).toEqual([1, 2, 3, 4].map((number) => [number, 4]));
    expect(new Set(trials.map(({ loss }) => loss)).size).toBe(4);
    for (const { values, settings: own } of trials) {
      const rate = values["learning rate"] as number;
      expect(own.training).toMatchObject({ learningRate: rate, batchSize: values["batch size"], epochs: 12 });
      expect(rate).toBeGreaterThanOrEqual(0.001);
      expect(rate).toBeLessThanOrEqual(0.1);
    }
    expect(await search()).toEqual(trials);
  });

  test("ends when it is told to", async () => {
    const it = worker();
    const done = it.send({ type: "search", settings: around, trials: 1000, epochs: 5 });
    await it.until(() => it.all("trial").length > 0);
    await it.send({ type: "stopSearch" });
    await done;
    expect(it.all("trial").length).toBeLessThan(1000);
    expect(it.all("searched")).toHaveLength(1);
  });
});

describe("a drawn digit", () => {
  test("is recognized by a model such as npm start saves", async () => {
    wg.setSeed(0);
    const { network } = await import("../../../examples/models/mlp.js" as string);
    const model: wg.Sequential = network(10);
    model.compile({ optimizer: "adam", loss: "categoricalCrossentropy" });
    await model.fit(drawnDigits({ count: 1500, flatten: true, oneHot: true }), { epochs: 4, batchSize: 64 });
    const folder = mkdtempSync(join(tmpdir(), "wasmgrad-playground-"));
    const file = join(folder, "mnist.safetensors");
    await save(model, file);
    const bytes = readFileSync(file);
    rmSync(folder, { recursive: true });

    const it = worker(async () => bytes);
    const tests: { pixels: Float32Array; digit: number }[] = [];
    for await (const { x, y } of drawnDigits({ count: 60, seed: 5 })) {
      tests.push({ pixels: x.toTypedArray() as Float32Array, digit: y.item() });
    }
    let right = 0;
    for (const { pixels, digit } of tests) {
      await it.send({ type: "recognize", pixels });
      const { probabilities } = it.last("recognized");
      expect(probabilities).toHaveLength(10);
      expect(probabilities.reduce((sum, each) => sum + each)).toBeCloseTo(1, 5);
      if (probabilities.indexOf(Math.max(...probabilities)) === digit) right++;
    }
    expect(right).toBeGreaterThan(40);
  });

  test("is brought to the size and the middle of MNIST's", () => {
    const image = (paint: (column: number, row: number) => boolean) =>
      Float32Array.from({ length: 784 }, (_, i) => (paint(i % 28, Math.floor(i / 28)) ? 1 : 0));
    // A small bar in the upper left corner becomes 20 pixels high, around the middle.
    const bar = asMnist(image((column, row) => column >= 2 && column < 4 && row >= 1 && row < 11));
    const rows = Array.from({ length: 28 }, (_, row) => bar.slice(28 * row, 28 * row + 28).reduce((a, b) => a + b));
    expect(rows.slice(5, 23).every((sum) => sum > 3.5)).toBe(true);
    expect([...rows.slice(0, 3), ...rows.slice(25)].every((sum) => sum === 0)).toBe(true);
    expect(asMnist(new Float32Array(784))).toEqual(new Float32Array(784));
    const centred = image((column, row) => column >= 12 && column < 16 && row >= 4 && row < 24);
    expect(asMnist(centred)).toEqual(centred);
  });

  test("without a model is an error that says what to do, and the next drawing tries again", async () => {
    let asked = 0;
    const it = worker(async () => {
      asked++;
      throw new Error("run npm start");
    });
    for (const _ of [1, 2]) await it.send({ type: "recognize", pixels: new Float32Array(784) });
    expect(it.all("failed")).toEqual(new Array(2).fill({ type: "failed", run: undefined, message: "run npm start" }));
    expect(asked).toBe(2);
  });
});
