import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { gradientCheck } from "../../../src/diagnostics/index.js";
import { load, save } from "../../../src/formats/index.js";
import * as wg from "../../../src/index.js";
import { decodeModel } from "../../../src/model/decode-model.js";
import { encodeModel } from "../../../src/model/encode-model.js";
import { backends } from "../../support/backends.js";
import { expectClose } from "../../support/check-op.js";
import { uniform } from "../../support/random.js";

interface Values {
  shape: number[];
  values: number[];
}

interface Golden {
  x: Values;
  y: Values;
  weights: number;
  steps: { call: string; y?: Values; loss?: number; losses?: number[]; validation?: number[] }[];
}

const { layers } = wg;
const folder = "test/fixtures/formats/keras_stateful";
const goldens = JSON.parse(readFileSync(`${folder}.json`, "utf8")) as Record<string, Golden>;
const made = ({ shape, values }: Values) => wg.tensor(Float32Array.from(values), shape);
const noise = (shape: number[], seed: number) =>
  wg.tensor(
    uniform(
      shape.reduce((product, n) => product * n, 1),
      -1,
      1,
      seed,
    ),
    shape,
  );
const scratch = mkdtempSync(join(tmpdir(), "wasmgrad-stateful-"));
afterAll(() => rmSync(scratch, { recursive: true }));
const compiled = (model: wg.BaseModel, more: object = {}) =>
  model.compile({ optimizer: wg.optimizers.sgd({ learningRate: 0.1 }), loss: "meanSquaredError", ...more });

describe.each(Object.entries(goldens))("Keras's model %s", (name, { x, y, weights, steps }) => {
  /** Goes through the same calls as Keras did. */
  const follow = async (model: wg.BaseModel) => {
    compiled(model);
    const data = { x: made(x), y: made(y) };
    const found = [];
    for (const { call } of steps) {
      if (call === "predict") found.push({ call, y: [...model.predict(data.x).toTypedArray()] });
      else if (call === "evaluate") found.push({ call, loss: (await model.evaluate(data)).loss });
      else if (call === "fit") {
        const { history: logs } = await model.fit(data, { epochs: 2, shuffle: false, validation: data });
        found.push({ call, losses: logs.loss, validation: logs.val_loss });
      } else {
        model.resetStates();
        found.push({ call });
      }
    }
    return found;
  };

  const wanted = steps.map(({ y, ...rest }) => ({ ...rest, ...(y ? { y: y.values } : {}) }));
  const expectSame = (found: Awaited<ReturnType<typeof follow>>) => {
    expect(found.map(({ call }) => call)).toEqual(wanted.map(({ call }) => call));
    found.forEach((step, i) => {
      const { call: _, ...values } = step;
      for (const [key, value] of Object.entries(values)) {
        const expected = [(wanted[i] as unknown as Record<string, number[]>)[key] as number[]].flat();
        expectClose([value as number[]].flat(), expected, 2e-5, 2e-5, `step ${i} ${key}`);
      }
    });
  };

  test.each(backends.map(({ name, use }) => ({ backend: name, use })))(
    "predicts, evaluates and learns as Keras on $backend",
    async ({ use }) => {
      await use();
      for (const ending of ["keras", "h5"]) expectSame(await follow(await load(`${folder}/${name}.${ending}`)));
    },
  );

  test("has the same bits on one and on several threads, recorded and eager", async () => {
    const runs = [];
    for (const [threads, runEagerly] of [
      [1, false],
      [3, false],
      [1, true],
    ] as const) {
      await wg.init({ threads });
      const model = compiled(await load(`${folder}/${name}.keras`), { runEagerly });
      await model.fit({ x: made(x), y: made(y) }, { epochs: 3, shuffle: false });
      runs.push([...model.getWeights(), model.predict(made(x))].map((each) => [...each.toTypedArray()]));
    }
    await wg.init({ threads: "auto" });
    expect(runs[1]).toEqual(runs[0]);
    expect(runs[2]).toEqual(runs[0]);
  });

  test("has its weights alone in getWeights, as in Keras, and the same calls after it is written for Keras and read again", async () => {
    const model = await load(`${folder}/${name}.keras`);
    expect(model.getWeights().length).toBe(weights);
    if (name === "directions") return; // Keras's files of states that go from layer to layer are only read.
    for (const ending of ["keras", "h5"]) {
      const file = join(scratch, `${name}.${ending}`);
      model.predict(made(x));
      await save(model, file);
      expectSame(await follow(await load(file)));
    }
  });

  // The one that uses a layer twice in a batch begins from what is no constant there, with no gradient, as in Keras.
  if (name !== "stack") return;
  test("has the gradients of differences in f64, states being constants", async () => {
    const model = compiled(await load(`${folder}/${name}.keras`));
    model.predict(made(x));
    const data = { x: wg.slice(made(x), 0, 3), y: wg.slice(made(y), 0, 3) };
    expect((await gradientCheck(model, data)).difference).toBeLessThan(1e-7);
  });
});

