import { describe, expect, test } from "vitest";
import { Dataset } from "../../src/data/index.js";
import { gradientCheck } from "../../src/diagnostics/index.js";
import * as wg from "../../src/index.js";
import { decodeModel } from "../../src/model/decode-model.js";
import { encodeModel } from "../../src/model/encode-model.js";
import { uniform } from "../support/random.js";

const { layers } = wg;
const noise = (rows: number, size: number, seed: number) => wg.tensor(uniform(rows * size, -1, 1, seed), [rows, size]);
const numbers = (x: wg.Tensor | undefined) => Array.from((x as wg.Tensor).toTypedArray());
const saved = (model: wg.Model) => decodeModel(Buffer.concat(encodeModel(model)), "file");

/** Two inputs, a layer used twice, two outputs. */
function twoByTwo() {
  const [a, b] = [wg.input({ shape: [4], name: "a" }), wg.input({ shape: [4], name: "b" })];
  const shared = layers.dense({ units: 3, activation: "tanh", name: "shared" });
  const [x, y] = [shared.apply(a), shared.apply(b)];
  const joined = layers.concatenate().apply([x, y, layers.multiply().apply([x, y])]);
  const risk = layers.dense({ units: 1, activation: "sigmoid", name: "risk" }).apply(joined);
  const kind = layers.dense({ units: 3, activation: "softmax", name: "kind" }).apply(joined);
  return wg.model({ inputs: [a, b], outputs: [risk, kind], name: "pair" });
}

const data = {
  x: { a: noise(6, 4, 1), b: noise(6, 4, 2) },
  y: { risk: wg.tensor([[0], [1], [1], [0], [1], [0]]), kind: wg.tensor([0, 1, 2, 2, 1, 0], [6], "int32") },
};
const twoLosses = { risk: "binaryCrossentropy", kind: "sparseCategoricalCrossentropy" };

describe("a graph", () => {
  test("runs as the layers do one by one", () => {
    const model = twoByTwo();
    const [kernel, bias, riskKernel, riskBias, kindKernel, kindBias] = model.getWeights() as [
      wg.Tensor,
      wg.Tensor,
      wg.Tensor,
      wg.Tensor,
      wg.Tensor,
      wg.Tensor,
    ];
    expect(model.getWeights().length).toBe(6);
    const hidden = (x: wg.Tensor) => wg.tanh(wg.dense(x, kernel, bias));
    const [x, y] = [hidden(data.x.a), hidden(data.x.b)];
    const joined = wg.concat([x, y, wg.mul(x, y)], 1);
    const [risk, kind] = model.predictAll(data.x) as [wg.Tensor, wg.Tensor];
    expect(numbers(risk)).toEqual(numbers(wg.sigmoid(wg.dense(joined, riskKernel, riskBias))));
    expect(numbers(kind)).toEqual(numbers(wg.softmax(wg.dense(joined, kindKernel, kindBias))));
    expect(model.predictAll([data.x.a, data.x.b]).map(numbers)).toEqual([risk, kind].map(numbers));
    expect(model.outputNames.map((output) => numbers(model.predict(data.x, { output, batchSize: 3 })))).toEqual(
      [risk, kind].map(numbers),
    );
    expect(() => model.predict(data.x, { output: "none" })).toThrow(
      /predict: output expected one of \[.*\], got "none"/,
    );
    expect(model.predictAll(data.x, { batchSize: 4 }).map(numbers)).toEqual([risk, kind].map(numbers));
    expect([model.inputNames, model.outputNames]).toEqual([
      ["a", "b"],
      ["risk", "kind"],
    ]);
  });

  test("a model of one input and one output is a stack with the same bits", async () => {
    const make = () => [
      layers.dense({ units: 5, name: "d" }),
      layers.batchNormalization(),
      layers.activation({ activation: "relu" }),
      layers.dropout({ rate: 0.3 }),
      layers.dense({ units: 1 }),
    ];
    const stack = wg.sequential([
      layers.dense({ units: 5, name: "d", inputShape: [4], useBias: false }),
      ...make().slice(1),
    ]);
    const x = wg.input({ shape: [4] });
    const first = layers.dense({ units: 5, name: "d", useBias: false });
    const y = [first, ...make().slice(1)].reduce((value, layer) => layer.apply(value), x);
    const graph = wg.model({ inputs: x, outputs: y });
    for (const model of [stack, graph]) {
      model.compile({ optimizer: "adam", loss: "meanSquaredError" });
      await model.fit(data.x.a, data.y.risk, { epochs: 3, batchSize: 4 });
    }
    expect(graph.getWeights().map(numbers)).toEqual(stack.getWeights().map(numbers));
  });

  test("an output that another layer reads keeps its activation", () => {
    const x = wg.input({ shape: [4] });
    const middle = layers.dense({ units: 3, activation: "softmax", name: "middle" }).apply(x);
    const end = layers.dense({ units: 1, name: "end" }).apply(middle);
    const model = wg.model({ inputs: x, outputs: [middle, end] });
    model.compile({ optimizer: "sgd", loss: { middle: "sparseCategoricalCrossentropy", end: "meanSquaredError" } });
    expect(model.compiled?.heads.map(({ fused }) => fused)).toEqual([false, false]);
  });

  test("what no output needs is left out, and deep graphs need no deep stack", () => {
    const x = wg.input({ shape: [2] });
    let y = x;
    for (let i = 0; i < 20_000; i++) y = layers.activation({ activation: "relu" }).apply(y);
    layers.dense({ units: 7 }).apply(y);
    expect(wg.model({ inputs: x, outputs: y }).layers.length).toBe(20_000);
  });

  test("a layer in the middle may be where a model begins", () => {
    const model = twoByTwo();
    const tail = wg.model({ inputs: model.getLayer("concatenate").output, outputs: model.getLayer("risk").output });
    expect(tail.inputShape).toEqual([9]);
    expect(tail.layers.map(({ name }) => name)).toEqual(["risk"]);
  });
});

