import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { inspect, load, save } from "../../src/formats/index.js";
import { type KerasTraining, readKeras } from "../../src/formats/keras/read.js";
import { trained as trainedAs } from "../../src/formats/keras/training/compile.js";
import * as wg from "../../src/index.js";
import { blocksOf } from "../../src/model/blocks.js";
import { expectClose } from "../support/check-op.js";
import { pythonWith } from "../support/format-fixtures.js";
import { expectLeftOut } from "../support/left-out.js";

interface Given {
  shape: number[];
  values: number[];
  dtype: string;
}

interface Case {
  x: Given | Record<string, Given>;
  y: Given | Record<string, Given>;
  /** Of the first step after loading, before its update. */
  logs: Record<string, number>;
  /** After five more steps. */
  weights: Record<string, number[][]>;
}

const { cases, refused } = JSON.parse(readFileSync("test/fixtures/formats/keras_training.json", "utf8")) as {
  cases: Record<string, Case>;
  refused: string[];
};
const folder = "test/fixtures/formats/keras_training";
const out = mkdtempSync(join(tmpdir(), "wasmgrad-keras-training-"));
afterAll(() => rmSync(out, { recursive: true }));

const tensorOf = ({ shape, values, dtype }: Given) =>
  wg.tensor(dtype.startsWith("int") ? Int32Array.from(values) : values, shape);

/** One, or by name. */
const fed = (given: Case["x"]): never =>
  ("shape" in given
    ? tensorOf(given as Given)
    : Object.fromEntries(Object.entries(given).map(([name, each]) => [name, tensorOf(each)]))) as never;

const fiveMore = (model: wg.BaseModel, { x, y }: Case) =>
  model.fit(fed(x), fed(y), { epochs: 5, batchSize: "full", shuffle: false });

/** Each weight's largest number is the measure. */
function expectWeights(model: wg.BaseModel, wanted: Case["weights"], name: string): void {
  for (const [layer, arrays] of Object.entries(wanted)) {
    const own = Object.values(model.network.weights.get(layer) as object) as wg.Tensor[];
    expect(own.length).toBe(arrays.length);
    for (const [i, values] of arrays.entries()) {
      const most = Math.max(...values.map(Math.abs));
      expectClose((own[i] as wg.Tensor).toTypedArray(), values, 1e-5, 1e-5 * most, `${name}: ${layer}, ${i}`);
    }
  }
}

/** Keras writes a metric's name its own way. */
const bare = (name: string) => name.replaceAll("_", "").toLowerCase();

const files = Object.keys(cases).flatMap((name) =>
  ["keras", "h5"].map((ending) => `${name}.${ending}`).filter((file) => existsSync(`${folder}/${file}`)),
);

describe.each(files)("%s", (file) => {
  const golden = cases[file.split(".")[0] as string] as Case;

  test("goes on with the numbers that Keras goes on with", async () => {
    const model = await load(`${folder}/${file}`, { compile: true });
    expect(model.position.step).toBe(3);
    const { history } = await fiveMore(model, golden);
    expectWeights(model, golden.weights, file);
    const found = new Map(Object.entries(history).map(([name, values]) => [bare(name), values[0]]));
    const several = model.outputNames.length > 1;
    for (const [name, value] of Object.entries(golden.logs)) {
      // Of one output's loss Keras has no regularizers in it; of accuracy in several outputs it counts by its own name.
      const own = found.get(bare(name.replace(/^mae$/, "mean_absolute_error")));
      if (several && own === undefined) continue;
      expect(own, name).toBeCloseTo(value, 5);
    }
    expect((await inspect(`${folder}/${file}`)).training).toEqual([]);
  });

  test("is not compiled where that is not wanted", async () => {
    expect((await load(`${folder}/${file}`, { compile: false })).compiled).toBeUndefined();
  });
});

test("settings come as they were written", async () => {
  const optimizerOf = async (name: string) => (await load(`${folder}/${name}.keras`)).compiled?.optimizer;
  expect(await optimizerOf("sgd")).toMatchObject({ name: "sgd", learningRate: 0.1 });
  expect((await optimizerOf("rmsprop"))?.config).toMatchObject({
    momentum: 0.5,
    centered: true,
    epsilon: 1e-4,
    clipNorm: 0.5,
    convention: "keras",
    learningRate: { schedule: "inverseTimeDecay" },
  });
  expect((await optimizerOf("adamw"))?.config).toMatchObject({ weightDecay: 0.004 });
  const { compiled } = await load(`${folder}/adamw.keras`);
  expect(compiled?.heads).toMatchObject([
    { name: "values", weight: 1, loss: { name: "meanSquaredError" }, metrics: [{ name: "meanAbsoluteError" }] },
    { name: "yes", weight: 0.5, loss: { name: "binaryCrossentropy" }, metrics: [{ name: "accuracy" }] },
  ]);
});

