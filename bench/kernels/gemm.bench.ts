// The matrix product on one thread: GFLOP/s, and the ratio to loops of the same instructions that touch no memory; then WASM against the
// pure-JS reference. `node bench/run.mjs gemm`.

import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { setTimeout } from "node:timers/promises";
import { setFlagsFromString } from "node:v8";
import b from "benny";
import type { Kernels } from "#kernels/kernels";
import { platform } from "#platform";
import { init, kernels, memory } from "../../src/backend/engine.js";
import { hasRelaxedSimd, type Numerics } from "../../src/backend/wasm.js";
import { product, scratchFor } from "../../src/ops/gemm.js";
import { filled, tensor } from "../../src/tensor/tensor.js";
import { type Case, interleave, percent, printTable } from "../support.js";

const LARGEST = 1024 * 1024;
const forms = ["gemm_nn", "gemm_nt", "gemm_tn"] as const;
/** Sizes that have a bar, then those with paths of their own. */
const square: [m: number, n: number, k: number][] = [
  [128, 128, 784],
  [256, 256, 256],
  [512, 512, 512],
  [1024, 1024, 1024],
];
const special: [m: number, n: number, k: number][] = [
  [128, 784, 128],
  [784, 128, 128],
  [128, 10, 128],
  [128, 128, 10],
  [32, 16, 16],
  [32, 16, 2],
  [32, 1, 16],
  [1, 128, 784],
  [1, 10, 128],
];
/** Of the register-only loop. */
const BARS = { strict: 0.85, fma: 0.9 };
/** Of vectors of 256 bits beside those of 128, for 512³ with fma. */
const WIDE_BAR = 1.6;
/** One sample lasts about this many operations. */
const SAMPLE = 4e7;

type Loop = (out: number, steps: number) => void;

/** The loops of assembly/bench/roofline.ts, compiled as the kernels are. */
function roofline(numerics: Numerics): Record<"chains" | "pairs", Loop> {
  const asc = createRequire(import.meta.url).resolve("assemblyscript/bin/asc.js");
  const file = `build/bench/roofline.${numerics}.wasm`;
  const source = "assembly/bench/roofline.ts";
  execFileSync(process.execPath, [asc, source, "--config", "asconfig.json", "--target", `${numerics}.f32`, "-o", file]);
  const instance = new WebAssembly.Instance(new WebAssembly.Module(readFileSync(file)), {
    env: { memory: memory().wasm },
  });
  return instance.exports as Record<"chains" | "pairs", Loop>;
}

const pattern = Float32Array.from({ length: LARGEST }, (_, i) => ((i * 7919) % 2003) / 1001.5 - 1);
const [A, B] = [tensor(pattern), tensor(pattern)];
const C = filled([LARGEST], 0, "float32");
const all = [...square, ...special].flatMap(([m, n, k]) => forms.map((form) => [form, { m, n, k }] as const));
const scratch = scratchFor(C, ...all);
const multiply = (table: Kernels, form: (typeof forms)[number], m: number, n: number, k: number) =>
  product(table, form, { c: C.at, a: A.at, b: B.at, m, n, k }, scratch, { accumulate: false });

function productsOf(table: Kernels, sizes: typeof square): (Case & { flop: number })[] {
  return sizes.flatMap(([m, n, k]) =>
    forms.map((form) => ({
      name: `${form.slice(-2)} ${m} × ${n} × ${k}`,
      flop: 2 * m * n * k,
      calls: Math.max(1, Math.round(SAMPLE / (2 * m * n * k))),
      run: () => multiply(table, form, m, n, k),
    })),
  );
}

/**
 * Runs the cases until V8's optimizing compiler, which works in the background, is done with what they call: with `revectorize` it would join
 * the vectors of the other kernels too.
 */
async function settle(cases: readonly Case[]): Promise<void> {
  for (let round = 0; round < 3; round++) {
    interleave(cases, 1);
    await setTimeout(300);
  }
}

