// Running sums, orders, scattering, gathering, remainders and angles over a million numbers on one thread: WASM against the pure-JS
// reference, and nanoseconds for an element, from which src/backend/cuts.ts has its costs.

import b from "benny";
import type { Kernels } from "#kernels/kernels";
import { init, kernels } from "../../src/backend/engine.js";
import { tensor } from "../../src/tensor/tensor.js";
import { interleave, printTable } from "../support.js";

await init({ backend: "js", threads: 1 });
const js = kernels("float32");
await init({ backend: "wasm", threads: 1 });
const wasm = kernels("float32");

const SIZE = 1 << 20;
const LINES = 1 << 10;
const LENGTH = SIZE / LINES;
const [x, y, z] = [1, 2, 3].map(
  (seed) => tensor(Float32Array.from({ length: SIZE }, (_, i) => ((i * 7919 + seed * 104729) % 2003) / 2003)).at,
) as [number, number, number];
const places = tensor(Int32Array.from({ length: SIZE }, (_, i) => (i * 7919) % SIZE)).at;
const indices = tensor(new Int32Array(SIZE)).at;

type Unary = Kernels["tan_forward"];
const unary = (name: string, kernel: (k: Kernels) => Unary): [string, (k: Kernels) => void] => [
  name,
  (k) => kernel(k)(y, x, 0, SIZE),
];

const works: [name: string, run: (k: Kernels) => void][] = [
  ["cumsum along lines", (k) => k.cumsum_forward(y, x, LENGTH, 1, 0, 0, 0, LINES)],
  ["cumsum across lines", (k) => k.cumsum_forward(y, x, LINES, LENGTH, 0, 0, 0, LENGTH)],
  ["cumsum, backward", (k) => k.cumsum_backward(y, x, LENGTH, 1, 0, 0, 0, LINES)],
  ["cumprod", (k) => k.cumprod_forward(y, x, LENGTH, 1, 0, 0, 0, LINES)],
  ["topk, 5 of each line", (k) => k.top_indices(indices, x, LENGTH, 5, 1, 1, 0, LINES)],
  ["topk, whole lines", (k) => k.top_indices(indices, x, LENGTH, LENGTH, 1, 1, 0, LINES)],
  ["gather of elements", (k) => k.gather_forward(y, x, places, SIZE, SIZE, 1, 4, 0, SIZE)],
  ["scatter of elements", (k) => k.scatter_items(y, x, places, SIZE, 1, 4, 0, SIZE)],
  ["scatter, add", (k) => k.scatter_add(z, x, places, SIZE, 1, 0, SIZE)],
  ["fmod", (k) => k.fmod_forward(y, x, z, 1, 1, SIZE, 0, 0, 0, 1, 0, 0, 0, 1, 0, SIZE)],
  unary("tan", (k) => k.tan_forward),
  unary("asin", (k) => k.asin_forward),
  unary("acos", (k) => k.acos_forward),
  unary("atan", (k) => k.atan_forward),
  unary("sinh", (k) => k.sinh_forward),
  unary("cosh", (k) => k.cosh_forward),
  unary("asinh", (k) => k.asinh_forward),
  unary("acosh", (k) => k.acosh_forward),
  unary("atanh", (k) => k.atanh_forward),
];
const [[name, first]] = works as [[string, (k: Kernels) => void]];
await b.suite(
  name,
  b.add("wasm", () => first(wasm)),
  b.add("js", () => first(js)),
  b.cycle(),
  b.complete(),
);

const rows = works.map(([each, run]) => {
  const [fast] = interleave([{ name: "wasm", run: () => run(wasm) }], 9) as [number];
  const [slow] = interleave([{ name: "js", run: () => run(js) }], 1) as [number];
  return [each, `${((fast / SIZE) * 1e9).toFixed(2)} ns`, `${(slow / fast).toFixed(0)} ×`];
});
printTable(["2²⁰ elements, f32", "each", "of js"], rows);
