import { kernels } from "../backend/engine.js";
import { checkNumber, show } from "../util/check.js";
import { type DType, type FloatDType, requireFloat } from "../util/dtypes.js";
import { ValueError } from "../util/errors.js";
import { checkShape, type Shape } from "../util/shapes.js";
import { checkIndices } from "./indices.js";
import { asTensor, checkDType, empty, filled, type Tensor, type TensorLike, table } from "./tensor.js";

/**
 * A tensor of zeros.
 *
 * @param dtype default: `"float32"`
 * @throws ShapeError for a shape that is not an array of whole numbers ≥ 0, ValueError for an unknown dtype
 * @example
 * wg.zeros([2, 2]).toArray(); // [[0, 0], [0, 0]]
 */
export function zeros(shape: Shape, dtype: DType = "float32"): Tensor {
  checkShape("zeros", shape);
  return filled([...shape], 0, checkDType("zeros", dtype));
}

/**
 * A tensor of ones.
 *
 * @param dtype default: `"float32"`
 * @throws as `zeros`
 * @example
 * wg.ones([3]).toArray(); // [1, 1, 1]
 */
export function ones(shape: Shape, dtype: DType = "float32"): Tensor {
  checkShape("ones", shape);
  return filled([...shape], 1, checkDType("ones", dtype));
}

/**
 * A tensor whose elements are all `value`.
 *
 * @param dtype default: `"bool"` for a boolean, else `"float32"`
 * @throws as `zeros`, and ValueError where `value` is not a number or boolean
 * @example
 * wg.full([2], 7).toArray(); // [7, 7]
 */
export function full(shape: Shape, value: number | boolean, dtype?: DType): Tensor {
  checkShape("full", shape);
  if (typeof value !== "number" && typeof value !== "boolean") {
    throw new ValueError(`full: value expected a number or a boolean, got ${show(value)}`);
  }
  const type = dtype === undefined ? (typeof value === "boolean" ? "bool" : "float32") : checkDType("full", dtype);
  return filled([...shape], Number(value), type);
}

/**
 * Zeros with the shape and dtype of `x`.
 *
 * @throws ValueError, ShapeError where `x` is no tensor and makes none
 * @example
 * wg.zerosLike([[1, 2]]).toArray(); // [[0, 0]]
 */
export function zerosLike(x: TensorLike): Tensor {
  const { shape, dtype } = asTensor(x, undefined, "zerosLike", "x");
  return filled(shape, 0, dtype);
}

/**
 * Ones with the shape and dtype of `x`.
 *
 * @throws ValueError, ShapeError where `x` is no tensor and makes none
 * @example
 * wg.onesLike([[1, 2]]).toArray(); // [[1, 1]]
 */
export function onesLike(x: TensorLike): Tensor {
  const { shape, dtype } = asTensor(x, undefined, "onesLike", "x");
  return filled(shape, 1, dtype);
}

/**
 * The identity matrix [rows, columns]: 1 where row and column are the same.
 *
 * @param columns default: `rows`
 * @param dtype default: `"float32"`
 * @throws ValueError where a size is not a whole number ≥ 0
 * @example
 * wg.eye(2).toArray(); // [[1, 0], [0, 1]]
 */
export function eye(rows: number, columns: number = rows, dtype: DType = "float32"): Tensor {
  checkNumber("eye", "rows", rows, { min: 0, whole: true });
  checkNumber("eye", "columns", columns, { min: 0, whole: true });
  const values = new Uint8Array(rows * columns);
  for (let i = 0; i < Math.min(rows, columns); i++) values[i * columns + i] = 1;
  return fromValues([rows, columns], values, checkDType("eye", dtype));
}

/**
 * The numbers from `start` in steps of `step` up to, not including, `stop`.
 *
 * @param step default: 1, or −1 where `stop` is below `start`; none are made where it leads away from `stop`
 * @param dtype default: `"float32"`
 * @throws ValueError for a step of 0 and for arguments that are not finite
 * @example
 * wg.range(0, 6, 2).toArray(); // [0, 2, 4]
 */
export function range(start: number, stop: number, step?: number, dtype: DType = "float32"): Tensor {
  checkNumber("range", "start", start);
  checkNumber("range", "stop", stop);
  const by = step ?? (stop < start ? -1 : 1);
  checkNumber("range", "step", by);
  if (by === 0) throw new ValueError("range: step expected a number other than 0, got 0");
  const length = Math.max(0, Math.ceil((stop - start) / by));
  const values = Float64Array.from({ length }, (_, i) => start + i * by);
  return fromValues([length], values, checkDType("range", dtype));
}

/**
 * `count` numbers, evenly spaced from `start` to `stop`, both included.
 *
 * @param dtype default: `"float32"`
 * @throws ValueError where `count` is not a whole number > 0 and for bounds that are not finite, DTypeError for an integer dtype
 * @example
 * wg.linspace(0, 1, 5).toArray(); // [0, 0.25, 0.5, 0.75, 1]
 */
export function linspace(start: number, stop: number, count: number, dtype: FloatDType = "float32"): Tensor {
  checkNumber("linspace", "start", start);
  checkNumber("linspace", "stop", stop);
  checkNumber("linspace", "count", count, { min: 1, whole: true });
  const type = requireFloat("linspace", "dtype", checkDType("linspace", dtype));
  const last = count - 1;
  const values = Float64Array.from({ length: count }, (_, i) =>
    i === last && i > 0 ? stop : start + ((stop - start) * i) / Math.max(last, 1),
  );
  return fromValues([count], values, type);
}

/**
 * For each index a row of `depth` numbers: `onValue` at the index, else `offValue`. Shape [...indices.shape, depth].
 *
 * @param onValue, offValue default: 1 and 0
 * @param dtype default: `"float32"`
 * @throws ValueError for an index below 0 or not below `depth`, DTypeError where indices are not int32 (or uint8)
 * @example
 * wg.oneHot([2, 0], 3).toArray(); // [[0, 0, 1], [1, 0, 0]]
 */
export function oneHot(
  indices: TensorLike,
  depth: number,
  onValue = 1,
  offValue = 0,
  dtype: FloatDType = "float32",
): Tensor {
  checkNumber("oneHot", "depth", depth, { min: 1, whole: true });
  checkNumber("oneHot", "onValue", onValue);
  checkNumber("oneHot", "offValue", offValue);
  const type = requireFloat("oneHot", "dtype", checkDType("oneHot", dtype));
  const list = checkIndices("oneHot", indices, depth);
  const y = empty([...list.shape, depth], type);
  kernels(type).one_hot(y.at, list.at, depth, onValue, offValue, 0, list.size);
  return y;
}

function fromValues(shape: Shape, values: ArrayLike<number>, dtype: DType): Tensor {
  return table(shape, dtype, () => values);
}
