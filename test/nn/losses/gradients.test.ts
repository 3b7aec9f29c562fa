import { afterAll, describe, expect, test } from "vitest";
import * as wg from "../../../src/index.js";
import type { Loss } from "../../../src/nn/loss.js";
import { lossNamed } from "../../../src/nn/losses.js";
import { filled, type Tensor, tensor } from "../../../src/tensor/tensor.js";
import type { FloatDType } from "../../../src/util/dtypes.js";
import { backends } from "../../support/backends.js";
import { expectClose } from "../../support/check-op.js";
import { pullBack } from "../../support/pull-back.js";
import { uniform } from "../../support/random.js";
import { threadCounts, useThreads, usualThreads } from "../../support/threads.js";

afterAll(usualThreads);

interface Row {
  loss: Loss;
  /** Predictions, or logits where the loss takes over the activation. */
  shape: number[];
  labels(dtype: FloatDType): Tensor;
}

const size = (shape: number[]) => shape.reduce((product, n) => product * n, 1);
const values = (shape: number[], seed: number, dtype: FloatDType, low = -3, high = 3) =>
  tensor(uniform(size(shape), low, high, seed), shape, dtype);
const classes = (shape: number[], count: number) =>
  tensor(
    Int32Array.from({ length: size(shape) }, (_, i) => (i * 7) % count),
    shape,
  );

const { losses } = wg;
const rows: Record<string, Row> = {
  "softmax, one-hot": {
    loss: lossNamed("categoricalCrossentropy"),
    shape: [37, 11],
    labels: (dtype) => wg.oneHot(classes([37], 11), 11, 1, 0, dtype),
  },
  "softmax, soft labels that do not sum to 1": {
    loss: lossNamed("categoricalCrossentropy"),
    shape: [6, 3],
    labels: (dtype) => values([6, 3], 5, dtype, 0, 1),
  },
  "softmax, smoothed": {
    loss: losses.categoricalCrossentropy({ labelSmoothing: 0.1 }),
    shape: [9, 4],
    labels: (dtype) => wg.oneHot(classes([9], 4), 4, 1, 0, dtype),
  },
  "softmax, class numbers": {
    loss: lossNamed("sparseCategoricalCrossentropy"),
    shape: [130, 10],
    labels: () => classes([130], 10),
  },
  "softmax, class numbers, smoothed": {
    loss: losses.sparseCategoricalCrossentropy({ labelSmoothing: 0.1 }),
    shape: [9, 4],
    labels: () => classes([9], 4),
  },
  "softmax, several predictions a row": {
    loss: lossNamed("sparseCategoricalCrossentropy"),
    shape: [5, 3, 7],
    labels: () => classes([5, 3], 7),
  },
  "sigmoid, one output": {
    loss: lossNamed("binaryCrossentropy"),
    shape: [33, 1],
    labels: (dtype) => values([33], 5, dtype, 0, 1),
  },
  "sigmoid, several outputs": {
    loss: losses.binaryCrossentropy({ labelSmoothing: 0.1 }),
    shape: [12, 5],
    labels: (dtype) => values([12, 5], 5, dtype, 0, 1),
  },
  "sigmoid, pictures": {
    loss: lossNamed("binaryCrossentropy"),
    shape: [4, 3, 2],
    labels: (dtype) => values([4, 3, 2], 5, dtype, 0, 1),
  },
  "squares, one output": {
    loss: lossNamed("meanSquaredError"),
    shape: [33, 1],
    labels: (dtype) => values([33], 5, dtype),
  },
  "squares, several outputs": {
    loss: lossNamed("meanSquaredError"),
    shape: [12, 5],
    labels: (dtype) => values([12, 5], 5, dtype),
  },
  "half squares, pictures": {
    loss: lossNamed("halfSquaredError"),
    shape: [4, 3, 2],
    labels: (dtype) => values([4, 3, 2], 5, dtype),
  },
};

/** Loss, output and gradient from one kernel. */
function together({ loss, labels, shape }: Row, dtype: FloatDType, weights?: Tensor): Tensor[] {
  const z = values(shape, 3, dtype);
  const found = loss.fused
    ? loss.fused.withGradient?.(labels(dtype), z, weights)
    : loss.withGradient?.(labels(dtype), z, weights);
  return Object.values(found as object) as Tensor[];
}

