import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { kernels, memory } from "../../src/backend/engine.js";
import { optimizerFrom } from "../../src/optim/by-name.js";
import { type Optimizer, rateAt, writeHyper } from "../../src/optim/optimizer.js";
import {
  adadelta,
  adagrad,
  adam,
  adamax,
  adamw,
  lion,
  nadam,
  radam,
  rmsprop,
  sgd,
} from "../../src/optim/optimizers.js";
import { cosine } from "../../src/optim/schedules.js";
import { filled, type Tensor, tensor } from "../../src/tensor/tensor.js";
import type { FloatDType } from "../../src/util/dtypes.js";
import { backends, useOracle } from "../support/backends.js";
import { expectClose } from "../support/check-op.js";
import { optimizers } from "../support/optimizers.js";
import { uniform } from "../support/random.js";

interface Golden {
  start: number[];
  gradients: number[][];
  runs: Record<string, { optimizer: string; options: Record<string, unknown>; fed: number[] }>;
}

const read = (name: string) =>
  JSON.parse(readFileSync(new URL(`../fixtures/${name}`, import.meta.url), "utf8")) as Golden;
const golden = read("optimizers.json");
const keras = read("optimizers_keras.json");

/** The weights after one update per gradient, each update made in the given pieces; and the slots. */
function train(
  optimizer: Optimizer,
  start: ArrayLike<number>,
  gradients: ArrayLike<number>[],
  dtype: FloatDType,
  cuts?: number[],
) {
  const n = start.length;
  const edges = cuts ?? [0, n];
  const k = kernels(dtype);
  const copy = (values: ArrayLike<number>): Tensor =>
    tensor(Float64Array.from([...Array.from(values), 777]), [n + 1], dtype);
  const w = copy(start);
  const slots = optimizer.slots.map((slot) => copy(new Float64Array(n).fill(optimizer.starts?.[slot] ?? 0)));
  const hyper = filled([optimizer.hyperCount], 0, dtype);
  gradients.forEach((gradient, i) => {
    const g = copy(gradient);
    writeHyper(optimizer, i + 1, hyper.at, dtype);
    const at = slots.map((slot) => slot.at);
    for (let j = 0; j + 1 < edges.length; j++) {
      optimizer.update(k, w.at, g.at, at, hyper.at, 0, edges[j] as number, edges[j + 1] as number);
    }
  });
  const whole = [w, ...slots].map((t) => t.toTypedArray());
  for (const each of whole) expect(each[n]).toBe(777);
  return whole.map((each) => each.slice(0, n));
}

