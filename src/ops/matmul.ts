import { empty, type Tensor, type TensorLike } from "../tensor/tensor.js";
import { checkBoolean } from "../util/check.js";
import { requireFloat, sizeOf } from "../util/dtypes.js";
import { ShapeError } from "../util/errors.js";
import { broadcastShapes, type Shape, showShape, sizeOfShape, stridesOf } from "../util/shapes.js";
import { type Form, product, scratchFor } from "./gemm.js";
import { op } from "./op.js";
import { transposeInto } from "./transpose.js";

/** A product of the backward pass: its form and sizes. */
type Step = readonly [Form, { m: number; n: number; k: number }];

interface Attributes {
  transposeA: boolean;
  transposeB: boolean;
}

/** What a product of two batches of matrices comes to: the sizes, and where each single product finds its operands. */
interface Plan {
  m: number;
  n: number;
  k: number;
  /** Element offsets of the products in c, a and b. */
  offsets: { c: number; a: number; b: number }[];
}

function plan(a: Shape, b: Shape, { transposeA, transposeB }: Attributes): Plan {
  const [rowsA, columnsA] = a.slice(-2) as [number, number];
  const [rowsB, columnsB] = b.slice(-2) as [number, number];
  const [m, k] = transposeA ? [columnsA, rowsA] : [rowsA, columnsA];
  const n = transposeB ? rowsB : columnsB;
  const [batchA, batchB] = [a.slice(0, -2), b.slice(0, -2)];
  const countA = sizeOfShape(batchA);
  if (sizeOfShape(batchB) === 1 && !transposeA) {
    // One B for all: the batch is more rows of A.
    return { m: countA * m, n, k, offsets: [{ c: 0, a: 0, b: 0 }] };
  }
  const batch = broadcastShapes("matmul", batchA, batchB);
  const [stepsA, stepsB] = [broadcastStrides(batchA, batch), broadcastStrides(batchB, batch)];
  const offsets = Array.from({ length: sizeOfShape(batch) }, (_, index) => {
    let [rest, ia, ib] = [index, 0, 0];
    for (let axis = batch.length - 1; axis >= 0; axis--) {
      const size = batch[axis] as number;
      const i = rest % size;
      rest = (rest - i) / size;
      ia += i * (stepsA[axis] as number);
      ib += i * (stepsB[axis] as number);
    }
    return { c: index * m * n, a: ia * m * k, b: ib * k * n };
  });
  return { m, n, k, offsets };
}

/** Strides by which `shape` is read as if it had the shape `out`: 0 along the axes that it repeats. */
function broadcastStrides(shape: Shape, out: Shape): number[] {
  const strides = stridesOf(shape);
  const missing = out.length - shape.length;
  return out.map((_, axis) =>
    axis < missing || shape[axis - missing] === 1 ? 0 : (strides[axis - missing] as number),
  );
}

function outputShape(a: Shape, b: Shape, { transposeA, transposeB }: Attributes): Shape {
  for (const [name, shape] of [
    ["a", a],
    ["b", b],
  ] as const) {
    if (shape.length < 2) {
      throw new ShapeError(
        `matmul: ${name} expected at least two axes, got ${showShape(shape)}; reshape a vector to ` +
          `${name === "a" ? "[1, size]" : "[size, 1]"}`,
      );
    }
  }
  const [m, k] = (transposeA ? a.slice(-2).reverse() : a.slice(-2)) as [number, number];
  const [kb, n] = (transposeB ? b.slice(-2).reverse() : b.slice(-2)) as [number, number];
  if (k !== kb) {
    throw new ShapeError(
      `matmul: b expected ${k} ${transposeB ? "columns" : "rows"} to multiply a ${showShape(a)}` +
        `${transposeA ? " transposed" : ""}, got ${showShape(b)}${transposeB ? " transposed" : ""}; ` +
        "change a shape or set transposeA or transposeB",
    );
  }
  return [...broadcastShapes("matmul", a.slice(0, -2), b.slice(0, -2)), m, n];
}