describe("several losses", () => {
  test("add up by their weights, and logs name them", async () => {
    const model = twoByTwo();
    model.compile({
      optimizer: wg.optimizers.sgd({ learningRate: 0.1 }),
      loss: twoLosses,
      lossWeights: { risk: 0.5, kind: 2 },
      metrics: { kind: ["accuracy"] },
    });
    const logs = await model.evaluate(data);
    expect(Object.keys(logs)).toEqual(["loss", "risk_loss", "kind_loss", "kind_accuracy"]);
    const [risk, kind] = model.predictAll(data.x) as [wg.Tensor, wg.Tensor];
    const of = (loss: wg.Tensor) => wg.mean(loss).item();
    expect(logs.risk_loss).toBeCloseTo(of(wg.losses.binaryCrossentropy(data.y.risk, risk)), 5);
    expect(logs.kind_loss).toBeCloseTo(of(wg.losses.sparseCategoricalCrossentropy(data.y.kind, kind)), 5);
    expect(logs.loss).toBeCloseTo(0.5 * (logs.risk_loss as number) + 2 * (logs.kind_loss as number), 5);
    const history = await model.fit(data, { epochs: 200, batchSize: "full", validation: data });
    expect(history.history.loss?.at(-1)).toBeLessThan((logs.loss as number) / 3);
    expect(history.epoch.length).toBe(200);
  });

  test("have the gradients of their sum, on rows with weights too", async () => {
    const model = twoByTwo();
    model.compile({ loss: twoLosses, lossWeights: [0.3, 1.5] });
    expect((await gradientCheck(model, data)).difference).toBeLessThan(1e-7);
    expect((await gradientCheck(model, { ...data, sampleWeight: [1, 2, 0, 1, 3, 1] })).difference).toBeLessThan(1e-7);
  });

  test("one loss given once is that of every output", () => {
    const x = wg.input({ shape: [2] });
    const outputs = ["p", "q"].map((name) => layers.dense({ units: 1, name }).apply(x));
    const model = wg.model({ inputs: x, outputs });
    model.compile({ loss: "meanSquaredError" });
    expect(model.compiled?.heads.map(({ loss }) => loss.name)).toEqual(["meanSquaredError", "meanSquaredError"]);
  });

  test("a Dataset carries inputs and targets by name, in any order", async () => {
    const rows = Dataset.fromArrays({ b: data.x.b, a: data.x.a }, { kind: data.y.kind, risk: data.y.risk });
    const runs = [];
    for (const given of [data, rows]) {
      const model = twoByTwo();
      model.compile({ optimizer: "adam", loss: twoLosses });
      await model.fit(given as never, { epochs: 2, batchSize: 3 });
      runs.push(model.getWeights().map(numbers));
    }
    expect(runs[1]).toEqual(runs[0]);
  });
});

