import { describe, expect, test, vi } from "vitest";
import { Dataset } from "../../src/data/index.js";
import * as wg from "../../src/index.js";
import { NumericError, ShapeError, ValueError } from "../../src/util/errors.js";
import type { RemoteModel } from "../../src/worker/index.js";
import { bitsOf, blobs, moved, network } from "./support.js";

type Trainer = wg.BaseModel | RemoteModel;
type Train = (trainer: Trainer, model: wg.Sequential) => Promise<unknown>;

/** Runs it in the page and in a worker: the same weights, the same results. */
async function expectSame(train: Train, make: () => wg.Sequential = network) {
  const here = make();
  const expected = await train(here, here);
  const there = make();
  const remote = await moved(there);
  const found = await train(remote, there);
  expect(found).toEqual(expected);
  expect(bitsOf(await remote.model())).toBe(bitsOf(here));
  expect(there.position).toEqual(here.position);
  expect(bitsOf(here)).not.toBe(bitsOf(make()));
}

const fit = (trainer: Trainer, ...args: unknown[]) => {
  const run = (trainer.fit as (...args: unknown[]) => Promise<wg.History>)(...args);
  return run.then(({ epoch, history, stopped }) => ({ epoch, history, stopped }));
};

const { x, y } = blobs();
const validation = blobs(20);
const options = { epochs: 5, batchSize: 16, validation };

describe("fit gives the bits of the page", () => {
  test("with validation", () => expectSame((trainer) => fit(trainer, x, y, options)));

  test("twice, and with trainOnBatch and evaluate between", () =>
    expectSame(async (trainer) => [
      await fit(trainer, x, y, options),
      await trainer.trainOnBatch(x, y),
      await trainer.evaluate({ x, y }),
      await fit(trainer, { x, y }, { epochs: 3 }),
      await trainer.evaluate(x, y, { batchSize: 7 }),
    ]));

  const data: readonly [string, unknown[]][] = [
    ["tensors", [wg.tensor(x.data, x.shape), wg.tensor(y)]],
    ["flat arrays", [x.data, y]],
    ["nested arrays", [wg.tensor(x.data, x.shape).toArray(), Array.from(y)]],
    ["a pair", [[x, y]]],
    ["a record with weights", [{ x, y, sampleWeight: new Float32Array(60).map((_, i) => i % 3) }]],
    ["a dataset", [Dataset.fromArrays(x, y)]],
    ["a dataset in batches", [Dataset.fromArrays(x, y).shuffle().batch(7, { dropRemainder: true })]],
    ["a repeated part of a dataset", [Dataset.fromArrays(x, y).skip(3).take(40).repeat(2)]],
    ["a mapped dataset", [Dataset.fromArrays(x, y).map((row) => ({ x: wg.mul(row.x, 2), y: row.y }))]],
    [
      "a generator",
      [
        Dataset.fromGenerator(async function* () {
          for (let i = 0; i < 60; i++) yield { x: x.data.slice(i * 3, i * 3 + 3), y: y[i] as number };
        }),
      ],
    ],
  ];
  test.each(data)("of %s", (_, args) => {
    const { batched } = { batched: 0, ...(args[0] as object) } as { batched: number | false };
    return expectSame((trainer) => fit(trainer, ...args, { epochs: 3, ...(batched ? {} : { batchSize: 16 }) }));
  });

  test("with a dataset to validate on, and classes weighed", () =>
    expectSame((trainer) =>
      fit(trainer, x, y, {
        epochs: 3,
        classWeight: { 0: 1, 1: 2 },
        validation: Dataset.fromArrays(validation.x, validation.y).batch(8),
      }),
    ));

  test("of several inputs and outputs by name", async () => {
    const make = () => {
      wg.setSeed(2);
      const [a, b] = [wg.input({ shape: [3], name: "a" }), wg.input({ shape: [3], name: "b" })];
      const joined = wg.layers.concatenate().apply([a, b]);
      const p = wg.layers.dense({ units: 1, name: "p" }).apply(joined);
      const q = wg.layers.dense({ units: 2, name: "q" }).apply(joined);
      return wg.model({ inputs: [a, b], outputs: [p, q] }).compile({ optimizer: "sgd", loss: "mse" });
    };
    const rows = [
      { a: x, b: wg.tensor(x.data, x.shape) },
      { p: wg.zeros([60, 1]), q: wg.ones([60, 2]) },
    ] as const;
    const here = make();
    await here.fit(...rows, { epochs: 2 });
    const remote = await moved(make());
    await remote.fit(...rows, { epochs: 2 });
    expect(bitsOf(await remote.model())).toBe(bitsOf(here));
    const found = await remote.predictAll(rows[0]);
    expect(found.map((each) => each.toArray())).toEqual(here.predictAll(rows[0]).map((each) => each.toArray()));
    expect((await remote.predict(rows[0], { output: "q" })).toArray()).toEqual(
      here.predict(rows[0], { output: "q" }).toArray(),
    );
  });

  test("with an optimizer that solves, run eagerly, and in 64 bits", async () => {
    const make = () => network({ optimizer: wg.optimizers.lbfgs(), runEagerly: true });
    await expectSame((trainer) => fit(trainer, x, y, { epochs: 2, batchSize: "full" }), make);
    const wide = () => {
      const model = wg.sequential([wg.layers.dense({ units: 2, inputShape: [3] })], { dtype: "float64" });
      return model.compile({ optimizer: "nadam", loss: "mse" });
    };
    await expectSame((trainer) => fit(trainer, x, wg.zeros([60, 2]), { epochs: 2 }), wide);
  });

  test("of layers that carry states, and of a model that had begun", async () => {
    const make = () => {
      wg.setSeed(4);
      const lstm = wg.layers.lstm({ units: 3, stateful: true, batchSize: 6, inputShape: [5, 2] });
      return wg.sequential([lstm]).compile({ optimizer: "adam", loss: "mse" });
    };
    const rows = [wg.randomNormal([12, 5, 2]), wg.randomNormal([12, 3])] as const;
    await expectSame(async (trainer) => {
      const first = await fit(trainer, ...rows, { epochs: 2, shuffle: false });
      await trainer.resetStates();
      return [first, await fit(trainer, ...rows, { epochs: 1, shuffle: false })];
    }, make);
    const here = make();
    await here.fit(...rows, { epochs: 2 });
    const remote = await moved(here.copy());
    await here.trainOnBatch(wg.zeros([6, 5, 2]), wg.zeros([6, 3]));
    expect((await remote.getWeights()).map((each) => each.toArray())).not.toEqual(
      here.getWeights().map((each) => each.toArray()),
    );
  });
});

