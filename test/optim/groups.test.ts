import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { load, save } from "../../src/formats/index.js";
import * as wg from "../../src/index.js";
import { blocksOf } from "../../src/model/blocks.js";
import { optimizerFrom } from "../../src/optim/by-name.js";
import { backends } from "../support/backends.js";
import { uniform } from "../support/random.js";

const folder = mkdtempSync(join(tmpdir(), "wasmgrad-"));
afterAll(() => rmSync(folder, { recursive: true }));

/** Two layers that pass their input on; on the row 1 with the target 0 every gradient is 1. */
function model(optimizer: wg.CompileOptions["optimizer"]): wg.Sequential {
  const made = wg.sequential([wg.layers.dense({ units: 1, inputShape: [1] }), wg.layers.dense({ units: 1 })]);
  made.compile({ optimizer: optimizer as "sgd", loss: "halfSquaredError" });
  made.setWeights([[[1]], [0], [[1]], [0]]);
  return made;
}

async function moved(optimizer: wg.CompileOptions["optimizer"]): Promise<Record<string, number>> {
  const made = model(optimizer);
  const before = made.getWeights().map((each) => each.toTypedArray()[0] as number);
  await made.trainOnBatch([[1]], [[0]]);
  return Object.fromEntries(
    made.variables.map(({ name }, i) => [
      name,
      (before[i] as number) - (made.getWeights()[i]?.toTypedArray()[0] as number),
    ]),
  );
}

describe.each(backends)("groups on $name", ({ use }) => {
  test("each weight moves by the rate of the first group that takes it", async () => {
    await use();
    const { sgd } = wg.optimizers;
    expect(await moved(sgd({ learningRate: 0.5, groups: [{ match: "dense_1", learningRate: 0.25 }] }))).toEqual({
      "dense/kernel": 0.5,
      "dense/bias": 0.5,
      "dense_1/kernel": 0.25,
      "dense_1/bias": 0.25,
    });
    const groups = [
      { match: /bias$/, learningRateFactor: 0.5 },
      { match: ["dense", "dense_1/kernel"], learningRateFactor: 0 },
    ];
    expect(await moved(sgd({ learningRate: 0.5, groups }))).toEqual({
      "dense/kernel": 0,
      "dense/bias": 0.25,
      "dense_1/kernel": 0,
      "dense_1/bias": 0.25,
    });
  });

  test("weight decay without biases: AdamW shrinks a weight of 1 by rate · decay, by hand", async () => {
    await use();
    const made = model(
      wg.optimizers.adamw({ learningRate: 0.5, weightDecay: 0.25, groups: [{ match: /bias/, weightDecay: 0 }] }),
    );
    made.setWeights([[[1]], [1], [[1]], [-2]]);
    // 1 · (1 + 1) − 2 is the target 0: no gradient, so Adam's own step is 0.
    await made.trainOnBatch([[1]], [[0]]);
    expect(made.getWeights().map((each) => each.toTypedArray()[0])).toEqual([0.875, 1, 0.875, -2]);
  });

  test("a schedule of its own, a factor of the optimizer's schedule, and rates that change while training runs", async () => {
    await use();
    const optimizer = wg.optimizers.sgd({
      learningRate: wg.schedules.piecewiseConstant([0], [1, 0.5]),
      groups: [
        { match: "dense", learningRate: wg.schedules.piecewiseConstant([0], [0.25, 0.125]) },
        { match: "dense_1/bias", learningRateFactor: 0.5 },
      ],
    });
    const made = model(optimizer);
    const rates = async () => {
      made.setWeights([[[1]], [0], [[1]], [0]]);
      await made.trainOnBatch([[1]], [[0]]);
      const [a, b, c, d] = made.getWeights().map((each) => each.toTypedArray()[0] as number) as [
        number,
        number,
        number,
        number,
      ];
      return [1 - a, -b, 1 - c, -d];
    };
    expect(await rates()).toEqual([0.25, 0.25, 1, 0.5]);
    expect(await rates()).toEqual([0.125, 0.125, 0.5, 0.25]);
    optimizer.learningRate = 0.25;
    expect(await rates()).toEqual([0.125, 0.125, 0.25, 0.125]);
  });
});

