import { kernelsFor } from "../backend/engine.js";
import { asTensor, empty, Tensor, type TensorLike } from "../tensor/tensor.js";
import { type DType, requireFloat } from "../util/dtypes.js";
import { ShapeError } from "../util/errors.js";
import { type Shape, sameShape, showShape } from "../util/shapes.js";
import { softplus } from "./activation.js";
import { add, mul, sub } from "./arithmetic.js";
import { type OpRecord, op } from "./op.js";
import { mean } from "./reduce.js";
import { matrixOf } from "./rows.js";
import { abs } from "./unary.js";

type Pair = [a: unknown, b: unknown];
type Both<T> = [a: T, b: T];

/**
 * One number a row of two tensors of one shape, divided by `divisor(columns)`; the gradients of the two are each other's negatives.
 *
 * @__NO_SIDE_EFFECTS__
 */
function squaredError(name: string, divisor: (columns: number) => number): (x: [TensorLike, TensorLike]) => Tensor {
  const record: OpRecord<Pair, void, void> = {
    ...rows(name),
    forward: (k, y, [a, b]) => {
      const { rows, columns } = matrixOf(a.shape);
      k.squared_error_forward(y.at, 0, a.at, b.at, 0, 0, divisor(columns), columns, 0, rows);
    },
    backward: (k, [da, db], dy, { x: [a, b] }) => {
      const { rows, columns } = matrixOf(a.shape);
      if (da) k.squared_error_backward(da.at, dy.at, a.at, b.at, divisor(columns), columns, 0, rows);
      if (db) k.squared_error_backward(db.at, dy.at, b.at, a.at, divisor(columns), columns, 0, rows);
    },
  };
  const run = op(name, record);
  return (x) => run(alike(name, x));
}

/**
 * The same loss with the gradient in `a` of the mean of its rows, each times its weight, in the same pass. Nothing is taped.
 *
 * @__NO_SIDE_EFFECTS__
 */
function squaredErrorAndGradient(name: string, divisor: (columns: number) => number) {
  return (x: [TensorLike, TensorLike], weights: Tensor | undefined): { loss: Tensor; gradient: Tensor } => {
    const [a, b] = alike(name, x);
    const loss = empty(rows(name).shape([a.shape, b.shape]), rows(name).dtype([a.dtype, b.dtype]));
    const gradient = empty(a.shape, a.dtype);
    const { rows: count, columns } = matrixOf(a.shape);
    const counts = [weights?.at ?? 0, 1 / count] as const;
    const k = kernelsFor(a.dtype);
    k.squared_error_forward(loss.at, gradient.at, a.at, b.at, ...counts, divisor(columns), columns, 0, count);
    return { loss, gradient };
  };
}

export const meanSquaredErrorAndGradient = squaredErrorAndGradient("meanSquaredError", (columns) => columns);
export const halfSquaredErrorAndGradient = squaredErrorAndGradient("halfSquaredError", () => 2);

const meanSquaredErrorOp = squaredError("meanSquaredError", (columns) => columns);

/**
 * Σ (a − b)² / n over the last axis: `[..., n]` and `[..., n]` give `[...]`. Gradient of a: 2 (a − b) / n.
 *
 * @throws ShapeError where the shapes differ, DTypeError
 * @example
 * wg.losses.meanSquaredError([[1, 4]], [[1, 2]]).toArray(); // [2]
 */
export function meanSquaredError(a: TensorLike, b: TensorLike): Tensor {
  return meanSquaredErrorOp([a, b]);
}

const halfSquaredErrorOp = squaredError("halfSquaredError", () => 2);

/**
 * ½ Σ (a − b)² over the last axis: `[..., n]` and `[..., n]` give `[...]`. Gradient of a: exactly a − b.
 *
 * @throws ShapeError where the shapes differ, DTypeError
 * @example
 * wg.halfSquaredError([[1, 2]], [[1, 4]]).toArray(); // [2]
 */
