import { beforeEach, describe, expect, test } from "vitest";
import { Dataset } from "../../src/data/index.js";
import * as wg from "../../src/index.js";
import { backends } from "../support/backends.js";
import { expectClose } from "../support/check-op.js";
import { uniform } from "../support/random.js";

// The network of the hand-worked numbers: predictions 5.5 and 11.5, errors −0.5 and 1.5, mean squared error 1.25, its gradient 4, 5 for
// the kernel and 1 for the bias.
const x = [
  [1, 2],
  [3, 4],
];
const y = [6, 10];
const sgd = (learningRate = 0.1) => wg.optimizers.sgd({ learningRate });

function line(
  options: Partial<Parameters<wg.Sequential["compile"]>[0]> = {},
  dense: Partial<Parameters<typeof wg.layers.dense>[0]> = {},
): wg.Sequential {
  const model = wg.sequential([wg.layers.dense({ units: 1, inputShape: [2], ...dense })]);
  model.compile({ optimizer: sgd(), loss: "mse", ...options });
  model.setWeights([[[1], [2]], [0.5]]);
  return model;
}

const weightsOf = (model: wg.Sequential): number[][] => model.getWeights().map((each) => [...each.toTypedArray()]);

function expectWeights(model: wg.Sequential, want: number[][]): void {
  weightsOf(model).forEach((got, i) => {
    expectClose(got, want[i] as number[], 1e-6, 2e-7, `weights ${i}`);
  });
}

function expectLogs(got: Record<string, number>, want: Record<string, number>): void {
  expect(Object.keys(got)).toEqual(Object.keys(want));
  expectClose(Object.values(got), Object.values(want), 1e-6, 0);
}

