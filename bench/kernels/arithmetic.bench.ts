// Element-wise arithmetic and sums at 16 MiB against the memory bandwidth of a plain SIMD copy-and-add loop (accumulate_into), one thread.

import type { Kernels } from "#kernels/kernels";
import { init, kernels } from "../../src/backend/engine.js";
import { filled } from "../../src/tensor/tensor.js";
import { interleave, percent, printTable } from "../support.js";

await init({ backend: "wasm", threads: 1 });
const k = kernels("float32");

const SIZE = (16 * 1024 * 1024) / 4;
const [a, b, y] = [0.5, 2, 0].map((value) => filled([SIZE], value, "float32").at) as [number, number, number];

type Binary = Kernels["add_forward"];
/** All operands contiguous: one axis. */
const binary = (kernel: Binary) => () => kernel(y, a, b, 1, 1, SIZE, 0, 0, 0, 1, 0, 0, 0, 1, 0, SIZE);

/** A cache line that is only written is read from memory first, so it counts twice. */
const cases: [name: string, run: () => void, bytes: number][] = [
  ["y += a (the bound)", () => k.accumulate_into(y, a, 0, SIZE), 12],
  ["y = a + b", binary(k.add_forward), 16],
  ["y = a · b", binary(k.mul_forward), 16],
  ["y = a / b", binary(k.div_forward), 16],
  ["y = max(a, b)", binary(k.maximum_forward), 16],
  ["fill", () => k.fill(y, 1, 0, SIZE), 8],
];
const seconds = interleave(
  cases.map(([name, run]) => ({ name, run })),
  25,
);
const rates = cases.map(([, , bytes], i) => (bytes * SIZE) / (seconds[i] as number));
printTable(
  ["16 MiB", "GB/s", "of the bound", "bar"],
  cases.map(([name], i) => {
    const rate = rates[i] as number;
    return [name, (rate / 1e9).toFixed(1), percent(rate / (rates[0] as number)), i === 0 ? "" : "≥ 70 %"];
  }),
);