describe.each(backends)("optimizers on $name", ({ use }) => {
  test.each(Object.entries(golden.runs))(
    "20 steps of %s as PyTorch makes them",
    async (_, { optimizer, options, fed }) => {
      await use();
      const make = () => optimizerFrom("optimizer", { name: optimizer, config: options });
      const [w32] = train(make(), golden.start, golden.gradients, "float32");
      const [w64] = train(make(), golden.start, golden.gradients, "float64");
      // Where a weight comes close to 0, the largest weight is the measure.
      expectClose(w32 as Float32Array, fed, 1e-5, 1e-6);
      expectClose(w64 as Float64Array, fed, 1e-10, 1e-12);
    },
  );

  test.each(Object.entries(keras.runs))(
    "20 steps of %s as Keras makes them",
    async (_, { optimizer, options, fed }) => {
      await use();
      const make = () => optimizerFrom("optimizer", { name: optimizer, config: options });
      const [w32] = train(make(), keras.start, keras.gradients, "float32");
      const [w64] = train(make(), keras.start, keras.gradients, "float64");
      expectClose(w32 as Float32Array, fed, 1e-5, 1e-6);
      expectClose(w64 as Float64Array, fed, 1e-9, 1e-11);
    },
  );

  test.each([...Object.entries(golden.runs), ...Object.entries(keras.runs)])(
    "%s: odd sizes and split ranges give the same bits",
    async (_, run) => {
      await use();
      const make = () => optimizerFrom("optimizer", { name: run.optimizer, config: run.options });
      for (const dtype of ["float32", "float64"] as const) {
        const steps = golden.gradients.slice(0, 3);
        const whole = train(make(), golden.start, steps, dtype);
        expect(train(make(), golden.start, steps, dtype, [0, 4, 12, 16, 40, 67])).toEqual(whole);
        for (const n of [0, 1, 2, 3, 5, 8, 17]) {
          const part = train(
            make(),
            golden.start.slice(0, n),
            steps.map((g) => g.slice(0, n)),
            dtype,
          );
          expect(part).toEqual(whole.map((each) => each.slice(0, n)));
        }
      }
    },
  );

  test.each(Object.entries(optimizers))(
    "%s: NaN stays in its place; zero gradients from the start move nothing",
    async (name, make) => {
      await use();
      const [w] = train(make(), [1, 2, 3, -0, 5], [[0, NaN, 0, 0, 0]], "float32");
      const shrunk = { adamw: 1 - 0.001 * 0.004, "sgd with decay": 1 - 0.01 * 0.1 }[name] ?? 1;
      expect(Array.from(w as Float32Array)).toEqual(
        [1, NaN, 3, -0, 5].map((x) => Math.fround(x * Math.fround(shrunk))),
      );
      const [kept] = train(
        make(),
        [1, 2],
        [
          [NaN, 1],
          [1, 1],
        ],
        "float64",
      );
      expect(kept?.[0]).toBeNaN();
      expect(kept?.[1]).not.toBeNaN();
    },
  );

  test("centred RMSProp of a gradient that never changes divides by no root of a negative number", async () => {
    await use();
    const gradients = Array.from({ length: 60 }, () => [0.1, 0.3, 1e-3, 7, 1e5]);
    for (const momentum of [0, 0.9]) {
      const [w] = train(rmsprop({ centered: true, momentum, epsilon: 1e-3 }), [1, 1, 1, 1, 1], gradients, "float32");
      expect(Array.from(w as Float32Array).every(Number.isFinite)).toBe(true);
    }
  });

  test("Lion moves by the sign, at 0 not at all", async () => {
    await use();
    const gradients = [
      [1e-30, -1e30, 0, -0, Number.POSITIVE_INFINITY],
      [0, 0, 0, 0, 0],
    ];
    const [w] = train(lion({ learningRate: 0.25, beta2: 0.5 }), [1, 1, 1, 1, 1], gradients, "float32");
    expect(Array.from(w as Float32Array)).toEqual([0.5, 1.5, 1, 1, 0.5]);
  });

  test("large arrays equal the plain loops", async () => {
    const n = 10_007;
    const gradients = [uniform(n, -1, 1, 5), uniform(n, -1e-6, 1e-6, 6), uniform(n, -1e6, 1e6, 7)];
    const start = uniform(n, -1, 1, 8);
    for (const make of Object.values(optimizers)) {
      await useOracle();
      const want = train(make(), start, gradients, "float32");
      await use();
      train(make(), start, gradients, "float32").forEach((got, i) => {
        expectClose(got, want[i] as Float32Array, 1e-5, 1e-6);
      });
    }
  });
});