describe.each(backends)("a step on $name by hand", ({ use }) => {
  beforeEach(use);

  test("trainOnBatch tells the loss before the step and moves the weights; evaluate tells it after and moves none", async () => {
    const model = line({ metrics: ["mae", "meanSquaredError", "root_mean_squared_error"] });
    expectLogs(await model.trainOnBatch(x, y), {
      loss: 1.25,
      meanAbsoluteError: 1,
      meanSquaredError: 1.25,
      rootMeanSquaredError: Math.sqrt(1.25),
    });
    expectWeights(model, [[0.6, 1.5], [0.4]]);
    // Predictions 4 and 8.2.
    const after = { loss: 3.62, meanAbsoluteError: 1.9, meanSquaredError: 3.62, rootMeanSquaredError: Math.sqrt(3.62) };
    expectLogs(await model.evaluate(x, y), after);
    expectLogs(await model.evaluate(x, y, { batchSize: 1 }), after);
    expectWeights(model, [[0.6, 1.5], [0.4]]);
    expect(model.position).toEqual({ epoch: 0, step: 1, batch: 0 });
  });

  test("L2 and L1 enter the loss and the gradient", async () => {
    const kernelRegularizer = wg.regularizers.l2(0.1);
    const biasRegularizer = wg.regularizers.l1(0.2);
    const model = line({ metrics: ["mse"] }, { kernelRegularizer, biasRegularizer });
    // 1.25 + 0.1 · (1 + 4) + 0.2 · 0.5; gradients 4 + 0.2, 5 + 0.4 and 1 + 0.2.
    const want = { loss: 1.85, meanSquaredError: 1.25 };
    expectLogs(await model.evaluate(x, y), want);
    expectLogs(await model.trainOnBatch(x, y), want);
    expectWeights(model, [[0.58, 1.46], [0.38]]);
  });

  test("softmax with class numbers: gradient y − d over the batch", async () => {
    const model = wg.sequential([wg.layers.dense({ units: 2, activation: "softmax", inputShape: [2] })]);
    model.compile({ optimizer: sgd(1), loss: "sparseCategoricalCrossentropy", metrics: ["accuracy"] });
    model.setWeights([wg.zeros([2, 2]), [0, Math.log(3)]]);
    // Probabilities ¼ and ¾ in both rows; y − d is (−¾, ¾) and (¼, −¼), halved by the mean.
    expectLogs(await model.trainOnBatch(x, [0, 1]), { loss: (Math.log(4) + Math.log(4 / 3)) / 2, accuracy: 0.5 });
    expectWeights(model, [
      [0, 0, 0.25, -0.25],
      [0.25, Math.log(3) - 0.25],
    ]);
  });

  test("fit takes a step for each batch, in order without shuffle", async () => {
    const model = line();
    const history = await model.fit(x, y, { epochs: 2, batchSize: 1, shuffle: false });
    // Worked out step by step: gradient 2 · error · (x, 1).
    let [a, b, c] = [1, 2, 0.5];
    const losses: number[] = [];
    for (let epoch = 0; epoch < 2; epoch++) {
      let sum = 0;
      for (const i of [0, 1]) {
        const [u, v] = x[i] as [number, number];
        const error = a * u + b * v + c - (y[i] as number);
        sum += error ** 2;
        [a, b, c] = [a - 0.2 * error * u, b - 0.2 * error * v, c - 0.2 * error];
      }
      losses.push(sum / 2);
    }
    expectClose(history.history.loss as number[], losses, 1e-5, 0);
    expectClose(weightsOf(model).flat(), [a, b, c], 1e-5, 0);
    expect(history.epoch).toEqual([0, 1]);
    expect(model.position).toEqual({ epoch: 2, step: 4, batch: 0 });
  });

  test("a frozen layer's weights stay bit for bit while others move, frozen and thawed at any time", async () => {
    const model = wg.sequential([
      wg.layers.dense({ units: 3, activation: "tanh", inputShape: [2], name: "below" }),
      wg.layers.batchNormalization({ name: "norm" }),
      wg.layers.dense({ units: 1, name: "above" }),
    ]);
    model.compile({ optimizer: "adam", loss: "mse" });
    const moved = async () => {
      const before = weightsOf(model);
      await model.fit(x, y, { epochs: 3 });
      const after = weightsOf(model);
      return model.variables.flatMap(({ name }, i) => {
        const same = (after[i] as number[]).every((v, j) => Object.is(v, before[i]?.[j]));
        return same ? [] : [name];
      });
    };
    const [below, norm, above] = model.layers as [wg.Layer, wg.Layer, wg.Layer];
    const [inBelow, inNorm, inAbove] = [
      ["below/kernel", "below/bias"],
      ["norm/gamma", "norm/beta", "norm/movingMean", "norm/movingVariance"],
      ["above/kernel", "above/bias"],
    ];
    below.trainable = false;
    expect(await moved()).toEqual([...inNorm, ...inAbove]);
    norm.trainable = false;
    expect(await moved()).toEqual(inAbove);
    below.trainable = true;
    above.trainable = false;
    expect(await moved()).toEqual(inBelow);
    norm.trainable = true;
    above.trainable = true;
    expect(await moved()).toEqual([...inBelow, ...inNorm, ...inAbove]);
  });

  test("a step whose loss is not finite changes nothing, moving averages included", async () => {
    const model = wg.sequential([wg.layers.batchNormalization({ inputShape: [2] }), wg.layers.dense({ units: 1 })]);
    model.compile({ optimizer: "adam", loss: "mse" });
    await model.trainOnBatch(x, y);
    const before = weightsOf(model);
    for (const bad of [Number.NaN, Infinity]) {
      await expect(
        model.trainOnBatch(
          [
            [1, bad],
            [3, 4],
          ],
          y,
        ),
      ).rejects.toThrow(/x holds (NaN|Infinity) in row 0/);
    }
    expect(weightsOf(model)).toEqual(before);
    expect(model.position.step).toBe(1);
  });
});

