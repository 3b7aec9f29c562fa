import type { Kernels } from "#kernels/kernels";
import { asTensor, Tensor, type TensorLike } from "../tensor/tensor.js";
import { type DType, isFloat, sizeOf } from "../util/dtypes.js";
import { DTypeError } from "../util/errors.js";
import { broadcastShapes } from "../util/shapes.js";
import { type BinaryKernel, binary } from "./broadcast.js";
import { broadcastTo } from "./broadcast-to.js";
import { cast } from "./cast.js";
import { op } from "./op.js";

/**
 * A comparison; `order` "ba" exchanges the operands. Integers are compared as float64 (int32) or float32 (bytes), which hold them exactly.
 *
 * @__NO_SIDE_EFFECTS__
 */
function comparison(name: string, kernel: (k: Kernels) => BinaryKernel, order: "ab" | "ba" = "ab") {
  const run = op<[a: unknown, b: unknown]>(name, {
    shape: ([a, b]) => broadcastShapes(name, a, b),
    dtype: () => "bool",
    forward: (k, y, [a, b]) => (order === "ab" ? binary(kernel(k), y, a, b) : binary(kernel(k), y, b, a)),
  });
  return (a: TensorLike, b: TensorLike): Tensor => {
    const dtype = [a, b].find((each) => each instanceof Tensor)?.dtype;
    const [p, q] = [asTensor(a, dtype, name, "a"), asTensor(b, dtype, name, "b")];
    if (p.dtype !== q.dtype || isFloat(p.dtype)) return run([p, q]);
    const exact = p.dtype === "int32" ? "float64" : "float32";
    return run([cast(p, exact), cast(q, exact)]);
  };
}

const equalOp = comparison("equal", (k) => k.equal);
const notEqualOp = comparison("notEqual", (k) => k.not_equal);
const lessOp = comparison("less", (k) => k.less);
const lessEqualOp = comparison("lessEqual", (k) => k.less_equal);
const greaterOp = comparison("greater", (k) => k.less, "ba");
const greaterEqualOp = comparison("greaterEqual", (k) => k.less_equal, "ba");

/**
 * a = b, element by element, as booleans. Shapes broadcast by NumPy's rule. NaN equals nothing, −0 equals 0.
 *
 * @throws ShapeError where the shapes do not broadcast, DTypeError where a and b differ in dtype
 * @example
 * wg.equal([1, 2], [1, 3]).toArray(); // [true, false]
 */
export function equal(a: TensorLike, b: TensorLike): Tensor {
  return equalOp(a, b);
}

/**
 * a ≠ b, as `equal`; true where one is NaN.
 *
 * @throws as `equal`
 * @example
 * wg.notEqual([1, 2], [1, 3]).toArray(); // [false, true]
 */
export function notEqual(a: TensorLike, b: TensorLike): Tensor {
  return notEqualOp(a, b);
}

/**
 * a < b, as `equal`; false where one is NaN.
 *
 * @throws as `equal`
 * @example
 * wg.less([1, 2], 2).toArray(); // [true, false]
 */
export function less(a: TensorLike, b: TensorLike): Tensor {
  return lessOp(a, b);
}

/**
 * a ≤ b, as `equal`; false where one is NaN.
 *
 * @throws as `equal`
 * @example
 * wg.lessEqual([1, 3], 2).toArray(); // [true, false]
 */
export function lessEqual(a: TensorLike, b: TensorLike): Tensor {
  return lessEqualOp(a, b);
}

/**
 * a > b, as `equal`; false where one is NaN.
 *
 * @throws as `equal`
 * @example
 * wg.greater([1, 3], 2).toArray(); // [false, true]
 */
export function greater(a: TensorLike, b: TensorLike): Tensor {
  return greaterOp(a, b);
}

/**
 * a ≥ b, as `equal`; false where one is NaN.
 *
 * @throws as `equal`
 * @example
 * wg.greaterEqual([1, 2], 2).toArray(); // [false, true]
 */
export function greaterEqual(a: TensorLike, b: TensorLike): Tensor {
  return greaterEqualOp(a, b);
}

/** @throws DTypeError where `dtype` is not bool. */
export function requireBool(operation: string, argument: string, dtype: DType): DType {
  if (dtype === "bool") return dtype;
  throw new DTypeError(
    `${operation}: ${argument} expected bool, got ${dtype}; compare it with 0 or convert it with cast(${argument}, "bool")`,
  );
}