describe("layers in two models", () => {
  const body = () =>
    wg.sequential(
      [
        layers.dense({ units: 5, activation: "relu", inputShape: [4], name: "one" }),
        layers.batchNormalization({ name: "norm" }),
        layers.dense({ units: 3, name: "two" }),
      ],
      { name: "body" },
    );

  test("have one set of weights: an encoder learns with its autoencoder", async () => {
    const x = wg.input({ shape: [4] });
    const code = layers.dense({ units: 2, activation: "tanh", name: "code" }).apply(x);
    const back = layers.dense({ units: 4, name: "back" }).apply(code);
    const encoder = wg.model({ inputs: x, outputs: code });
    const before = numbers(encoder.predict(data.x.a));
    const whole = wg.model({ inputs: x, outputs: back });
    whole.compile({ optimizer: "adam", loss: "meanSquaredError" });
    await whole.fit(data.x.a, data.x.a, { epochs: 3 });
    expect(numbers(encoder.predict(data.x.a))).not.toEqual(before);
    expect(numbers(encoder.getWeights()[0])).toEqual(numbers(whole.getWeights()[0]));
    const parted = whole.copy();
    const kept = numbers(parted.getWeights()[0]);
    await whole.fit(data.x.a, data.x.a, { epochs: 1 });
    expect(numbers(parted.getWeights()[0])).toEqual(kept);
  });

  test("train the same as in a model of their own", async () => {
    const run = async (share: boolean) => {
      const model = body();
      if (!share) model.build();
      const base = share ? body() : model;
      const own = share ? wg.model({ inputs: base.inputs, outputs: base.outputs }) : model;
      own.compile({ optimizer: wg.optimizers.adam({ globalClipNorm: 0.1 }), loss: "meanSquaredError" });
      await own.fit(data.x.a, noise(6, 3, 5), { epochs: 4, batchSize: 3 });
      return own.getWeights().map(numbers);
    };
    expect(await run(true)).toEqual(await run(false));
  });

  test("a frozen body under a new head stays as it was, to the bit", async () => {
    const base = body();
    const middle = base.getLayer("norm").output;
    base.trainable = false;
    const end = layers.dense({ units: 1, activation: "sigmoid", name: "head" }).apply(middle);
    const model = wg.model({ inputs: base.inputs, outputs: end });
    expect(model.variables.length).toBe(8);
    model.compile({ optimizer: "adam", loss: "binaryCrossentropy" });
    const before = base.getWeights().map(numbers);
    const first = (await model.evaluate(data.x.a, data.y.risk)).loss as number;
    await model.fit(data.x.a, data.y.risk, { epochs: 30 });
    expect(base.getWeights().map(numbers)).toEqual(before);
    expect((await model.evaluate(data.x.a, data.y.risk)).loss).toBeLessThan(first);
    model.getLayer("one").trainable = true;
    await model.fit(data.x.a, data.y.risk, { epochs: 1 });
    const after = base.getWeights().map(numbers);
    expect(after.map((values, i) => values.join() !== before[i]?.join())).toEqual([
      true,
      true,
      ...new Array(6).fill(false),
    ]);
  });

  test("averages, early stopping and failed steps see shared weights", async () => {
    const base = body();
    const model = wg.model({
      inputs: base.inputs,
      outputs: layers.dense({ units: 1, name: "head" }).apply(base.outputs[0] as wg.SymbolicTensor),
    });
    model.compile({ optimizer: wg.optimizers.sgd({ learningRate: 0.05 }), loss: "meanSquaredError" });
    const average = wg.callbacks.exponentialMovingAverage({ decay: 0.5 });
    await model.fit(data.x.a, data.y.risk, { epochs: 2, callbacks: [average] });
    const mean = model.getWeights().map(numbers);
    average.swap();
    expect(model.getWeights().map(numbers)).not.toEqual(mean);
    average.swap();
    expect(model.getWeights().map(numbers)).toEqual(mean);
    const bad = wg.tensor(new Float32Array(24).fill(Number.NaN), [6, 4]);
    await expect(model.fit(bad, data.y.risk)).rejects.toThrow("fit: loss expected a finite number");
    expect(model.getWeights().map(numbers)).toEqual(mean);
  });

  test("an optimizer with a solver says that it needs weights of its own", async () => {
    const base = body();
    const model = wg.model({ inputs: base.inputs, outputs: base.getLayer("one").output });
    base.build();
    const head = wg.model({
      inputs: model.inputs,
      outputs: layers.dense({ units: 1, name: "h" }).apply(model.outputs[0] as wg.SymbolicTensor),
    });
    head.compile({ optimizer: "lbfgs", loss: "meanSquaredError" });
    await expect(head.fit(data.x.a, data.y.risk)).rejects.toThrow("lbfgs expected a model whose weights are its own");
    const own = head.copy();
    await own.fit(data.x.a, data.y.risk, { batchSize: "full" });
  });

  test("another dtype is refused", () => {
    const base = body().build();
    expect(() => wg.model({ inputs: base.inputs, outputs: base.outputs, dtype: "float64" })).toThrow(
      'model "model": dtype expected "float32", that of the model from which "one/kernel" comes, got "float64"',
    );
  });
});