describe("weights", () => {
  test("come as copies, in the order of the layers, and go back", () => {
    const make = () =>
      wg.sequential([
        wg.layers.dense({ units: 3, inputShape: [2] }),
        wg.layers.batchNormalization(),
        wg.layers.dense({ units: 1, useBias: false }),
      ]);
    const model = make();
    const weights = model.getWeights();
    expect(weights.map(({ shape }) => shape)).toEqual([[2, 3], [3], [3], [3], [3], [3, 1]]);
    expect(weights.some((each) => each instanceof wg.Variable)).toBe(false);
    wg.setSeed(77);
    const other = make();
    expect(weightsOf(other)).not.toEqual(weightsOf(model));
    other.setWeights(weights);
    expect(weightsOf(other)).toEqual(weightsOf(model));
    other.setWeights(weights.map((each) => wg.zerosLike(each)));
    expect(
      weightsOf(other)
        .flat()
        .every((v) => v === 0),
    ).toBe(true);
    expect(weights[2]?.toArray()).toEqual([0, 0, 0]);
    expect(weights[1]?.toArray()).toEqual([1, 1, 1]);
  });

  test("take nested numbers, typed arrays and other dtypes", () => {
    const model = line();
    model.setWeights([wg.tensor([[3], [4]], undefined, "float64"), Float64Array.of(5)]);
    expect(weightsOf(model)).toEqual([[3, 4], [5]]);
    model.setWeights([wg.tensor(Int32Array.of(6, 7), [2, 1]), [8]]);
    expect(weightsOf(model)).toEqual([[6, 7], [8]]);
    expect(model.getWeights().every(({ dtype }) => dtype === "float32")).toBe(true);
  });

  test("all are replaced or none", () => {
    const model = line();
    const before = weightsOf(model);
    expect(() => model.setWeights([[[9], [9]]])).toThrow(
      "setWeights: weights expected 2 tensors as getWeights returns them, got 1",
    );
    expect(() =>
      model.setWeights([
        [[9], [9]],
        [1, 2],
      ]),
    ).toThrow('setWeights: "dense/bias" expected shape [1], got [2]');
    expect(() => model.setWeights([[[9], [9]], ["a"] as never])).toThrow("setWeights: weights expected numbers");
    expect(() => model.setWeights(undefined as never)).toThrow("got undefined");
    expect(weightsOf(model)).toEqual(before);
  });

  test("a recorded step sees replaced weights", async () => {
    const model = line({ optimizer: sgd(0) });
    await model.trainOnBatch(x, y);
    model.setWeights([[[0], [0]], [0]]);
    expectLogs(await model.trainOnBatch(x, y), { loss: (36 + 100) / 2 });
  });
});

