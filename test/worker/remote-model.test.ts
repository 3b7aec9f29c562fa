import { describe, expect, test, vi } from "vitest";
import { load, save } from "../../src/formats/index.js";
import * as wg from "../../src/index.js";
import { inOperation, OutOfMemoryError, StateError, ValueError, WorkerError } from "../../src/util/errors.js";
import { errorFrom, failureOf } from "../../src/worker/failure.js";
import { inWorker, serve } from "../../src/worker/index.js";
import { inProcess } from "../support/in-process.js";
import { bitsOf, blobs, moved, network } from "./support.js";

const { x, y } = blobs();

describe("a model that moves", () => {
  test("takes seed, settings, moments and preprocessing along, and leaves the page's as it is", async () => {
    const model = network();
    await model.fit(x, y, { epochs: 2 });
    const [bits, position] = [bitsOf(model), { ...model.position }];
    const copy = await load(await bytesOf(model));
    const remote = await moved(model);
    expect([bitsOf(model), model.position]).toEqual([bits, position]);
    await copy.fit(x, y, { epochs: 4, initialEpoch: 2 });
    await remote.fit(x, y, { epochs: 4, initialEpoch: 2 });
    expect(bitsOf(model)).toBe(bitsOf(copy));
  });

  test("without being compiled predicts, and fit says what is missing", async () => {
    const model = wg.sequential([wg.layers.dense({ units: 2, inputShape: [3] })]);
    const remote = await moved(model);
    expect((await remote.predict(x)).toArray()).toEqual(model.predict(x).toArray());
    await expect(remote.fit(x, y)).rejects.toThrow(/fit: model "sequential" expected to be compiled/);
    await remote.compile({ optimizer: "sgd", loss: "mse" });
    await remote.fit(x, wg.zeros([60, 2]));
    expect(model.position.step).toBe(2);
  });

  const own: readonly [string, () => wg.BaseModel, RegExp][] = [
    [
      "a layer",
      () => wg.sequential([wg.layers.lambda({ call: (v) => wg.mul(v, 2), name: "doubled", inputShape: [3] })]),
      /inWorker: layer "doubled" expected a kind of wg\.layers, got "lambda", code of your own.*train in the page/,
    ],
    [
      "a layer within a layer",
      () => {
        const layer = wg.layers.lambda({ call: (v) => wg.mul(v, 2) });
        return wg.sequential([wg.layers.timeDistributed({ layer, name: "each", inputShape: [2, 3] })]);
      },
      /inWorker: layer "each" expected/,
    ],
    [
      "a loss",
      () => network({ loss: Object.assign((a: wg.Tensor, b: wg.Tensor) => wg.mean(wg.sub(a, b), -1)) as never }),
      /inWorker: compile's loss expected a name or what wg\.losses returns, got the function/,
    ],
    [
      "a metric",
      () => network({ metrics: [{ name: "mine", reset() {}, update() {}, result: () => 1 }] }),
      /inWorker: compile's metrics expected names or what wg\.metrics returns, got "mine"/,
    ],
    [
      "an optimizer",
      () => network({ optimizer: { ...wg.optimizers.sgd(), name: "mine" } }),
      /inWorker: compile's optimizer expected one of wg\.optimizers, got "mine"/,
    ],
    [
      "a constraint",
      () => {
        const kernelConstraint = { apply: () => undefined } as never;
        return wg.sequential([wg.layers.dense({ units: 1, inputShape: [3], kernelConstraint, name: "bounded" })]);
      },
      /inWorker: the constraint of "bounded\/kernel" expected one of wg\.constraints/,
    ],
  ];
  test.each(own)("with %s of the user's own is refused by name", async (_, make, text) => {
    const run = inWorker(make(), { worker: inProcess });
    await expect(run).rejects.toThrow(text);
    await expect(run).rejects.toBeInstanceOf(ValueError);
  });

  test("is in one worker at a time", async () => {
    const model = network();
    const remote = await moved(model);
    await expect(inWorker(model)).rejects.toThrow(
      /inWorker: model expected one that is in no worker, got "sequential", which is in one/,
    );
    await moved(model.copy());
    remote.terminate();
    await (await moved(model)).fit(x, y);
  });

  test.each([
    [[undefined], /model expected what wg.sequential/],
    [[{}], /model expected/],
    [[network(), { workers: inProcess }], /unknown option "workers"; did you mean "worker"/],
    [[network(), { worker: 3 }], /worker expected a function/],
    [[network(), { worker: () => 3 }], /worker expected to return a Worker, got 3/],
  ])("is checked: %#", async (args, text) => {
    const run = inWorker(...(args as [never, never]));
    await expect(run).rejects.toThrow(text);
    await expect(run).rejects.toBeInstanceOf(ValueError);
  });
});

