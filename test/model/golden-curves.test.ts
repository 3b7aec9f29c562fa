import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import * as wg from "../../src/index.js";
import { optimizerFrom } from "../../src/optim/by-name.js";
import { backends } from "../support/backends.js";
import { expectClose } from "../support/check-op.js";

/** Made by optimizers.py with PyTorch 1.13 in double: weights flat, in the order of `shapes`. */
interface Golden {
  shapes: number[][];
  x: number[][];
  labels: number[];
  start: number[];
  runs: Record<string, { optimizer: string; options: Record<string, unknown>; trained: number[]; losses: number[] }>;
}

const golden = JSON.parse(readFileSync(new URL("../fixtures/optimizers.json", import.meta.url), "utf8")) as Golden;
const { shapes, start, runs } = golden;
const rows = golden.labels.length;
const x = { data: Float32Array.from(golden.x.flat()), shape: [rows, 4] };
const labels = { data: Int32Array.from(golden.labels), shape: [rows] };

/** Flat weights as one array for each tensor of the network. */
function parts(flat: readonly number[]): number[][] {
  let at = 0;
  return shapes.map((shape) => {
    const size = shape.reduce((product, n) => product * n, 1);
    at += size;
    return flat.slice(at - size, at);
  });
}

/** ‖a − b‖ / ‖b‖. */
function relativeDifference(a: ArrayLike<number>, b: readonly number[]): number {
  const norm = (f: (i: number) => number) => Math.sqrt(b.reduce((sum, _, i) => sum + f(i) ** 2, 0));
  return norm((i) => (a[i] as number) - (b[i] as number)) / norm((i) => b[i] as number);
}

function network(run: Golden["runs"][string], dtype: "float32" | "float64", runEagerly: boolean): wg.Sequential {
  const model = wg.sequential(
    [
      wg.layers.dense({ units: 8, activation: "tanh", inputShape: [4] }),
      wg.layers.dense({ units: 3, activation: "softmax" }),
    ],
    { dtype },
  );
  model.compile({
    optimizer: optimizerFrom("optimizer", { name: run.optimizer, config: run.options }),
    loss: "sparseCategoricalCrossentropy",
    runEagerly,
  });
  model.setWeights(parts(start).map((values, i) => wg.tensor(values, shapes[i], dtype)));
  return model;
}

describe.each(backends)("20 steps on $name as PyTorch takes them", ({ use }) => {
  test.each(Object.entries(runs))("%s", async (_, run) => {
    await use();
    for (const [dtype, relative, runEagerly] of [
      ["float32", 1e-5, false],
      ["float64", 1e-12, true],
    ] as const) {
      const model = network(run, dtype, runEagerly);
      const losses: number[] = [];
      for (let step = 0; step < 20; step++) losses.push((await model.trainOnBatch(x, labels)).loss as number);
      expectClose(losses, run.losses, relative, 0, `${dtype} losses`);
      model.getWeights().forEach((weights, i) => {
        const [got, want] = [weights.toTypedArray(), parts(run.trained)[i] as number[]];
        expect(relativeDifference(got, want), `${dtype} weights ${i}`).toBeLessThanOrEqual(relative);
        // Where a weight comes close to 0, the tensor's largest is the measure.
        expectClose(got, want, relative, relative * Math.max(...want.map(Math.abs)), `${dtype} weights ${i}`);
      });
    }
  });
});
