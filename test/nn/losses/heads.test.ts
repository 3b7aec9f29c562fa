import { readFileSync } from "node:fs";
import { beforeEach, describe, expect, test } from "vitest";
import * as wg from "../../../src/index.js";
import { backends } from "../../support/backends.js";
import { expectClose } from "../../support/check-op.js";
import { pullBack } from "../../support/pull-back.js";

interface Judged {
  loss: number[];
  gradient: number[];
}
interface Golden {
  shape: [number, number];
  logits: number[];
  dloss: number[];
  classes: number[];
  bits: number[];
  targets: number[];
  smoothed: Judged;
  smoothedBinary: Judged;
  binaryFocal: Judged;
  binaryFocalBalanced: Judged;
  categoricalFocal: Judged;
  categoricalFocalWeighted: Judged;
  huber: Judged;
  huberWide: Judged;
  logCosh: Judged;
}

const path = new URL("../../fixtures/losses.json", import.meta.url);
const golden = (JSON.parse(readFileSync(path, "utf8")) as { heads: Golden[] }).heads;
const { losses } = wg;

describe.each(backends)("on $name", ({ use }) => {
  beforeEach(use);

  test.each(golden)("PyTorch's values and gradients, $shape", (each) => {
    const classes = each.shape[1];
    for (const [dtype, relative] of [
      ["float64", 1e-11],
      ["float32", 5e-5],
    ] as const) {
      const made = (values: number[]) => wg.tensor(Float64Array.from(values), each.shape, dtype);
      const dloss = wg.tensor(Float64Array.from(each.dloss), [each.shape[0]], dtype);
      const [z, bits, targets] = [made(each.logits), made(each.bits), made(each.targets)];
      const numbers = wg.tensor(Int32Array.from(each.classes));
      const hot = wg.oneHot(numbers, classes, 1, 0, dtype);
      const smooth = { fromLogits: true, labelSmoothing: 0.1 };
      const fused = (loss: wg.Loss, y: wg.Tensor) => () => (loss.fused as wg.FusedLoss).perSample(y, z).loss;
      const apart = (loss: wg.Loss, y: wg.Tensor) => () => loss.perSample(y, z);
      const balanced = { gamma: 1.5, alpha: 0.25, applyClassBalancing: true, labelSmoothing: 0.2 };
      const alpha = Array.from({ length: classes }, (_, i) => i + 1);
      const runs: [keyof Golden, () => wg.Tensor][] = [
        ["smoothed", apart(losses.sparseCategoricalCrossentropy(smooth), numbers)],
        ["smoothed", apart(losses.categoricalCrossentropy(smooth), hot)],
        ["smoothed", fused(losses.sparseCategoricalCrossentropy({ labelSmoothing: 0.1 }), numbers)],
        ["smoothed", fused(losses.categoricalCrossentropy({ labelSmoothing: 0.1 }), hot)],
        ["smoothedBinary", apart(losses.binaryCrossentropy({ ...smooth, labelSmoothing: 0.2 }), bits)],
        ["smoothedBinary", fused(losses.binaryCrossentropy({ labelSmoothing: 0.2 }), bits)],
        ["binaryFocal", fused(losses.binaryFocalCrossentropy(), bits)],
        ["binaryFocal", apart(losses.binaryFocalCrossentropy({ fromLogits: true }), bits)],
        ["binaryFocalBalanced", fused(losses.binaryFocalCrossentropy(balanced), bits)],
        ["categoricalFocal", fused(losses.categoricalFocalCrossentropy(), hot)],
        ["categoricalFocal", apart(losses.categoricalFocalCrossentropy({ fromLogits: true }), hot)],
        ["categoricalFocalWeighted", fused(losses.categoricalFocalCrossentropy({ gamma: 0.5, alpha }), hot)],
        ["huber", apart(losses.huber(), targets)],
        ["huberWide", apart(losses.huber({ delta: 2.5 }), targets)],
        ["logCosh", apart(losses.logCosh(), targets)],
      ];
      for (const [name, run] of runs) {
        const { y, gradients } = pullBack([z], dloss, run);
        const want = each[name] as Judged;
        expectClose(y.toTypedArray(), want.loss, relative, relative / 10, `${dtype} ${name}`);
        const got = gradients[0]?.toTypedArray() ?? [];
        expectClose(got, want.gradient, relative, relative / 10, `${dtype} ${name} gradient`);
      }
    }
  });

  // The values that Keras's documentation gives, to the digits that it gives.
  test("Keras's documented examples", () => {
    const mean = (x: wg.Tensor) => wg.mean(x).item();
    const hot = [
      [0, 1, 0],
      [0, 0, 1],
    ];
    const shares = [
      [0.05, 0.95, 0],
      [0.1, 0.8, 0.1],
    ];
    expect(mean(losses.categoricalCrossentropy(hot, shares))).toBeCloseTo(1.177, 3);
    expect(mean(losses.categoricalFocalCrossentropy(hot, shares))).toBeCloseTo(0.23315276, 6);
    const half = [
      [0.05, 0.9, 0.05],
      [0.1, 0.85, 0.05],
    ];
    expectClose(losses.categoricalFocalCrossentropy(hot, half).toTypedArray(), [2.63401289e-4, 6.75912094e-1], 2e-6, 0);
    const bits = [
      [0, 1],
      [0, 0],
    ];
    const p = [
      [0.6, 0.4],
      [0.4, 0.6],
    ];
    expect(mean(losses.binaryCrossentropy(bits, p))).toBeCloseTo(0.815, 3);
    expectClose(losses.binaryFocalCrossentropy(bits, p).toTypedArray(), [0.33, 0.206], 0, 5e-4);
    expect(mean(losses.huber(bits, p))).toBeCloseTo(0.155, 6);
    const z = [
      [-18.6, 0.51],
      [2.94, -12.8],
    ];
    const focal = (options: object) => mean(losses.binaryFocalCrossentropy(bits, z, { fromLogits: true, ...options }));
    expect(mean(losses.binaryCrossentropy(bits, z, { fromLogits: true }))).toBeCloseTo(0.865, 3);
    expect(focal({ gamma: 2 })).toBeCloseTo(0.691, 3);
    expect(focal({ gamma: 3 })).toBeCloseTo(0.647, 3);
    expect(focal({ gamma: 2, applyClassBalancing: true })).toBeCloseTo(0.51, 2);
    expect(focal({ gamma: 3, applyClassBalancing: true })).toBeCloseTo(0.482, 3);
  });

  test("smoothed by hand: α = 0.2 over 4 classes makes 0.85 and 0.05, over two 0.9 and 0.1", () => {
    const ln = Math.log;
    const want = -(0.85 * ln(0.7) + 0.15 * ln(0.1));
    const p = [[0.1, 0.7, 0.1, 0.1]];
    const options = { labelSmoothing: 0.2 };
    for (const loss of [
      losses.sparseCategoricalCrossentropy([1], p, options),
      losses.sparseCategoricalCrossentropy([[1]], p, options),
      losses.categoricalCrossentropy([[0, 1, 0, 0]], p, options),
    ]) {
      expectClose(loss.toTypedArray(), [want], 1e-6, 0);
    }
    const binary = losses.binaryCrossentropy([1], [[0.8]], options).toTypedArray();
    expectClose(binary, [-(0.9 * ln(0.8) + 0.1 * ln(0.2))], 1e-6, 0);
  });
});

