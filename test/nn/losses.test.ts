import { describe, expect, test } from "vitest";
import type { Loss, LossFunction } from "../../src/nn/loss.js";
import * as losses from "../../src/nn/losses.js";
import { lossNamed } from "../../src/nn/losses.js";
import { grad } from "../../src/tensor/grad.js";
import { type Tensor, tensor } from "../../src/tensor/tensor.js";
import { backends } from "../support/backends.js";
import { expectClose } from "../support/check-op.js";
import { pullBack } from "../support/pull-back.js";

const ln = Math.log;

/** Worked out by hand. */
const cases: { name: string; run: () => Tensor; want: number[] }[] = [
  {
    name: "categoricalCrossentropy of probabilities, one-hot and soft",
    run: () =>
      losses.categoricalCrossentropy(
        [
          [0, 1, 0],
          [0.5, 0.25, 0.25],
        ],
        [
          [0.25, 0.5, 0.25],
          [0.5, 0.25, 0.25],
        ],
      ),
    want: [ln(2), 1.5 * ln(2)],
  },
  {
    name: "categoricalCrossentropy divides by the sum",
    run: () => losses.categoricalCrossentropy([[0, 1]], [[3, 1]]),
    want: [ln(4)],
  },
  {
    name: "categoricalCrossentropy from logits",
    run: () => losses.categoricalCrossentropy([[0, 1]], [[ln(3), 0]], { fromLogits: true }),
    want: [ln(4)],
  },
  {
    name: "sparseCategoricalCrossentropy",
    run: () =>
      losses.sparseCategoricalCrossentropy(
        [1, 0],
        [
          [0.25, 0.75],
          [0.25, 0.75],
        ],
      ),
    want: [ln(4 / 3), ln(4)],
  },
  {
    name: "sparseCategoricalCrossentropy from logits",
    run: () => losses.sparseCategoricalCrossentropy([[1]], [[ln(3), 0]], { fromLogits: true }),
    want: [ln(4)],
  },
  {
    name: "binaryCrossentropy, labels [batch] beside [batch, 1]",
    run: () => losses.binaryCrossentropy([1, 0], [[0.25], [0.25]]),
    want: [ln(4), ln(4 / 3)],
  },
  {
    name: "binaryCrossentropy, mean over the outputs",
    run: () => losses.binaryCrossentropy([[1, 0]], [[0.5, 0.75]]),
    want: [(ln(2) + ln(4)) / 2],
  },
  {
    name: "binaryCrossentropy from logits",
    run: () => losses.binaryCrossentropy([[1], [0]], [[ln(3)], [ln(3)]], { fromLogits: true }),
    want: [ln(4 / 3), ln(4)],
  },
  { name: "meanSquaredError", run: () => losses.meanSquaredError([[1, 2]], [[3, 5]]), want: [6.5] },
  { name: "meanSquaredError of images", run: () => losses.meanSquaredError([[[1], [2]]], [[[3], [5]]]), want: [6.5] },
  { name: "meanAbsoluteError", run: () => losses.meanAbsoluteError([1, 2], [[3], [5]]), want: [2, 3] },
  { name: "halfSquaredError", run: () => losses.halfSquaredError([[1, 2]], [[3, 5]]), want: [6.5] },
];

describe("losses", () => {
  for (const backend of backends) {
    for (const { name, run, want } of cases) {
      test(`${name} on ${backend.name}`, async () => {
        await backend.use();
        expectClose(run().toTypedArray(), want, 1e-6, 0);
      });
    }
  }

  test("without targets they are records", () => {
    const loss: Loss = losses.categoricalCrossentropy();
    expect(loss.name).toBe("categoricalCrossentropy");
    expect(loss.config).toEqual({ fromLogits: false, labelSmoothing: 0 });
    expect(loss.targets).toBe("values");
    expect(losses.sparseCategoricalCrossentropy().targets).toBe("classes");
    expect(loss.fused?.activation).toBe("softmax");
    expect(losses.binaryCrossentropy().fused?.activation).toBe("sigmoid");
    expect(losses.categoricalCrossentropy({ fromLogits: true }).fused).toBeUndefined();
  });

  test("the fused form gives the same loss, and the output", () => {
    const logits = tensor([[1, 2, 3]]);
    for (const [loss, labels] of [
      [losses.categoricalCrossentropy(), [[0, 0, 1]]],
      [losses.sparseCategoricalCrossentropy(), [2]],
      [losses.binaryCrossentropy(), [[0, 1, 1]]],
    ] as [Loss, number[]][]) {
      const fused = loss.fused?.perSample(labels, logits);
      const apart = loss.perSample(labels, fused?.output as Tensor);
      expectClose(fused?.loss.toTypedArray() ?? [], apart.toTypedArray(), 1e-6, 0);
    }
  });

  test("gradients reach both sides of the symmetric losses, through reshaped inputs", () => {
    const p = tensor([[[1], [2]]]);
    const t = tensor([[[3], [5]]]);
    const { gradients } = pullBack([p, t], tensor([1]), () => losses.meanSquaredError(t, p));
    expect(gradients.map((g) => g.toArray())).toEqual([[[[-2], [-3]]], [[[2], [3]]]]);
    const y = tensor([[2]]);
    expect(grad((x: Tensor) => losses.halfSquaredError([5], x))(y).toArray()).toEqual([[-3]]);
  });
});