describe("optimizers as objects", () => {
  test("names in any spelling, settings saved and loaded", () => {
    expect(optimizerFrom("optimizer", "Adam").name).toBe("adam");
    expect(optimizerFrom("optimizer", "rms_prop").name).toBe("rmsprop");
    expect(() => optimizerFrom("optimizer", "adem")).toThrow(
      'optimizer: name expected one of "adadelta", "adagrad", "adam", "adamax", "adamw", "lbfgs", "lion", "nadam", "radam", "rmsprop", "sgd", got "adem"; did you mean "adam"?',
    );
    const rate = cosine(0.1, { steps: 10, warmup: 2 });
    for (const each of [
      sgd({ momentum: 0.5, nesterov: true }),
      rmsprop({ learningRate: rate, rho: 0.8 }),
      adam({ learningRate: rate }),
      adam({ amsgrad: true }),
      adamw({ weightDecay: 0.1, beta1: 0.5 }),
      sgd({ momentum: 0.5, dampening: true }),
      rmsprop({ momentum: 0.5, centered: true }),
      adagrad({ initialAccumulatorValue: 0.5 }),
      adadelta({ learningRate: rate, rho: 0.5 }),
      adamax({ beta2: 0.5 }),
      nadam({ momentumDecay: 0.5 }),
      radam({ beta2: 0.5 }),
      lion({ weightDecay: 0.5 }),
      sgd({ momentum: 0.5, weightDecay: 0.5, convention: "keras" }),
      rmsprop({ weightDecay: 0.5, convention: "keras" }),
      adagrad({ convention: "keras" }),
      adamax({ weightDecay: 0.5, convention: "keras" }),
    ]) {
      const saved = JSON.parse(JSON.stringify({ name: each.name, config: each.config }));
      const loaded = optimizerFrom("optimizer", saved);
      expect(loaded.config).toEqual(each.config);
      for (const step of [1, 2, 7]) {
        expect(loaded.hyper(step, rateAt(loaded, step))).toEqual(each.hyper(step, rateAt(each, step)));
      }
    }
  });

  test("the learning rate may change while training runs", () => {
    const optimizer = adam();
    expect(rateAt(optimizer, 1)).toBe(0.001);
    optimizer.learningRate = 0.5;
    expect(rateAt(optimizer, 9)).toBe(0.5);
    expect(optimizer.config.learningRate).toBe(0.5);
    optimizer.learningRate = cosine(1, { steps: 100 });
    expect([rateAt(optimizer, 1), rateAt(optimizer, 51)]).toEqual([1, 0.5]);
    expect(() => {
      optimizer.learningRate = -1;
    }).toThrow("optimizers.adam: learningRate expected a finite number ≥ 0, got -1");
    expect(rateAt(optimizer, 1)).toBe(1);
  });

  test("hyper-parameters of Adam's first updates, by hand", () => {
    const optimizer = adam({ learningRate: 0.1, beta1: 0.5, beta2: 0.75, epsilon: 1e-8 });
    expect(optimizer.hyper(1, 0.1)).toEqual([0.2, 0.5, 0.5, 0.75, 0.25, 2, 1e-8, 1]);
    expect(optimizer.hyper(2, 0.3)[0]).toBeCloseTo(0.4, 15);
    const at = filled([8], 0, "float32");
    expect(writeHyper(optimizer, 1, at.at, "float32")).toBe(0.1);
    expect(memory().f32[at.at / 4]).toBe(Math.fround(0.2));
  });

  test("Nadam's product of momenta is that of the step, wherever a run begins", () => {
    const straight = nadam();
    const ten = Array.from({ length: 10 }, (_, i) => straight.hyper(i + 1, 0.1));
    expect(nadam().hyper(10, 0.1)).toEqual(ten[9]);
    expect(straight.hyper(3, 0.1)).toEqual(ten[2]);
    expect(straight.hyper(3, 0.1)).toEqual(ten[2]);
  });

  test("RAdam's first updates leave the squares out, by hand", () => {
    const optimizer = radam({ beta1: 0.5, beta2: 0.75 });
    // The longest average is 2 / 0.25 − 1 = 7; after one gradient 7 − 2 · 0.75 / 0.25 = 1.
    expect(optimizer.hyper(1, 0.1)).toEqual([0.2, 0.5, 0.5, 0.75, 0.25, 0, 1, 1]);
    // After 20: 7 − 40 · 0.75²⁰ / (1 − 0.75²⁰) = 6.872696; r² = 2.872696 · 4.872696 · 7 / (3 · 5 · 6.872696) = 0.950484.
    const late = optimizer.hyper(20, 0.1);
    expect(late.slice(5)).toEqual([1, 1e-7, 1]);
    expect(late[0]).toBeCloseTo(0.1 * Math.sqrt(0.950484 * 0.996829), 6);
  });

  test("bad input", () => {
    const bad = (options: object) => options as Parameters<typeof sgd>[0];
    expect(() => sgd({ momentum: 1 })).toThrow("optimizers.sgd: momentum expected a finite number ≥ 0 and < 1, got 1");
    expect(() => sgd(bad({ nesterow: true }))).toThrow('unknown option "nesterow"; did you mean "nesterov"?');
    expect(() => sgd(bad({ nesterov: 1 }))).toThrow("optimizers.sgd: nesterov expected true or false, got 1");
    expect(() => adam({ beta1: 1 })).toThrow("optimizers.adam: beta1 expected a finite number ≥ 0 and < 1, got 1");
    expect(() => adam({ epsilon: -1 })).toThrow("optimizers.adam: epsilon expected a finite number ≥ 0, got -1");
    expect(() => adamw({ weightDecay: -1 })).toThrow("optimizers.adamw: weightDecay expected a finite number ≥ 0");
    expect(() => rmsprop({ rho: 2 })).toThrow("optimizers.rmsprop: rho expected a finite number ≥ 0 and < 1, got 2");
    expect(() => sgd({ nesterov: true, dampening: true, momentum: 0.9 })).toThrow(
      "optimizers.sgd: dampening expected false with nesterov, got true; Nesterov's form has none, leave one of them out",
    );
    expect(() => sgd({ dampening: true, momentum: 0.9, convention: "keras" })).toThrow(
      'optimizers.sgd: dampening expected false with convention "keras", got true',
    );
    expect(() => adam(bad({ convention: "kears" }) as object)).toThrow(
      'optimizers.adam: convention expected one of "pytorch", "keras", got "kears"; did you mean "keras"?',
    );
    expect(() => sgd({ weightDecay: -1 })).toThrow("optimizers.sgd: weightDecay expected a finite number ≥ 0, got -1");
    expect(() => rmsprop({ momentum: 1 })).toThrow("optimizers.rmsprop: momentum expected a finite number ≥ 0 and < 1");
    expect(() => rmsprop(bad({ centered: 1 }) as object)).toThrow(
      "optimizers.rmsprop: centered expected true or false",
    );
    expect(() => rmsprop(bad({ centred: true }) as object)).toThrow(
      'unknown option "centred"; did you mean "centered"?',
    );
    expect(() => adagrad({ initialAccumulatorValue: -1 })).toThrow(
      "optimizers.adagrad: initialAccumulatorValue expected a finite number ≥ 0, got -1",
    );
    expect(() => adadelta({ epsilon: 0 })).toThrow("optimizers.adadelta: epsilon expected a finite number > 0, got 0");
    expect(() => adam(bad({ amsgrad: "yes" }) as object)).toThrow(
      'optimizers.adam: amsgrad expected true or false, got "yes"',
    );
    expect(() => adamax({ epsilon: 0 })).toThrow("optimizers.adamax: epsilon expected a finite number > 0, got 0");
    expect(() => nadam({ momentumDecay: -1 })).toThrow("optimizers.nadam: momentumDecay expected a finite number ≥ 0");
    expect(() => radam({ beta2: 1 })).toThrow("optimizers.radam: beta2 expected a finite number ≥ 0 and < 1, got 1");
    expect(() => lion({ weightDecay: -1 })).toThrow("optimizers.lion: weightDecay expected a finite number ≥ 0");
    expect(() => adam(bad({ learningRate: "fast" }) as object)).toThrow(
      'optimizers.adam: learningRate expected a number ≥ 0 or a schedule such as schedules.cosine(…), got "fast"',
    );
    expect(() => adam(bad({ learningRate: () => 1 }) as object)).toThrow("a plain function cannot be saved");
  });
});