/**
 * A model of one layer whose weights pass its input on, so that its logits are chosen here; one step of plain descent with rate 1 moves
 * each bias by −(y − d) over the batch.
 */
function head(activation: string, loss: string, columns: number, dtype: "float32" | "float64") {
  const model = wg.sequential([wg.layers.dense({ units: columns, activation, inputShape: [columns] })], { dtype });
  model.compile({ optimizer: wg.optimizers.sgd({ learningRate: 1 }), loss });
  model.setWeights([wg.eye(columns, columns, dtype), wg.zeros([columns], dtype)]);
  return model;
}

describe.each(backends)("the three heads learn by y − d on $name", ({ use }) => {
  beforeEach(use);

  test.each(["float32", "float64"] as const)(
    "identity, sigmoid and softmax, logits of ±1000 and of 0, in %s",
    async (dtype) => {
      const cases: [string, string, number[], number[] | Int32Array, number, number[]][] = [
        // loss ½ (z − d)², gradient z − d
        ["linear", "halfSquaredError", [1000], [-1000], 2e6, [2000]],
        ["linear", "halfSquaredError", [0.5], [2], 1.125, [-1.5]],
        // loss −ln σ(±z), gradient σ(z) − d
        ["sigmoid", "binaryCrossentropy", [1000], [0], 1000, [1]],
        ["sigmoid", "binaryCrossentropy", [-1000], [1], 1000, [-1]],
        ["sigmoid", "binaryCrossentropy", [1000], [1], 0, [0]],
        ["sigmoid", "binaryCrossentropy", [0], [1], Math.LN2, [-0.5]],
        // loss −Σ d ln y, gradient y − d: class numbers, one-hot and soft labels
        ["softmax", "sparseCategoricalCrossentropy", [1000, -1000, 0], Int32Array.of(1), 2000, [1, -1, 0]],
        ["softmax", "categoricalCrossentropy", [1000, -1000, 0], [0, 1, 0], 2000, [1, -1, 0]],
        ["softmax", "categoricalCrossentropy", [1000, -1000, 0], [0.5, 0.5, 0], 1000, [0.5, -0.5, 0]],
        ["softmax", "categoricalCrossentropy", [0, 0, 0], [0, 0.25, 0.75], Math.log(3), [1 / 3, 1 / 12, -5 / 12]],
        ["softmax", "sparseCategoricalCrossentropy", [0, 0, 0], Int32Array.of(2), Math.log(3), [1 / 3, 1 / 3, -2 / 3]],
      ];
      for (const [activation, loss, z, d, want, gradient] of cases) {
        const model = head(activation, loss, z.length, dtype);
        const y = d instanceof Int32Array ? d : [d];
        const logs = await model.trainOnBatch([z], y);
        const note = `${activation}, ${loss}, logits ${z}`;
        expectClose([logs.loss as number], [want], 1e-6, 0, note);
        const bias = (model.getWeights()[1] as wg.Tensor).toTypedArray();
        expectClose(
          bias,
          gradient.map((g) => -g),
          1e-6,
          1e-7,
          note,
        );
      }
    },
  );

  test("the new losses train through compile by name and by record, and are saved with their options", async () => {
    for (const [activation, loss, y] of [
      ["sigmoid", "binary_focal_crossentropy", [[1], [0]]],
      ["linear", "huber", [[1], [0]]],
      ["linear", wg.losses.logCosh(), [[1], [0]]],
      ["sigmoid", wg.losses.binaryCrossentropy({ labelSmoothing: 0.1 }), [[1], [0]]],
    ] as const) {
      const model = wg.sequential([wg.layers.dense({ units: 1, activation, inputShape: [2] })]);
      model.compile({ optimizer: wg.optimizers.sgd({ learningRate: 0.5 }), loss });
      const x = [
        [1, 0],
        [0, 1],
      ];
      const { history } = await model.fit(x, y as never, { epochs: 20 });
      expect(history.loss?.at(-1)).toBeLessThan(history.loss?.[0] as number);
    }
    const again = wg.losses.lossNamed({ name: "huber", config: wg.losses.huber({ delta: 3 }).config ?? {} });
    expect(again.config).toEqual({ delta: 3 });
  });

  test("smoothing and focus survive a recorded step for integer labels: two batches, two results", async () => {
    const model = head("softmax", "mse", 3, "float64");
    model.compile({
      optimizer: wg.optimizers.sgd({ learningRate: 0 }),
      loss: wg.losses.sparseCategoricalCrossentropy({ labelSmoothing: 0.3 }),
    });
    const z = { data: Float64Array.of(Math.log(8), 0, 0), shape: [1, 3] };
    for (const [label, want] of [
      [0, -(0.8 * Math.log(0.8) + 0.2 * Math.log(0.1))],
      [2, -(0.8 * Math.log(0.1) + 0.1 * Math.log(0.8) + 0.1 * Math.log(0.1))],
    ] as const) {
      const { loss } = await model.trainOnBatch(z, Int32Array.of(label));
      expect(loss).toBeCloseTo(want, 12);
    }
  });
});