async function measure(numerics: Numerics): Promise<void> {
  if (!platform.narrowBecause) setFlagsFromString("--no-experimental-wasm-revectorize");
  await init({ backend: "wasm", numerics, threads: 1, revectorize: false });
  const narrow = kernels("float32");
  const loops = roofline(numerics);
  const ones = filled([64], 1, "float32");
  const STEPS = 20_000;
  const bounds = [
    { name: "chains", flop: 13 * 8 * STEPS, calls: 15, run: () => loops.chains(ones.at, STEPS) },
    { name: "pairs", flop: 7 * 8 * STEPS, calls: 25, run: () => loops.pairs(ones.at, STEPS) },
  ];
  const products = productsOf(narrow, [...square, ...special]);
  await settle([...bounds, ...products]);
  let joined: ReturnType<typeof productsOf> = [];
  if (!platform.narrowBecause) {
    await init({ revectorize: true });
    joined = productsOf(kernels("float32"), square);
    await settle(joined);
  }
  const cases = [...bounds, ...products, ...joined];
  const seconds = interleave(cases, 25);
  const rates = cases.map(({ flop }, i) => flop / (seconds[i] as number) / 1e9);
  const bound = Math.max(...rates.slice(0, bounds.length));
  console.log(`${numerics}, one thread: the register-only loop does ${bound.toFixed(1)} GFLOP/s\n`);
  const rows = products.map(({ name }, i) => {
    const rate = rates[bounds.length + i] as number;
    const barred = i < square.length * forms.length;
    return [
      name,
      rate.toFixed(1),
      percent(rate / bound),
      `${((seconds[bounds.length + i] as number) * 1e6).toFixed(1)} µs`,
      barred
        ? rate >= BARS[numerics] * bound
          ? `≥ ${percent(BARS[numerics])}`
          : `BELOW ${percent(BARS[numerics])}`
        : "",
    ];
  });
  printTable(["C = A·B as m × n × k", "GFLOP/s", "of bound", "time", "bar"], rows);
  console.log();
  if (platform.narrowBecause) return console.log(`vectors of 256 bits: ${platform.narrowBecause}\n`);
  const wideRows = joined.map(({ name }, i) => {
    const rate = rates[bounds.length + products.length + i] as number;
    const ratio = rate / (rates[bounds.length + i] as number);
    const barred = numerics === "fma" && name.includes("512");
    return [
      name,
      rate.toFixed(1),
      `${ratio.toFixed(2)} ×`,
      barred ? `${ratio >= WIDE_BAR ? "≥" : "BELOW"} ${WIDE_BAR} ×` : "",
    ];
  });
  printTable(["vectors joined to 256 bits", "GFLOP/s", "beside 128", "bar"], wideRows);
  console.log();
}

for (const numerics of ["strict", "fma"] as const) {
  if (numerics === "fma" && !hasRelaxedSimd()) {
    console.log("fma: this Node has no relaxed SIMD; npx -y node@26 bench/run.mjs gemm prints it\n");
    continue;
  }
  await measure(numerics);
}

await init({ backend: "js", threads: 1 });
const js = kernels("float32");
await init({ backend: "wasm", threads: 1, revectorize: false });
const wasm = kernels("float32");
const N = 256;
const run = (k: typeof js) =>
  product(k, "gemm_nn", { c: C.at, a: A.at, b: B.at, m: N, n: N, k: N }, scratch, { accumulate: false });
await b.suite(
  `matmul ${N}³`,
  b.add("wasm", () => run(wasm)),
  b.add("js", () => run(js)),
  b.cycle(),
  b.complete(),
);
const [fast, slow] = interleave(
  [
    { name: "wasm", run: () => run(wasm), calls: 10 },
    { name: "js", run: () => run(js) },
  ],
  11,
) as [number, number];
console.log(
  `\nmatmul ${N}³: wasm ${(slow / fast).toFixed(1)} × js   bar ≥ 12 ×   ${slow / fast >= 12 ? "ok" : "BELOW"}`,
);
