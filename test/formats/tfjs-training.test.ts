import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { inspect, load, save } from "../../src/formats/index.js";
import * as wg from "../../src/index.js";
import { expectClose } from "../support/check-op.js";
import { asGiven, type Output } from "../support/judged.js";
import { expectLeftOut } from "../support/left-out.js";

interface Case {
  x: Output[];
  y: Output[];
  /** Of the first step after loading, before its update. */
  logs: Record<string, number>;
  /** After five more steps. */
  weights: Record<string, Output[]>;
}

const fixtures = "test/fixtures/formats/tfjs_training";
const { unlike, ...cases } = JSON.parse(readFileSync(`${fixtures}.json`, "utf8")) as Record<string, Case> & {
  unlike: Case;
};
const names = Object.keys(cases);
const out = mkdtempSync(join(tmpdir(), "wasmgrad-tfjs-training-"));
afterAll(() => rmSync(out, { recursive: true }));

/** A folder of its own for a model. */
function fileOf(name: string): string {
  mkdirSync(join(out, name), { recursive: true });
  return join(out, name, "model.json");
}

const fed = (given: readonly Output[]): never => asGiven(given.map(({ shape, values }) => wg.tensor(values, shape)));

const more = (model: wg.BaseModel, x: readonly Output[], y: readonly Output[], epochs: number) =>
  model.fit(fed(x), fed(y), { epochs, batchSize: "full", shuffle: false });

/** Each weight's largest number is the measure. */
function expectWeights(model: wg.BaseModel, wanted: Record<string, readonly number[][]>, name: string): void {
  for (const [layer, arrays] of Object.entries(wanted)) {
    const own = Object.values(model.network.weights.get(layer) as object) as wg.Tensor[];
    // A table of positions is a bias behind a kernel of zeros there, as long as there are steps; one that is not learnt is none here.
    const theirs = /positional/i.test(layer) ? arrays.slice(-own.length) : arrays;
    if (own.length === 0) continue;
    expect(own.length).toBe(theirs.length);
    for (const [i, values] of theirs.entries()) {
      const most = Math.max(...values.map(Math.abs));
      const found = (own[i] as wg.Tensor).toTypedArray().slice(0, values.length);
      expectClose(found, values, 1e-5, 1e-5 * most, `${name}: ${layer}, ${i}`);
    }
  }
}

const plain = (weights: Case["weights"]) =>
  Object.fromEntries(Object.entries(weights).map(([layer, list]) => [layer, list.map(({ values }) => values)]));

describe.each(names)("%s, as TensorFlow.js saves it", (name) => {
  const { x, y, logs, weights } = cases[name] as Case;
  const file = `${fixtures}/${name}/model.json`;

  test("goes on with the numbers that TensorFlow.js goes on with", async () => {
    const model = await load(file);
    expect(model.position.step).toBe(name === "new" ? 0 : 3);
    const { history } = await more(model, x, y, 5);
    expectWeights(model, plain(weights), name);
    expect(history.loss?.[0]).toBeCloseTo(logs.loss as number, 5);
    // All but its precision.
    expect((await inspect(file)).training).toHaveLength(name === "rmsprop" ? 1 : 0);
  });

  test("is not compiled where that is not wanted", async () => {
    expect((await load(file, { compile: false })).compiled).toBeUndefined();
  });

  test("keeps what it is compiled with on the way there and back", async () => {
    const model = await load(file);
    await save(model, fileOf(`again-${name}`), { includeOptimizer: true });
    const again = await load(fileOf(`again-${name}`), { compile: true });
    expect(again.position.step).toBe(model.position.step);
    expect(again.compiled?.optimizer.config).toEqual(model.compiled?.optimizer.config);
    const heads = (each: wg.BaseModel) =>
      each.compiled?.heads.map(({ loss, metrics }) => [loss.name, metrics.map((metric) => metric.name)]);
    expect(heads(again)).toEqual(heads(model));
    await more(again, x, y, 5);
    expectWeights(again, plain(weights), name);
  });
});