const makers = {
  simpleRNN: (options: Parameters<typeof layers.lstm>[0]) => layers.simpleRNN(options),
  gru: (options: Parameters<typeof layers.lstm>[0]) => layers.gru(options),
  lstm: (options: Parameters<typeof layers.lstm>[0]) => layers.lstm(options),
};

describe.each(Object.entries(makers))("%s", (_, make) => {
  test("does in two batches what one does in one sequence twice as long", () => {
    const recurrent = make({ units: 3, stateful: true, returnSequences: true });
    const [whole, half] = [wg.input({ shape: [6, 2], batchSize: 2 }), wg.input({ shape: [3, 2], batchSize: 2 })];
    const long = wg.model({ inputs: whole, outputs: recurrent.apply(whole) });
    const short = wg.model({ inputs: half, outputs: recurrent.apply(half) });
    const x = noise([2, 6, 2], 4);
    const y = long.predict(x);
    // Both models have the layer, and its states.
    long.resetStates();
    const parts = wg.split(x, 2, 1).map((part) => short.predict(part));
    expectClose(wg.concat(parts, 1).toTypedArray(), [...y.toTypedArray()], 1e-6, 1e-6);
    recurrent.resetStates();
    expect(long.predict(x).toArray()).toEqual(y.toArray());
    expect(long.predict(x).toArray()).not.toEqual(y.toArray());
  });

  test("begins from the states that it is given, and carries what it ends with", () => {
    const x = wg.input({ shape: [3, 2], batchSize: 2 });
    const states = (make({ units: 4 }).kind === "lstm" ? ["h", "c"] : ["h"]).map((name) =>
      wg.input({ shape: [4], name }),
    );
    const recurrent = make({ units: 4, stateful: true });
    const given = wg.model({ inputs: [x, ...states], outputs: recurrent.apply([x, ...states]) });
    const own = wg.model({ inputs: x, outputs: recurrent.apply(x) });
    const [rows, zeros] = [noise([2, 3, 2], 9), states.map(() => wg.zeros([2, 4]))];
    const first = own.predict(rows);
    own.predict(rows);
    expect(given.predict([rows, ...zeros]).toArray()).toEqual(first.toArray());
    const second = own.predict(rows);
    own.resetStates();
    own.predict(rows);
    expect(own.predict(rows).toArray()).toEqual(second.toArray());
  });
});

const stack = (options: object = {}) =>
  wg.sequential([
    layers.lstm({ units: 3, stateful: true, returnSequences: true, inputShape: [4, 2], batchSize: 2, ...options }),
    layers.bidirectional({ layer: layers.gru({ units: 2, stateful: true }) }),
    layers.dense({ units: 1 }),
  ]);

test("a run that is interrupted in the middle of an epoch goes on with the states that it had", async () => {
  const data = { x: noise([8, 4, 2], 2), y: noise([8, 1], 3) };
  const options = { epochs: 2, shuffle: false };
  const whole = compiled(stack());
  await whole.fit(data, options);
  const cut = compiled(stack());
  await cut.fit(data, {
    ...options,
    callbacks: [
      {
        onBatchEnd(batch, _, { stop }) {
          if (batch === 1) stop("enough");
        },
      },
    ],
  });
  const again = await decodeModel(Buffer.concat(encodeModel(cut)), "file");
  await again.fit(data, { ...options, resume: true });
  const bits = (model: wg.BaseModel) => [...model.getWeights(), model.predict(data.x)].map((each) => each.toArray());
  expect(bits(again)).toEqual(bits(whole));
});

