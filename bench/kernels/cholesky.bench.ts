import type { Kernels } from "#kernels/kernels";
import { init, kernels, memory } from "../../src/backend/engine.js";
import { Draws } from "../../src/search/draws.js";
import { interleave, printTable } from "../support.js";

// Times the kernels of Gaussian processes in f64, on one thread, beside their plain loops.

const N = 200;
const POINTS = 1024;
const WIDTH = 10;

const place = (length: number) => memory().take(length * 8);
const [start, a, inverse, scratch] = [place(N * N), place(N * N), place(N * N), place(N * N)];
const [cross, slope, left, right] = [place(N * POINTS), place(N * POINTS), place(N * WIDTH), place(WIDTH * POINTS)];

const draws = new Draws(1, 0);
const heap = memory().f64;
for (let i = 0; i < N * WIDTH; i++) heap[(left >>> 3) + i] = draws.uniform();
for (let i = 0; i < WIDTH * POINTS; i++) heap[(right >>> 3) + i] = draws.uniform();
for (let i = 0; i < N; i++) {
  for (let j = 0; j < N; j++) heap[(start >>> 3) + i * N + j] = (i === j ? N : 0) + 1 / (1 + Math.abs(i - j));
}

const cases: Record<string, (k: Kernels) => void> = {
  "cholesky of 200 rows": (k) => {
    memory().u8.copyWithin(a, start, start + N * N * 8);
    k.cholesky(a, N);
  },
  "cholesky_inverse of 200 rows": (k) => k.cholesky_inverse(inverse, a, scratch, N),
  "matern52 of 200 × 1024, 10 coordinates": (k) => k.matern52(cross, slope, left, right, WIDTH, POINTS, 0, N),
  "solve_lower of 200 rows, 1024 columns": (k) => k.solve_lower(cross, a, N, POINTS, 0, POINTS),
};

const tables: Kernels[] = [];
for (const backend of ["wasm", "js"] as const) {
  await init({ backend, numerics: "strict", threads: 1 });
  tables.push(kernels("float64"));
}
const rows = Object.entries(cases).map(([name, run]) => {
  const [fast = 0, slow = 0] = interleave(
    tables.map((k, i) => ({ name, run: () => run(k), calls: i === 0 ? 4 : 1 })),
    5,
  );
  return [name, (fast * 1e3).toFixed(2), (slow * 1e3).toFixed(2), (slow / fast).toFixed(1)];
});
printTable(["f64", "kernel, ms", "plain loops, ms", "ratio"], rows);