describe("sequential", () => {
  test("the summary", () => {
    const model = wg.sequential(
      [
        wg.layers.flatten({ inputShape: [28, 28] }),
        wg.layers.dense({ units: 128, activation: "relu", name: "hidden" }),
        wg.layers.batchNormalization(),
        wg.layers.dropout({ rate: 0.2 }),
        wg.layers.dense({ units: 10, activation: "softmax" }),
      ],
      { name: "digits" },
    );
    let text = "";
    model.summary({
      print: (each) => {
        text += each;
      },
    });
    // Parameters: 784 · 128 + 128, 4 · 128, 128 · 10 + 10; the moving averages, 2 · 128, are not trained.
    expect(text).toBe(
      [
        "digits",
        "─".repeat(68),
        "layer                                      output shape   parameters",
        "─".repeat(68),
        "flatten (flatten)                          [batch, 784]            0",
        "hidden (dense)                             [batch, 128]      100,480",
        "batch_normalization (batchNormalization)   [batch, 128]          512",
        "dropout (dropout)                          [batch, 128]            0",
        "dense (dense)                              [batch, 10]         1,290",
        "─".repeat(68),
        "total 102,282, trained 102,026, kept 256",
      ].join("\n"),
    );
  });

  test("layers may come as a list, in an object, or by add", () => {
    const make = () => [wg.layers.dense({ units: 3, inputShape: [2] }), wg.layers.dense({ units: 1 })];
    wg.setSeed(5);
    const list = wg.sequential(make(), { name: "net", dtype: "float64" });
    const object = wg.sequential({ layers: make(), name: "net", dtype: "float64" });
    const added = wg.sequential({ name: "net", dtype: "float64" });
    for (const layer of make()) expect(added.add(layer)).toBe(added);
    for (const model of [list, object, added]) {
      expect([model.name, model.dtype, model.layers.length]).toEqual(["net", "float64", 2]);
      expect(model.inputShape).toEqual([2]);
      expect(model.outputShape).toEqual([1]);
      expect(model.variables.map(({ name }) => name)).toEqual([
        "dense/kernel",
        "dense/bias",
        "dense_1/kernel",
        "dense_1/bias",
      ]);
      expect(weightsOf(model)).toEqual(weightsOf(list));
    }
    expect(wg.sequential().name).toBe("sequential");
    expect(wg.sequential([wg.layers.dense({ units: 1 })]).build([4]).inputShape).toEqual([4]);
  });

  test("names count past those that were given", () => {
    const { dense, batchNormalization } = wg.layers;
    const model = wg.sequential([dense({ units: 2, inputShape: [2] }), dense({ units: 2, name: "dense_1" })]);
    model
      .add(dense({ units: 2 }))
      .add(batchNormalization())
      .add(batchNormalization())
      .build();
    const names = model.network.graph.placed.map(({ name }) => name);
    expect(names).toEqual(["dense", "dense_1", "dense_2", "batch_normalization", "batch_normalization_1"]);
  });

  test.each<[() => unknown, string]>([
    [() => wg.sequential([], { nam: "a" } as never), 'sequential: unknown option "nam"; did you mean "name"?'],
    [
      () => wg.sequential([], { dtype: "int32" as never }),
      'sequential: dtype expected one of "float32", "float64", got "int32"',
    ],
    [() => wg.sequential([3] as never), "sequential: layers expected what layers.dense(…) and its kin return, got 3"],
    [() => wg.sequential([wg.layers.dense] as never), "got function dense"],
    [() => wg.sequential({ layers: 3 } as never), "sequential: layers expected an array of layers"],
    [
      () => wg.sequential([]).build(),
      "sequential: layers expected at least one, got none; add one with model.add(layer)",
    ],
    [
      () => wg.sequential([wg.layers.dense({ units: 2 })]).compile({ loss: "mse" }),
      'dense "dense": inputShape expected on the first layer, got none; write layers.dense({ inputShape: [features], … })',
    ],
    [
      () => wg.sequential([1, 2].map((units) => wg.layers.dense({ units, inputShape: [2], name: "a" }))).build(),
      'sequential: layer names expected to differ, got "a" twice; rename one of them',
    ],
    [
      () => wg.sequential([1, 2].map((units) => wg.layers.dense({ units, inputShape: [2] }))).build(),
      'dense "dense_1": inputShape expected [1], what "dense" puts out, got [2]; leave it out',
    ],
    [() => line().add(wg.layers.flatten()), 'sequential "sequential": add expected before build, compile or use'],
    [() => line().compile(undefined as never), "compile: options expected an object with optimizer, loss, metrics, "],
    [
      () => line({ metrics: "accuracy" as never }),
      'compile: metrics expected an array such as ["accuracy"], got "accuracy"',
    ],
    [() => line({ metrics: ["acuracy"] }), 'got "acuracy"; did you mean "accuracy"?'],
    [
      () => wg.sequential([wg.layers.dense({ units: 1 })]).variables,
      'dense "dense": inputShape expected on the first layer',
    ],
  ])("%#: %s", (run, message) => {
    expect(run).toThrow(message);
  });
});

