import { beforeEach, describe, expect, test } from "vitest";
import { kernels } from "../../src/backend/engine.js";
import * as wg from "../../src/index.js";
import { blocksOf } from "../../src/model/blocks.js";
import { constraintFrom } from "../../src/nn/by-name.js";
import type { Constraint } from "../../src/nn/constraints.js";
import { backends } from "../support/backends.js";
import { expectClose } from "../support/check-op.js";
import { uniform } from "../support/random.js";

const { maxNorm, nonNeg, unitNorm } = wg.constraints;
type FloatDType = "float32" | "float64";

/** What a constraint makes of a weight. */
function applied(constraint: Constraint, values: ArrayLike<number>, shape: number[], dtype: FloatDType): number[] {
  const w = wg.tensor(Float64Array.from(values), shape, dtype);
  constraint.apply(kernels(dtype), w.at, w.shape);
  return Array.from(w.toTypedArray());
}

/** The norm of each column. */
const norms = (w: readonly number[], columns: number): number[] =>
  Array.from({ length: columns }, (_, j) =>
    Math.sqrt(w.reduce((sum, v, i) => sum + (i % columns === j ? v * v : 0), 0)),
  );

describe.each(backends)("constraints on $name", ({ use }) => {
  beforeEach(use);

  test("by hand: columns of norm 5, 1, 0 and 13", () => {
    const w = [3, 0.6, 0, 5, 4, -0.8, 0, -12];
    for (const dtype of ["float32", "float64"] as const) {
      const close = (constraint: Constraint, want: number[]) =>
        expectClose(applied(constraint, w, [2, 4], dtype), want, 1e-6, 0);
      close(maxNorm(2.5), [1.5, 0.6, 0, 12.5 / 13, 2, -0.8, 0, -30 / 13]);
      close(maxNorm(6), [3, 0.6, 0, 30 / 13, 4, -0.8, 0, -72 / 13]);
      close(unitNorm(), [0.6, 0.6, 0, 5 / 13, 0.8, -0.8, 0, -12 / 13]);
      close(nonNeg(), [3, 0.6, 0, 5, 4, 0, 0, 0]);
    }
  });

  test.each([
    [1, 1],
    [1, 7],
    [5, 2],
    [3, 4],
    [4, 5],
    [17, 11],
    [784, 33],
  ])("[%d, %d]: the norms, what lies within keeps its bits, nothing behind is touched", (rows, columns) => {
    for (const dtype of ["float32", "float64"] as const) {
      const n = rows * columns;
      // Column j is about j times as long as the first.
      const given = uniform(n, -1, 1, 3).map((v, i) => v * (1 + (i % columns)));
      const w = wg.tensor(Float64Array.from([...given, 777]), [n + 1], dtype);
      const before = Array.from(w.toTypedArray()).slice(0, n);
      const lengths = norms(before, columns);
      const limit = ([...lengths].sort((a, b) => a - b)[columns >> 1] as number) * 0.999;
      maxNorm(limit).apply(kernels(dtype), w.at, [rows, columns]);
      const after = Array.from(w.toTypedArray());
      expect(after[n]).toBe(777);
      const relative = dtype === "float32" ? 1e-5 : 1e-12;
      expectClose(
        norms(after.slice(0, n), columns),
        lengths.map((each) => Math.min(each, limit)),
        relative,
        0,
      );
      before.forEach((v, i) => {
        const length = lengths[i % columns] as number;
        if (length < limit) expect(after[i]).toBe(v);
        else expectClose([after[i] as number], [(v * limit) / length], relative, 0);
      });
      expectClose(
        norms(applied(unitNorm(), before, [rows, columns], dtype), columns),
        lengths.map(() => 1),
        relative,
        0,
      );
    }
  });

  test("a convolution's kernel [height, width, in, out] by output; NaN stays in its column", () => {
    const w = uniform(3 * 3 * 2 * 5, -1, 1);
    const got = applied(maxNorm(0.5), w, [3, 3, 2, 5], "float64");
    expectClose(norms(got, 5), [0.5, 0.5, 0.5, 0.5, 0.5], 1e-12, 0);
    const bad = applied(maxNorm(1), [NaN, 3, 1, 4], [2, 2], "float32");
    expectClose(bad, [NaN, 0.6, 1, 0.8], 1e-6, 0);
  });

  test("hold after each update of a model, of its layer alone", async () => {
    const x = { data: uniform(64, -1, 1, 1), shape: [16, 4] };
    const y = { data: uniform(16, 5, 10, 2), shape: [16, 1] };
    for (const runEagerly of [false, true]) {
      const model = wg.sequential([
        wg.layers.dense({ units: 3, inputShape: [4], kernelConstraint: maxNorm(0.5), name: "bound" }),
        wg.layers.dense({ units: 3, kernelConstraint: "nonNeg", name: "positive" }),
        wg.layers.dense({ units: 1, name: "free" }),
      ]);
      model.compile({ optimizer: wg.optimizers.sgd({ learningRate: 0.01 }), loss: "mse", runEagerly });
      let longest = 0;
      for (let step = 0; step < 20; step++) {
        await model.trainOnBatch(x, y);
        const [bound, , positive] = model.getWeights().map((each) => Array.from(each.toTypedArray()));
        longest = Math.max(longest, ...norms(bound as number[], 3));
        expect(longest).toBeLessThan(0.5 * (1 + 1e-6));
        expect(Math.min(...(positive as number[]))).toBeGreaterThanOrEqual(0);
      }
      expect(longest).toBeGreaterThan(0.4999);
      const free = model.getWeights()[4] as wg.Tensor;
      expect(norms(Array.from(free.toTypedArray()), 1)[0]).toBeGreaterThan(0.5);
    }
  });

  test("a frozen layer's kernel keeps its bits", async () => {
    const model = wg.sequential([
      wg.layers.dense({ units: 3, inputShape: [2], kernelConstraint: maxNorm(0.01), trainable: false }),
      wg.layers.dense({ units: 1 }),
    ]);
    model.compile({ optimizer: "sgd", loss: "mse" });
    const before = model.getWeights()[0]?.toArray();
    await model.trainOnBatch([[1, 2]], [3]);
    expect(model.getWeights()[0]?.toArray()).toEqual(before);
  });

  test("with L-BFGS: they hold after each step, and a step that was cut short is not remembered", async () => {
    // ½ (w − (3, 4))²: the line search goes straight to (3, 4), of norm 5.
    const data = [
      [
        [1, 0],
        [0, 1],
      ],
      [[3], [4]],
    ] as const;
    const make = (limit: number) => {
      const kernel = { kernelInitializer: "zeros", kernelConstraint: maxNorm(limit), useBias: false };
      const model = wg.sequential([wg.layers.dense({ units: 1, inputShape: [2], ...kernel })], { dtype: "float64" });
      const optimizer = wg.optimizers.lbfgs({ lineSearch: "strongWolfe" });
      return model.compile({ optimizer, loss: "halfSquaredError" });
    };
    const [bound, loose] = [make(2.5), make(6)];
    for (let step = 0; step < 3; step++) {
      await bound.trainOnBatch(...data);
      await loose.trainOnBatch(...data);
      expectClose(bound.getWeights()[0]?.toTypedArray() as Float64Array, [1.5, 2], 1e-9, 0);
      expectClose(loose.getWeights()[0]?.toTypedArray() as Float64Array, [3, 4], 1e-9, 0);
      expect(blocksOf(bound.parameters).solverState).toBeUndefined();
      expect(blocksOf(loose.parameters).solverState).toBeDefined();
    }
  });
});