describe("callbacks run in the page and act on the model", () => {
  const { callbacks } = wg;
  const kinds: readonly [string, () => wg.CallbackLike[]][] = [
    ["earlyStopping", () => [callbacks.earlyStopping({ monitor: "accuracy", patience: 1 })]],
    [
      "reduceLROnPlateau",
      () => [callbacks.reduceLROnPlateau({ monitor: "val_loss", patience: 1, minDelta: 1, factor: 0.3 })],
    ],
    ["exponentialMovingAverage", () => [callbacks.exponentialMovingAverage({ decay: 0.8 })]],
    [
      "stochasticWeightAveraging",
      () => [callbacks.stochasticWeightAveraging({ startEpoch: 1 }), callbacks.earlyStopping()],
    ],
    [
      "one that sets weights",
      () => [(_epoch, _logs, { model }) => model.setWeights(model.getWeights().map((each) => wg.mul(each, 0.5)))],
    ],
    [
      "one that freezes a layer",
      () => [
        {
          onEpochBegin(epoch, { model }) {
            (model.layers[0] as wg.Layer).trainable = epoch < 1;
          },
        },
      ],
    ],
    [
      "one that stops in the middle of an epoch",
      () => [
        { onBatchEnd: (batch, _logs, { stop, model }) => void (model.epoch === 1 && batch === 1 && stop("enough")) },
      ],
    ],
    ["one that sets stopTraining", () => [(epoch, _logs, { model }) => void (model.stopTraining = epoch === 2)]],
  ];
  test.each(kinds)("%s", (_, make) => expectSame((trainer) => fit(trainer, x, y, { ...options, callbacks: make() })));

  test("one that turns the rate of its own optimizer, or a schedule", async () => {
    const optimizer = () =>
      wg.optimizers.sgd({ learningRate: wg.schedules.warmup(wg.schedules.manual(0.1), { steps: 2 }) });
    for (const make of [() => network({ optimizer: "sgd" }), () => network({ optimizer: optimizer() })]) {
      await expectSame((trainer, model) => {
        const turn = (epoch: number) => {
          (model.compiled as { optimizer: wg.Optimizer }).optimizer.learningRate = 0.1 / (epoch + 1);
        };
        return fit(trainer, x, y, { ...options, callbacks: [turn] });
      }, make);
    }
  });

  test("hooks are called in the order and with the arguments of the page", async () => {
    const calls = (told: unknown[]): wg.Callback => {
      const tell =
        (name: string) =>
        (...args: unknown[]) => {
          const { model, epochs, rows, steps, batchSize, resumed } = args.pop() as wg.FitContext;
          told.push([name, structuredClone(args), epochs, rows, steps, batchSize, resumed, { ...model.position }]);
        };
      const names = ["onTrainBegin", "onEpochBegin", "onEpochTrained", "onEpochEnd", "onTrainEnd"];
      const onBatchEnd = (batch: number, logs: wg.Logs, context: wg.FitContext) =>
        tell("onBatchEnd")(batch, { ...logs }, context);
      return { ...Object.fromEntries(names.map((name) => [name, tell(name)])), onBatchEnd };
    };
    const [inPage, inWorker]: unknown[][] = [[], []];
    await network().fit(x, y, { ...options, callbacks: [calls(inPage as unknown[])] });
    await (await moved(network())).fit(x, y, { ...options, callbacks: [calls(inWorker as unknown[])] });
    expect(inWorker).toEqual(inPage);
    expect(inPage).toHaveLength(2 + 5 * (3 + 4));
  });

  test("one that is told numbers alone has the logs of each batch, and no weights are sent for it", async () => {
    const remote = await moved(network());
    const model = await remote.model();
    const before = bitsOf(model);
    const seen: [number, number, string][] = [];
    const onBatchEnd = (batch: number, { loss }: wg.Logs) => void seen.push([batch, loss as number, bitsOf(model)]);
    await remote.fit(x, y, { batchSize: 16, callbacks: [{ onBatchEnd }] });
    expect(seen.map(([batch]) => batch)).toEqual([0, 1, 2, 3]);
    expect(new Set(seen.map(([, , bits]) => bits))).toEqual(new Set([before]));
    expect(bitsOf(model)).not.toBe(before);
  });

  test("without any, the page's model follows all the same", async () => {
    const here = network();
    await here.fit(x, y, options);
    const there = network();
    await (await moved(there)).fit(x, y, options);
    expect(bitsOf(there)).toBe(bitsOf(here));
    expect(there.epoch).toBe(5);
  });
});