describe("rows in every form", () => {
  const data = Float32Array.of(1, 2, 3, 4);
  const forms = {
    nested: x,
    "typed array": data,
    "{ data, shape }": { data, shape: [2, 2] },
    tensor: wg.tensor(x),
    "float64 tensor": wg.tensor(x, undefined, "float64"),
    "int32 tensor": wg.tensor(Int32Array.of(1, 2, 3, 4), [2, 2]),
    bytes: Uint8Array.of(1, 2, 3, 4),
  };
  const targets = {
    numbers: y,
    rows: [[6], [10]],
    "typed array": Float32Array.from(y),
    integers: Int32Array.from(y),
    bytes: { data: Uint8Array.from(y), shape: [2, 1] },
    tensor: wg.tensor(y),
  };

  test.each(Object.entries(forms))("x as %s", async (_, form) => {
    expect([...line().predict(form).toTypedArray()]).toEqual([5.5, 11.5]);
    expect(line().predict(form).shape).toEqual([2, 1]);
    expectLogs(await line().trainOnBatch(form, y), { loss: 1.25 });
    expectLogs(await line().evaluate(form, y), { loss: 1.25 });
    for (const run of [
      (model: wg.Sequential) => model.fit(form, y),
      (model: wg.Sequential) => model.fit({ x: form, y }),
      (model: wg.Sequential) => model.fit([form, y]),
      (model: wg.Sequential) => model.fit([form, y], { epochs: 1, validation: [form, y] }),
    ]) {
      const model = line();
      expectClose((await run(model)).history.loss as number[], [1.25], 1e-6, 0);
      expectWeights(model, [[0.6, 1.5], [0.4]]);
    }
  });

  test.each(Object.entries(targets))("targets as %s", async (_, form) => {
    for (const loss of ["mse", wg.losses.meanSquaredError, wg.losses.meanSquaredError()] as const) {
      const model = line({ loss });
      expectLogs(await model.trainOnBatch(x, form), { loss: 1.25 });
      expectWeights(model, [[0.6, 1.5], [0.4]]);
      expectLogs(await model.evaluate(x, form), { loss: 3.62 });
      await model.fit(x, form);
    }
  });

  const classes = [2, 0];
  const oneHot = [0, 0, 1, 1, 0, 0];
  const labels = {
    numbers: classes,
    rows: [[2], [0]],
    int32: Int32Array.from(classes),
    uint8: Uint8Array.from(classes),
    float32: Float32Array.from(classes),
    tensor: wg.tensor(Int32Array.from(classes)),
    "one-hot rows": [oneHot.slice(0, 3), oneHot.slice(3)],
    "one-hot tensor": wg.oneHot(classes, 3),
    "one-hot integers": { data: Int32Array.from(oneHot), shape: [2, 3] },
    "one-hot bytes": { data: Uint8Array.from(oneHot), shape: [2, 3] },
    "one-hot booleans": [oneHot.slice(0, 3).map(Boolean), oneHot.slice(3).map(Boolean)],
  };

  test.each(Object.entries(labels))("labels as %s", async (name, form) => {
    const model = wg.sequential([wg.layers.dense({ units: 3, activation: "softmax", inputShape: [2] })]);
    const loss = name.startsWith("one-hot") ? "categoricalCrossentropy" : "sparseCategoricalCrossentropy";
    model.compile({ optimizer: sgd(0), loss, metrics: ["accuracy"] });
    model.setWeights([wg.zeros([2, 3]), [0, 0, Math.log(2)]]);
    const want = { loss: (Math.log(2) + Math.log(4)) / 2, accuracy: 0.5 };
    expectLogs(await model.trainOnBatch(x, form), want);
    expectLogs(await model.evaluate(x, form), want);
    const { history } = await model.fit(x, form);
    expectClose([history.loss?.[0], history.accuracy?.[0]] as number[], Object.values(want), 1e-6, 0);
  });

  test.each(Object.entries({ numbers: [0, 1], integers: Int32Array.of(0, 1), booleans: [false, true] }))(
    "binary labels as %s",
    async (_, form) => {
      const model = wg.sequential([wg.layers.dense({ units: 1, activation: "sigmoid", inputShape: [2] })]);
      model.compile({ optimizer: sgd(0), loss: "binaryCrossentropy", metrics: ["accuracy", "auc"] });
      model.setWeights([[[0], [0]], [Math.log(3)]]);
      const want = { loss: (Math.log(4) + Math.log(4 / 3)) / 2, accuracy: 0.5, auc: 0.5 };
      expectLogs(await model.trainOnBatch(x, form), want);
    },
  );

  test("what does not fit says how", async () => {
    const model = line();
    expect(() => model.predict([1, 2])).toThrow(
      "predict: x expected [batch, 2], got [2]; one row needs a batch axis too: [row]",
    );
    expect(() => model.predict([[1, 2, 3]])).toThrow("predict: x expected [batch, 2], got [1, 3]");
    expect(() => model.predict(3)).toThrow("predict: x expected [batch, …], got a scalar; wrap one row in an array");
    expect(() => model.predict("x" as never)).toThrow('got "x"');
    expect(() => model.predict(x, { batchSize: 0 })).toThrow("predict: batchSize expected a whole number ≥ 1, got 0");
    expect(model.predict(wg.zeros([0, 2])).shape).toEqual([0, 1]);
    await expect(model.fit(x as never)).rejects.toThrow(
      "fit: data expected a Dataset, { x, y }, or x and y as two arguments",
    );
    await expect(model.fit(x, [1])).rejects.toThrow("fit: y expected 2 rows like x, got 1");
    await expect(
      model.evaluate(x, [
        [1, 2],
        [3, 4],
      ]),
    ).rejects.toThrow(/targets expected \[batch, 1\].*dense "dense"/);
    await expect(model.trainOnBatch(wg.zeros([0, 2]), wg.zeros([0]))).rejects.toThrow("at least one row");
    await expect(model.fit(x, y, { validation: 3 as never })).rejects.toThrow(
      "fit: validation expected a Dataset, { x, y } or [x, y], got 3",
    );
    const none = Dataset.fromArrays(x, y).filter(() => false);
    await expect(model.fit(none)).rejects.toThrow("fit: data expected at least one row, got none");
    await expect(model.evaluate(none)).rejects.toThrow("evaluate: data expected at least one row, got none");
    expectWeights(model, [[1, 2], [0.5]]);
  });

  test("a label out of range is named in any batch", async () => {
    const model = wg.sequential([wg.layers.dense({ units: 3, activation: "softmax", inputShape: [2] })]);
    model.compile({ loss: "sparseCategoricalCrossentropy" });
    const rows = [...x, ...x];
    const message = /labels expected whole numbers from 0 to 2 for 3 classes, got (3|0.5) in row 1/;
    for (const bad of [3, 0.5]) {
      const run = model.fit(rows, [0, 1, 2, bad], { batchSize: 2, shuffle: false });
      await expect(run).rejects.toThrow(message);
    }
    await expect(model.evaluate(rows, [0, 1, 2, 3], { batchSize: 2 })).rejects.toThrow(message);
  });
});