const matmulOp = op<[a: unknown, b: unknown], Attributes>("matmul", {
  shape: ([a, b], attributes) => outputShape(a, b, attributes),
  dtype: ([a]) => requireFloat("matmul", "a", a),

  forward(kernels, y, [a, b], attributes) {
    const { transposeA, transposeB } = attributes;
    const { m, n, k, offsets } = plan(a.shape, b.shape, attributes);
    const item = sizeOf(y.dtype);
    if (transposeA && transposeB) {
      // Aᵀ·Bᵀ = (B·A)ᵀ
      const scratch = scratchFor(y, ["gemm_nn", { m: n, n: m, k }]);
      const turned = empty([n, m], y.dtype);
      for (const at of offsets) {
        const p = { c: turned.at, a: b.at + at.b * item, b: a.at + at.a * item, m: n, n: m, k };
        product(kernels, "gemm_nn", p, scratch, { accumulate: false });
        transposeInto(kernels, y.at + at.c * item, turned.at, n, m);
      }
      return;
    }
    const form = transposeA ? "gemm_tn" : transposeB ? "gemm_nt" : "gemm_nn";
    const scratch = scratchFor(y, [form, { m, n, k }]);
    for (const at of offsets) {
      const p = { c: y.at + at.c * item, a: a.at + at.a * item, b: b.at + at.b * item, m, n, k };
      product(kernels, form, p, scratch, { accumulate: false });
    }
  },

  backward(kernels, [da, db], dy, { x: [a, b], attributes }) {
    const { transposeA, transposeB } = attributes;
    const { m, n, k, offsets } = plan(a.shape, b.shape, attributes);
    const item = sizeOf(dy.dtype);
    const ofA: Step = transposeA
      ? [transposeB ? "gemm_tn" : "gemm_nt", { m: k, n: m, k: n }]
      : [transposeB ? "gemm_nn" : "gemm_nt", { m, n: k, k: n }];
    const ofB: Step = transposeB
      ? [transposeA ? "gemm_nt" : "gemm_tn", { m: n, n: k, k: m }]
      : [transposeA ? "gemm_nn" : "gemm_tn", { m: k, n, k: m }];
    const scratch = scratchFor(dy, ...(da ? [ofA] : []), ...(db ? [ofB] : []));
    const turned = transposeA && transposeB ? empty([n, m], dy.dtype) : dy;
    for (const at of offsets) {
      const [A, B, D] = [a.at + at.a * item, b.at + at.b * item, dy.at + at.c * item];
      const T = turned === dy ? D : turned.at;
      if (turned !== dy) transposeInto(kernels, T, D, m, n);
      const add = ([form, sizes]: Step, c: number, left: number, right: number) =>
        product(kernels, form, { c, a: left, b: right, ...sizes }, scratch, { accumulate: true });
      if (da) {
        const c = da.at + at.a * item;
        if (transposeA) add(ofA, c, B, T);
        else add(ofA, c, D, B);
      }
      if (db) {
        const c = db.at + at.b * item;
        if (transposeB) add(ofB, c, T, A);
        else add(ofB, c, A, D);
      }
    }
  },
});

/**
 * The matrix product of the last two axes: y[…, i, j] = Σₚ a[…, i, p] · b[…, p, j], from `[…, m, k]` and `[…, k, n]` to `[…, m, n]`. The
 * axes before them broadcast. Every sum adds p in ascending order, whatever the sizes.
 *
 * @param transposeA read `a` as `[…, k, m]`; default false
 * @param transposeB read `b` as `[…, n, k]`; default false
 * @throws ShapeError for an argument of fewer than two axes or sizes that do not fit, DTypeError where `a` is not of a float type,
 *   ValueError for a flag that is no boolean
 * @example
 * wg.matmul([[1, 2], [3, 4]], [[1, 0], [1, 1]]).toArray(); // [[3, 2], [7, 4]]
 */
export function matmul(a: TensorLike, b: TensorLike, transposeA = false, transposeB = false): Tensor {
  checkBoolean("matmul", "transposeA", transposeA);
  checkBoolean("matmul", "transposeB", transposeB);
  return matmulOp([a, b], { transposeA, transposeB });
}