/** @__NO_SIDE_EFFECTS__ */
function logical(name: string, kernel: (k: Kernels) => Kernels["logical_and"]) {
  const run = op<[a: unknown, b: unknown]>(name, {
    shape: ([a]) => a,
    forward: (k, y, [a, b]) => kernel(k)(y.at, a.at, b.at, 0, y.size),
  });
  return (a: TensorLike, b: TensorLike): Tensor => {
    const [p, q] = [asTensor(a, undefined, name, "a"), asTensor(b, undefined, name, "b")];
    requireBool(name, "a", p.dtype);
    requireBool(name, "b", q.dtype);
    const shape = broadcastShapes(name, p.shape, q.shape);
    return run([broadcastTo(p, shape), broadcastTo(q, shape)]);
  };
}

const logicalAndOp = logical("logicalAnd", (k) => k.logical_and);
const logicalOrOp = logical("logicalOr", (k) => k.logical_or);
const logicalXorOp = comparison("logicalXor", (k) => k.not_equal);
const logicalNotOp = op<[x: unknown]>("logicalNot", {
  shape: ([x]) => x,
  dtype: ([x]) => requireBool("logicalNot", "x", x),
  forward: (k, y, [x]) => k.logical_not(y.at, x.at, 0, y.size),
});

/**
 * a and b, element by element, broadcast.
 *
 * @throws DTypeError where one is not of dtype bool, ShapeError where the shapes do not broadcast
 * @example
 * wg.logicalAnd([true, true], [true, false]).toArray(); // [true, false]
 */
export function logicalAnd(a: TensorLike, b: TensorLike): Tensor {
  return logicalAndOp(a, b);
}

/**
 * a or b, element by element, broadcast.
 *
 * @throws as `logicalAnd`
 * @example
 * wg.logicalOr([true, false], [false, false]).toArray(); // [true, false]
 */
export function logicalOr(a: TensorLike, b: TensorLike): Tensor {
  return logicalOrOp(a, b);
}

/**
 * One of a and b, but not both, element by element, broadcast.
 *
 * @throws as `logicalAnd`
 * @example
 * wg.logicalXor([true, true], [true, false]).toArray(); // [false, true]
 */
export function logicalXor(a: TensorLike, b: TensorLike): Tensor {
  const [p, q] = [asTensor(a, undefined, "logicalXor", "a"), asTensor(b, undefined, "logicalXor", "b")];
  requireBool("logicalXor", "a", p.dtype);
  requireBool("logicalXor", "b", q.dtype);
  return logicalXorOp(p, q);
}

/**
 * Not x, element by element.
 *
 * @throws DTypeError where x is not of dtype bool
 * @example
 * wg.logicalNot([true, false]).toArray(); // [false, true]
 */
export function logicalNot(x: TensorLike): Tensor {
  return logicalNotOp([x]);
}

const whereOp = op<[a: unknown, b: unknown, condition: unknown]>("where", {
  shape: ([a]) => a,
  free: [2],
  forward: (k, y, [a, b, condition]) => {
    if (isFloat(y.dtype)) k.select_forward(y.at, a.at, b.at, condition.at, 0, y.size);
    else k.select_items(y.at, a.at, b.at, condition.at, sizeOf(y.dtype), 0, y.size);
  },
  backward: (k, [da, db], dy, { x: [, , condition] }) => {
    if (da) k.select_backward(da.at, dy.at, condition.at, 1, 0, dy.size);
    if (db) k.select_backward(db.at, dy.at, condition.at, 0, 0, dy.size);
  },
});

/**
 * a where `condition` is true, else b, element by element; all three broadcast. The gradient goes to the side that was chosen: a NaN on
 * the other side does no harm.
 *
 * @throws DTypeError where the condition is not of dtype bool or a and b differ in dtype, ShapeError where the shapes do not broadcast
 * @example
 * wg.where([true, false], [1, 2], [3, 4]).toArray(); // [1, 4]
 */
export function where(condition: TensorLike, a: TensorLike, b: TensorLike): Tensor {
  const c = asTensor(condition, undefined, "where", "condition");
  requireBool("where", "condition", c.dtype);
  const dtype = [a, b].find((each) => each instanceof Tensor)?.dtype;
  const [p, q] = [asTensor(a, dtype, "where", "a"), asTensor(b, dtype, "where", "b")];
  const shape = broadcastShapes("where", broadcastShapes("where", p.shape, q.shape), c.shape);
  return whereOp([broadcastTo(p, shape), broadcastTo(q, shape), broadcastTo(c, shape)]);
}
