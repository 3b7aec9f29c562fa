import { memory } from "../backend/engine.js";
import { sizeOf } from "../util/dtypes.js";
import { addDot, DOT_PARTS } from "./dot.js";
import type { Problem } from "./problem.js";

/** Elements that a sum or a maximum takes together, at least. */
const BLOCK = 512;

/** The arithmetic of vectors that lie as the weights do, over the parts that are trained. Sums are in double. */
export class Flat {
  constructor(private readonly problem: Problem) {}

  /** a · b */
  dot(a: number, b: number): number {
    const { k, runs, cell } = this.problem;
    memory().f64[cell >>> 3] = 0;
    for (const [begin, end] of runs) addDot(k, cell, cell + sizeOf("float64"), a, b, begin, end);
    return memory().f64[cell >>> 3] as number;
  }

  /** max |x| */
  largest(x: number): number {
    return this.reduce("reduce_maximum_magnitude", x).reduce((most, each) => Math.max(most, each), 0);
  }

  /** Σ |x| */
  sumOfMagnitudes(x: number): number {
    return this.reduce("reduce_sum_of_magnitudes", x).reduce((sum, each) => sum + each, 0);
  }

  /** y = x */
  copy(y: number, x: number): void {
    const { k, runs } = this.problem;
    for (const [begin, end] of runs) k.copy(y, x, begin, end);
  }

  /** y = factor · x */
  multiply(y: number, x: number, factor: number): void {
    const { k, runs } = this.problem;
    for (const [begin, end] of runs) k.multiply_by(y, x, factor, begin, end);
  }

  /** y += factor · x */
  add(y: number, x: number, factor: number): void {
    const { k, runs } = this.problem;
    for (const [begin, end] of runs) k.add_scaled(y, x, factor, begin, end);
  }

  /** At most DOT_PARTS numbers for each run. */
  private reduce(kernel: "reduce_maximum_magnitude" | "reduce_sum_of_magnitudes", x: number): number[] {
    const { k, runs, cell, dtype } = this.problem;
    return runs.flatMap(([begin, end]) => {
      const block = Math.max(BLOCK, Math.ceil((end - begin) / DOT_PARTS));
      const count = Math.ceil((end - begin) / block);
      k[kernel](cell, x + begin * sizeOf(dtype), end - begin, 1, block, 0, count);
      return Array.from(memory().view(cell, count, dtype));
    });
  }
}
