import { readFileSync } from "node:fs";
import { describe, expect, test, vi } from "vitest";
import * as wg from "../../src/index.js";
import { optimizerFrom } from "../../src/optim/by-name.js";
import { backends } from "../support/backends.js";
import { expectClose } from "../support/check-op.js";

/** Made by optimizers.py with PyTorch 1.13 in double: weights flat, in the order of `shapes`. */
interface Run {
  optimizer?: string;
  options: Record<string, unknown>;
  trained: number[];
  losses: number[];
}

interface Golden {
  shapes: number[][];
  x: number[][];
  labels: number[];
  start: number[];
  runs: Record<string, Run>;
  clipped: Record<string, Run>;
  grouped: Record<string, Run>;
  lbfgs: Record<string, Run & { evaluations: number }>;
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

function network(
  { optimizer = "sgd", options }: Pick<Run, "optimizer" | "options">,
  dtype: "float32" | "float64",
  runEagerly: boolean,
  decay = 0,
): wg.Sequential {
  const penalty = decay > 0 ? wg.regularizers.l2(decay) : undefined;
  const penalized = penalty ? { kernelRegularizer: penalty, biasRegularizer: penalty } : {};
  const model = wg.sequential(
    [
      wg.layers.dense({ units: 8, activation: "tanh", inputShape: [4], ...penalized }),
      wg.layers.dense({ units: 3, activation: "softmax", ...penalized }),
    ],
    { dtype },
  );
  model.compile({
    optimizer: optimizerFrom("optimizer", { name: optimizer, config: options }),
    loss: "sparseCategoricalCrossentropy",
    runEagerly,
  });
  model.setWeights(parts(start).map((values, i) => wg.tensor(values, shapes[i], dtype)));
  return model;
}

/** Softmax regression from the first weights of `start`. */
function regression(options: Record<string, unknown>, dtype: "float32" | "float64"): wg.Sequential {
  const penalty = wg.regularizers.l2(0.01);
  const penalized = { kernelRegularizer: penalty, biasRegularizer: penalty };
  const model = wg.sequential([wg.layers.dense({ units: 3, activation: "softmax", inputShape: [4], ...penalized })], {
    dtype,
  });
  model.compile({ optimizer: wg.optimizers.lbfgs(options), loss: "sparseCategoricalCrossentropy" });
  model.setWeights([wg.tensor(start.slice(0, 12), [4, 3], dtype), wg.zeros([3], dtype)]);
  return model;
}

async function expectCurve(model: wg.Sequential, run: Run, relative: number, ofWeights = relative): Promise<void> {
  const { dtype } = model;
  const losses: number[] = [];
  for (let step = 0; step < 20; step++) losses.push((await model.trainOnBatch(x, labels)).loss as number);
  expectClose(losses, run.losses, relative, 0, `${dtype} losses`);
  let at = 0;
  model.getWeights().forEach((weights, i) => {
    const got = weights.toTypedArray();
    const want = run.trained.slice(at, at + got.length);
    at += got.length;
    expect(relativeDifference(got, want), `${dtype} weights ${i}`).toBeLessThanOrEqual(ofWeights);
    // Where a weight comes close to 0, the tensor's largest is the measure.
    expectClose(got, want, ofWeights, ofWeights * Math.max(...want.map(Math.abs)), `${dtype} weights ${i}`);
  });
}

describe.each(backends)("20 steps on $name as PyTorch takes them", ({ use }) => {
  test.each([...Object.entries(runs), ...Object.entries(golden.grouped)])("%s", async (_, run) => {
    await use();
    await expectCurve(network(run, "float32", false), run, 1e-5);
    await expectCurve(network(run, "float64", true), run, 1e-12);
  });

  test.each(Object.entries(golden.clipped))("clipped by %s", async (name, run) => {
    await use();
    const options = { learningRate: 0.5, momentum: 0.5, ...run.options };
    await expectCurve(network({ options }, "float32", false), run, 1e-5);
    // PyTorch adds 1e-6 to a norm.
    const exact = name === "value" || name.endsWith("by formula");
    await expectCurve(network({ options }, "float64", true), run, exact ? 1e-12 : 1e-5);
  });

  test.each(Object.entries(golden.lbfgs))("L-BFGS, %s", async (name, run) => {
    await use();
    const make = (dtype: "float32" | "float64", runEagerly = false) =>
      name.startsWith("network")
        ? network({ optimizer: "lbfgs", options: run.options }, dtype, runEagerly, 0.01)
        : regression(run.options, dtype);
    // In float32 rounding turns each next direction a little: PyTorch's own weights end up to 1e-3 from those of its float64 run.
    if (name === "network, fixed steps") await expectCurve(make("float32"), run, 1e-5);
    else if (name.startsWith("regression")) await expectCurve(make("float32"), run, 1e-5, 2e-3);
    await expectCurve(make("float64", true), run, 1e-10);
    const recorded = make("float64");
    const train = vi.spyOn(recorded.plans, "train");
    await expectCurve(recorded, run, 1e-10);
    expect(train).toHaveBeenCalledTimes(run.evaluations);
  });
});