describe("what has no equal here", () => {
  const reasons: Record<string, string> = {
    loss: "strange: no such loss here",
    optimizer: 'Ftrl "ftrl": no such optimizer here',
    average: 'Adam "adam": use_ema; give fit callbacks.exponentialMovingAverage instead',
    metric: "Poisson",
  };

  test.each(refused)("of %s leaves the model ready to predict", async (name) => {
    const file = `${folder}/refused-${name}.keras`;
    const model = await load(file);
    expect(model.predict([[1, 2, 3]]).shape).toEqual([1, 3]);
    expect(model.compiled === undefined).toBe(name !== "metric");
    const { training, unsupported } = await inspect(file);
    expect(training?.join()).toContain(reasons[name]);
    expect(unsupported).toEqual([]);
    await expect(load(file, { compile: true })).rejects.toThrow(reasons[name]);
    expect((await load(file, { compile: false })).compiled).toBeUndefined();
  });

  test("of a metric it is left out alone", async () => {
    const { compiled } = await load(`${folder}/refused-metric.keras`);
    expect(compiled?.heads[0]?.metrics.map(({ name }) => name)).toEqual(["meanAbsoluteError"]);
  });
});

test("a file that says nothing of training", async () => {
  const file = "test/fixtures/formats/keras/cnn.keras";
  expect((await load(file)).compiled).toBeUndefined();
  expect(await inspect(file)).not.toHaveProperty("training");
  await expect(load(file, { compile: true })).rejects.toThrow(
    "a compiled model expected with compile: true, got one that is not",
  );
});

test("other formats are not asked", async () => {
  await expect(load(new Uint8Array(), { format: "onnx", compile: true })).rejects.toThrow(
    'load: compile expected of other formats than "onnx", got true; leave it out',
  );
  await expect(load(`${folder}/sgd.keras`, { compile: 1 as never })).rejects.toThrow(
    "load: compile expected true or false, got 1",
  );
});

const variablesOf = async (file: string) => {
  const found = (await readKeras("load", { name: file, bytes: readFileSync(file) })).training()?.variables() ?? [];
  return found.map(({ array: { shape, data } }) => ({ shape: [...shape], data: Array.from(data) }));
};

/** Our own models, as far as they have trained. */
const own: Record<string, () => Promise<wg.BaseModel>> = {
  momentum: () => trained(wg.optimizers.sgd({ momentum: 0.9, learningRate: 0.03 }), "meanSquaredError"),
  // Python takes a rate of 1 without a point for no rate.
  adadelta: () => trained(wg.optimizers.adadelta({ learningRate: 1 }), "meanSquaredError"),
  "nesterov, Keras's, clipped": () =>
    trained(
      wg.optimizers.sgd({
        momentum: 0.5,
        nesterov: true,
        convention: "keras",
        learningRate: wg.schedules.exponentialDecay(0.1, { steps: 2, rate: 0.5, staircase: true }),
        clipNorm: 1,
      }),
      wg.losses.huber({ delta: 0.5 }),
    ),
  rmsprop: () =>
    trained(
      wg.optimizers.rmsprop({ momentum: 0.9, centered: true, learningRate: 0.003, globalClipNorm: 1 }),
      "logCosh",
    ),
  adagrad: () => trained(wg.optimizers.adagrad({ weightDecay: 0.01 }), "meanAbsoluteError"),
  adam: () =>
    trained(wg.optimizers.adam({ learningRate: wg.schedules.cosine(0.01, { steps: 20, final: 0.001 }) }), "mse"),
  "adam, not trained": () => trained(wg.optimizers.adam(), "mse", 0),
  // Keras has a count more there than we have weights.
  "behind a normalization": () =>
    trained(wg.optimizers.adam({ learningRate: 0.01 }), "mse", 3, [
      wg.layers.normalization({ mean: 0.1, variance: 2 }),
    ]),
};

