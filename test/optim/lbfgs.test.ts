import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { load, save } from "../../src/formats/index.js";
import * as wg from "../../src/index.js";
import { type Point, strongWolfe } from "../../src/optim/strong-wolfe.js";
import { backends } from "../support/backends.js";
import { uniform } from "../support/random.js";

const folder = mkdtempSync(join(tmpdir(), "wasmgrad-"));
afterAll(() => rmSync(folder, { recursive: true }));

/** ½ · (2 w − 8)² from w = 0: the slope is 4 w − 16, the minimum at 4. */
function parabola(options: Parameters<typeof wg.optimizers.lbfgs>[0]): wg.Sequential {
  const layer = wg.layers.dense({ units: 1, useBias: false, kernelInitializer: "zeros", inputShape: [1] });
  const model = wg.sequential([layer], { dtype: "float64" });
  return model.compile({ optimizer: wg.optimizers.lbfgs(options), loss: "halfSquaredError" });
}

const weight = (model: wg.Sequential) => model.getWeights()[0]?.item() as number;

describe.each(backends)("L-BFGS on $name", ({ use }) => {
  test("by hand: a first step of length 1 / Σ|g| · |g|, then Newton's, from the curvature along the first", async () => {
    await use();
    const model = parabola({ maxIter: 1 });
    // d = 16, t = 1 / 16.
    await model.trainOnBatch([[2]], [[8]]);
    expect(weight(model)).toBe(1);
    // Slope −12; s = 1, y = 4: H = 1 / 4, d = 3.
    await model.trainOnBatch([[2]], [[8]]);
    expect(weight(model)).toBe(4);
    // At the minimum nothing moves.
    await model.trainOnBatch([[2]], [[8]]);
    expect(weight(model)).toBe(4);
    // The same within one step.
    const once = parabola({ maxIter: 2, maxEval: 9 });
    const { loss } = await once.trainOnBatch([[2]], [[8]]);
    expect([loss, weight(once)]).toEqual([32, 4]);
    const slow = parabola({ maxIter: 2, maxEval: 9, learningRate: 0.5 });
    // t = 0.5 / 16 → 0.5; slope −14, s = 0.5, y = 2, H = 1 / 4, d = 3.5, t = 0.5.
    await slow.trainOnBatch([[2]], [[8]]);
    expect(weight(slow)).toBe(2.25);
  });

  test("every evaluation drops the same units, and moving averages move once a step", async () => {
    await use();
    wg.setSeed(4);
    const make = (optimizer: wg.CompileOptions["optimizer"]) => {
      wg.setSeed(4);
      const model = wg.sequential(
        [
          wg.layers.dense({ units: 6, inputShape: [3] }),
          wg.layers.batchNormalization({ momentum: 0.5 }),
          wg.layers.dropout({ rate: 0.5 }),
          wg.layers.dense({ units: 1 }),
        ],
        { dtype: "float64" },
      );
      return model.compile({ optimizer: optimizer as "sgd", loss: "mse" });
    };
    const x = { data: uniform(30, -1, 1, 3), shape: [10, 3] };
    const y = { data: uniform(10, -1, 1, 4), shape: [10, 1] };
    const [once, often] = [make("sgd"), make(wg.optimizers.lbfgs({ lineSearch: "strongWolfe" }))];
    const first = await once.trainOnBatch(x, y);
    const second = await often.trainOnBatch(x, y);
    expect(second.loss).toBe(first.loss);
    const averages = (model: wg.Sequential) =>
      model.variables.filter(({ name }) => /moving/.test(name)).map((each) => each.toArray());
    expect(averages(often)).toEqual(averages(once));
    // With units dropped anew in each evaluation no line search would get this far down on the dropped network.
    const { plans } = often;
    expect(plans.train([x], [y], 1).loss).toBeLessThan(0.2 * (first.loss as number));
  });

  test.each([null, "strongWolfe"] as const)(
    "a run with line search %s resumes with the bits of one that never stopped",
    async (lineSearch) => {
      await use();
      const x = { data: uniform(40 * 3, -1, 1, 3), shape: [40, 3] };
      const y = { data: uniform(40, -1, 1, 4), shape: [40, 1] };
      const make = () => {
        wg.setSeed(5);
        const model = wg.sequential([
          wg.layers.dense({ units: 4, activation: "tanh", inputShape: [3] }),
          wg.layers.dense({ units: 1 }),
        ]);
        const optimizer = wg.optimizers.lbfgs({ learningRate: 0.3, maxIter: 2, historySize: 3, lineSearch });
        return model.compile({ optimizer, loss: "mse" });
      };
      const straight = make();
      await straight.fit(x, y, { epochs: 6, batchSize: 40 });
      const half = make();
      await half.fit(x, y, { epochs: 3, batchSize: 40 });
      await save(half, join(folder, "half.safetensors"));
      const rest = await load(join(folder, "half.safetensors"));
      await rest.fit(x, y, { epochs: 6, batchSize: 40, resume: true });
      await save(straight, join(folder, "a.safetensors"));
      await save(rest, join(folder, "b.safetensors"));
      expect(readFileSync(join(folder, "b.safetensors")).equals(readFileSync(join(folder, "a.safetensors")))).toBe(
        true,
      );
    },
  );

  test("a step that ends beyond all numbers is taken back; a line search halves it, and stays where nothing is better", async () => {
    await use();
    const make = (lineSearch: "strongWolfe" | null) => {
      const layer = wg.layers.dense({ units: 1, useBias: false, kernelInitializer: "ones", inputShape: [1] });
      const model = wg.sequential([layer], { dtype: "float64" });
      // (1e10 · w)²: from w = 1 the first step is as long as the rate, and its square beyond a double.
      const optimizer = wg.optimizers.lbfgs({ learningRate: 1e200, maxIter: 2, maxEval: 99, lineSearch });
      return model.compile({ optimizer, loss: "mse" });
    };
    const model = make(null);
    await expect(model.trainOnBatch([[1e10]], [[0]])).rejects.toThrow(
      /trainOnBatch: loss expected a finite number at step 1, got Infinity after an iteration of lbfgs; the weights are as before/,
    );
    expect(weight(model)).toBe(1);
    const searching = make("strongWolfe");
    await searching.trainOnBatch([[1e10]], [[0]]);
    expect(weight(searching)).toBe(1);
  });
});

