// Pooling and resizing on one thread: WASM against the pure-JS reference, and the bytes moved a second against a plain SIMD copy-and-add
// loop (accumulate_into) over as many bytes.

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

/** One kernel over whole images; `bytes` counts each element that it must read or write once. */
interface Work {
  name: string;
  run: (k: Kernels) => void;
  bytes: number;
}

function pooling(batch: number, side: number, channels: number, size: number, stride: number): Work[] {
  const out = Math.floor((side - size) / stride) + 1;
  const [large, small] = [batch * side * side * channels, batch * out * out * channels];
  const [x, dx, y, dy] = [values(large, 1), values(large, 2), values(small, 3), values(small, 4)];
  const geometry = [side, side, channels, out, out, size, size, stride, stride, 0, 0] as const;
  wasm.max_pool_forward(y, x, ...geometry, 0, batch * out);
  const what = `${batch} × ${side}² × ${channels}, ${size} × ${size} by ${stride}`;
  return [
    {
      name: `max pool ${what}`,
      run: (k) => k.max_pool_forward(y, x, ...geometry, 0, batch * out),
      bytes: 4 * (large + small),
    },
    {
      name: `max pool ${what}, backward`,
      run: (k) => k.max_pool_backward(dx, dy, x, y, ...geometry, 0, batch * out),
      bytes: 4 * (3 * large + 2 * small),
    },
    {
      name: `average pool ${what}`,
      run: (k) => k.average_pool_forward(dy, x, ...geometry, 0, batch * out),
      bytes: 4 * (large + small),
    },
    {
      name: `average pool ${what}, backward`,
      run: (k) => k.average_pool_backward(dx, dy, ...geometry, 0, batch * out),
      bytes: 4 * (2 * large + small),
    },
  ];
}

function resizing(batch: number, side: number, channels: number): Work[] {
  const [small, large] = [batch * side * side * channels, 4 * batch * side * side * channels];
  const [x, dx, y] = [values(small, 1), values(small, 2), values(large, 3)];
  const sizes = [side, side, channels, 2 * side, 2 * side] as const;
  const what = `${batch} × ${side}² × ${channels}, doubled`;
  return (["nearest", "bilinear"] as const).flatMap((method) => [
    {
      name: `${method} ${what}`,
      run: (k: Kernels) => k[`resize_${method}_forward`](y, x, ...sizes, 0, 2 * batch * side),
      bytes: 4 * (small + large),
    },
    {
      name: `${method} ${what}, backward`,
      run: (k: Kernels) => k[`resize_${method}_backward`](dx, y, ...sizes, 0, 2 * batch * side),
      bytes: 4 * (2 * small + large),
    },
  ]);
}

const works = [
  ...pooling(64, 28, 8, 2, 2),
  ...pooling(64, 32, 32, 2, 2),
  ...pooling(16, 27, 19, 3, 2),
  ...pooling(64, 28, 1, 2, 2),
  ...resizing(16, 14, 16),
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
    { name: "wasm", run: () => run(wasm), calls: 4 },
    { name: "copy and add", run: () => wasm.accumulate_into(to, from, 0, bytes / 12), calls: 4 },
  ];
  const [fast, copy] = interleave(cases, 15) as [number, number];
  const [slow] = interleave([{ name: "js", run: () => run(js) }], 1) as [number];
  return [
    name,
    `${(fast * 1e6).toFixed(0)} µs`,
    `${(bytes / fast / 1e9).toFixed(1)} GB/s`,
    percent(copy / fast),
    `${(slow / fast).toFixed(0)} ×`,
  ];
});
printTable(["one call, f32", "time", "rate", "of copy and add", "of js"], rows);