describe("nested models", () => {
  test("are applied like layers, twice with the same weights", () => {
    const tower = wg.sequential([layers.dense({ units: 3, inputShape: [4] }), layers.dense({ units: 2 })], {
      name: "tower",
    });
    const [a, b] = [wg.input({ shape: [4] }), wg.input({ shape: [4] })];
    const distance = layers.subtract().apply([tower.apply(a), tower.apply(b)]);
    const model = wg.model({ inputs: [a, b], outputs: distance });
    expect(model.layers.map((_, i) => model.network.graph.placed[i]?.name)).toEqual([
      "tower.dense",
      "tower.dense_1",
      "subtract",
    ]);
    expect(model.variables.length).toBe(4);
    const [x, y] = [data.x.a, data.x.b];
    expect(numbers(model.predict([x, y]))).toEqual(numbers(wg.sub(tower.predict(x), tower.predict(y))));
  });
});

describe("files and copies", () => {
  test("hold the graph, its losses and the state of training", async () => {
    const model = twoByTwo();
    model.compile({ optimizer: "adam", loss: twoLosses, lossWeights: [1, 0.2], metrics: { kind: ["accuracy"] } });
    await model.fit(data, { epochs: 2, batchSize: 4 });
    const again = await saved(model);
    const copy = model.copy();
    for (const each of [again, copy]) {
      expect(each.getWeights().map(numbers)).toEqual(model.getWeights().map(numbers));
      expect(each.predictAll(data.x).map(numbers)).toEqual(model.predictAll(data.x).map(numbers));
    }
    const rest = { epochs: 4, batchSize: 4, resume: true };
    await model.fit(data, rest);
    await again.fit(data, rest);
    expect(again.getWeights().map(numbers)).toEqual(model.getWeights().map(numbers));
    expect(copy.getWeights().map(numbers)).not.toEqual(model.getWeights().map(numbers));
  });

  test("summary shows what is connected to what", () => {
    let text = "";
    twoByTwo().summary({
      print: (each) => {
        text = each;
      },
    });
    expect(text).toContain("connected to");
    expect(text).toMatch(/a \(input\) +\[batch, 4\] +0\n/);
    expect(text).toMatch(/shared \(dense\) +\[batch, 3\] +15 +a\n/);
    expect(text).toMatch(/shared \(dense\) +\[batch, 3\] +shared +b\n/);
    expect(text).toMatch(/concatenate \(concatenate\) +\[batch, 9\] +0 +shared, shared, multiply\n/);
    expect(text).toMatch(/total 55, trained 55, kept 0$/);
  });
});

describe("a layer of one's own", () => {
  const through = (options: Parameters<typeof layers.lambda>[0]) => {
    const x = wg.input({ shape: [4] });
    const y = layers.lambda(options).apply(layers.dense({ units: 3 }).apply(x));
    const model = wg.model({ inputs: x, outputs: layers.dense({ units: 1 }).apply(y) });
    model.compile({ loss: "meanSquaredError" });
    return model;
  };

  test("takes its gradient from the tape, or by hand", async () => {
    const byTape = through({ call: (x) => wg.mul(x, wg.sigmoid(x)) });
    const byHand = through({
      call: (x) => wg.square(x),
      gradient: (dy, x) => wg.mul(dy, wg.mul(x as wg.Tensor, 2)),
    });
    const wrong = through({ call: (x) => wg.square(x), gradient: (dy, x) => wg.mul(dy, x as wg.Tensor) });
    for (const model of [byTape, byHand]) {
      expect((await gradientCheck(model, data.x.a, data.y.risk)).difference).toBeLessThan(1e-7);
    }
    expect((await gradientCheck(wrong, data.x.a, data.y.risk)).difference).toBeGreaterThan(1e-2);
  });

  test("takes several inputs, changes the shape, and cannot be saved", () => {
    const [a, b] = [wg.input({ shape: [4] }), wg.input({ shape: [4] })];
    const dot = layers
      .lambda({ call: ([p, q]) => wg.sum(wg.mul(p as wg.Tensor, q as wg.Tensor), 1, true) })
      .apply([a, b]);
    const model = wg.model({ inputs: [a, b], outputs: dot });
    expect(model.outputShape).toEqual([1]);
    expect(numbers(model.predict([wg.ones([2, 4]), wg.ones([2, 4])]))).toEqual([4, 4]);
    expect(() => encodeModel(model)).toThrow(
      'save: layer "lambda" expected a kind of wg.layers that is no function of your own',
    );
  });
});