describe("losses of one's own", () => {
  test.each<[string, (yTrue: wg.Tensor, yPred: wg.Tensor) => wg.Tensor]>([
    ["a loss per row", (yTrue, yPred) => wg.mean(wg.square(wg.sub(yTrue, yPred)), -1)],
    ["a mean", (yTrue, yPred) => wg.mean(wg.square(wg.sub(yTrue, yPred)))],
  ])("a function that returns %s", async (_, loss) => {
    for (const targets of [y, [[6], [10]]]) {
      const model = line({ loss });
      expectLogs(await model.trainOnBatch(x, targets), { loss: 1.25 });
      expectWeights(model, [[0.6, 1.5], [0.4]]);
      expectLogs(await model.evaluate(x, targets), { loss: 3.62 });
    }
  });

  test("class numbers come to it as integers", async () => {
    const model = wg.sequential([wg.layers.dense({ units: 2, activation: "softmax", inputShape: [2] })]);
    const loss = (yTrue: wg.Tensor, yPred: wg.Tensor) => wg.losses.sparseCategoricalCrossentropy(yTrue, yPred);
    model.compile({ loss });
    model.setWeights([wg.zeros([2, 2]), [0, 0]]);
    expectLogs(await model.trainOnBatch(x, Int32Array.of(0, 1)), { loss: Math.log(2) });
  });

  test("one that returns no tensor is told so", async () => {
    const model = line({
      loss: function mine() {
        return 3 as never;
      },
    });
    await expect(model.fit(x, y)).rejects.toThrow(
      'loss "mine": expected to return a float tensor of one loss per row, got 3',
    );
  });
});