/** The same from an operation that is taped, for the gradient 1 / rows of each row's loss, times its weight. */
function apart({ loss, labels, shape }: Row, dtype: FloatDType, weights?: Tensor): Tensor[] {
  const z = values(shape, 3, dtype);
  let found: { loss: Tensor; output?: Tensor } | undefined;
  const run = () => {
    found = loss.fused ? loss.fused.perSample(labels(dtype), z) : { loss: loss.perSample(labels(dtype), z) };
    return found.loss;
  };
  const shaped = run();
  const share = filled(shaped.shape, 1 / shaped.size, dtype);
  const { y, gradients } = pullBack([z], weights ? wg.mul(share, weights) : share, run);
  return [y, ...(found?.output ? [found.output] : []), gradients[0] as Tensor];
}

describe.each(Object.entries(rows))("%s: loss and gradient in one pass", (_, row) => {
  for (const backend of backends) {
    test(`as by two kernels on ${backend.name}`, async () => {
      await backend.use();
      const exact = backend.name !== "js";
      for (const dtype of ["float32", "float64"] as const) {
        const whole =
          row.shape.length === 2 ? [undefined, values([row.shape[0] as number], 8, dtype, 0, 2)] : [undefined];
        for (const weights of whole) {
          const [one, two] = [together(row, dtype, weights), apart(row, dtype, weights)];
          expect(one.length).toBe(two.length);
          one.forEach((got, i) => {
            const want = two[i] as Tensor;
            expect(got.shape).toEqual(want.shape);
            if (exact) expect(got.toTypedArray()).toEqual(want.toTypedArray());
            else expectClose(got.toTypedArray(), want.toTypedArray(), 1e-6, 1e-7);
          });
        }
      }
    });
  }

  test("the same bits on any number of threads", async () => {
    const results = () =>
      (["float32", "float64"] as const).flatMap((dtype) => together(row, dtype).map((each) => each.toArray()));
    await useThreads(1);
    const one = results();
    for (const threads of threadCounts.slice(1)) {
      await useThreads(threads);
      expect(results()).toEqual(one);
    }
    await usualThreads();
  });
});

describe("a training step", () => {
  /** The loss as if no kernel gave the gradient with it. */
  const without = (loss: Loss): Loss => {
    const { withGradient: _, fused, ...rest } = loss;
    if (!fused) return rest;
    const { withGradient: __, ...apart } = fused;
    return { ...rest, fused: apart };
  };

  test.each([
    ["sparseCategoricalCrossentropy", "softmax", 3, true],
    ["categoricalCrossentropy", "softmax", 3, false],
    ["binaryCrossentropy", "sigmoid", 1, false],
    ["meanSquaredError", "linear", 2, false],
    ["huber", "linear", 2, false],
  ] as const)("%s behind %s has the same bits either way", async (name, activation, units, numbers) => {
    const runs = [];
    for (const loss of [lossNamed(name), without(lossNamed(name))]) {
      wg.setSeed(3);
      const model = wg.sequential([
        wg.layers.dense({ units: 9, activation: "tanh", inputShape: [5], kernelRegularizer: wg.regularizers.l2(1e-2) }),
        wg.layers.dense({ units, activation }),
      ]);
      model.compile({ optimizer: wg.optimizers.adam({ learningRate: 0.1 }), loss });
      const x = { data: Float32Array.from(uniform(45, -1, 1, 1)), shape: [9, 5] };
      const y = numbers
        ? { data: Int32Array.from({ length: 9 }, (_, i) => i % 3), shape: [9] }
        : { data: Float32Array.from(uniform(9 * units, 0, 1, 2)), shape: [9, units] };
      const weights = Float32Array.from(uniform(9, 0, 2, 4));
      const logs = [];
      for (let i = 0; i < 4; i++) {
        const { loss: value } = await model.trainOnBatch(x, y, i % 2 ? weights : undefined);
        logs.push(value);
      }
      runs.push([logs, ...model.getWeights().map((each) => each.toArray())]);
    }
    expect(runs[0]).toEqual(runs[1]);
  });
});
