import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { kernels } from "../../src/backend/engine.js";
import {
  binaryCrossEntropy,
  categoricalCrossEntropy,
  sigmoidBinaryCrossEntropy,
  softmaxCrossEntropy,
  sparseCategoricalCrossEntropy,
} from "../../src/ops/crossentropy.js";
import { halfSquaredError, meanAbsoluteError, meanSquaredError } from "../../src/ops/loss.js";
import { type Tensor, tensor, zerosLike } from "../../src/tensor/tensor.js";
import { backends } from "../support/backends.js";
import { checkOp, expectClose } from "../support/check-op.js";
import { pullBack } from "../support/pull-back.js";
import { uniform } from "../support/random.js";

interface Judged {
  loss: number[];
  gradient: number[];
}

interface Golden {
  shape: [number, number];
  logits: number[];
  dloss: number[];
  classes: number[];
  soft: number[];
  targets: number[];
  probabilities: number[];
  softmaxSparse: Judged;
  softmaxSoft: Judged;
  sigmoid: Judged;
  mse: Judged;
  half: Judged;
  mae: Judged;
  binary: Judged;
  categorical: Judged;
  sparse: Judged;
}

const golden = (
  JSON.parse(readFileSync(new URL("../fixtures/losses.json", import.meta.url), "utf8")) as { losses: Golden[] }
).losses;

describe("losses against PyTorch", () => {
  for (const each of golden) {
    for (const backend of backends) {
      test(`[${each.shape}] on ${backend.name}`, async () => {
        await backend.use();
        for (const [dtype, relative] of [
          ["float64", 1e-12],
          ["float32", 2e-5],
        ] as const) {
          const made = (values: number[]) => tensor(Float64Array.from(values), each.shape, dtype);
          const dloss = tensor(Float64Array.from(each.dloss), [each.shape[0]], dtype);
          const [z, p, targets, soft] = [each.logits, each.probabilities, each.targets, each.soft].map(made) as [
            Tensor,
            Tensor,
            Tensor,
            Tensor,
          ];
          const int32 = tensor(Int32Array.from(each.classes));
          const bytes = tensor(Uint8Array.from(each.classes.map((c) => c % 256)));
          const check = (name: keyof Golden & string, x: Tensor, run: () => Tensor) => {
            const { y, gradients } = pullBack([x], dloss, run);
            const want = each[name] as Judged;
            expectClose(y.toTypedArray(), want.loss, relative, relative, `${dtype} ${name}`);
            expectClose(
              gradients[0]?.toTypedArray() ?? [],
              want.gradient,
              relative,
              2 * relative,
              `${dtype} ${name} gradient`,
            );
          };
          check("softmaxSparse", z, () => softmaxCrossEntropy(z, int32).loss);
          if (each.shape[1] <= 256) check("softmaxSparse", z, () => softmaxCrossEntropy(z, bytes).loss);
          check("softmaxSoft", z, () => softmaxCrossEntropy(z, soft).loss);
          check("sigmoid", z, () => sigmoidBinaryCrossEntropy(z, targets).loss);
          check("mse", z, () => meanSquaredError(z, targets));
          check("half", z, () => halfSquaredError(z, targets));
          check("mae", z, () => meanAbsoluteError(z, targets));
          check("binary", p, () => binaryCrossEntropy(p, targets));
          check("categorical", p, () => categoricalCrossEntropy(p, soft));
          check("sparse", p, () => sparseCategoricalCrossEntropy(p, int32));
        }
      });
    }
  }
});

const sizes = [
  [3, 1],
  [5, 2],
  [4, 3],
  [3, 4],
  [3, 9],
  [6, 10],
  [2, 33],
] as const;

/** Fixed labels for a shape: soft ones that need not sum to 1, targets in 0..1, and class numbers. */
const soft = (y: Tensor) => tensor(Float64Array.from(uniform(y.size, 0, 1, 5)), y.shape, y.dtype);
const classesOf = (y: Tensor) =>
  tensor(Int32Array.from({ length: y.size / (y.shape[1] as number) }, (_, i) => (7 * i) % (y.shape[1] as number)));

