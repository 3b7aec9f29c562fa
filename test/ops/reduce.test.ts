import { describe, expect, test } from "vitest";
import { kernels } from "../../src/backend/engine.js";
import {
  all,
  any,
  argMax,
  argMin,
  logSumExp,
  max,
  mean,
  min,
  moments,
  norm,
  prod,
  std,
  sum,
  variance,
} from "../../src/ops/reduce.js";
import { grad } from "../../src/tensor/grad.js";
import { empty, type Tensor, tensor } from "../../src/tensor/tensor.js";
import { backends } from "../support/backends.js";
import { checkOp } from "../support/check-op.js";
import { uniform } from "../support/random.js";

type Axes = number | number[] | undefined;
type Reduce = (x: Tensor, axis?: Axes, keepDims?: boolean) => Tensor;

const total = (v: number[]) => v.reduce((p, q) => p + q, 0);
const average = (v: number[]) => total(v) / v.length;
const spread = (v: number[]) => average(v.map((x) => (x - average(v)) ** 2));
const greatest = (v: number[]) => v.reduce((p, q) => Math.max(p, q), -Infinity);

/** Each reduction and the same of a list of numbers. */
const reductions: [string, Reduce, (v: number[]) => number][] = [
  ["sum", sum, total],
  ["mean", mean, average],
  ["prod", prod, (v) => v.reduce((p, q) => p * q, 1)],
  ["max", max, greatest],
  ["min", min, (v) => v.reduce((p, q) => Math.min(p, q), Infinity)],
  ["norm", (x, axis, keep) => norm(x, "euclidean", axis, keep), (v) => Math.sqrt(total(v.map((x) => x * x)))],
  ["norm 1", (x, axis, keep) => norm(x, 1, axis, keep), (v) => total(v.map(Math.abs))],
  ["norm ∞", (x, axis, keep) => norm(x, Infinity, axis, keep), (v) => Math.max(0, ...v.map(Math.abs))],
  ["variance", variance, spread],
  ["std", std, (v) => Math.sqrt(spread(v))],
  ["logSumExp", logSumExp, (v) => Math.log(total(v.map((x) => Math.exp(x - greatest(v))))) + greatest(v)],
];

/** The reduction by nested loops: for each place in the result, the list of what goes into it. */
function oracle(x: ArrayLike<number>, shape: readonly number[], axes: number[], f: (v: number[]) => number): number[] {
  const groups = new Map<string, number[]>();
  const visit = (index: number[], at: number): void => {
    if (index.length === shape.length) {
      const key = index.filter((_, i) => !axes.includes(i)).join();
      groups.set(key, [...(groups.get(key) ?? []), x[at] as number]);
      return;
    }
    const n = shape[index.length] as number;
    for (let i = 0; i < n; i++) visit([...index, i], at * n + i);
  };
  visit([], 0);
  return [...groups.values()].map(f);
}

/** Every set of axes of a rank. */
const subsets = (rank: number) =>
  Array.from({ length: 2 ** rank }, (_, bits) => Array.from({ length: rank }, (_, i) => i).filter((i) => bits & (1 << i)));

const shapes = [[1], [5], [33], [3, 4], [1, 7], [6, 1], [2, 3, 5], [2, 3, 4, 5]];

for (const [name, run, f] of reductions) {
  for (const shape of shapes) {
    for (const axes of subsets(shape.length)) {
      if (shape.length === 4 && axes.length === 4) continue;
      // One axis is one derivative too many for a kink at equal elements: those of random numbers differ.
      const kept = shape.some((n, i) => n > 1 && axes.includes(i));
      const smooth = !(name === "std" || name === "norm ∞") || kept;
      checkOp(`${name} of [${shape}] over [${axes}]`, {
        run: (x) => run(x, axes),
        cases: [{ name: "values", inputs: [shape], range: [0.5, 2], gradient: smooth && shape.length < 4 }],
        expected: (x) => oracle(x, shape, axes, f),
        tolerance: { absolute32: 1e-5 },
      });
    }
  }
}
