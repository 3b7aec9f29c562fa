// Convolutions: GFLOP/s of the three passes on one thread, two threads against one, and WASM against the pure-JS reference.
// `node bench/run.mjs conv`.

import { setTimeout as sleep } from "node:timers/promises";
import b from "benny";
import type { Kernels } from "#kernels/kernels";
import { capabilities, init, kernels } from "../../src/backend/engine.js";
import { hasRelaxedSimd } from "../../src/backend/wasm.js";
import {
  depthwiseScratch,
  type Geometry,
  geometryTensor,
  partsOf,
  scratchSizes,
  slide,
} from "../../src/ops/conv/geometry.js";
import { product, scratchFor } from "../../src/ops/gemm.js";
import { empty, filled, type Tensor, tensor } from "../../src/tensor/tensor.js";
import { type Case, interleave, printTable } from "../support.js";

interface Layer {
  name: string;
  g: Geometry;
  depthwise?: boolean;
}

const BATCH = 64;

/** 3 × 3, padding "same": the layers of the two networks that have bars, then other kinds. */
function layer(name: string, size: number, channels: number, filters: number, kernel = 3, stride = 1): Layer {
  const window = { strides: [stride, stride], padding: "same", dilations: [1, 1] } as const;
  const g = { batch: BATCH, channels, filters, groups: 1, ...slide([size, size], [kernel, kernel], window) };
  return { name, g };
}

const layers: Layer[] = [
  layer("28 × 28, 1 → 8", 28, 1, 8),
  layer("14 × 14, 8 → 16", 14, 8, 16),
  layer("32 × 32, 3 → 32", 32, 3, 32),
  layer("32 × 32, 32 → 32", 32, 32, 32),
  layer("16 × 16, 32 → 64", 16, 32, 64),
  layer("16 × 16, 64 → 64", 16, 64, 64),
  layer("32 × 32, 32 → 64, stride 2", 32, 32, 64, 3, 2),
  layer("16 × 16, 64 → 64, 5 × 5", 16, 64, 64, 5),
  layer("16 × 16, 64 → 64, 1 × 1", 16, 64, 64, 1),
  layer("32 × 32, 32 → 3", 32, 32, 3),
  { ...layer("32 × 32, 32 depthwise", 32, 32, 32), depthwise: true },
];

const ramp = (length: number) => tensor(Float32Array.from({ length }, (_, i) => ((i * 7919) % 2003) / 1001.5 - 1));

interface Pass {
  name: string;
  run: (k: Kernels) => void;
  flop: number;
}

function passesOf({ g, depthwise }: Layer): Pass[] {
  const { y, x, batch, channels, filters } = g;
  const image = ramp(batch * y.input * x.input * channels);
  const taps = y.kernel * x.kernel;
  const out = batch * y.output * x.output * filters;
  const kernel = ramp(taps * filters * (depthwise ? 1 : channels));
  const [result, dx, dkernel] = [out, image.size, kernel.size].map((n) => filled([n], 0, "float32")) as [
    Tensor,
    Tensor,
    Tensor,
  ];
  const dy = ramp(out);
  const flop = 2 * out * taps * (depthwise ? 1 : channels);
  if (depthwise) {
    const shape = geometryTensor({ ...g, groups: channels }, true);
    const { parts, size } = partsOf({ ...g, groups: channels });
    const sums = empty([parts, size], "float32");
    const scratch = empty([Math.max(...Object.values(depthwiseScratch(g)))], "float32");
    return [
      {
        name: "forward",
        flop,
        run: (k) =>
          k.depthwise_forward(result.at, image.at, kernel.at, 0, shape.at, 0, 0, 0, scratch.at, 0, batch * y.output),
      },
      {
        name: "input",
        flop,
        run: (k) => k.depthwise_backward_input(dx.at, dy.at, kernel.at, shape.at, scratch.at, 0, batch * y.input),
      },
      {
        name: "kernel",
        flop,
        run: (k) => {
          k.depthwise_backward_kernel(sums.at, image.at, dy.at, shape.at, scratch.at, 0, parts);
          k.bias_backward(dkernel.at, sums.at, parts, size, 0, size);
        },
      },
    ];
  }
  const shape = geometryTensor(g);
  const sizes = scratchSizes(g);
  const { parts, stripes, size } = partsOf(g);
  const sums = empty([parts, size], "float32");
  const scratch = empty([Math.max(sizes.forward, sizes.input, sizes.kernel)], "float32");
  return [
    {
      name: "forward",
      flop,
      run: (k) => k.conv_forward(result.at, image.at, kernel.at, 0, shape.at, 0, 1, 0, scratch.at, 0, batch * y.output),
    },
    {
      name: "input",
      flop,
      run: (k) => k.conv_backward_input(dx.at, dy.at, kernel.at, 0, shape.at, 1, 0, 0, scratch.at, 0, batch * y.input),
    },
    {
      name: "kernel",
      flop,
      run: (k) => {
        k.conv_backward_kernel(sums.at, image.at, dy.at, shape.at, scratch.at, 0, parts * stripes);
        k.bias_backward(dkernel.at, sums.at, parts, size, 0, size);
      },
    },
  ];
}

