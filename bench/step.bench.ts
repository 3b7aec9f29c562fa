// Whole training steps on one thread: forward, loss, backward, update. Prints the time of a step beside its bar.

import * as wg from "../src/index.js";
import { interleave, printTable } from "./support.js";

await wg.init({ threads: 1 });

/** A generator of test data that needs no seed. */
const ramp = (length: number) => Float32Array.from({ length }, (_, i) => ((i * 7919) % 2003) / 1001.5 - 1);

interface Workload {
  name: string;
  model: wg.Sequential;
  x: { data: Float32Array; shape: number[] };
  y: { data: Float32Array | Int32Array; shape: number[] };
  calls: number;
  bar: string;
}

function perceptron(sizes: number[], batch: number, { normalized = false } = {}): Pick<Workload, "model" | "x" | "y"> {
  const [inputs = 1, ...rest] = sizes;
  const outputs = rest.pop() ?? 1;
  const hidden = rest.flatMap((units, i) => [
    wg.layers.dense({
      units,
      activation: normalized ? "linear" : "relu",
      ...(i === 0 ? { inputShape: [inputs] } : {}),
    }),
    ...(normalized ? [wg.layers.batchNormalization(), wg.layers.activation({ activation: "relu" })] : []),
  ]);
  const classes = outputs > 1;
  const model = wg.sequential([
    ...hidden,
    wg.layers.dense({ units: outputs, activation: classes ? "softmax" : "linear" }),
  ]);
  model.compile({ optimizer: "adam", loss: classes ? "sparseCategoricalCrossentropy" : "meanSquaredError" });
  const labels = classes ? Int32Array.from({ length: batch }, (_, i) => i % outputs) : ramp(batch);
  return {
    model,
    x: { data: ramp(batch * inputs), shape: [batch, inputs] },
    y: { data: labels, shape: classes ? [batch] : [batch, 1] },
  };
}

const workloads: Workload[] = [
  { name: "2-16-16-1, batch 32", ...perceptron([2, 16, 16, 1], 32), calls: 500, bar: "≤ 30 µs" },
  { name: "784-128-10, batch 128", ...perceptron([784, 128, 10], 128), calls: 5, bar: "" },
  {
    name: "784-512-512-10 with batch norm, batch 256",
    ...perceptron([784, 512, 512, 10], 256, { normalized: true }),
    calls: 1,
    bar: "",
  },
];

// trainOnBatch runs its step before it returns; the promise it returns only carries the loss.
const seconds = interleave(
  workloads.map(({ name, model, x, y, calls }) => ({ name, calls, run: () => void model.trainOnBatch(x, y) })),
  25,
);
printTable(
  ["a training step with Adam", "time", "bar"],
  workloads.map(({ name, bar }, i) => [name, microseconds(seconds[i] as number), bar]),
);

function microseconds(value: number): string {
  return value < 1e-3 ? `${(value * 1e6).toFixed(1)} µs` : `${(value * 1e3).toFixed(2)} ms`;
}
