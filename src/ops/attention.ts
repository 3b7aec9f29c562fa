import { asTensor, type Tensor, type TensorLike } from "../tensor/tensor.js";
import { checkBoolean, checkOptions } from "../util/check.js";
import { requireFloat, sizeOf } from "../util/dtypes.js";
import { DTypeError, ShapeError } from "../util/errors.js";
import { broadcastShapes, type Shape, sameShape, showShape, stridesOf } from "../util/shapes.js";
import { mul } from "./arithmetic.js";
import { broadcastStrides, type Four, walk } from "./broadcast.js";
import { requireBool } from "./compare.js";
import { matmul } from "./matmul.js";
import { op } from "./op.js";
import { matrixOf } from "./rows.js";

export interface AttentionOptions {
  /** Booleans of a shape that stretches to `[…, queries, keys]`: true where a query may look at a key. Default: everywhere. */
  mask?: TensorLike | null;
  /** True: query i looks at no key behind i. Default: false. */
  causal?: boolean;
}

interface Attributes {
  mask: Tensor | null;
  causal: boolean;
}

const weightsOp = op<[scores: unknown], Attributes>("attention", {
  shape: ([scores]) => scores,
  forward(k, y, [scores], { mask, causal }) {
    const [queries, keys] = scores.shape.slice(-2) as [number, number];
    if (y.size === 0) return;
    const rows = scores.shape.slice(0, -1);
    const item = sizeOf(y.dtype);
    const bytes = mask ? broadcastStrides(mask.shape, scores.shape) : scores.shape.map(() => 0);
    const step = bytes[rows.length] as number;
    const operands = [stridesOf(rows), bytes.slice(0, -1)];
    walk(rows, operands, ([, d1, d2, d3], [, strides], [row = 0, byte = 0], count) => {
      const at = row * keys * item;
      const looked = [mask ? mask.at + byte : 0, d1, d2, d3, ...(strides as Four), step] as const;
      k.attention_weights_forward(y.at + at, scores.at + at, ...looked, causal ? queries : 0, keys, 0, count);
    });
  },
  backward: (k, [dscores], dy, { y }) => {
    const { rows, columns } = matrixOf(y.shape);
    if (dscores) k.softmax_backward(dscores.at, dy.at, y.at, columns, 0, rows);
  },
});

/** softmax of scores `[…, queries, keys]` over the keys that a query may look at, 0 for the others, and a row of 0 where there are none. */
export const sharesOf = (scores: Tensor, attributes: Attributes): Tensor => weightsOp([scores], attributes);

/**
 * What each query takes of each key: softmax(q · kᵀ / √depth) over the keys that it may look at, 0 for the others. A query that may look at none
 * takes nothing: its row is 0. `attention` is the product of this and the values; dropout belongs between the two.
 *
 * @param q `[…, queries, depth]`
 * @param k `[…, keys, depth]`; the axes before broadcast as in `matmul`
 * @returns `[…, queries, keys]`
 * @throws ShapeError for sizes that do not fit, DTypeError where q is not of a float type or the mask is not bool, ValueError for an unknown option
 * @example
 * wg.attentionWeights([[1], [1]], [[0], [0]], { causal: true }).toArray(); // [[1, 0], [0.5, 0.5]]
 */
export function attentionWeights(q: TensorLike, k: TensorLike, options: AttentionOptions = {}): Tensor {
  return weightsOf("attentionWeights", q, k, options);
}

function weightsOf(operation: string, q: TensorLike, k: TensorLike, options: AttentionOptions): Tensor {
  checkOptions(operation, options, ["mask", "causal"]);
  const { causal = false } = options;
  checkBoolean(operation, "causal", causal);
  const query = asTensor(q, undefined, operation, "q");
  requireFloat(operation, "q", query.dtype);
  const key = asTensor(k, query.dtype, operation, "k");
  const depth = query.shape[query.rank - 1];
  if (query.rank < 2 || key.rank < 2 || key.shape[key.rank - 1] !== depth) {
    throw new ShapeError(
      `${operation}: q and k expected [..., queries, depth] and [..., keys, depth], got ${showShape(query.shape)} and ${showShape(key.shape)}`,
    );
  }
  checkSameType(operation, "k", key, query);
  // √depth on the queries, which are fewer elements than the scores.
  const scores = matmul(mul(query, 1 / Math.sqrt(Math.max(1, depth as number))), key, false, true);
  return sharesOf(scores, { mask: maskOf(operation, options.mask, scores.shape), causal });
}

function checkSameType(operation: string, argument: string, t: Tensor, { dtype }: Tensor): void {
  if (t.dtype === dtype) return;
  throw new DTypeError(
    `${operation}: ${argument} expected ${dtype} as q, got ${t.dtype}; convert it with cast(${argument}, "${dtype}")`,
  );
}

function maskOf(operation: string, mask: TensorLike | null | undefined, scores: Shape): Tensor | null {
  if (mask === undefined || mask === null) return null;
  const t = asTensor(mask, undefined, operation, "mask");
  requireBool(operation, "mask", t.dtype);
  if (t.rank <= scores.length && sameShape(broadcastShapes(operation, t.shape, scores), scores)) return t;
  throw new ShapeError(
    `${operation}: mask expected a shape that stretches to [..., queries, keys] ${showShape(scores)}, got ${showShape(t.shape)}`,
  );
}

/**
 * Scaled dot-product attention: softmax(q · kᵀ / √depth) · v, each query a mean of the values weighted by how its key fits. Vaswani et al. 2017,
 * section 3.2.1. Heads are an axis before the queries: `[batch, heads, queries, depth]`. A query that may look at no key gives 0.
 *
 * @param q `[…, queries, depth]`
 * @param k `[…, keys, depth]`
 * @param v `[…, keys, width]`; the axes before broadcast as in `matmul`
 * @returns `[…, queries, width]`
 * @throws as `attentionWeights`
 * @example
 * wg.attention([[1], [1]], [[0], [0]], [[2], [4]], { causal: true }).toArray(); // [[2], [3]]
 */
export function attention(q: TensorLike, k: TensorLike, v: TensorLike, options: AttentionOptions = {}): Tensor {
  const weights = weightsOf("attention", q, k, options);
  const values = asTensor(v, weights.dtype, "attention", "v");
  const keys = weights.shape[weights.rank - 1] as number;
  if (values.rank < 2 || values.shape[values.rank - 2] !== keys) {
    throw new ShapeError(
      `attention: v expected [..., keys, width] with ${keys} keys as k, got ${showShape(values.shape)}`,
    );
  }
  checkSameType("attention", "v", values, weights);
  return matmul(weights, values);
}