async function trained(
  optimizer: wg.Optimizer,
  loss: wg.CompileOptions["loss"],
  epochs = 3,
  first: wg.Layer[] = [],
): Promise<wg.BaseModel> {
  const model = wg.sequential([
    wg.layers.activation({ activation: "linear", inputShape: [2] }),
    ...first,
    // A bias in front of the normalization has no gradient but noise, which Adam makes steps of.
    wg.layers.dense({ units: 3, useBias: false }),
    wg.layers.batchNormalization(),
    wg.layers.dense({ units: 1 }),
  ]);
  model.compile({ optimizer, loss, metrics: ["meanAbsoluteError", "rootMeanSquaredError"] });
  await model.fit(rows.x, rows.y, { epochs, batchSize: "full", shuffle: false });
  return model;
}

const rows = {
  x: [
    [0.5, -1],
    [1, 2],
    [-0.3, 0.7],
    [0.1, 0.2],
  ],
  y: [[1], [-1], [0.5], [2]],
};

describe("written again", () => {
  test.each(files)("%s keeps the state of its optimizer to the bit, in both forms", async (file) => {
    const model = await load(`${folder}/${file}`);
    const held = await variablesOf(`${folder}/${file}`);
    for (const ending of ["keras", "h5"]) {
      const target = join(out, `again.${ending}`);
      await save(model, target, { includeOptimizer: true });
      expect(await variablesOf(target)).toEqual(held);
      const again = await load(target, { compile: true });
      expect(again.compiled?.optimizer.config).toEqual(model.compiled?.optimizer.config);
      expect(again.compiled?.heads.map(({ loss, weight }) => [loss.name, loss.config, weight])).toEqual(
        model.compiled?.heads.map(({ loss, weight }) => [loss.name, loss.config, weight]),
      );
    }
  });

  test.each(Object.keys(own))("%s, made here, goes on as here", async (name) => {
    for (const ending of ["keras", "h5"]) {
      const model = await (own[name] as () => Promise<wg.BaseModel>)();
      const target = join(out, `own.${ending}`);
      await save(model, target, { includeOptimizer: true });
      const again = await load(target, { compile: true });
      expect(again.position.step).toBe(model.position.step);
      for (const each of [model, again])
        await each.fit(rows.x, rows.y, { epochs: 3, batchSize: "full", shuffle: false });
      for (const [i, weight] of again.getWeights().entries()) {
        const wanted = Array.from((model.getWeights()[i] as wg.Tensor).toTypedArray());
        expectClose(weight.toTypedArray(), wanted, 1e-5, 1e-5 * Math.max(...wanted.map(Math.abs)), name);
      }
    }
  });

  test("holds as many arrays as there are weights to train, twice, a count of steps and a rate", async () => {
    const model = await (own["behind a normalization"] as () => Promise<wg.BaseModel>)();
    await save(model, join(out, "count.keras"));
    expect(await variablesOf(join(out, "count.keras"))).toHaveLength(2 + 2 * model.parameters.trained.length);
  });

  test("judged by Keras 3, which goes on with the same numbers", { timeout: 600_000 }, async (context) => {
    const python = pythonWith(context, "keras", "torch", "h5py");
    const asked: object[] = [];
    const wanted: [string, wg.BaseModel][] = [];
    for (const ending of ["keras", "h5"]) {
      const some = (name: string) =>
        ending === "keras" ||
        ["momentum", "adam", "adamw", "nesterov, Keras's, clipped", "behind a normalization"].includes(name);
      for (const [name, golden] of Object.entries(cases).filter(([each]) => some(each))) {
        const model = await load(`${folder}/${name}.keras`);
        const file = join(out, `judged-${name}.${ending}`);
        await save(model, file, { includeOptimizer: true });
        asked.push({ file, x: golden.x, y: golden.y });
        await fiveMore(model, golden);
        wanted.push([file, model]);
      }
      for (const [name, make] of Object.entries(own).filter(([each]) => some(each))) {
        const model = await make();
        const file = join(out, `judged-own-${name.replace(/\W/g, "")}.${ending}`);
        await save(model, file, { includeOptimizer: true });
        const given = (values: number[][]) => ({
          shape: [4, values[0]?.length],
          values: values.flat(),
          dtype: "float32",
        });
        asked.push({ file, x: given(rows.x), y: given(rows.y) });
        await model.fit(rows.x, rows.y, { epochs: 5, batchSize: "full", shuffle: false });
        wanted.push([file, model]);
      }
    }
    const printed = execFileSync(python, ["test/fixtures/formats/keras_training_judge.py"], {
      input: JSON.stringify(asked),
      encoding: "utf8",
      maxBuffer: 1e9,
      env: { ...process.env, KERAS_BACKEND: "torch" },
    });
    const found = JSON.parse(printed.slice(printed.lastIndexOf("\n[{") + 1));
    for (const [i, [file, model]] of wanted.entries()) {
      expect(found[i].step).toBe(model.position.step - 5);
      const byName = [...model.network.weights].map(([name, each]): [string, unknown] => [
        name.replaceAll(".", "_"),
        each,
      ]);
      // Keras has a count more in it.
      delete found[i].weights.normalization;
      const weights = Object.fromEntries(
        byName.filter(([name]) => found[i].weights[name] !== undefined).map(([name]) => [name, found[i].weights[name]]),
      );
      expect(Object.keys(weights).length).toBe(Object.keys(found[i].weights).length);
      expectWeights(
        model,
        Object.fromEntries(Object.entries(weights).map(([name, w]) => [byOriginal(model, name), w])),
        file,
      );
    }
  });
});