describe("lossNamed", () => {
  test("camel case, Keras's snake case, short names, a loss, a function of losses", () => {
    for (const name of ["meanSquaredError", "mean_squared_error", "mse", "MSE"]) {
      expect(lossNamed(name).name).toBe("meanSquaredError");
    }
    expect(lossNamed("mae").name).toBe("meanAbsoluteError");
    expect(lossNamed("sparse_categorical_crossentropy").name).toBe("sparseCategoricalCrossentropy");
    expect(lossNamed("half_squared_error").name).toBe("halfSquaredError");
    const loss = losses.binaryCrossentropy();
    expect(lossNamed(loss)).toBe(loss);
    expect(lossNamed(losses.binaryCrossentropy as LossFunction<object>).name).toBe("binaryCrossentropy");
  });

  test("an unknown name names the nearest", () => {
    expect(() => lossNamed("categoricalCrossEntropie")).toThrow(
      'loss: expected one of "categoricalCrossentropy", "sparseCategoricalCrossentropy", "binaryCrossentropy", ' +
        '"meanSquaredError", "meanAbsoluteError", "halfSquaredError", "huber", "logCosh", "binaryFocalCrossentropy", "categoricalFocalCrossentropy", got "categoricalCrossEntropie"; did you mean "categoricalCrossentropy"?',
    );
    expect(() => lossNamed("constructor")).toThrow("loss: expected one of");
    expect(() => lossNamed(3 as never)).toThrow(/got 3$/);
  });
});

describe("targets that do not fit", () => {
  const output = [null, 10];
  const layer = 'dense "scores"';
  const check =
    (loss: Loss, targets: number[], out: (number | null)[] = output) =>
    () =>
      loss.checkTargets([32, ...targets], out, layer);

  test("what fits", () => {
    check(losses.categoricalCrossentropy(), [10])();
    check(losses.sparseCategoricalCrossentropy(), [])();
    check(losses.sparseCategoricalCrossentropy(), [1])();
    check(losses.binaryCrossentropy(), [], [null, 1])();
    check(losses.binaryCrossentropy(), [1], [null, 1])();
    check(losses.meanSquaredError(), [28, 28, 1], [null, 28, 28, 1])();
  });

  test("class numbers for one-hot labels, and the reverse", () => {
    const numbers =
      'loss "categoricalCrossentropy": targets expected one-hot labels [batch, 10] as the output of dense "scores", got [batch]; ' +
      'for class numbers use loss "sparseCategoricalCrossentropy" or oneHot(labels, 10)';
    expect(check(losses.categoricalCrossentropy(), [])).toThrow(numbers);
    expect(check(losses.categoricalCrossentropy(), [1])).toThrow(numbers.replace("got [batch]", "got [batch, 1]"));
    expect(check(losses.categoricalCrossentropy(), [3])).toThrow(
      'give dense "scores" as many units as there are classes',
    );
    expect(check(losses.sparseCategoricalCrossentropy(), [10])).toThrow(
      'loss "sparseCategoricalCrossentropy": targets expected class numbers [batch] for the output [batch, 10] of dense "scores", got [batch, 10]; ' +
        'for one-hot labels use loss "categoricalCrossentropy"',
    );
  });

  test("one output for a loss of classes", () => {
    expect(check(losses.categoricalCrossentropy(), [1], [null, 1])).toThrow(
      'loss "categoricalCrossentropy": output of dense "scores" expected [batch, classes] with 2 classes or more, got [batch, 1]; ' +
        'for one output use activation "sigmoid" and loss "binaryCrossentropy"',
    );
  });

  test("another shape", () => {
    expect(check(losses.meanSquaredError(), [3], [null, 2])).toThrow(
      'loss "meanSquaredError": targets expected [batch, 2] as the output of dense "scores", got [batch, 3]; reshape them, or give the layer as many units as there are targets',
    );
    expect(() => losses.meanSquaredError([1, 2, 3], [[1], [2]])).toThrow(
      "meanSquaredError: yTrue expected shape [2, 1] as yPred, got [3, 1]; reshape one of them",
    );
  });

  test("values", () => {
    expect(() => losses.sparseCategoricalCrossentropy().checkValues([0, 10], output)).toThrow(
      'loss "sparseCategoricalCrossentropy": labels expected whole numbers from 0 to 9 for 10 classes, got 10 in row 1; count classes from 0, or give the output layer one unit more',
    );
    expect(() => losses.binaryCrossentropy().checkValues([0, 1, 1, -1], [null, 2])).toThrow(
      'loss "binaryCrossentropy": targets expected numbers from 0 to 1, got -1 in row 1; map the two classes to 0 and 1',
    );
  });

  test("options", () => {
    expect(() => losses.categoricalCrossentropy({ fromLogit: true } as never)).toThrow(
      'categoricalCrossentropy: unknown option "fromLogit"; did you mean "fromLogits"?',
    );
    expect(() => losses.meanSquaredError([1] as never)).toThrow("meanSquaredError: options expected an object");
  });
});