describe("errors are those of the page", () => {
  const thrownBy = (run: Promise<unknown>) =>
    run.then(
      () => undefined,
      (error: Error) => error,
    );
  const wrong: readonly [string, (trainer: Trainer) => Promise<unknown>][] = [
    ["rows of another shape", (trainer) => fit(trainer, [[1, 2]], [0])],
    ["ragged rows", (trainer) => fit(trainer, [[1, 2, 3], [1]], [0, 1])],
    ["no targets", (trainer) => fit(trainer, [[1, 2, 3]])],
    ["text", (trainer) => fit(trainer, "text", y)],
    ["an unknown option", (trainer) => fit(trainer, x, y, { epoch: 3 })],
    ["options that are none", (trainer) => fit(trainer, x, y, 3)],
    ["callbacks that are none", (trainer) => fit(trainer, x, y, { callbacks: [3] })],
    [
      "two averages",
      (trainer) => fit(trainer, x, y, { callbacks: [0, 1].map(() => wg.callbacks.exponentialMovingAverage()) }),
    ],
    [
      "a loss that is NaN",
      (trainer) =>
        fit(
          trainer,
          x.data.map(() => Number.NaN),
          y,
        ),
    ],
    ["a dataset without targets", (trainer) => fit(trainer, Dataset.fromArrays(x))],
    [
      "a label that is no class",
      (trainer) =>
        trainer.evaluate(
          x,
          y.map(() => 5),
        ),
    ],
    ["a batch of another shape", (trainer) => trainer.trainOnBatch([[1]], [0])],
    ["rows of another shape to predict", async (trainer) => trainer.predict([[1]])],
    ["too few weights", async (trainer) => trainer.setWeights([])],
    ["weights that are none", async (trainer) => trainer.setWeights(3 as never)],
    [
      "a weight of another shape",
      async (trainer) =>
        trainer.setWeights(
          network()
            .getWeights()
            .map(() => wg.zeros([1])),
        ),
    ],
  ];
  test.each(wrong)("%s", async (_, call) => {
    const expected = await thrownBy(call(network()));
    const found = await thrownBy(call(await moved(network())));
    expect(expected).toBeInstanceOf(Error);
    expect(found?.message).toBe(expected?.message);
    expect(found?.constructor).toBe(expected?.constructor);
    expect(found?.name).toBe(expected?.name);
  });

  test("classes can be told apart, and the stack has both sides", async () => {
    const remote = await moved(network());
    const error = (await thrownBy(
      remote.fit(
        x.data.map(() => Number.NaN),
        y,
      ),
    )) as NumericError;
    expect(error).toBeInstanceOf(NumericError);
    expect(error.stack).toMatch(/trainStep[\s\S]*in the worker, called from/);
    await expect(remote.predict([[1]])).rejects.toThrow(ShapeError);
  });

  test("what a callback, a generator or a function of rows throws comes back as it is", async () => {
    class Own extends Error {}
    const error = new Own("mine");
    const fail = () => {
      throw error;
    };
    const remote = await moved(network());
    expect(await thrownBy(remote.fit(x, y, { callbacks: [fail] }))).toBe(error);
    expect(await thrownBy(remote.fit(x, y, { callbacks: [{ onBatchEnd: async () => fail() }] }))).toBe(error);
    expect(await thrownBy(remote.fit(Dataset.fromArrays(x, y).map(fail)))).toBe(error);
    expect(await thrownBy(remote.fit(x, y, { validation: Dataset.fromGenerator(fail) }))).toBe(error);
    // And the worker goes on.
    await remote.fit(x, y);
  });

  test("data with a function in it is named", async () => {
    const remote = await moved(network());
    const given = [
      remote.fit(x, (() => 1) as never),
      remote.fit({ x, y }, { validation: { x: [() => 1], y } } as never),
      remote.predict({ x: function rows() {} } as never),
    ];
    const found = await Promise.all(given.map(thrownBy));
    expect(found.map((error) => error?.message)).toEqual([
      expect.stringMatching(/^fit: y expected data, got function .*train in the page/),
      expect.stringMatching(/^fit: options\.validation\.x\[0\] expected data, got function/),
      expect.stringMatching(/^predict: x\.x expected data, got function rows/),
    ]);
    expect(found.every((error) => error instanceof ValueError)).toBe(true);
  });
});