test("names, saved and loaded", () => {
  for (const each of [maxNorm(), maxNorm(3), unitNorm(), nonNeg()]) {
    const again = constraintFrom("constraint", JSON.parse(JSON.stringify({ name: each.name, config: each.config })));
    expect({ name: again?.name, config: again?.config }).toEqual({ name: each.name, config: each.config });
  }
  expect(constraintFrom("constraint", "max_norm")?.config).toEqual({ maxValue: 2 });
  expect(constraintFrom("constraint", "NonNeg")?.name).toBe("nonNeg");
  expect(constraintFrom("constraint", null)).toBeUndefined();
  const layer = wg.layers.dense({ units: 2, kernelConstraint: maxNorm(3) });
  expect(layer.config.kernelConstraint).toEqual({ name: "maxNorm", config: { maxValue: 3 } });
});

test("bad input", () => {
  expect(() => maxNorm(0)).toThrow("constraints.maxNorm: maxValue expected a finite number > 0, got 0");
  expect(() => wg.layers.dense({ units: 1, kernelConstraint: "maxNrom" })).toThrow('did you mean "maxNorm"?');
  expect(() => wg.layers.dense({ units: 1, kernelConstraint: 3 as never })).toThrow(
    "dense: kernelConstraint expected a name or what wg.constraints returns, got 3",
  );
});