for (const [rows, columns] of sizes) {
  const name = `${rows} × ${columns}`;
  const any = [{ name, inputs: [[rows, columns]] }];
  const probabilities = [{ name, inputs: [[rows, columns]], range: [0.05, 0.95] as [number, number] }];
  checkOp("softmaxCrossEntropy, soft", { run: (z) => softmaxCrossEntropy(z, soft(z)).loss, cases: any });
  checkOp("softmaxCrossEntropy, classes", { run: (z) => softmaxCrossEntropy(z, classesOf(z)).loss, cases: any });
  checkOp("sigmoidBinaryCrossEntropy", { run: (z) => sigmoidBinaryCrossEntropy(z, soft(z)).loss, cases: any });
  checkOp("categoricalCrossEntropy", { run: (y) => categoricalCrossEntropy(y, soft(y)), cases: probabilities });
  checkOp("binaryCrossEntropy", { run: (y) => binaryCrossEntropy(y, soft(y)), cases: probabilities });
  // One class has the share 1, which is clipped: nothing to difference.
  const gradient = columns > 1;
  checkOp("sparseCategoricalCrossEntropy", {
    run: (y) => sparseCategoricalCrossEntropy(y, classesOf(y)),
    cases: probabilities.map((each) => ({ ...each, gradient })),
  });
}