describe("buffers", () => {
  test("stay the caller's, unless he hands them over", async () => {
    const remote = await moved(network());
    const own = blobs();
    await remote.fit(own.x, own.y);
    await remote.evaluate(own.x, own.y);
    expect(own.x.data).toHaveLength(180);
    await remote.fit(own.x, own.y, { transfer: true });
    expect([own.x.data.length, own.y.length]).toEqual([0, 0]);
  });

  test("in shared memory are not copied", async () => {
    const remote = await moved(network());
    const shared = new Float32Array(new SharedArrayBuffer(180 * 4));
    shared.set(x.data);
    const post = vi.spyOn(Object.getPrototypeOf(shared), "slice");
    await expect(remote.predict({ data: shared, shape: [60, 3] })).resolves.toBeInstanceOf(wg.Tensor);
    await remote.fit({ data: shared, shape: [60, 3] }, y, { transfer: true });
    expect(shared).toEqual(x.data);
    post.mockRestore();
  });

  test("of many megabytes are copied in turns", async () => {
    const wide = wg.sequential([wg.layers.dense({ units: 1, inputShape: [1 << 20] })]).compile({ loss: "mse" });
    const remote = await moved(wide);
    const rows = new Float32Array(16 << 20).fill(0.5);
    let turns = 0;
    const timer = setInterval(() => turns++, 0);
    const found = await remote.predict({ data: rows, shape: [16, 1 << 20] });
    clearInterval(timer);
    expect(turns).toBeGreaterThan(1);
    expect(found.toArray()).toEqual(wide.predict({ data: rows, shape: [16, 1 << 20] }).toArray());
  });
});