test("a copy begins with zeros, and carries states of its own", () => {
  const model = stack();
  const x = noise([2, 4, 2], 5);
  const [first, second] = [model.predict(x), model.predict(x)];
  const copy = model.copy();
  expect(copy.predict(x).toArray()).toEqual(first.toArray());
  expect(copy.predict(x).toArray()).toEqual(second.toArray());
});

test("a step that fails leaves the states as they were", async () => {
  const model = compiled(stack());
  const [x, y] = [noise([2, 4, 2], 5), noise([2, 1], 6)];
  model.predict(x);
  const before = model.parameters.states.map(({ variable }) => variable.toArray());
  expect(before.flat(2).some((value) => value !== 0)).toBe(true);
  await expect(model.trainOnBatch(wg.mul(x, Number.NaN), y)).rejects.toThrow("x holds NaN in row 0");
  expect(model.parameters.states.map(({ variable }) => variable.toArray())).toEqual(before);
});

test("says what does not fit", async () => {
  const other = "as the states of the model's stateful layers are for such batches";
  const model = compiled(stack());
  const rows = (n: number) => ({ x: noise([n, 4, 2], 1), y: noise([n, 1], 2) });
  const layer = layers.gru({ units: 2, stateful: true });
  const [two, three, any] = [2, 3, undefined].map((batchSize) =>
    wg.input({ shape: [4, 2], ...(batchSize ? { batchSize } : {}) }),
  ) as [wg.SymbolicTensor, wg.SymbolicTensor, wg.SymbolicTensor];
  expect(two.shape).toEqual([2, 4, 2]);
  wg.model({ inputs: two, outputs: layer.apply(two) });
  for (const [run, text] of [
    [
      () => wg.model({ inputs: any, outputs: layers.lstm({ units: 1, stateful: true, name: "own" }).apply(any) }),
      'lstm "own": stateful expected a batchSize that is known, got none; give it to wg.input, or to the first layer of a stack: { batchSize: rows, inputShape }',
    ],
    [
      () => wg.model({ inputs: three, outputs: layer.apply(three) }),
      'gru "gru": batchSize expected 2, that of the model from which its states come, got 3; make a second layer',
    ],
    [
      () => layers.concatenate().apply([two, three]),
      'concatenate "concatenate": apply expected inputs of one batchSize, got 2 and 3',
    ],
    [() => wg.input({ shape: [2], batchSize: 0 }), "input: batchSize expected a whole number ≥ 1, got 0"],
    [() => layers.dense({ units: 1, batchSize: 1.5 }), "dense: batchSize expected a whole number ≥ 1, got 1.5"],
    [() => layers.gru({ units: 1, stateful: 1 as never }), "gru: stateful expected true or false, got 1"],
    [() => model.predict(rows(3).x), `predict: data expected a multiple of 2 rows, ${other}, got 3`],
    [() => model.predict(rows(4).x, { batchSize: 4 }), `predict: batchSize expected 2, ${other}, got 4`],
    [() => model.evaluate(rows(5)), `evaluate: data expected a multiple of 2 rows, ${other}, got 5`],
    [() => model.fit(rows(4), { batchSize: 1 }), `fit: batchSize expected 2, ${other}, got 1`],
    [
      () => model.trainOnBatch(rows(3).x, rows(3).y),
      'lstm "lstm": stateful expected batches of 2 rows, got 3; for others make a model of another batchSize and give it the weights with setWeights',
    ],
    [
      () => layers.timeDistributed({ layer }),
      "timeDistributed: layer expected one that carries nothing from batch to batch",
    ],
    [
      () => layers.bidirectional({ layer, backwardLayer: layers.gru({ units: 2, goBackwards: true }) }),
      "bidirectional: backwardLayer expected stateful: true beside layer with stateful: true, got false",
    ],
    [() => save(model, join(scratch, "m.onnx")), "stateful"],
  ] as const) {
    await expect(async () => run()).rejects.toThrow(text);
  }
});
