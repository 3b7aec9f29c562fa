import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { kernels, memory } from "../../src/backend/engine.js";
import { optimizerFrom } from "../../src/optim/by-name.js";
import { type Optimizer, rateAt, writeHyper } from "../../src/optim/optimizer.js";
import { adam, adamw, rmsprop, sgd } from "../../src/optim/optimizers.js";
import { cosine } from "../../src/optim/schedules.js";
import { filled, type Tensor, tensor } from "../../src/tensor/tensor.js";
import type { FloatDType } from "../../src/util/dtypes.js";
import { backends, useOracle } from "../support/backends.js";
import { expectClose } from "../support/check-op.js";
import { uniform } from "../support/random.js";

interface Golden {
  start: number[];
  gradients: number[][];
  runs: Record<string, { optimizer: string; options: Record<string, unknown>; fed: number[] }>;
}

const golden = JSON.parse(readFileSync(new URL("../fixtures/optimizers.json", import.meta.url), "utf8")) as Golden;

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
  const slots = optimizer.slots.map(() => copy(new Float64Array(n)));
  const hyper = filled([optimizer.hyperCount], 0, dtype);
  gradients.forEach((gradient, i) => {
    const g = copy(gradient);
    writeHyper(optimizer, i + 1, hyper.at, dtype);
    const at = slots.map((slot) => slot.at);
    for (let j = 0; j + 1 < edges.length; j++) {
      optimizer.update(k, w.at, g.at, at, hyper.at, edges[j] as number, edges[j + 1] as number);
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

  test.each(Object.entries(golden.runs))("%s: odd sizes and split ranges give the same bits", async (_, run) => {
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
  });

  test("NaN stays in its place; zero gradients from the start move nothing", async () => {
    await use();
    for (const make of [
      () => sgd({ momentum: 0.9 }),
      () => sgd({ momentum: 0.9, nesterov: true }),
      () => sgd(),
      () => rmsprop(),
      () => adam(),
    ]) {
      const [w] = train(make(), [1, 2, 3, -0, 5], [[0, NaN, 0, 0, 0]], "float32");
      expect(Array.from(w as Float32Array)).toEqual([1, NaN, 3, -0, 5]);
    }
  });

  test("large arrays equal the plain loops", async () => {
    const n = 10_007;
    const gradients = [uniform(n, -1, 1, 5), uniform(n, -1e-6, 1e-6, 6), uniform(n, -1e6, 1e6, 7)];
    const start = uniform(n, -1, 1, 8);
    for (const make of [sgd, rmsprop, adam, adamw]) {
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
      'optimizer: name expected one of "adam", "adamw", "rmsprop", "sgd", got "adem"; did you mean "adam"?',
    );
    const rate = cosine(0.1, { steps: 10, warmup: 2 });
    for (const each of [
      sgd({ momentum: 0.5, nesterov: true }),
      rmsprop({ learningRate: rate, rho: 0.8 }),
      adam({ learningRate: rate }),
      adamw({ weightDecay: 0.1, beta1: 0.5 }),
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

  test("bad input", () => {
    const bad = (options: object) => options as Parameters<typeof sgd>[0];
    expect(() => sgd({ momentum: 1 })).toThrow("optimizers.sgd: momentum expected a finite number ≥ 0 and < 1, got 1");
    expect(() => sgd(bad({ nesterow: true }))).toThrow('unknown option "nesterow"; did you mean "nesterov"?');
    expect(() => sgd(bad({ nesterov: 1 }))).toThrow("optimizers.sgd: nesterov expected true or false, got 1");
    expect(() => adam({ beta1: 1 })).toThrow("optimizers.adam: beta1 expected a finite number ≥ 0 and < 1, got 1");
    expect(() => adam({ epsilon: -1 })).toThrow("optimizers.adam: epsilon expected a finite number ≥ 0, got -1");
    expect(() => adamw({ weightDecay: -1 })).toThrow("optimizers.adamw: weightDecay expected a finite number ≥ 0");
    expect(() => rmsprop({ rho: 2 })).toThrow("optimizers.rmsprop: rho expected a finite number ≥ 0 and < 1, got 2");
    expect(() => adam(bad({ learningRate: "fast" }) as object)).toThrow(
      'optimizers.adam: learningRate expected a number ≥ 0 or a schedule such as schedules.cosine(…), got "fast"',
    );
    expect(() => adam(bad({ learningRate: () => 1 }) as object)).toThrow("a plain function cannot be saved");
  });
});