describe("fused losses", () => {
  for (const backend of backends) {
    for (const dtype of ["float32", "float64"] as const) {
      const made = (values: number[][]) => tensor(values, undefined, dtype);

      test(`softmax is exact for logits of ±1000, in ${dtype} on ${backend.name}`, async () => {
        await backend.use();
        const z = made([
          [1000, -1000, 0],
          [-1000, 1000, 1000],
          [1000, 1000, 1000],
        ]);
        const hot = made([
          [0, 1, 0],
          [0, 0, 1],
          [1, 0, 0],
        ]);
        for (const labels of [hot, tensor([1, 2, 0], undefined, "int32"), tensor(Uint8Array.of(1, 2, 0))]) {
          const { loss, output } = softmaxCrossEntropy(z, labels);
          expectClose(loss.toTypedArray(), [2000, Math.LN2, Math.log(3)], 1e-7, 0);
          const y = [1, 0, 0, 0, 0.5, 0.5, 1 / 3, 1 / 3, 1 / 3];
          expectClose(output.toTypedArray(), y, 1e-7, 0);
          const dloss = tensor([1, 1, 1], undefined, dtype);
          const { gradients } = pullBack([z], dloss, () => softmaxCrossEntropy(z, labels).loss);
          const d = hot.toTypedArray();
          const want = y.map((v, i) => v - (d[i] as number));
          expectClose(gradients[0]?.toTypedArray() ?? [], want, 1e-7, 1e-7);
        }
      });

      test(`sigmoid is exact for logits of ±1000 and at ∞, in ${dtype} on ${backend.name}`, async () => {
        await backend.use();
        const z = made([[1000], [-1000], [1000], [-1000], [Infinity], [-Infinity], [Infinity], [20], [NaN]]);
        const t = made([[1], [0], [0], [1], [1], [0], [0], [1], [0]]);
        const { loss, output } = sigmoidBinaryCrossEntropy(z, t);
        expectClose(loss.toTypedArray(), [0, 0, 1000, 1000, 0, 0, Infinity, 2.0611536e-9, NaN], 1e-6, 0);
        expectClose(output.toTypedArray(), [1, 0, 1, 0, 1, 0, 1, 1 - 2.06e-9, NaN], 1e-7, 0);
      });

      test(`a label of 0 ignores a logit of −∞, NaN is handed on, in ${dtype} on ${backend.name}`, async () => {
        await backend.use();
        const z = made([
          [0, -Infinity],
          [-Infinity, 0],
          [NaN, 0],
          [0, Infinity],
        ]);
        const hot = made([
          [1, 0],
          [1, 0],
          [0, 1],
          [0, 1],
        ]);
        const want = [0, Infinity, NaN, NaN];
        expect([...softmaxCrossEntropy(z, hot).loss.toTypedArray()]).toEqual(want);
        expect([...softmaxCrossEntropy(z, tensor(Int32Array.of(0, 0, 1, 1))).loss.toTypedArray()]).toEqual(want);
      });

      test(`probabilities at 0 and 1 are clipped without gradient, in ${dtype} on ${backend.name}`, async () => {
        await backend.use();
        const y = made([
          [0, 1],
          [1, 0],
          [NaN, 0.5],
        ]);
        const hot = made([
          [0, 1],
          [0, 1],
          [0, 1],
        ]);
        const dloss = tensor([1, 1, 1], undefined, dtype);
        const far = -Math.log(1e-7);
        for (const run of [
          () => categoricalCrossEntropy(y, hot),
          () => sparseCategoricalCrossEntropy(y, tensor(Int32Array.of(1, 1, 1))),
          () => binaryCrossEntropy(y, hot),
        ]) {
          const { y: loss, gradients } = pullBack([y], dloss, run);
          expectClose(loss.toTypedArray(), [0, far, NaN], 2e-2, 2e-7);
          expect([...(gradients[0]?.toTypedArray() ?? [])].slice(0, 4)).toEqual([0, 0, 0, 0]);
        }
      });
    }

    test(`a label out of range makes the kernel's row NaN and reads nothing, on ${backend.name}`, async () => {
      await backend.use();
      const k = kernels("float32");
      const z = tensor([
        [1, 2],
        [1, 2],
      ]);
      const labels = tensor(Int32Array.of(-1, 1e9));
      const [loss, output] = [tensor([0, 0]), zerosLike(z)];
      const dz = zerosLike(z);
      k.softmax_crossentropy_sparse_forward(loss.at, output.at, dz.at, z.at, labels.at, 0, 1, 4, 2, 0, 2);
      expect(loss.toArray()).toEqual([NaN, NaN]);
      expect(dz.toArray()).toEqual(output.toArray());
      k.sparse_categorical_crossentropy_forward(loss.at, z.at, labels.at, 4, 2, 0, 2);
      expect(loss.toArray()).toEqual([NaN, NaN]);
      k.sparse_categorical_crossentropy_backward(output.at, loss.at, z.at, labels.at, 4, 2, 0, 2);
    });
  }

  test("leading axes are rows, [batch, 1] class numbers too, an empty batch gives an empty loss", () => {
    const z = tensor(uniform(24), [2, 3, 4]);
    const { loss, output } = softmaxCrossEntropy(z, [
      [0, 1, 2],
      [3, 0, 1],
    ]);
    expect([loss.shape, output.shape]).toEqual([
      [2, 3],
      [2, 3, 4],
    ]);
    expect(softmaxCrossEntropy([[1, 1]], [[0]]).loss.toArray()).toEqual([expect.closeTo(Math.LN2, 6)]);
    const none = tensor(new Float32Array(0), [0, 4]);
    expect(softmaxCrossEntropy(none, none).loss.shape).toEqual([0]);
    expect(sigmoidBinaryCrossEntropy(none, none).loss.shape).toEqual([0]);
  });

  test("bits do not depend on how the rows are cut", async () => {
    for (const backend of backends) {
      await backend.use();
      for (const dtype of ["float32", "float64"] as const) {
        const k = kernels(dtype);
        const z = tensor(uniform(90, -3, 3), [9, 10], dtype);
        const t = tensor(uniform(90, 0.1, 0.9, 2), [9, 10], dtype);
        const classes = tensor(Int32Array.from({ length: 9 }, (_, i) => i));
        const dloss = tensor(uniform(9, -1, 1, 3), [9], dtype);
        const run = (most: number) => {
          const lossOf = zerosLike(dloss);
          const all: number[][] = [];
          for (const kernel of [
            (loss: number, y: number, dx: number, b: number, e: number) => {
              k.softmax_crossentropy_forward(loss, y, 0, z.at, t.at, 0, 0, 10, b, e);
              k.softmax_crossentropy_backward(dx, dloss.at, y, t.at, 10, b, e);
            },
            (loss: number, y: number, dx: number, b: number, e: number) => {
              k.softmax_crossentropy_sparse_forward(loss, y, 0, z.at, classes.at, 0, 0, 4, 10, b, e);
              k.softmax_crossentropy_sparse_backward(dx, dloss.at, y, classes.at, 4, 10, b, e);
            },
            (loss: number, y: number, dx: number, b: number, e: number) => {
              k.sigmoid_crossentropy_forward(loss, y, 0, z.at, t.at, 0, 0, 10, b, e);
              k.sigmoid_crossentropy_backward(dx, dloss.at, y, t.at, 10, b, e);
            },
            (loss: number, _: number, dx: number, b: number, e: number) => {
              k.categorical_crossentropy_forward(loss, t.at, t.at, 10, b, e);
              k.categorical_crossentropy_backward(dx, dloss.at, t.at, t.at, 10, b, e);
              k.binary_crossentropy_backward(dx, dloss.at, t.at, t.at, 10, b, e);
              k.sparse_categorical_crossentropy_backward(dx, dloss.at, t.at, classes.at, 4, 10, b, e);
              k.squared_error_backward(dx, dloss.at, z.at, t.at, 10, 10, b, e);
              k.absolute_error_backward(dx, dloss.at, z.at, t.at, 10, b, e);
            },
          ]) {
            const [y, dx] = [zerosLike(z), zerosLike(z)];
            for (let b = 0; b < 9; b += most) kernel(lossOf.at, y.at, dx.at, b, Math.min(9, b + most));
            all.push(...[lossOf, y, dx].map((x) => [...x.toTypedArray()]));
          }
          return all;
        };
        expect(run(4)).toEqual(run(9));
      }
    }
  });

  test("bad input", () => {
    const z = tensor([
      [1, 2, 3],
      [4, 5, 6],
    ]);
    expect(() => softmaxCrossEntropy(z, [0, 3])).toThrow(
      "softmaxCrossEntropy: labels expected whole numbers from 0 to 2 for 3 classes, got 3 in row 1; count classes from 0, or give the output layer one unit more",
    );
    expect(() => softmaxCrossEntropy(z, [0, 1.5])).toThrow(
      "softmaxCrossEntropy: labels expected whole numbers from 0 to 2 for 3 classes, got 1.5 in row 1",
    );
    expect(() => softmaxCrossEntropy(z, tensor([-1, 0], undefined, "int32"))).toThrow("got -1 in row 0");
    expect(() => softmaxCrossEntropy(z, [0, 1, 2])).toThrow(
      "softmaxCrossEntropy: labels expected class numbers of shape [2] for predictions [2, 3], got [3]",
    );
    expect(() => softmaxCrossEntropy(z, [[0, 1]])).toThrow(
      "softmaxCrossEntropy: labels expected shape [2, 3] as the predictions, got [1, 2]",
    );
    expect(() =>
      sparseCategoricalCrossEntropy(
        z,
        tensor(
          [
            [1, 0, 0],
            [0, 1, 0],
          ],
          undefined,
          "int32",
        ),
      ),
    ).toThrow(
      "sparseCategoricalCrossentropy: yTrue expected class numbers of shape [2] for predictions [2, 3], got [2, 3]; one-hot labels go to categoricalCrossentropy",
    );
    expect(() => softmaxCrossEntropy(z, tensor(new Float64Array(6), [2, 3]))).toThrow(
      'softmaxCrossEntropy: labels expected float32 as the predictions, got float64; convert it with cast(labels, "float32")',
    );
    expect(() => sparseCategoricalCrossEntropy(z, tensor([1, 2]))).toThrow(
      'sparseCategoricalCrossentropy: yTrue expected int32 or uint8 class numbers, got float32; convert them with cast(yTrue, "int32")',
    );
    expect(() => sigmoidBinaryCrossEntropy(z, [[1, 0]])).toThrow(
      "sigmoidBinaryCrossEntropy: targets expected shape [2, 3] as the predictions, got [1, 2]",
    );
    expect(() => softmaxCrossEntropy(1, 0)).toThrow("softmaxCrossEntropy: logits expected [..., n] with n ≥ 1, got []");
  });
});