test("settings come as they were written", async () => {
  const compiledOf = async (name: string) => (await load(`${fixtures}/${name}/model.json`)).requireCompiled("test");
  expect((await compiledOf("momentum")).optimizer.config).toMatchObject({ momentum: 0.9, nesterov: true });
  expect((await compiledOf("rmsprop")).optimizer.config).toMatchObject({ rho: 0.8, momentum: 0.5, epsilon: 1e-4 });
  const { heads } = await compiledOf("graph");
  const both = [{ name: "meanSquaredError" }, { name: "meanAbsoluteError" }];
  expect(heads).toMatchObject([
    { name: "values", loss: { name: "meanSquaredError" }, metrics: both },
    { name: "yes", loss: { name: "binaryCrossentropy" }, metrics: both },
  ]);
});

describe("what has no equal here", () => {
  test("of a metric it is left out alone", async () => {
    const file = `${fixtures}/rmsprop/model.json`;
    expect((await load(file)).compiled?.heads[0]?.metrics.map(({ name }) => name)).toEqual(["accuracy"]);
    expect((await inspect(file)).training).toEqual(["precision: no such metric here"]);
    await expect(load(file, { compile: true })).rejects.toThrow("precision: no such metric here");
  });

  test("of an optimizer leaves the model ready to predict", async () => {
    const file = `${fixtures}/unlike/model.json`;
    const model = await load(file);
    expect(model.compiled).toBeUndefined();
    expect(model.predict(fed(unlike.x)).shape).toEqual([12, 3]);
    const { training, unsupported } = await inspect(file);
    expect(training).toEqual(["Adadelta: no such optimizer here"]);
    expect(unsupported).toEqual([]);
    await expect(load(file, { compile: true })).rejects.toThrow("Adadelta: no such optimizer here");
  });

  test("of a graph there is none", async () => {
    const graphs = "test/fixtures/formats/tfjs_graphs";
    const file = `${graphs}/${readdirSync(graphs)[0]}/model.json`;
    await expect(load(file, { compile: true })).rejects.toThrow(
      "a model of layers expected with compile: true, got a graph",
    );
    await expect(load("test/fixtures/formats/tfjs/image/model.json", { compile: true })).rejects.toThrow(
      "a compiled model expected with compile: true, got one that is not",
    );
  });
});

test("what the converter copies of a Keras file is read in Keras's words", async () => {
  const file = fileOf("converted");
  await save(wg.sequential([wg.layers.dense({ units: 1, inputShape: [2] })]), file);
  const json = JSON.parse(readFileSync(file, "utf8"));
  json.modelTopology.training_config = {
    loss: "mse",
    metrics: ["mae"],
    optimizer_config: { class_name: "Adam", config: { learning_rate: 0.0010000000474974513, epsilon: 1e-7 } },
  };
  const shard = "group1-shard1of1.bin";
  const model = await load(new TextEncoder().encode(JSON.stringify(json)), {
    format: "tfjs",
    files: { [shard]: readFileSync(join(out, "converted", shard)) },
    compile: true,
  });
  expect(model.compiled?.optimizer.config).toMatchObject({ learningRate: 0.001, convention: "keras" });
});

const rows: Pick<Case, "x" | "y"> = {
  x: [{ shape: [4, 2], values: [0.5, -1, 1, 2, -0.3, 0.7, 0.1, 0.2] }],
  y: [{ shape: [4, 1], values: [1, -1, 0.5, 2] }],
};

