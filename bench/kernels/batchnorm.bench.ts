// Batch normalisation and softmax + cross-entropy, WASM against the pure-JS reference on one thread. Prints each ratio beside its bar.

import b from "benny";
import type { Kernels } from "#kernels/kernels";
import { init, kernels } from "../../src/backend/engine.js";
import { filled, type Tensor, tensor } from "../../src/tensor/tensor.js";

await init({ backend: "js", threads: 1 });
const js = kernels("float32");
await init({ backend: "wasm", threads: 1 });
const wasm = kernels("float32");

const values = (n: number, seed: number): Tensor =>
  tensor(Float32Array.from({ length: n }, (_, i) => ((i * 7919 + seed * 104729) % 2003) / 1001.5 - 1));

type Body = (k: Kernels) => void;

function batchNorm(rows: number, channels: number): { forward: Body; inference: Body; backward: Body } {
  const chunks = Math.ceil(rows / 64);
  const [x, dy, y, dx] = [0, 1, 2, 3].map((seed) => values(rows * channels, seed).at) as [
    number,
    number,
    number,
    number,
  ];
  const [gamma, beta] = [values(channels, 4).at, values(channels, 5).at];
  const [mean, inverse, movingMean, movingVariance, dgamma, dbeta] = [0, 1, 1, 1, 0, 0].map(
    (value) => filled([channels], value, "float32").at,
  ) as [number, number, number, number, number, number];
  const sums = filled([2 * channels], 0, "float32").at;
  const partials = filled([2 * chunks * channels], 0, "float32").at;
  return {
    forward(k) {
      k.batchnorm_sums(partials, x, rows, channels, 0, chunks);
      k.batchnorm_mean(mean, partials, rows, channels, 0, channels);
      k.batchnorm_squares(partials, x, mean, rows, channels, 0, chunks);
      k.batchnorm_variance(
        ...([inverse, movingMean, movingVariance, mean, partials, 0.99, 1e-3, 1, rows, channels, 0, channels] as const),
      );
      k.batchnorm_forward(y, x, mean, inverse, gamma, beta, channels, 0, rows);
    },
    inference: (k) => k.batchnorm_forward(y, x, mean, inverse, gamma, beta, channels, 0, rows),
    backward(k) {
      k.batchnorm_backward_sums(partials, dy, x, mean, rows, channels, 0, chunks);
      k.batchnorm_backward_parameters(dgamma, dbeta, sums, partials, inverse, rows, channels, 0, channels);
      k.batchnorm_backward(dx, dy, x, mean, inverse, gamma, sums, rows, channels, 0, rows);
    },
  };
}

function softmaxLoss(rows: number, classes: number): { forward: Body; backward: Body } {
  const [z, y, dz] = [0, 1, 2].map((seed) => values(rows * classes, seed).at) as [number, number, number];
  const labels = tensor(Int32Array.from({ length: rows }, (_, i) => i % classes)).at;
  const [loss, dloss] = [filled([rows], 0, "float32").at, filled([rows], 1 / rows, "float32").at];
  return {
    forward: (k) => k.softmax_crossentropy_sparse_forward(loss, y, z, labels, 4, classes, 0, rows),
    backward: (k) => k.softmax_crossentropy_sparse_backward(dz, dloss, y, labels, 4, classes, 0, rows),
  };
}

/** Median microseconds of a call on each backend; the two take turns, so that a busy moment of the machine meets both. */
function medians(body: Body): [wasm: number, js: number] {
  const times: [number[], number[]] = [[], []];
  for (let round = -3; round < 31; round++) {
    [wasm, js].forEach((k, i) => {
      const calls = i === 0 ? 10 : 2;
      const start = performance.now();
      for (let call = 0; call < calls; call++) body(k);
      if (round >= 0) times[i]?.push(((performance.now() - start) * 1000) / calls);
    });
  }
  return times.map((each) => each.sort((p, q) => p - q)[each.length >> 1]) as [number, number];
}

const large = batchNorm(256, 512);
await b.suite(
  "batch norm, training forward, 256 × 512",
  b.add("wasm", () => large.forward(wasm)),
  b.add("js", () => large.forward(js)),
  b.cycle(),
  b.complete(),
);

const narrow = batchNorm(100_000, 16);
const odd = batchNorm(128, 101);
const classes = softmaxLoss(128, 10);
for (const [what, body, bar] of [
  ["batch norm 256 × 512, training forward", large.forward, 4],
  ["batch norm 256 × 512, inference forward", large.inference, 4],
  ["batch norm 256 × 512, backward", large.backward, 4],
  ["batch norm 128 × 101, training forward", odd.forward, 4],
  ["batch norm 128 × 101, backward", odd.backward, 4],
  ["batch norm 100,000 × 16, training forward", narrow.forward, 4],
  ["batch norm 100,000 × 16, backward", narrow.backward, 4],
  ["softmax + cross-entropy 128 × 10, forward", classes.forward, 4],
  ["softmax + cross-entropy 128 × 10, backward", classes.backward, undefined],
] as const) {
  const [fast, slow] = medians(body);
  const verdict = bar === undefined ? "" : `   bar ≥ ${bar} ×  ${slow / fast >= bar ? "ok" : "BELOW"}`;
  console.log(
    `${what.padEnd(44)} ${fast.toFixed(1).padStart(8)} µs  ${(slow / fast).toFixed(1).padStart(5)} ×${verdict}`,
  );
}