test("before Keras 2.11 all arrays of one kind follow each other", async () => {
  const file = await readKeras("load", { name: "old", bytes: readFileSync(`${folder}/nadam.keras`) });
  const training = file.training() as KerasTraining;
  const [iteration, ...arrays] = training.variables().slice(0, -1);
  const named = (name: string, array: (typeof arrays)[number]["array"]) => ({ name, array });
  const step = named("training/Nadam/iterations:0", (iteration as (typeof arrays)[number]).array);
  const kinds = [0, 1].flatMap((kind) => arrays.filter((_, i) => i % 2 === kind));
  const one = named("", { data: Float32Array.of(0), shape: [1] });
  const optimizer = (className: string) => ({
    ...training.config,
    optimizer: {
      class_name: className,
      config: { lr: 0.0020000000949949026, ...(className === "Nadam" ? { schedule_decay: 0.004 } : { decay: 0.5 }) },
    },
  });
  const asOld = (className: string, variables: typeof arrays) =>
    trainedAs(
      {
        ...file,
        dialect: { version: 2, backend: "tensorflow" },
        training: () => ({ config: optimizer(className), variables: () => variables }),
      },
      "old",
      true,
    );
  const wanted = blocksOf((await load(`${folder}/nadam.keras`)).parameters).slotTensors(["mean", "square"]);
  const nadam = asOld("Nadam", [step, ...kinds]);
  expect(nadam.compiled?.optimizer.config).toMatchObject({ learningRate: 0.002, momentumDecay: 0.004 });
  // The first Adams have one number for each weight where amsgrad would have arrays.
  const adam = asOld("Adam", [step, ...kinds, ...arrays.slice(0, 4).map(() => one)]);
  expect(adam.compiled?.optimizer.config).toMatchObject({
    learningRate: { schedule: "inverseTimeDecay", config: { initial: 0.002, decay: 0.5 } },
  });
  for (const model of [nadam, adam]) {
    expect(model.position.step).toBe(3);
    const found = blocksOf(model.parameters).slotTensors(["mean", "square"]);
    for (const [name, slot] of wanted) expect(found.get(name)?.toTypedArray()).toEqual(slot.toTypedArray());
  }
  expect(() => asOld("Nadam", [step, ...kinds.slice(1)])).toThrow(
    "state of the optimizer: 8 arrays expected for 4 trained weights, got 7; training begins with a new one",
  );
});