test("errors say what does not fit", async () => {
  const [a, b] = [wg.input({ shape: [4], name: "a" }), wg.input({ shape: [3], name: "b" })];
  const dense = layers.dense({ units: 2, name: "d" });
  const y = dense.apply(a);
  const model = twoByTwo();
  const one = () => {
    const out = layers.add({ name: "sum" }).apply([y, y]);
    return wg.model({ inputs: a, outputs: out });
  };
  for (const [run, text] of [
    [
      () => dense.apply(b),
      'dense "d": apply expected an input [batch, 4] as where its weights come from, got [batch, 3]',
    ],
    [() => layers.add().apply([a, b]), 'add "add": shapes expected to broadcast'],
    [() => layers.add().apply(a), 'add "add": apply expected an array of two inputs or more, got 1'],
    [() => dense.apply([a, a]), 'dense "d": apply expected one input, got 2'],
    [
      () => dense.apply("x" as never),
      'dense "d": apply expected what wg.input or another layer\'s apply returns, got "x"',
    ],
    [
      () => wg.model({ inputs: b, outputs: y }),
      'inputs expected every input that the outputs need, got none for the input "a"',
    ],
    [() => wg.model({ inputs: [a, a], outputs: y }), "inputs expected to differ, got one twice"],
    [
      () => wg.model({ inputs: 3 as never, outputs: y }),
      "model: inputs expected what wg.input or a layer's apply returns",
    ],
    [
      () => wg.model({ inputs: a, outputs: layers.dense({ units: 1, name: "d" }).apply(y) }),
      'model "model": layer names expected to differ, got "d" twice',
    ],
    [() => wg.input({ shape: [4], name: "a/b" }), 'input: name expected a non-empty string without "/"'],
    [() => model.getLayer("risc"), 'did you mean "risk"?'],
    [() => model.predict(data.x), 'model "pair": output expected of a model with one, got 2'],
    [() => model.inputShape, 'model "pair": inputShape expected of a model with one, got 2; use inputShapes'],
    [
      () => model.predictAll({ a: data.x.a } as never),
      `predict: x expected the model's 2 inputs as an array or by the names`,
    ],
    [() => model.predictAll(data.x.a), "predict: x expected the model's 2 inputs as an array or by the names"],
    [
      () => model.predictAll({ a: data.x.a, b: noise(5, 4, 1) }),
      "predict: x.b expected 6 rows like the other inputs, got 5",
    ],
    [
      () => model.compile({ loss: { risk: "mse" } as never }),
      'compile: loss expected one for each output, got none for "kind"',
    ],
    [() => model.compile({ loss: { risc: "mse" } as never }), 'did you mean "risk"?'],
    [() => model.compile({ loss: ["mse"] }), "compile: loss expected one for each output"],
    [() => model.compile({ loss: "mse", metrics: ["accuracy"] }), "compile: metrics expected a record of arrays"],
    [() => one().getLayer("d").output, undefined],
    [
      () => twoByTwo().getLayer("shared").output,
      'dense "shared": output expected a layer that was applied once, got one applied 2 times',
    ],
  ] as const) {
    if (text === undefined) expect(run).not.toThrow();
    else expect(run).toThrow(text);
  }
  model.compile({ loss: twoLosses });
  await expect(model.fit({ ...data, y: { risk: data.y.risk } } as never)).rejects.toThrow(
    "fit: y expected the model's 2 outputs",
  );
  await expect(model.fit(data.x, { ...data.y, kind: wg.tensor([0, 1], [2], "int32") })).rejects.toThrow(
    "fit: y.kind expected 6 rows like x, got 2",
  );
});
