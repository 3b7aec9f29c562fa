// Optimizer updates on one thread: WASM against the pure-JS reference at 16 Ki weights, and at 16 MiB an array against the memory bandwidth
// of a plain SIMD copy-and-add loop (accumulate_into). The passes that clipping, L-BFGS and averages of weights are made of, dropout and
// random numbers beside them. Prints each ratio beside its bar.

import b from "benny";
import type { Kernels } from "#kernels/kernels";
import { init, kernels } from "../../src/backend/engine.js";
import { clipBytes, writeLimits } from "../../src/optim/clipping.js";
import { type Optimizer, writeHyper } from "../../src/optim/optimizer.js";
import {
  adadelta,
  adagrad,
  adam,
  adamax,
  adamw,
  lion,
  nadam,
  radam,
  rmsprop,
  sgd,
} from "../../src/optim/optimizers.js";
import { drawInto, stepCell, stream } from "../../src/tensor/random.js";
import { filled, type Tensor } from "../../src/tensor/tensor.js";

const SMALL = 16 * 1024;
const LARGE = (16 * 1024 * 1024) / 4;

await init({ backend: "js", threads: 1 });
const js = kernels("float32");
await init({ backend: "wasm", threads: 1 });
const wasm = kernels("float32");

const [w, g, m, v, u] = Array.from({ length: 5 }, () => filled([LARGE], 0, "float32")) as [
  Tensor,
  Tensor,
  Tensor,
  Tensor,
  Tensor,
];
drawInto(w, "random_normal", 0, 1, stream("w"));
drawInto(g, "random_normal", 0, 1, stream("g"));
const mask = filled([LARGE], 0, "uint8");
const { key0, key1 } = stream("mask");
const step = stepCell(1);

type Body = (k: Kernels, size: number) => void;
/** Limits that change nothing, but are read and applied. */
const cell = filled([clipBytes(1) / 8], 0, "float64");
writeLimits({ by: "globalClipNorm", limit: 1 }, cell.at, 1);

function updating(optimizer: Optimizer, clip = 0): Body {
  const hyper = filled([optimizer.hyperCount], 0, "float32");
  writeHyper(optimizer, 10, hyper.at, "float32");
  return (k, size) => optimizer.update(k, w.at, g.at, [m.at, v.at, u.at], hyper.at, clip, 0, size);
}

/** Name, body, bytes moved for each element, bar of the bandwidth (or none). */
const bodies: [name: string, body: Body, bytes: number, bound: boolean][] = [
  ["accumulate_into", (k, size) => k.accumulate_into(w.at, g.at, 0, size), 12, true],
  ["sgd", updating(sgd()), 12, true],
  ["momentum", updating(sgd({ momentum: 0.9 })), 20, true],
  ["nesterov", updating(sgd({ momentum: 0.9, nesterov: true })), 20, true],
  ["lion", updating(lion()), 20, true],
  ["adagrad", updating(adagrad()), 20, true],
  ["adadelta", updating(adadelta()), 28, true],
  ["rmsprop", updating(rmsprop()), 20, true],
  ["rmsprop, centred", updating(rmsprop({ centered: true })), 28, true],
  ["rmsprop with momentum", updating(rmsprop({ momentum: 0.9 })), 28, true],
  ["rmsprop, centred, with momentum", updating(rmsprop({ centered: true, momentum: 0.9 })), 36, true],
  ["adam", updating(adam()), 28, true],
  ["adam, clipped", updating(adam(), cell.at), 28, true],
  ["amsgrad", updating(adam({ amsgrad: true })), 36, true],
  ["adamw", updating(adamw()), 28, true],
  ["adamax", updating(adamax()), 28, true],
  ["nadam", updating(nadam()), 28, true],
  ["radam", updating(radam()), 28, true],
  ["max norm, 128 columns", (k, size) => k.bound_norms(w.at, 0, 1e-3, size / 128, 128, 0, 128), 12, false],
  ["dot product", (k, size) => k.dot_product(u.at, w.at, g.at, 0, size), 8, false],
  ["add scaled", (k, size) => k.add_scaled(m.at, g.at, 1e-3, 0, size), 12, true],
  ["move towards", (k, size) => k.move_towards(m.at, w.at, 1e-3, 0, size), 12, true],
  ["multiply by", (k, size) => k.multiply_by(m.at, g.at, 0.5, 0, size), 12, true],
  ["dropout backward", (k, size) => k.dropout_backward(m.at, g.at, mask.at, 2, 1, 0, size), 13, true],
  ["dropout", (k, size) => k.dropout_forward(m.at, mask.at, g.at, 0.5, 2, key0, key1, step.at, 0, size), 10, false],
  ["uniform", (k, size) => k.random_uniform(m.at, 0, 1, key0, key1, step.at, 0, size), 4, false],
  ["normal", (k, size) => k.random_normal(m.at, 0, 1, key0, key1, step.at, 0, size), 4, false],
  ["truncated normal", (k, size) => k.random_truncated_normal(m.at, 0, 1, key0, key1, step.at, 0, size), 4, false],
];

/** The fewest seconds of a call of each body; the bodies take turns, so that a busy moment of the machine meets all of them. */
function fastest(runs: (() => void)[], rounds: number, calls: number): number[] {
  const times = runs.map(() => [] as number[]);
  for (let round = -2; round < rounds; round++) {
    runs.forEach((run, i) => {
      const start = performance.now();
      for (let call = 0; call < calls; call++) run();
      if (round >= 0) times[i]?.push((performance.now() - start) / 1000 / calls);
    });
  }
  return times.map((each) => Math.min(...each));
}

function line(what: string, value: string, bar: string): void {
  console.log(`${what.padEnd(52)} ${value.padStart(16)}   ${bar}`);
}

const adamBody = bodies.find(([name]) => name === "adam")?.[1] as Body;
await b.suite(
  "adam, 16 Ki weights",
  b.add("wasm", () => adamBody(wasm, SMALL)),
  b.add("js", () => adamBody(js, SMALL)),
  b.cycle(),
  b.complete(),
);
for (const [name, body] of bodies.slice(1)) {
  const [fast, slow] = fastest([() => body(wasm, SMALL), () => body(js, SMALL)], 31, 20) as [number, number];
  const ratio = slow / fast;
  const bar = name === "adam" ? `bar ≥ 4 ×     ${ratio >= 4 ? "ok" : "BELOW"}` : "";
  line(`${name}, 16 Ki elements: wasm against js`, `${ratio.toFixed(1)} ×`, bar);
}

const seconds = fastest(
  bodies.map(
    ([, body]) =>
      () =>
        body(wasm, LARGE),
  ),
  21,
  1,
);
const rates = bodies.map(([, , bytes], i) => (bytes * LARGE) / (seconds[i] as number) / 1e9);
bodies.forEach(([name, , , bound], i) => {
  const share = (rates[i] as number) / (rates[0] as number);
  const text = `${(rates[i] as number).toFixed(1)} GB/s ${Math.round(share * 100)} %`;
  const each = `${(((seconds[i] as number) / LARGE) * 1e9).toFixed(2)} ns`;
  const bar = bound ? `bar ≥ 70 %    ${share >= 0.7 ? "ok" : "BELOW"}` : "bound by arithmetic";
  line(`${name}, 16 MiB, ${each} an element`, text, bar);
});
