import type { Kernels } from "#kernels/kernels";
import { empty, type Tensor, viewAs } from "../tensor/tensor.js";
import type { Shape } from "../util/shapes.js";
import { broadcastStrides, stretchedAxes } from "./broadcast.js";
import { accumulateStrided } from "./layout.js";

/** A kernel that reduces each block of the middle axis of [outer, reduce, inner] to one. */
type Pass = Kernels["reduce_sum"];

/** How many entries of the reduced axis go into one: 16 in a row for each f32 lane, as in NumPy's pairwise summation. */
const BLOCK_ALONG = 512;
const BLOCK_DOWN = 32;

/** `shape` without `axes`, or with size 1 there. */
export function reducedShape(shape: Shape, axes: readonly number[], keepDims: boolean): Shape {
  if (keepDims) return shape.map((n, i) => (axes.includes(i) ? 1 : n));
  return shape.filter((_, i) => !axes.includes(i));
}

/** The number of elements that go into one. */
export function reducedCount(shape: Shape, axes: readonly number[]): number {
  return axes.reduce((count, axis) => count * (shape[axis] as number), 1);
}

/**
 * Reduces `x` over `axes` into `y`, whatever its shape. Runs of adjacent axes are reduced one after another, the innermost first, each in
 * levels of blocks: `first` reads x, `rest` (default: the same) reads what it made. All of it follows from shape and axes alone.
 */
export function reduceAxes(y: Tensor, x: Tensor, axes: readonly number[], first: Pass, rest: Pass = first): void {
  const runs = runsOf(x.shape, axes);
  let pass = first;
  let from = x;
  let inner = 1;
  runs.forEach(({ reduced, size }, i) => {
    if (!reduced) {
      inner *= size;
      return;
    }
    const outside = runs.slice(i + 1);
    const outer = outside.reduce((product, run) => product * run.size, 1);
    const isLast = !outside.some((run) => run.reduced);
    const block = inner === 1 ? BLOCK_ALONG : BLOCK_DOWN;
    for (let n = size, done = false; !done; ) {
      const blocks = Math.max(Math.ceil(n / block), 1);
      done = blocks === 1;
      const size = outer * blocks * inner;
      const to = done && isLast ? y : empty([size], x.dtype);
      pass(to.at, from.at, n, inner, block, 0, size);
      pass = rest;
      from = to;
      n = blocks;
    }
  });
  if (from === x) pass(y.at, x.at, 1, x.size, BLOCK_DOWN, 0, x.size);
}

/** dx += or −= `full`, summed over the axes along which dx is stretched to it. */
export function sumInto(
  k: Kernels,
  dx: Tensor,
  full: Tensor,
  add: Kernels["accumulate_into"] = k.accumulate_into,
): void {
  const axes = stretchedAxes(dx.shape, full.shape);
  if (axes.length === 0) {
    add(dx.at, full.at, 0, dx.size);
    return;
  }
  const sum = empty(dx.shape, dx.dtype);
  reduceAxes(sum, full, axes, k.reduce_sum);
  add(dx.at, sum.at, 0, dx.size);
}

/** dx += y stretched to the shape of dx. */
export function stretchInto(k: Kernels, dx: Tensor, y: Tensor): void {
  accumulateStrided(k, dx, y, { shape: dx.shape, x: broadcastStrides(y.shape, dx.shape) });
}

/** `y`, a reduction of `x` without the reduced axes, seen with size 1 there. */
export function keptView(y: Tensor, shape: Shape, axes: readonly number[]): Tensor {
  return viewAs(y, reducedShape(shape, axes, true));
}

interface Run {
  reduced: boolean;
  size: number;
}

/** Neighbouring axes that are all reduced or all kept, innermost first; axes of size 1 belong to any run. */
function runsOf(shape: Shape, axes: readonly number[]): Run[] {
  const runs: Run[] = [];
  for (let i = shape.length - 1; i >= 0; i--) {
    const size = shape[i] as number;
    if (size === 1) continue;
    const reduced = axes.includes(i);
    const last = runs[runs.length - 1];
    if (last?.reduced === reduced) last.size *= size;
    else runs.push({ reduced, size });
  }
  return runs;
}
