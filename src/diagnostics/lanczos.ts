import { Words } from "../data/words.js";
import type { Stream } from "../tensor/random.js";

/** An approximate eigenvalue of a large matrix. */
export interface RitzPair {
  readonly value: number;
  /** The matrix has an eigenvalue within so much of `value`: the residual ‖Hy − θy‖. */
  readonly error: number;
  /** Of length 1. */
  readonly vector: Float64Array;
}

/**
 * Eigenvalues of a symmetric matrix of which only products with vectors are known, in ascending order: the Lanczos algorithm with every new
 * vector made orthogonal to all before it, twice (Golub and Van Loan, Matrix Computations, 4th edition, sections 10.1 and 10.3.5). Extreme
 * eigenvalues come out first; `size` iterations give all distinct ones.
 */
export function lanczos(
  multiply: (v: Float64Array) => Float64Array,
  size: number,
  iterations: number,
  stream: Stream,
): RitzPair[] {
  const words = new Words(stream, 0);
  const basis: Float64Array[] = [];
  const [alphas, betas]: [number[], number[]] = [[], []];
  let next = Float64Array.from({ length: size }, () => words.between(-1, 1));
  scale(next, 1 / norm(next));
  let largest = 0;
  while (basis.length < Math.min(iterations, size)) {
    const v = next;
    basis.push(v);
    next = Float64Array.from(multiply(v));
    const alpha = dot(v, next);
    alphas.push(alpha);
    for (let pass = 0; pass < 2; pass++) for (const each of basis) addTo(next, each, -dot(each, next));
    const beta = norm(next);
    betas.push(beta);
    largest = Math.max(largest, Math.abs(alpha), beta);
    // What is left is rounding: the basis spans all that the start vector reaches.
    if (beta <= largest * 1e-12) break;
    scale(next, 1 / beta);
  }
  const last = betas.at(-1) as number;
  const count = basis.length;
  const matrix = alphas.map((alpha, i) =>
    alphas.map((_, j) => (i === j ? alpha : Math.abs(i - j) === 1 ? (betas[Math.min(i, j)] as number) : 0)),
  );
  return symmetricEigen(matrix).map(({ value, vector: coordinates }) => {
    const vector = new Float64Array(size);
    basis.forEach((each, i) => {
      addTo(vector, each, coordinates[i] as number);
    });
    const rest = count === size ? 0 : last;
    return { value, error: Math.abs(rest * (coordinates[count - 1] as number)), vector };
  });
}

/** All eigenvalues of a small symmetric matrix in ascending order, by Jacobi's rotations (Golub and Van Loan, section 8.5). */
export function symmetricEigen(matrix: readonly (readonly number[])[]): { value: number; vector: number[] }[] {
  const n = matrix.length;
  const a = matrix.map((row) => [...row]);
  const v = a.map((_, i) => a.map((_, j) => Number(i === j)));
  const at = (m: number[][], i: number, j: number) => (m[i] as number[])[j] as number;
  const total = Math.sqrt(a.flat().reduce((sum, x) => sum + x * x, 0));
  for (let sweep = 0; sweep < 60; sweep++) {
    let off = 0;
    for (let p = 0; p < n; p++) for (let q = p + 1; q < n; q++) off += at(a, p, q) ** 2;
    if (Math.sqrt(off) <= total * 1e-15) break;
    for (let p = 0; p < n; p++) {
      for (let q = p + 1; q < n; q++) {
        const entry = at(a, p, q);
        if (Math.abs(entry) < total * 1e-18) continue;
        const theta = (at(a, q, q) - at(a, p, p)) / (2 * entry);
        const t = (theta < 0 ? -1 : 1) / (Math.abs(theta) + Math.sqrt(theta * theta + 1));
        const c = 1 / Math.sqrt(t * t + 1);
        const s = t * c;
        for (const row of a) rotate(row, p, q, c, s);
        rotateRows(a[p] as number[], a[q] as number[], c, s);
        for (const row of v) rotate(row, p, q, c, s);
      }
    }
  }
  return a
    .map((row, i) => ({ value: row[i] as number, vector: v.map((each) => each[i] as number) }))
    .sort((x, y) => x.value - y.value);
}

function rotate(row: number[], p: number, q: number, c: number, s: number): void {
  const [x, y] = [row[p] as number, row[q] as number];
  row[p] = c * x - s * y;
  row[q] = s * x + c * y;
}

function rotateRows(first: number[], second: number[], c: number, s: number): void {
  first.forEach((x, i) => {
    const y = second[i] as number;
    first[i] = c * x - s * y;
    second[i] = s * x + c * y;
  });
}

export function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += (a[i] as number) * (b[i] as number);
  return sum;
}

export function norm(a: Float64Array): number {
  return Math.sqrt(dot(a, a));
}

/** target += factor · a. */
export function addTo(target: Float64Array, a: Float64Array, factor: number): void {
  for (let i = 0; i < a.length; i++) target[i] = (target[i] as number) + factor * (a[i] as number);
}

function scale(a: Float64Array, factor: number): void {
  for (let i = 0; i < a.length; i++) a[i] = (a[i] as number) * factor;
}
