import { memory } from "../backend/engine.js";
import { sizeOf } from "../util/dtypes.js";
import type { Problem } from "./problem.js";

/** The arithmetic of vectors that lie as the weights do, over the parts that are trained. Sums are in double. */
export class Flat {
  constructor(private readonly problem: Problem) {}

  /** a · b */
  dot(a: number, b: number): number {
    const { k, runs, cell } = this.problem;
    memory().f64[cell >>> 3] = 0;
    for (const [begin, end] of runs) k.dot_product(cell, a, b, begin, end);
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

  /** One number for each run. */
  private reduce(kernel: "reduce_maximum_magnitude" | "reduce_sum_of_magnitudes", x: number): number[] {
    const { k, runs, cell, dtype } = this.problem;
    const item = sizeOf(dtype);
    return runs.map(([begin, end]) => {
      k[kernel](cell, x + begin * item, end - begin, 1, end - begin, 0, 1);
      return (dtype === "float32" ? memory().f32 : memory().f64)[cell / item] as number;
    });
  }
}
