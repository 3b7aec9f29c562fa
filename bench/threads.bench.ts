// One thread against two, by the clock: kernels of sizes around the work from which a call is shared, and what starting a worker costs.
// The two take turns, and the best of many rounds counts, which other work on the machine disturbs least. "By cuts.ts" is the time on one
// thread that its costs come to: what decides whether a call is shared.

import { setTimeout as sleep } from "node:timers/promises";
import type { Kernels } from "#kernels/kernels";
import { ruleOf } from "../src/backend/cuts.js";
import { capabilities, init, kernels, memory } from "../src/backend/engine.js";
import { grain } from "../src/backend/jobs.js";
import { printTable } from "./support.js";

type Call = readonly [name: keyof Kernels, ...args: number[]];
type Kernel = (...args: number[]) => unknown;

/** What a case takes, in milliseconds, and its fewest rounds. */
const SPAN = 1000;
const ROUNDS = 40;
const MEGA = 1 << 20;
const bytes = 4 * 16 * MEGA;
const at = memory().take(bytes);
memory().f32.set(
  Float32Array.from({ length: bytes / 4 }, (_, i) => ((i * 7919) % 2003) / 1001.5 - 1),
  at >>> 2,
);
/** Four MiB each. */
const part = (i: number): number => at + 4 * MEGA * i;
const [a, b, c, d, e, f] = [0, 1, 2, 3, 4, 5].map(part) as [number, number, number, number, number, number];

const shape = (n: number): number[] => [1, 1, n, 0, 0, 0, 1, 0, 0, 0, 1];
const matmul = (n: number): Call => ["gemm_nn", c, a, b, 0, 0, n, n, n, 0, 0, 0, d, 0, n];
const pool = [28, 28, 8, 14, 14, 2, 2, 2, 2, 0, 0] as const;
const sizes = [10_000, 100_000, 1_000_000];

function batchNorm(rows: number, channels: number): Call[] {
  const chunks = Math.ceil(rows / 64);
  const [mean, inverse, partials] = [d, e, f];
  return [
    ["batchnorm_sums", partials, a, rows, channels, 0, chunks],
    ["batchnorm_mean", mean, partials, rows, channels, 0, channels],
    ["batchnorm_squares", partials, a, mean, rows, channels, 0, chunks],
    ["batchnorm_variance", inverse, 0, 0, mean, partials, 0.9, 1e-3, 1, rows, channels, 0, channels],
    ["batchnorm_forward", c, a, mean, inverse, 0, 0, 0, 0, channels, 0, rows],
  ];
}

function sum(n: number): Call[] {
  const calls: Call[] = [];
  for (let from = a, left = n, to = c; left > 1; from = to, to = to === c ? d : c) {
    const blocks = Math.ceil(left / 512);
    calls.push(["reduce_sum", to, from, left, 1, 512, 0, blocks]);
    left = blocks;
  }
  return calls;
}

const cases: Record<string, Call[]> = {
  ...Object.fromEntries([64, 96, 128, 256, 512].map((n) => [`matmul ${n}³`, [matmul(n)]])),
  ...Object.fromEntries(sizes.map((n) => [`add ${n}`, [["add_forward", c, a, b, ...shape(n), 0, n] as Call]])),
  ...Object.fromEntries(sizes.map((n) => [`relu ${n}`, [["relu_forward", c, a, 0, n] as Call]])),
  ...Object.fromEntries(sizes.map((n) => [`relu gradient ${n}`, [["relu_backward", c, a, b, 0, n] as Call]])),
  ...Object.fromEntries(sizes.map((n) => [`tanh ${n}`, [["tanh_forward", c, a, 0, n] as Call]])),
  ...Object.fromEntries(sizes.map((n) => [`adam ${n}`, [["adam_update", c, a, d, e, f, 0, 0, n] as Call]])),
  ...Object.fromEntries(sizes.map((n) => [`sum ${n}`, sum(n)])),
  ...Object.fromEntries(
    sizes.map((n) => [`norm ${n}`, [["dot_parts", d, a, a, 0, n, 4096, 0, Math.ceil(n / 4096)] as Call]]),
  ),
  "bias gradient 50176 × 8": [["reduce_sum", c, a, 50176, 8, 64, 0, 784 * 8]],
  "batch norm 256 × 512": batchNorm(256, 512),
  "batch norm 12544 × 16": batchNorm(12544, 16),
  "softmax 128 × 10": [["softmax_forward", c, a, 10, 0, 128]],
  "softmax 1024 × 100": [["softmax_forward", c, a, 100, 0, 1024]],
  "max pool 64 × 28² × 8": [["max_pool_forward", c, a, ...pool, 0, 64 * 14]],
  "max pool gradient 64 × 28² × 8": [["max_pool_backward", d, b, a, c, ...pool, 0, 64 * 14]],
  "layer norm 256 × 512": [["layernorm_forward", c, d, e, a, 0, 0, 1e-3, 512, 0, 256]],
  "layer norm gradient 256 × 512": [["layernorm_backward", f, b, a, d, e, 0, 512, 0, 256]],
  "transpose 512 × 512": [["transpose_planes", c, a, 0, 0, 1, 0, 0, 512, 512, 512, 512, 0, 32]],
};

const upNow = () => !capabilities().notes.some((note) => note.includes("worker threads are up"));
const work = () => kernels("float32").tanh_forward(c, a, 0, MEGA);

/** Milliseconds of one call. */
function timed(run: () => void): number {
  const start = performance.now();
  run();
  return performance.now() - start;
}

await init({ threads: 1 });
for (let i = 0; i < 20; i++) work();
const alone = Math.min(...Array.from({ length: 20 }, () => timed(work)));
const one = kernels("float32") as unknown as Record<string, Kernel>;
await init({ threads: 2 });
const two = kernels("float32") as unknown as Record<string, Kernel>;
const start = performance.now();
const first = timed(work);
while (!upNow()) await sleep(0.2);
const up = performance.now() - start;
const ms = (value: number) => `${value.toFixed(1)} ms`;
console.log(
  `the first call that starts a worker: ${ms(first)} (without: ${ms(alone)}); the worker is up after ${ms(up)}\n`,
);

const rows = Object.entries(cases).map(([name, calls]) => {
  const run = (table: Record<string, Kernel>) => {
    for (const [kernel, ...args] of calls) (table[kernel] as Kernel)(...args);
  };
  const costs = calls.map(([kernel, ...args]) => {
    const [from = 0, to = 0] = args.slice(-2);
    return (ruleOf(kernel)?.(args, memory())?.cost ?? 0) * (to - from);
  });
  for (let i = 0; i < 30; i++) [one, two].forEach(run);
  const repeats = Math.max(1, Math.ceil(0.3 / timed(() => run(one))));
  const best = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY];
  const end = performance.now() + SPAN;
  for (let round = 0; round < ROUNDS || performance.now() < end; round++) {
    [one, two].forEach((table, i) => {
      const time = timed(() => {
        for (let n = 0; n < repeats; n++) run(table);
      });
      best[i] = Math.min(best[i] as number, time / repeats);
    });
  }
  const [single = 0, both = 1] = best;
  const shared = costs.filter((cost) => cost > grain.call).length;
  const us = (value: number) => `${(value * 1000).toFixed(1)} µs`;
  return [
    name,
    us(single),
    us(costs.reduce((total, cost) => total + cost, 0) / 1e6),
    `${shared} of ${calls.length}`,
    us(both),
    `${(single / both).toFixed(2)} ×`,
  ];
});
printTable(["kernel", "one thread", "by cuts.ts", "calls shared", "two threads", "gain"], rows);