/** Our own models, as far as they have trained. */
const own: Record<string, () => Promise<wg.BaseModel>> = {
  momentum: () => trained(wg.optimizers.sgd({ momentum: 0.9, learningRate: 0.03 }), "meanSquaredError"),
  "keras momentum": () =>
    trained(wg.optimizers.sgd({ momentum: 0.5, nesterov: true, convention: "keras" }), "meanAbsoluteError"),
  rmsprop: () => trained(wg.optimizers.rmsprop({ momentum: 0.9, learningRate: 0.003 }), "logCosh"),
  "keras rmsprop": () => trained(wg.optimizers.rmsprop({ epsilon: 1e-3, convention: "keras" }), "mse"),
  adagrad: () => trained(wg.optimizers.adagrad({ learningRate: 0.1 }), "mse"),
  adam: () => trained(wg.optimizers.adam({ learningRate: wg.schedules.constant(0.01) }), "mse"),
  "in other layers": () =>
    trained(wg.optimizers.sgd({ learningRate: 0.01, momentum: 0.9 }), "mse", 3, [
      wg.layers.normalization({ mean: 0.1, variance: 2 }),
      wg.layers.reshape({ targetShape: [2, 1] }),
      wg.layers.depthwiseConv1d({ kernelSize: 2, depthMultiplier: 4, padding: "same", activation: "leakyRelu" }),
      wg.layers.conv1dTranspose({ filters: 2, kernelSize: 3, strides: 2, padding: [0, 1] }),
      wg.layers.positionalEmbedding({ sequenceLength: 5 }),
      wg.layers.sinusoidalPositionalEmbedding(),
      wg.layers.globalMaxPooling1D({ keepdims: true }),
      wg.layers.flatten(),
    ]),
  "not trained": () => trained(wg.optimizers.adagrad({ convention: "keras" }), "mse", 0),
};

async function trained(
  optimizer: wg.Optimizer,
  loss: wg.CompileOptions["loss"],
  epochs = 3,
  // A bias in front of the normalization has no gradient but noise, which Adam makes steps of.
  first: wg.Layer[] = [wg.layers.dense({ units: 3, useBias: false }), wg.layers.batchNormalization()],
): Promise<wg.BaseModel> {
  const start = wg.layers.activation({ activation: "linear", inputShape: [2] });
  const model = wg.sequential([start, ...first, wg.layers.dense({ units: 1 })]);
  model.compile({ optimizer, loss, metrics: ["meanAbsoluteError"] });
  await more(model, rows.x, rows.y, epochs);
  return model;
}

test.each(Object.keys(own))("%s, made here, goes on as here", async (name) => {
  const model = await (own[name] as () => Promise<wg.BaseModel>)();
  const file = fileOf(`own-${name}`);
  await save(model, file, { includeOptimizer: true });
  const again = await load(file, { compile: true });
  expect(again.position.step).toBe(model.position.step);
  for (const each of [model, again]) await more(each, rows.x, rows.y, 3);
  const [found, wanted] = [again, model].map((each) => Array.from(each.predict(fed(rows.x)).toTypedArray()));
  expectClose(found as number[], wanted as number[], 1e-5, 1e-5, name);
});

test("judged by TensorFlow.js, which goes on with the same numbers", { timeout: 120_000 }, async (context) => {
  const where = process.env.WASMGRAD_TFJS;
  if (where === undefined) context.skip("name a folder in which @tensorflow/tfjs 4.22 is installed in WASMGRAD_TFJS");
  const asked: object[] = [];
  const wanted: [name: string, model: wg.BaseModel][] = [];
  const given = [
    ...names.map((name) => [name, () => load(`${fixtures}/${name}/model.json`), cases[name] as Case] as const),
    ...Object.entries(own).map(([name, make]) => [`own ${name}`, make, rows] as const),
  ];
  for (const [name, make, { x, y }] of given) {
    const model = await make();
    const file = fileOf(`judged ${name}`);
    await save(model, file, { includeOptimizer: true });
    asked.push({ folder: join(out, `judged ${name}`), x, y });
    await more(model, x, y, 5);
    wanted.push([name, model]);
  }
  const script = resolve("test/fixtures/formats/tfjs_training_judge.mjs");
  const printed = execFileSync("node", [script], { cwd: where, input: JSON.stringify(asked), encoding: "utf8" });
  const found = JSON.parse(printed) as { step: number; weights: Record<string, number[][]> }[];
  for (const [i, [name, model]] of wanted.entries()) {
    expect(found[i]?.step).toBe(model.position.step - 5);
    expectWeights(model, found[i]?.weights ?? {}, name);
  }
});