test("what Keras has no equal of is left out, or listed", async () => {
  const model = wg.sequential([wg.layers.dense({ units: 1, inputShape: [2] })]);
  const file = join(out, "none.keras");
  await expectLeftOut(
    model,
    file,
    {
      optimizer: wg.optimizers.radam(),
      loss: "halfSquaredError",
      metrics: ["f1"],
      kernelRegularizer: "l2",
    },
    [
      "4 things are not supported",
      "optimizer radam: Keras has no equal",
      "loss halfSquaredError: Keras has no equal",
      "metric f1: Keras has no equal",
      "regularizers of compile; give them to the layers",
    ],
  );
  for (const [optimizer, text] of [
    [wg.optimizers.sgd({ groups: [{ match: "dense", learningRate: 0 }] }), "groups, which Keras does not have"],
    [wg.optimizers.sgd({ momentum: 0.5, dampening: true }), "dampening, which Keras does not have"],
    [wg.optimizers.nadam(), "momentumDecay 0.004, but 1,"],
    [wg.optimizers.adam({ learningRate: wg.schedules.oneCycle(1, { steps: 9 }) }), "Keras has no schedule as oneCycle"],
    [
      wg.optimizers.adam({ learningRate: wg.schedules.cosine(1, { steps: 9, warmup: 2 }) }),
      "that warms up as cosine here",
    ],
  ] as const) {
    model.compile({ optimizer, loss: "mse" });
    await expect(save(model, file, { includeOptimizer: true })).rejects.toThrow(text);
  }
  const fresh = wg.sequential([wg.layers.dense({ units: 1, inputShape: [2] })]);
  await expect(save(fresh, file, { includeOptimizer: true })).rejects.toThrow("of a model that is not compiled");
  await expect(save(model, join(out, "m.safetensors"), { includeOptimizer: true })).rejects.toThrow(
    'save: includeOptimizer expected of other formats than "safetensors", got true; leave it out',
  );
});

/** Every value within a value, as the way that leads to it. */
function ways(value: unknown): string[][] {
  if (value === null || typeof value !== "object") return [[]];
  return [[], ...Object.entries(value).flatMap(([key, each]) => ways(each).map((way) => [key, ...way]))];
}

function replaced(value: unknown, [key, ...way]: string[], by: unknown): unknown {
  if (key === undefined) return by;
  const copy = structuredClone(value) as Record<string, unknown>;
  copy[key] = replaced(copy[key], way, by);
  return copy;
}

test.each(["adamw", "rmsprop", "nadam"])(
  "%s: whatever stands in a setting's place, the model predicts",
  async (name) => {
    const file = await readKeras("load", { name, bytes: readFileSync(`${folder}/${name}.keras`) });
    const training = file.training() as KerasTraining;
    const others = [
      null,
      true,
      -1,
      0,
      0.5,
      1e308,
      2 ** 53,
      "strange",
      [],
      [[1]],
      {},
      { class_name: "Adam" },
      { name: 5 },
    ];
    for (const way of ways(training.config).slice(1)) {
      for (const other of others) {
        const config = replaced(training.config, way, other) as KerasTraining["config"];
        const model = trainedAs({ ...file, training: () => ({ ...training, config }) }, name, undefined);
        expect(model.outputNames.length, `${way} ${JSON.stringify(other)}`).toBeGreaterThan(0);
      }
    }
  },
);

/** The names of models within one lose their points in Keras. */
const byOriginal = (model: wg.BaseModel, name: string): string =>
  [...model.network.weights.keys()].find((each) => each.replaceAll(".", "_") === name) as string;

const shared = "../shared/models/keras";

describe.skipIf(!existsSync(shared))("files of Keras 1 and 2 (skipped without ../shared/models)", () => {
  test.each(existsSync(shared) ? readdirSync(`${shared}/weights`) : [])("%s is compiled with Adam", async (name) => {
    const model = await load(`${shared}/weights/${name}`, { compile: true });
    const epsilon = name.endsWith("_1.h5") ? 1e-8 : 1e-7;
    expect(model.compiled?.optimizer.config).toMatchObject({
      learningRate: 0.001,
      beta1: 0.9,
      beta2: 0.999,
      epsilon,
      convention: "keras",
    });
    expect(model.compiled?.heads[0]?.loss.name).toBe("meanSquaredError");
    expect(model.position.step).toBe(0);
  });

  test("its state comes along where it has one", async () => {
    const model = await load(`${shared}/simple_rnn/simple_rnn_tf_keras_2_model.h5`, { compile: true });
    expect(model.compiled?.optimizer.name).toBe("rmsprop");
    const squares = [...blocksOf(model.parameters).slotTensors(["square"]).values()];
    const largest = [0.002094865, 0, 0.038240273, 0.00018601542, 0.08183522];
    expect(squares.map((slot) => Math.max(...slot.toTypedArray()))).toEqual(largest.map(Math.fround));
  });

  test.each(["cnn_batch_norm/cnn_batch_norm.h5", "optimizers/adam.h5"])("%s", async (name) => {
    const { training } = await inspect(`${shared}/${name}`);
    expect(training).toEqual([]);
    const { compiled } = await load(`${shared}/${name}`);
    expect(compiled?.optimizer.name).toBe("adam");
  });
});
