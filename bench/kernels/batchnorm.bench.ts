// Batch normalisation and softmax + cross-entropy, WASM against the pure-JS reference on one thread, and in one pass with what follows against
// two. Prints each ratio beside its bar.

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

const RELU = 1;

interface Norm {
  forward: Body;
  inference: Body;
  backward: Body;
  /** A ReLU behind it: in passes of its own, and in those of the normalization. */
  apart: Body;
  fused: Body;
}

function batchNorm(rows: number, channels: number): Norm {
  const chunks = Math.ceil(rows / 64);
  const size = rows * channels;
  const [x, dy, y, dx, z] = [0, 1, 2, 3, 4].map((seed) => values(size, seed).at) as [
    number,
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
  const normalize = (k: Kernels, into: number, kind: number): void =>
    k.batchnorm_forward(into, x, mean, inverse, gamma, beta, kind, 0, channels, 0, rows);
  const back = (k: Kernels, from: number, kind: number): void => {
    k.batchnorm_backward_sums(partials, from, x, mean, y, kind, 0, rows, channels, 0, chunks);
    k.batchnorm_backward_parameters(dgamma, dbeta, sums, partials, inverse, rows, channels, 0, channels);
    k.batchnorm_backward(dx, from, x, mean, inverse, gamma, sums, y, kind, 0, 0, rows, channels, 0, rows);
  };
  return {
    forward(k) {
      k.batchnorm_sums(partials, x, rows, channels, 0, chunks);
      k.batchnorm_mean(mean, partials, rows, channels, 0, channels);
      k.batchnorm_squares(partials, x, mean, rows, channels, 0, chunks);
      k.batchnorm_variance(
        ...([inverse, movingMean, movingVariance, mean, partials, 0.99, 1e-3, 1, rows, channels, 0, channels] as const),
      );
      normalize(k, y, 0);
    },
    inference: (k) => normalize(k, y, 0),
    backward: (k) => back(k, dy, 0),
    apart(k) {
      normalize(k, z, 0);
      k.relu_forward(y, z, 0, size);
      k.activation_gradient(z, dy, y, RELU, 0, 0, size);
      back(k, z, 0);
    },
    fused(k) {
      normalize(k, y, RELU);
      back(k, dy, RELU);
    },
  };
}

function softmaxLoss(rows: number, classes: number): { forward: Body; backward: Body; both: Body } {
  const [z, y, dz] = [0, 1, 2].map((seed) => values(rows * classes, seed).at) as [number, number, number];
  const labels = tensor(Int32Array.from({ length: rows }, (_, i) => i % classes)).at;
  const [loss, dloss] = [filled([rows], 0, "float32").at, filled([rows], 1 / rows, "float32").at];
  return {
    forward: (k) => k.softmax_crossentropy_sparse_forward(loss, y, 0, z, labels, 0, 0, 4, classes, 0, rows),
    both: (k) => k.softmax_crossentropy_sparse_forward(loss, y, dz, z, labels, 0, 1 / rows, 4, classes, 0, rows),
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

/** Median microseconds of two bodies on the WASM kernels, in turns. */
function beside(first: Body, second: Body): [number, number] {
  const times: [number[], number[]] = [[], []];
  for (let round = -3; round < 31; round++) {
    [first, second].forEach((body, i) => {
      const start = performance.now();
      for (let call = 0; call < 10; call++) body(wasm);
      if (round >= 0) times[i]?.push(((performance.now() - start) * 1000) / 10);
    });
  }
  return times.map((each) => each.sort((p, q) => p - q)[each.length >> 1]) as [number, number];
}

const lossAlone: Body = (k) => {
  classes.forward(k);
  classes.backward(k);
};
for (const [what, apart, together] of [
  ["batch norm + relu 256 × 512, both ways", large.apart, large.fused],
  ["batch norm + relu 128 × 101, both ways", odd.apart, odd.fused],
  ["batch norm + relu 100,000 × 16, both ways", narrow.apart, narrow.fused],
  ["softmax + cross-entropy 128 × 10, both ways", lossAlone, classes.both],
] as const) {
  const [two, one] = beside(apart, together);
  const verdict = `bar ≥ 1 ×  ${two / one >= 1 ? "ok" : "BELOW"}`;
  console.log(
    `${what.padEnd(44)} ${two.toFixed(1).padStart(8)} → ${one.toFixed(1)} µs  ${(two / one).toFixed(2)} ×   ${verdict}`,
  );
}
