import fc from "fast-check";
import type { OpCase } from "./check-op.js";

/** The element-wise oracle: nested loops over the broadcast shape, each operand indexed by itself. */
export function broadcastOracle(
  f: (a: number, b: number) => number,
  [a, aShape]: [ArrayLike<number>, readonly number[]],
  [b, bShape]: [ArrayLike<number>, readonly number[]],
): { values: number[]; shape: number[] } {
  const rank = Math.max(aShape.length, bShape.length);
  const padded = (shape: readonly number[]) => [...new Array<number>(rank - shape.length).fill(1), ...shape];
  const [p, q] = [padded(aShape), padded(bShape)];
  const shape = p.map((n, i) => (n === 1 ? (q[i] as number) : n));
  const values: number[] = [];
  const visit = (axis: number, i: number, j: number): void => {
    if (axis === rank) {
      values.push(f(a[i] as number, b[j] as number));
      return;
    }
    for (let t = 0; t < (shape[axis] as number); t++) {
      const [m, n] = [p[axis] as number, q[axis] as number];
      visit(axis + 1, i * m + (m === 1 ? 0 : t), j * n + (n === 1 ? 0 : t));
    }
  };
  visit(0, 0, 0);
  return { values, shape };
}

/** Two shapes that broadcast, of rank up to 6. */
export const broadcastableShapes = fc
  .array(fc.tuple(fc.integer({ min: 0, max: 6 }), fc.constantFrom("both", "both", "a", "b")), { maxLength: 6 })
  .chain((axes) =>
    fc.tuple(fc.constant(axes), fc.integer({ min: 0, max: axes.length }), fc.integer({ min: 0, max: axes.length })),
  )
  .map(([axes, dropA, dropB]) => {
    // An axis that only one operand has or stretches: leading axes may be left out altogether.
    const a = axes.map(([n, who]) => (who === "b" ? 1 : n));
    const b = axes.map(([n, who]) => (who === "a" ? 1 : n));
    const drop = (shape: number[], count: number) => {
      let i = 0;
      while (i < count && shape[i] === 1) i++;
      return shape.slice(i);
    };
    return { a: drop(a, dropA), b: drop(b, dropB) };
  })
  .filter(({ a, b }) => a.concat(b).reduce((p, n) => p * Math.max(n, 1), 1) < 50_000);

/** Values that element-wise operations must get right, each against each. */
export const awkward = [0, -0, 1, -1, 2, -3, 0.5, NaN, Infinity, -Infinity, 1e-40, -1e-40, 1e20, -1e20, 3e38];

/** Shapes for two operands. */
export const binaryCases: OpCase[] = [
  ...[1, 2, 3, 4, 5, 8, 9, 33].map((n) => ({ name: `${n} elements`, inputs: [[n], [n]] })),
  { name: "scalars", inputs: [[], []] },
  { name: "empty", inputs: [[0], [0]] },
  { name: "empty against one", inputs: [[3, 0], [1]] },
  { name: "tensor and scalar", inputs: [[3, 7], []] },
  { name: "scalar and tensor", inputs: [[], [3, 7]] },
  { name: "matrix and row", inputs: [[5, 6], [6]] },
  {
    name: "matrix and column",
    inputs: [
      [5, 6],
      [5, 1],
    ],
  },
  {
    name: "column and row",
    inputs: [
      [5, 1],
      [1, 7],
    ],
  },
  {
    name: "stretched in the middle",
    inputs: [
      [2, 1, 5],
      [2, 3, 5],
    ],
  },
  {
    name: "six axes, every other stretched",
    inputs: [
      [2, 1, 3, 1, 2, 1],
      [1, 2, 1, 2, 1, 3],
    ],
  },
];