describe("validation and datasets", () => {
  test("validation logs are what evaluate tells after each epoch", async () => {
    const model = line({ metrics: ["mae"] });
    const tested: Record<string, number>[] = [];
    const far = { x: [[0, 1]], y: [[0]] };
    const history = await model.fit(x, y, {
      epochs: 3,
      validation: far,
      callbacks: [
        async (_, logs) => {
          tested.push(await model.evaluate(far));
          expect(Object.keys(logs)).toEqual(["loss", "meanAbsoluteError", "val_loss", "val_meanAbsoluteError"]);
        },
      ],
    });
    expect(history.history.val_loss).toEqual(tested.map(({ loss }) => loss));
    expect(history.history.val_meanAbsoluteError).toEqual(tested.map((each) => each.meanAbsoluteError));
    expect(history.history.val_loss?.length).toBe(3);
    // After the first step 1.5 + 0.4.
    expect(tested[0]?.loss).toBeCloseTo(1.9 ** 2, 5);
  });

  const rows = 10;
  const features = uniform(rows * 2, -1, 1, 3);
  const values = uniform(rows, -1, 1, 4);
  const rowOf = (i: number) => ({ x: [...features.subarray(i * 2, i * 2 + 2)], y: values[i] as number });

  async function trained(data: Dataset | [Float32Array, Float32Array], options: wg.FitOptions = {}) {
    const model = line({ optimizer: "adam" });
    let steps: number | undefined;
    const note: wg.Callback = {
      onTrainBegin(context) {
        steps = context.steps;
      },
    };
    const { history } = await model.fit(data, { epochs: 2, shuffle: false, callbacks: [note], ...options });
    return { history, steps, taken: model.position.step, weights: weightsOf(model) };
  }

  test("a generator, an async one, a batched dataset and arrays train alike", async () => {
    const arrays = await trained([features, values], { batchSize: 4 });
    expect([arrays.steps, arrays.taken]).toEqual([3, 6]);
    const batched = Dataset.fromArrays({ data: features, shape: [rows, 2] }, values).batch(4);
    expect(await trained(batched, { batchSize: 7 })).toEqual(arrays);
    const generators = [
      Dataset.fromGenerator(function* () {
        for (let i = 0; i < rows; i++) yield rowOf(i);
      }),
      Dataset.fromGenerator(async function* () {
        for (let i = 0; i < rows; i++) yield rowOf(i);
      }),
    ];
    for (const dataset of generators) {
      expect(await trained(dataset, { batchSize: 4 })).toEqual({ ...arrays, steps: undefined });
      expect(await trained(dataset.batch(4))).toEqual({ ...arrays, steps: undefined });
    }
    const dropped = await trained(
      Dataset.fromArrays({ data: features, shape: [rows, 2] }, values).batch(4, { dropRemainder: true }),
    );
    expect([dropped.steps, dropped.taken]).toEqual([2, 4]);
    const cut = await line().evaluate({ data: features, shape: [rows, 2] }, values, { batchSize: 4 });
    expect(await line().evaluate(batched)).toEqual(cut);
  });

  test("shuffled epochs take every row once, in another order each", async () => {
    const seen: number[][] = [];
    const model = line({
      optimizer: sgd(0),
      metrics: [
        {
          name: "order",
          reset: () => void seen.push([]),
          update: ({ data }) => void seen.at(-1)?.push(...data),
          result: () => 0,
        },
      ],
    });
    await model.fit({ data: features, shape: [rows, 2] }, values, { epochs: 3, batchSize: 4 });
    for (const order of seen) expect([...order].sort()).toEqual([...values].sort());
    expect(new Set(seen.map(String)).size).toBe(3);
  });

  test("data of more than one array, or without targets, says so", async () => {
    const two = Dataset.fromArrays(
      [x, x].map((each) => wg.tensor(each)),
      y,
    );
    await expect(line().fit(two as never)).rejects.toThrow(
      "fit: data expected one array for x, as the model has one, got 2",
    );
    await expect(line().fit(Dataset.fromArrays(x) as never)).rejects.toThrow(
      "fit: data expected rows { x, y }, got x alone",
    );
  });
});
