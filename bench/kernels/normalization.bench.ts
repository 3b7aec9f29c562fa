// Layer, RMS and group normalization on one thread: WASM against the pure-JS reference, and the bytes moved a second against a plain SIMD
// copy-and-add loop (accumulate_into) over as many bytes.

import b from "benny";
import type { Kernels } from "#kernels/kernels";
import { init, kernels } from "../../src/backend/engine.js";
import { filled, tensor } from "../../src/tensor/tensor.js";
import { interleave, percent, printTable } from "../support.js";

await init({ backend: "js", threads: 1 });
const js = kernels("float32");
await init({ backend: "wasm", threads: 1 });
const wasm = kernels("float32");

const values = (n: number, seed: number): number =>
  tensor(Float32Array.from({ length: n }, (_, i) => ((i * 7919 + seed * 104729) % 2003) / 1001.5 - 1)).at;

/** One kernel; `bytes` counts each element that it must read or write once. */
interface Work {
  name: string;
  run: (k: Kernels) => void;
  bytes: number;
}

function layered(name: string, rows: number, columns: number): Work[] {
  const n = rows * columns;
  const [x, dy, y, dx] = [1, 2, 3, 4].map((seed) => values(n, seed)) as [number, number, number, number];
  const [gamma, beta] = [values(columns, 5), values(columns, 6)];
  const [mean, inverse] = [name === "layer norm" ? values(rows, 7) : 0, values(rows, 8)];
  const chunks = Math.ceil(rows / 64);
  const partials = values(2 * chunks * columns, 9);
  const what = `${name} ${rows} × ${columns}`;
  return [
    {
      name: what,
      run: (k) => k.layernorm_forward(y, mean, inverse, x, gamma, beta, 1e-3, columns, 0, rows),
      bytes: 4 * 2 * n,
    },
    {
      name: `${what}, backward`,
      run(k) {
        k.layernorm_backward(dx, dy, x, mean, inverse, gamma, columns, 0, rows);
        k.layernorm_backward_parameters(partials, dy, x, mean, inverse, rows, columns, 0, chunks);
      },
      bytes: 4 * 4 * n,
    },
  ];
}

function grouped(batch: number, side: number, channels: number, groups: number): Work[] {
  const positions = side * side;
  const n = batch * positions * channels;
  const [x, dy, y, dx] = [1, 2, 3, 4].map((seed) => values(n, seed)) as [number, number, number, number];
  const [gamma, beta] = [values(channels, 5), values(channels, 6)];
  const [mean, inverse, sums] = [
    values(batch * channels, 7),
    values(batch * channels, 8),
    values(4 * batch * channels, 9),
  ];
  const sizes = [positions, channels, groups] as const;
  const what = `group norm ${batch} × ${side}² × ${channels} in ${groups}`;
  return [
    {
      name: what,
      run: (k) => k.groupnorm_forward(y, mean, inverse, x, gamma, beta, 1e-3, ...sizes, 0, batch),
      bytes: 4 * 2 * n,
    },
    {
      name: `${what}, backward`,
      run(k) {
        k.groupnorm_backward_sums(sums, dy, x, mean, inverse, gamma, ...sizes, 0, batch);
        k.groupnorm_backward(dx, sums, dy, x, mean, inverse, gamma, positions, channels, 0, batch * positions);
      },
      bytes: 4 * 4 * n,
    },
  ];
}

const works = [
  ...layered("layer norm", 256, 512),
  ...layered("layer norm", 128, 101),
  ...layered("layer norm", 4096, 16),
  ...layered("RMS norm", 256, 512),
  ...grouped(16, 16, 64, 32),
  ...grouped(16, 28, 20, 4),
];
const [first] = works as [Work];
await b.suite(
  first.name,
  b.add("wasm", () => first.run(wasm)),
  b.add("js", () => first.run(js)),
  b.cycle(),
  b.complete(),
);

const most = Math.max(...works.map(({ bytes }) => bytes));
const [from, to] = [filled([most / 4], 0, "float32").at, filled([most / 4], 0, "float32").at];
const rows = works.map(({ name, run, bytes }) => {
  const cases = [
    { name: "wasm", run: () => run(wasm), calls: 8 },
    { name: "copy and add", run: () => wasm.accumulate_into(to, from, 0, bytes / 12), calls: 8 },
    { name: "js", run: () => run(js) },
  ];
  const [fast, copy, slow] = interleave(cases, 15) as [number, number, number];
  return [
    name,
    `${(fast * 1e6).toFixed(0)} µs`,
    `${(bytes / fast / 1e9).toFixed(1)} GB/s`,
    percent(copy / fast),
    `${(slow / fast).toFixed(0)} ×`,
  ];
});
printTable(["one call, f32", "time", "rate", "of copy and add", "of js"], rows);