describe("groups", () => {
  test("are saved with the optimizer, patterns among them, and resumed bit for bit", async () => {
    const x = { data: uniform(60 * 3, -1, 1, 3), shape: [60, 3] };
    const y = { data: uniform(60, -1, 1, 4), shape: [60, 1] };
    const make = () => {
      wg.setSeed(5);
      const made = wg.sequential([
        wg.layers.dense({ units: 4, activation: "tanh", inputShape: [3] }),
        wg.layers.dense({ units: 1 }),
      ]);
      const groups = [
        { match: /\/bias$/i, learningRateFactor: 0.5, momentum: 0 },
        { match: "dense_1", learningRate: wg.schedules.exponentialDecay(0.1, { rate: 0.5, steps: 5 }) },
      ];
      const optimizer = wg.optimizers.sgd({ learningRate: 0.1, momentum: 0.9, globalClipNorm: 0.5, groups });
      return made.compile({ optimizer, loss: "mse" });
    };
    const straight = make();
    await straight.fit(x, y, { epochs: 4 });
    const half = make();
    await half.fit(x, y, { epochs: 2 });
    await save(half, join(folder, "half.safetensors"));
    const rest = await load(join(folder, "half.safetensors"));
    await rest.fit(x, y, { epochs: 4, resume: true });
    await save(straight, join(folder, "a.safetensors"));
    await save(rest, join(folder, "b.safetensors"));
    expect(readFileSync(join(folder, "b.safetensors")).equals(readFileSync(join(folder, "a.safetensors")))).toBe(true);
    expect(rest.compiled?.optimizer.groups[0]?.match).toEqual(["/\\/bias$/i"]);
  });

  test("reduceLROnPlateau turns rates of their own too", async () => {
    const optimizer = wg.optimizers.sgd({ learningRate: 0.5, groups: [{ match: "dense", learningRate: 0.25 }] });
    const made = model(optimizer);
    // A rate of 0 would not change the loss: so does a target that is met.
    await made.fit([[0]], [[0]], {
      epochs: 3,
      callbacks: [wg.callbacks.reduceLROnPlateau({ monitor: "loss", patience: 1, factor: 0.5 })],
    });
    expect([optimizer.learningRate, optimizer.groups[0]?.optimizer.learningRate]).toEqual([0.125, 0.0625]);
    expect(optimizerFrom("optimizer", { name: "sgd", config: optimizer.config }).groups[0]?.config).toEqual({
      match: ["dense"],
      learningRate: 0.0625,
    });
  });

  test("what is wrong with one is said", () => {
    const { adam, sgd } = wg.optimizers;
    const bad = (groups: unknown) => () => adam({ groups } as object);
    expect(bad({})).toThrow(
      'optimizers.adam: groups expected an array such as [{ match: "dense_1", learningRate: 1e-4 }], got {  }',
    );
    expect(bad([3])).toThrow("optimizers.adam: groups[0] expected { match, … }, got 3");
    for (const match of [undefined, "", [], [3]]) {
      expect(bad([{ match }])).toThrow("optimizers.adam: groups[0]: match expected the name of a layer or weight");
    }
    expect(bad([{ match: "/(" }])).toThrow("match expected a name, or a pattern between slashes");
    expect(bad([{ match: "/(/" }])).toThrow("match expected a name, or a pattern between slashes");
    expect(bad([{ match: "a" }, { match: "b", beta1: 2 }])).toThrow(
      "optimizers.adam: beta1 expected a finite number ≥ 0 and < 1, got 2",
    );
    expect(bad([{ match: "a", momentum: 0.9 }])).toThrow('optimizers.adam: unknown option "momentum"');
    expect(bad([{ match: "a", clipNorm: 1 }])).toThrow("groups[0]: clipNorm expected outside of groups");
    expect(bad([{ match: "a", learningRate: 1, learningRateFactor: 1 }])).toThrow(
      "learningRateFactor expected without a learningRate, got both",
    );
    expect(bad([{ match: "a", learningRateFactor: -1 }])).toThrow(
      "learningRateFactor expected a finite number ≥ 0, got -1",
    );
    expect(() => model(sgd({ groups: [{ match: "dens_1" }] }))).toThrow(
      'compile: groups[0] of the optimizer: match expected to find a trained weight, got "dens_1"; did you mean "dense_1"?',
    );
    expect(() => model(sgd({ groups: [{ match: /gamma/ }] }))).toThrow("got /gamma/; there are dense, dense/kernel");
    const started = (convention: "keras" | "pytorch") => () =>
      wg.optimizers.adagrad({ convention, groups: [{ match: "a", initialAccumulatorValue: 1 }] });
    expect(started("keras")).toThrow("optimizers.adagrad: groups[0] expected slots that begin as those of all others");
    expect(started("pytorch")).not.toThrow();
  });
});

test("Adagrad's sums begin in Keras's slots, and beside ours", async () => {
  const [keras, ours] = (["keras", "pytorch"] as const).map((convention) =>
    model(wg.optimizers.adagrad({ convention, initialAccumulatorValue: 0.5, epsilon: 1e-12 })),
  ) as [wg.Sequential, wg.Sequential];
  for (const each of [keras, ours]) await each.fit([[1]], [[0]], { epochs: 3 });
  const sums = (each: wg.Sequential) =>
    [...blocksOf(each.parameters).slotTensors(["square"]).values()].flatMap((slot) => [...slot.toTypedArray()]);
  sums(keras).forEach((sum, i) => expect(sum).toBeCloseTo((sums(ours)[i] as number) + 0.5, 5));
  keras.getWeights().forEach((weight, i) => {
    expect(weight.toTypedArray()[0]).toBeCloseTo(ours.getWeights()[i]?.toTypedArray()[0] as number, 5);
  });
});
