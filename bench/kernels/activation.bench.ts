// relu and sigmoid, WASM against the pure-JS reference on one thread, and element-wise kernels against the memory bandwidth of a plain
// SIMD copy-and-add loop (accumulate_into) at 16 MiB. Prints each ratio beside its bar.

import b from "benny";
import type { Kernels } from "#kernels/kernels";
import { init, kernels } from "../../src/backend/engine.js";
import { filled, tensor } from "../../src/tensor/tensor.js";
import { interleave } from "../support.js";

const SMALL = 16 * 1024;
const LARGE = (16 * 1024 * 1024) / 4;

await init({ backend: "js", threads: 1 });
const js = kernels("float32");
await init({ backend: "wasm", threads: 1 });
const wasm = kernels("float32");

const x = tensor(Float32Array.from({ length: LARGE }, (_, i) => (((i * 7919) % 2003) / 1001.5 - 1) * 8));
const y = filled([LARGE], 0, "float32");
const z = filled([LARGE], 0, "float32");

type Body = (k: Kernels, size: number) => void;
const forward = (name: "relu" | "sigmoid" | "tanh" | "gelu" | "exp" | "log" | "square"): Body => {
  return (k, size) => k[`${name}_forward`](y.at, x.at, 0, size);
};
const add: Body = (k, size) => k.accumulate_into(y.at, x.at, 0, size);
const reluBackward: Body = (k, size) => k.relu_backward(z.at, x.at, y.at, 0, size);

function line(what: string, value: string, bar: string, ok: boolean): void {
  console.log(`${what.padEnd(52)} ${value.padStart(16)}   bar ${bar.padEnd(8)} ${ok ? "ok" : "BELOW"}`);
}

for (const [name, bar] of [
  ["relu", 3],
  ["sigmoid", 4],
] as const) {
  const body = forward(name);
  await b.suite(
    `${name}, 16 Ki elements`,
    b.add("wasm", () => body(wasm, SMALL)),
    b.add("js", () => body(js, SMALL)),
    b.cycle(),
    b.complete(),
  );
  for (const [label, size, rounds, calls] of [
    ["16 Ki elements", SMALL, 51, 40],
    ["16 MiB", LARGE, 11, 1],
  ] as const) {
    const cases = [
      { name: "wasm", run: () => body(wasm, size), calls },
      { name: "js", run: () => body(js, size), calls },
    ];
    const [fast, slow] = interleave(cases, rounds) as [number, number];
    line(`${name}, ${label}: wasm against js`, `${(slow / fast).toFixed(1)} ×`, `≥ ${bar} ×`, slow / fast >= bar);
  }
}

/** Bytes that a kernel moves for each element. A cache line that is only written is read from memory first, so it counts twice. */
const streams: [string, Body, number, boolean][] = [
  ["accumulate_into", add, 12, true],
  ["relu", forward("relu"), 12, true],
  ["relu backward", reluBackward, 16, true],
  ["square", forward("square"), 12, true],
  ["exp", forward("exp"), 12, false],
  ["log", forward("log"), 12, false],
  ["sigmoid", forward("sigmoid"), 12, false],
  ["tanh", forward("tanh"), 12, false],
  ["gelu", forward("gelu"), 12, false],
  ["huber, rows of 16", (k, size) => k.huber_forward(y.at, x.at, z.at, 1, 16, 0, size / 16), 8, false],
  ["huber backward", (k, size) => k.huber_backward(z.at, y.at, x.at, x.at, 1, 16, 0, size / 16), 16, false],
];
const seconds = interleave(
  streams.map(([name, body]) => ({ name, run: () => body(wasm, LARGE), calls: 2 })),
  15,
);
const rate = streams.map(([, , bytes], i) => (bytes * LARGE) / (seconds[i] as number) / 1e9);
streams.forEach(([name, , , bound], i) => {
  const share = (rate[i] as number) / (rate[0] as number);
  const text = `${(rate[i] as number).toFixed(1)} GB/s ${Math.round(share * 100)} %`;
  const each = `${(((seconds[i] as number) / LARGE) * 1e9).toFixed(2)} ns`;
  if (bound) line(`${name}, 16 MiB, ${each} an element`, text, "≥ 70 %", share >= 0.7);
  else console.log(`${`${name}, 16 MiB, ${each} an element`.padEnd(52)} ${text.padStart(16)}   bound by arithmetic`);
});