/** The matrix product of the same minute, as a yardstick. */
const N = 256;
const square = ramp(N * N);
const result = filled([N * N], 0, "float32");
const sizes = { m: N, n: N, k: N };
const room = scratchFor(result, ["gemm_nn", sizes]);
const yardstick = (k: Kernels) =>
  product(k, "gemm_nn", { c: result.at, a: square.at, b: square.at, ...sizes }, room, { accumulate: false });

const all = layers.map((each) => ({ ...each, passes: passesOf(each) }));

for (const numerics of ["strict", "fma"] as const) {
  if (numerics === "fma" && !hasRelaxedSimd()) {
    console.log("fma: this Node has no relaxed SIMD; npx -y node@26 bench/run.mjs conv prints it\n");
    continue;
  }
  await init({ backend: "wasm", numerics, threads: 1 });
  const k = kernels("float32");
  const cases: Case[] = all.flatMap(({ passes }) =>
    passes.map(({ name, run, flop }) => ({ name, run: () => run(k), calls: Math.max(1, Math.round(4e7 / flop)) })),
  );
  cases.push({ name: "gemm", run: () => yardstick(k) });
  interleave(cases, 1);
  const seconds = interleave(cases, 11);
  const rate = (2 * N ** 3) / (seconds[cases.length - 1] as number) / 1e9;
  console.log(`${numerics}, one thread, batch ${BATCH}; the matrix product ${N}³ does ${rate.toFixed(1)} GFLOP/s\n`);
  printTable(
    ["GFLOP/s (time)", "forward", "gradient of input", "gradient of weights"],
    all.map(({ name, passes }, i) => [
      name,
      ...passes.map(({ flop }, j) => {
        const s = seconds[3 * i + j] as number;
        return `${(flop / s / 1e9).toFixed(1)} (${(s * 1e3).toFixed(2)} ms)`;
      }),
    ]),
  );
  console.log();
}

/** Milliseconds by the clock of the best of a second's rounds, which take turns: other work on the machine disturbs the others. */
function bestOf(tables: readonly Kernels[], run: (k: Kernels) => void): number[] {
  const best = tables.map(() => Number.POSITIVE_INFINITY);
  const until = performance.now() + 1000;
  for (let round = 0; round < 5 || performance.now() < until; round++) {
    tables.forEach((k, i) => {
      const start = performance.now();
      run(k);
      best[i] = Math.min(best[i] as number, performance.now() - start);
    });
  }
  return best;
}

await init({ backend: "wasm", threads: 1 });
const one = kernels("float32");
await init({ backend: "wasm", threads: 2 });
const two = kernels("float32");
// The second thread starts with the first work that is worth it.
for (let i = 0; i < 100 && capabilities().notes.some((note) => note.includes("worker threads are up")); i++) {
  all[0]?.passes[0]?.run(two);
  await sleep(20);
}
console.log("Two threads against one, by the clock, the best rounds\n");
printTable(
  ["times as fast (ms)", "forward", "gradient of input", "gradient of weights"],
  all.map(({ name, passes }) => [
    name,
    ...passes.map(({ run }) => {
      const [alone, shared] = bestOf([one, two], run) as [number, number];
      return `${(alone / shared).toFixed(2)} (${shared.toFixed(2)})`;
    }),
  ]),
);
console.log();

await init({ backend: "js", threads: 1 });
const js = kernels("float32");
await init({ backend: "wasm", threads: 1 });
const wasm = kernels("float32");
const second = all[1] as (typeof all)[number];
for (const { name, run } of second.passes) {
  await b.suite(
    `conv 14 × 14, 8 → 16, ${name}`,
    b.add("wasm", () => run(wasm)),
    b.add("js", () => run(js)),
    b.cycle(),
    b.complete(),
  );
}