export function halfSquaredError(a: TensorLike, b: TensorLike): Tensor {
  return halfSquaredErrorOp([a, b]);
}

const meanAbsoluteErrorOp = op<Pair, void, void>("meanAbsoluteError", {
  ...rows("meanAbsoluteError"),
  forward: (k, y, [a, b]) => {
    const { rows, columns } = matrixOf(a.shape);
    k.absolute_error_forward(y.at, a.at, b.at, columns, 0, rows);
  },
  backward: (k, [da, db], dy, { x: [a, b] }) => {
    const { rows, columns } = matrixOf(a.shape);
    if (da) k.absolute_error_backward(da.at, dy.at, a.at, b.at, columns, 0, rows);
    if (db) k.absolute_error_backward(db.at, dy.at, b.at, a.at, columns, 0, rows);
  },
});

/**
 * Σ |a − b| / n over the last axis: `[..., n]` and `[..., n]` give `[...]`. Gradient of a: sign(a − b) / n, 0 where they are equal.
 *
 * @throws ShapeError where the shapes differ, DTypeError
 * @example
 * wg.losses.meanAbsoluteError([[1, 4]], [[1, 2]]).toArray(); // [1]
 */
export function meanAbsoluteError(a: TensorLike, b: TensorLike): Tensor {
  return meanAbsoluteErrorOp(alike("meanAbsoluteError", [a, b]));
}

const huberOp = op<Pair, { delta: number }, void>("huber", {
  ...rows("huber"),
  forward: (k, y, [a, b], { delta }) => {
    const { rows, columns } = matrixOf(a.shape);
    k.huber_forward(y.at, a.at, b.at, delta, columns, 0, rows);
  },
  backward: (k, [da, db], dy, { x: [a, b], attributes: { delta } }) => {
    const { rows, columns } = matrixOf(a.shape);
    if (da) k.huber_backward(da.at, dy.at, a.at, b.at, delta, columns, 0, rows);
    if (db) k.huber_backward(db.at, dy.at, b.at, a.at, delta, columns, 0, rows);
  },
});

/**
 * Mean over the last axis of ½e² where |e| ≤ δ, else δ · (|e| − ½δ), e = a − b: `[..., n]` and `[..., n]` give `[...]`. Gradient of a:
 * e held to ±δ, over n.
 *
 * @throws ShapeError where the shapes differ, DTypeError
 */
export function huber(a: TensorLike, b: TensorLike, delta: number): Tensor {
  return huberOp(alike("huber", [a, b]), { delta });
}

/**
 * Mean over the last axis of ln cosh e = |e| + softplus(−2|e|) − ln 2, e = a − b: `[..., n]` and `[..., n]` give `[...]`. Gradient of a:
 * tanh(e) / n.
 *
 * @throws ShapeError where the shapes differ, DTypeError
 */
export function logCosh(a: TensorLike, b: TensorLike): Tensor {
  const [x, y] = alike("logCosh", [a, b]);
  rows("logCosh").shape([x.shape, y.shape]);
  const size = abs(sub(x, y));
  return mean(add(size, sub(softplus(mul(size, -2)), Math.LN2)), -1);
}

/** Shape and dtype of a loss of two tensors. */
function rows(name: string) {
  return {
    shape([a, b]: Both<Shape>): Shape {
      if (a.length === 0 || !sameShape(a, b)) {
        throw new ShapeError(
          `${name}: a and b expected one shape [..., n], got ${showShape(a)} and ${showShape(b)}; reshape one of them`,
        );
      }
      return a.slice(0, -1);
    },
    dtype: ([a]: Both<DType>) => requireFloat(name, "a", a),
  };
}

/** Arrays take the dtype of the tensor beside them. */
function alike(name: string, [a, b]: [TensorLike, TensorLike]): [Tensor, Tensor] {
  const dtype = a instanceof Tensor ? a.dtype : b instanceof Tensor ? b.dtype : "float32";
  return [asTensor(a, dtype, name, "a"), asTensor(b, dtype, name, "b")];
}
