import type { Space, Values } from "../../src/search/parameter.js";
import { uniform } from "../../src/search/parameters.js";

/** A function to minimize, as bench/search/compare.py has it. */
export interface TestFunction {
  readonly name: string;
  readonly space: Space;
  readonly value: (x: readonly number[]) => number;
  readonly least: number;
  /** The deviation of what an objective adds to the value. */
  readonly noise: number;
}

const cube = (low: number, high: number, n: number): Space =>
  Object.fromEntries(Array.from({ length: n }, (_, i) => [`x${i}`, uniform(low, high)]));

export const pointOf = (values: Values): number[] => Object.values(values) as number[];

const A = [
  [10, 3, 17, 3.5, 1.7, 8],
  [0.05, 10, 17, 0.1, 8, 14],
  [3, 3.5, 1.7, 10, 17, 8],
  [17, 8, 0.05, 10, 0.1, 14],
];
const P = [
  [1312, 1696, 5569, 124, 8283, 5886],
  [2329, 4135, 8307, 3736, 1004, 9991],
  [2348, 1451, 3522, 2883, 3047, 6650],
  [4047, 8828, 8732, 5743, 1091, 381],
];
const HEIGHTS = [1, 1.2, 3, 3.2];

export const functions: readonly TestFunction[] = [
  {
    name: "Branin",
    space: { x0: uniform(-5, 10), x1: uniform(0, 15) },
    value: ([a = 0, b = 0]) =>
      (b - (5.1 / (4 * Math.PI ** 2)) * a * a + (5 / Math.PI) * a - 6) ** 2 +
      10 * (1 - 1 / (8 * Math.PI)) * Math.cos(a) +
      10,
    least: 0.39788735772973816,
    noise: 0,
  },
  {
    name: "Hartmann-6",
    space: cube(0, 1, 6),
    value: (x) =>
      -HEIGHTS.reduce((total, height, i) => {
        const distance = x.reduce(
          (sum, each, k) => sum + (A[i]?.[k] as number) * (each - 1e-4 * (P[i]?.[k] as number)) ** 2,
          0,
        );
        return total + height * Math.exp(-distance);
      }, 0),
    least: -3.322368011415515,
    noise: 0,
  },
  {
    name: "Rosenbrock-5 with noise",
    space: cube(-2, 2, 5),
    value: (x) =>
      x.slice(1).reduce((sum, next, i) => {
        const each = x[i] as number;
        return sum + 100 * (next - each * each) ** 2 + (1 - each) ** 2;
      }, 0),
    least: 0,
    noise: 5,
  },
];