test("what TensorFlow.js has no equal of is left out, or an error, as it is asked for", async () => {
  const model = wg.sequential([wg.layers.dense({ units: 1, inputShape: [2] })]);
  const file = fileOf("none");
  await expectLeftOut(
    model,
    file,
    { optimizer: wg.optimizers.nadam(), loss: "huber", metrics: ["rootMeanSquaredError"] },
    [
      "3 things are not supported",
      "optimizer nadam: TensorFlow.js has no equal",
      "loss huber: TensorFlow.js saves no equal",
      "metric rootMeanSquaredError: TensorFlow.js saves no equal",
    ],
  );
  const { adam, sgd, rmsprop, adagrad } = wg.optimizers;
  for (const [optimizer, loss, text] of [
    [sgd({ groups: [{ match: "dense", learningRate: 0 }] }), "mse", "groups, which TensorFlow.js does not have"],
    [sgd({ momentum: 0.5, dampening: true }), "mse", "dampening, which"],
    [sgd({ weightDecay: 0.1 }), "mse", "weightDecay, which"],
    [sgd({ clipNorm: 1 }), "mse", "clipping of gradients, which"],
    [adam({ amsgrad: true }), "mse", "amsgrad, which"],
    [adam({ learningRate: wg.schedules.cosine(1, { steps: 9 }) }), "mse", "a schedule of rates, which"],
    [rmsprop({ centered: true }), "mse", "centered, which"],
    [adagrad({ epsilon: 1e-3 }), "mse", "epsilon 0.001 beside sums that begin at 0.1, which"],
    [adagrad({ initialAccumulatorValue: 0 }), "mse", "epsilon 1e-7 beside sums that begin at 0, which"],
    [
      adam(),
      wg.losses.binaryCrossentropy({ fromLogits: true }),
      "loss binaryCrossentropy: TensorFlow.js has no fromLogits",
    ],
  ] as const) {
    model.compile({ optimizer, loss });
    await expect(save(model, file, { includeOptimizer: true })).rejects.toThrow(text);
  }
  const fresh = wg.sequential([wg.layers.dense({ units: 1, inputShape: [2] })]);
  await expect(save(fresh, file, { includeOptimizer: true })).rejects.toThrow("of a model that is not compiled");
});

test("of several outputs each has one metric, or all the same", async () => {
  const x = wg.input({ shape: [2] });
  const outputs = ["a", "b"].map((name) => wg.layers.dense({ units: 1, name }).apply(x));
  const model = wg.model({ inputs: x, outputs });
  const file = fileOf("several");
  const metricsOf = async (metrics: Record<string, string[]>, lossWeights?: number[]) => {
    model.compile({ loss: ["mse", "mae"], metrics, ...(lossWeights ? { lossWeights } : {}) });
    await save(model, file, { includeOptimizer: true });
    return (await load(file, { compile: true })).compiled?.heads.map((head) => head.metrics.map(({ name }) => name));
  };
  expect(await metricsOf({ b: ["mse"] })).toEqual([[], ["meanSquaredError"]]);
  const both = ["meanSquaredError", "meanAbsoluteError"];
  expect(await metricsOf({ a: both, b: both })).toEqual([both, both]);
  await expect(metricsOf({ a: both, b: ["mse"] })).rejects.toThrow("several metrics for one of several outputs");
  await expect(metricsOf({}, [1, 2])).rejects.toThrow("lossWeights, which TensorFlow.js does not have");
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

test.each(["momentum", "graph"])("%s: whatever stands in a setting's place, the model predicts", async (name) => {
  const json = JSON.parse(readFileSync(`${fixtures}/${name}/model.json`, "utf8"));
  const files = { "weights.bin": readFileSync(`${fixtures}/${name}/weights.bin`) };
  const others = [null, true, -1, 0.5, 1e308, "strange", [], [[1]], {}, { class_name: "Adam" }, { name: 5 }];
  for (const way of ways(json.trainingConfig)) {
    for (const other of others) {
      const changed = { ...json, trainingConfig: replaced(json.trainingConfig, way, other) };
      const model = await load(new TextEncoder().encode(JSON.stringify(changed)), { format: "tfjs", files });
      expect(model.outputNames.length, `${way} ${JSON.stringify(other)}`).toBeGreaterThan(0);
    }
  }
});