describe("strong Wolfe line search", () => {
  /** f along a line, with what is tried. */
  const along = (f: (t: number) => number, slope: (t: number) => number) => {
    const tried: number[] = [];
    const at = (t: number): Point => ({ t, loss: f(t), slope: slope(t), gradient: 0 });
    const search = (first: number, tolerance = 1e-9) =>
      strongWolfe(at(0), first, 1, tolerance, (t) => {
        tried.push(t);
        return at(t);
      });
    return { search, tried };
  };

  test("by hand: the cubic through two points of a parabola has its minimum there", () => {
    // (t − 1)²: at t = 4 the loss is 9 > 1, too much; the interval [0, 4] holds the minimum 1.
    const { search, tried } = along(
      (t) => (t - 1) ** 2,
      (t) => 2 * (t - 1),
    );
    const { point, evaluations } = search(4);
    expect(tried).toEqual([4, 1]);
    expect([point.t, point.loss, evaluations]).toEqual([1, 0, 2]);
    // At 0.005 and 0.05 the slope is still steeper than 0.9 · 2: at most ten times as far each time.
    const short = along(
      (t) => (t - 1) ** 2,
      (t) => 2 * (t - 1),
    );
    expect(short.search(0.005).point.t).toBeCloseTo(0.5, 12);
    expect(short.tried).toEqual([0.005, 0.05, 0.5]);
  });

  test("the point that it returns satisfies both conditions, or the interval has become too small", () => {
    const wave = along(
      (t) => 0.1 * t * t - Math.sin(3 * t),
      (t) => 0.2 * t - 3 * Math.cos(3 * t),
    );
    const { point } = wave.search(6);
    expect(point.loss).toBeLessThanOrEqual(1e-4 * point.t * -3);
    expect(Math.abs(point.slope)).toBeLessThanOrEqual(0.9 * 3);
    // Without end downwards: 25 trials, and the last is the best.
    const endless = along(
      (t) => -t,
      () => -1,
    );
    const found = endless.search(1);
    expect(found.evaluations).toBe(26);
    expect(found.point.t).toBe(Math.max(...endless.tried));
    // A kink: no point is flat, the interval closes on it.
    const kink = along(
      (t) => Math.abs(t - 1),
      (t) => (t < 1 ? -1 : 1),
    );
    expect(kink.search(3, 1e-3).point.t).toBeCloseTo(1, 2);
  });
});

describe("L-BFGS as an object", () => {
  test("defaults are PyTorch's; bad input", () => {
    const { lbfgs } = wg.optimizers;
    expect(lbfgs().config).toEqual({
      learningRate: 1,
      historySize: 100,
      maxIter: 20,
      maxEval: 25,
      toleranceGrad: 1e-7,
      toleranceChange: 1e-9,
      lineSearch: null,
    });
    expect(() => lbfgs({ historySize: 0 })).toThrow("optimizers.lbfgs: historySize expected a whole number ≥ 1, got 0");
    expect(() => lbfgs({ lineSearch: "wolfe" } as object)).toThrow(
      'lineSearch expected one of "strongWolfe", got "wolfe"',
    );
    expect(() => lbfgs({ groups: [] } as object)).toThrow('unknown option "groups"');
  });
});