describe("beside fit", () => {
  test("the other methods return what those of a model do", async () => {
    const model = network();
    const remote = await moved(model);
    await remote.fit(x, y, { epochs: 2 });
    expect((await remote.predict(x, { batchSize: 7 })).toArray()).toEqual(model.predict(x).toArray());
    expect(await remote.evaluate(x, y)).toEqual(await model.evaluate(x, y));
    expect((await remote.getWeights()).map(String)).toEqual(model.getWeights().map(String));
    const print = vi.fn();
    await remote.summary({ print });
    expect(print.mock.calls[0]?.[0]).toMatch(/dense_1/);
    const other = network();
    await remote.setWeights(other.getWeights());
    expect(bitsOf(model)).toBe(bitsOf(other));
    await other.trainOnBatch(x, y);
    await remote.trainOnBatch(x, y);
    const saved = await load(await bytesOf(await remote.model()));
    expect(saved.position).toEqual(model.position);
  });

  test("predictions are answered between the steps, with the weights of that moment", async () => {
    const remote = await moved(network());
    let done = false;
    const run = remote.fit(x, y, { epochs: 400 }).then(() => {
      done = true;
    });
    const seen: string[] = [];
    while (!done) seen.push(String(await remote.predict([[1, 2, 3]])));
    await run;
    expect(new Set(seen).size).toBeGreaterThan(2);
  });

  test("stopTraining ends fit after its step", async () => {
    const remote = await moved(network());
    const run = remote.fit(x, y, { epochs: 1e6 });
    setTimeout(() => {
      remote.stopTraining = true;
    }, 50);
    const { epoch } = await run;
    expect(epoch.length).toBeGreaterThan(0);
    expect(remote.stopTraining).toBe(true);
    expect((await remote.fit(x, y)).epoch).toEqual([0]);
  });

  test("compile changes how the model trains on", async () => {
    const here = network();
    await here.fit(x, y, { epochs: 2 });
    here.compile({ optimizer: "rmsprop", loss: "sparseCategoricalCrossentropy" });
    await here.fit(x, y, { epochs: 2 });
    const there = network();
    const remote = await moved(there);
    await remote.fit(x, y, { epochs: 2 });
    await remote.compile({ optimizer: "rmsprop", loss: "sparseCategoricalCrossentropy" });
    await remote.fit(x, y, { epochs: 2 });
    expect(bitsOf(there)).toBe(bitsOf(here));
  });
});

describe("a worker that is lost", () => {
  test("rejects what waits for it and all that comes, and the run goes on in another with the same bits", async () => {
    const here = network();
    const stop = () => wg.callbacks.earlyStopping({ monitor: "loss", patience: 9 });
    await here.fit(x, y, { epochs: 6, batchSize: 16, callbacks: [stop()] });

    const there = network();
    let worker: ReturnType<typeof inProcess> | undefined;
    const remote = await inWorker(there, { worker: () => (worker = inProcess()) });
    const lose = (epoch: number) => void (epoch === 3 && worker?.terminate());
    const options = { epochs: 6, batchSize: 16, callbacks: [stop(), lose] };
    const run = remote.fit(x, y, options);
    await expect(run).rejects.toThrow(
      /^fit: worker expected to answer, got its end: exit code 1; the page's model is as at step 16: move it again with inWorker/,
    );
    await expect(run).rejects.toBeInstanceOf(WorkerError);
    await expect(remote.predict(x)).rejects.toBeInstanceOf(WorkerError);
    expect(there.epoch).toBe(4);
    await (await moved(there)).fit(x, y, { ...options, resume: true });
    expect(bitsOf(there)).toBe(bitsOf(here));
  });

  test("in the middle of an epoch, with a callback that looks at each step: on from that step", async () => {
    const here = network();
    await here.fit(x, y, { epochs: 3, batchSize: 16 });
    const there = network();
    let worker: ReturnType<typeof inProcess> | undefined;
    const remote = await inWorker(there, { worker: () => (worker = inProcess()) });
    const onBatchEnd = (batch: number, _logs: wg.Logs, { model }: wg.FitContext) => {
      if (model.epoch === 1 && batch === 1) worker?.terminate();
    };
    await expect(remote.fit(x, y, { epochs: 3, batchSize: 16, callbacks: [{ onBatchEnd }] })).rejects.toThrow(
      WorkerError,
    );
    expect(there.position).toEqual({ epoch: 1, step: 6, batch: 2 });
    await (await moved(there)).fit(x, y, { epochs: 3, batchSize: 16, resume: true });
    expect(bitsOf(there)).toBe(bitsOf(here));
  });

  test("or never started says what helps", async () => {
    const fail = () => {
      throw new Error("refused");
    };
    const run = inWorker(network(), { worker: fail });
    await expect(run).rejects.toThrow(
      /^inWorker: worker expected to start, got refused; .*give inWorker\(model, \{ worker/,
    );
    await expect(run).rejects.toBeInstanceOf(WorkerError);
    // The library's script is in the built package alone.
    await expect(inWorker(network())).rejects.toThrow(
      /^inWorker: worker expected to start, got its end: .*worker-script/,
    );
  });
});

test("serve is for a worker's script", () => {
  // Tests run in a process of their own, and not in a thread.
  expect(serve).toThrow(StateError);
});

test("an error keeps its class, text, cause and numbers on the way", () => {
  const again = (error: unknown) => errorFrom(structuredClone(failureOf(error)));
  const memory = again(new OutOfMemoryError(10, 20, 30)) as OutOfMemoryError;
  expect(memory).toBeInstanceOf(OutOfMemoryError);
  expect([memory.requested, memory.inUse, memory.limit]).toEqual([10, 20, 30]);
  expect(memory.message).toBe(new OutOfMemoryError(10, 20, 30).message);
  const named = again(inOperation("matmul", new OutOfMemoryError(10, 20, 30))) as OutOfMemoryError;
  expect(named.message).toBe(`matmul: ${memory.message}`);
  expect((inOperation("predict", named) as OutOfMemoryError).message).toBe(named.message);
  const caused = again(new TypeError("outer", { cause: new ValueError("inner") }));
  expect(caused).toBeInstanceOf(TypeError);
  expect(caused.cause).toBeInstanceOf(ValueError);
  class Own extends Error {
    override name = "Own";
  }
  expect(again(new Own("mine"))).toMatchObject({ name: "Own", message: "mine" });
  expect(again("text")).toMatchObject({ name: "Error", message: "text" });
});

async function bytesOf(model: wg.BaseModel): Promise<ArrayBuffer> {
  const { readable, writable } = new TransformStream();
  const [bytes] = await Promise.all([new Response(readable).arrayBuffer(), save(model, writable)]);
  return bytes;
}
