import { asIndices, checkIndices } from "../tensor/indices.js";
import { asTensor, type Tensor, type TensorLike, table } from "../tensor/tensor.js";
import { checkNumber } from "../util/check.js";
import { ShapeError } from "../util/errors.js";
import { normalizeAxis, type Shape, showShape, sizeOfShape, stridesOf } from "../util/shapes.js";
import { add, mul } from "./arithmetic.js";
import { cast } from "./cast.js";
import { gatherOp } from "./gather.js";
import { flatten, reshape } from "./shape.js";
import { slice } from "./slice.js";

/** Σ i · strides over all places i of `shape`, row-major; in float64, which holds every place of a tensor. */
const placesIn = (shape: Shape, strides: readonly number[]): Tensor =>
  table(shape, "float64", () => placesOf(shape, strides));

function placesOf(shape: Shape, strides: readonly number[]): Float64Array {
  const out = new Float64Array(sizeOfShape(shape));
  let next = 0;
  const visit = (axis: number, at: number): void => {
    if (axis === shape.length) {
      out[next++] = at;
      return;
    }
    for (let i = 0; i < (shape[axis] as number); i++) visit(axis + 1, at + i * (strides[axis] as number));
  };
  visit(0, 0);
  return out;
}

/**
 * Where in a tensor of `shape` the elements stand that indices name along an axis, as int32.
 *
 * @throws ShapeError where the indices have another rank or a size above that of the tensor
 */
export function placesAlong(operation: string, shape: Shape, indices: TensorLike, axis: number): Tensor {
  const list = checkIndices(operation, indices, shape[axis] as number);
  const fits = list.rank === shape.length && list.shape.every((n, i) => i === axis || n <= (shape[i] as number));
  if (!fits) {
    throw new ShapeError(
      `${operation}: indices expected ${shape.length} axes, each but axis ${axis} of at most the size in ${showShape(shape)}, got ${showShape(list.shape)}`,
    );
  }
  const strides = stridesOf(shape);
  const others = placesIn(list.shape, strides.with(axis, 0));
  return cast(add(mul(cast(list, "float64"), strides[axis] as number), others), "int32");
}

/**
 * The elements of `x` at `indices` along an axis (default 0), each in its own line: y[i, j] = x[indices[i, j], j] for axis 0 (NumPy's
 * `take_along_axis`, PyTorch's `gather`, ONNX's GatherElements). y has the shape of `indices`. Gradients of repeated indices add up.
 *
 * @param indices int32, of the rank of x; along other axes at most as many as x has
 * @throws ShapeError for another rank or size and for an axis out of range, ValueError for an index out of range, DTypeError where indices are
 *   not int32 (or uint8)
 * @example
 * wg.takeAlongAxis([[1, 2], [3, 4]], [[1, 1], [0, 0]], 1).toArray(); // [[2, 2], [3, 3]]
 */
export function takeAlongAxis(x: TensorLike, indices: TensorLike, axis = 0): Tensor {
  const t = asTensor(x, undefined, "takeAlongAxis", "x");
  const places = placesAlong("takeAlongAxis", t.shape, indices, normalizeAxis("takeAlongAxis", axis, t.rank));
  return gatherOp([flatten(t), places], 0);
}

/**
 * Where in a tensor of `shape` the parts begin that the rows of `indices` [..., depth] name by their first `depth` axes (behind
 * `batchDims` axes that both have), in parts, as int32; and the shape of a part.
 *
 * @throws ShapeError where a row is empty or longer than the axes, or batches differ
 */
export function partsAt(
  operation: string,
  shape: Shape,
  indices: TensorLike,
  batchDims = 0,
): { places: Tensor; part: Shape } {
  const list = asIndices(operation, indices);
  const depth = list.shape.at(-1) ?? 0;
  const named = batchDims + depth;
  const sameBatch = list.rank > batchDims && list.shape.slice(0, batchDims).every((n, i) => n === shape[i]);
  if (depth < 1 || named > shape.length || !sameBatch) {
    throw new ShapeError(
      `${operation}: indices expected [${batchDims > 0 ? `${shape.slice(0, batchDims).join(", ")}, ` : ""}..., depth] with a depth from 1 to ${shape.length - batchDims} for ${showShape(shape)}, got ${showShape(list.shape)}`,
    );
  }
  const outer = list.shape.slice(0, -1);
  const strides = stridesOf(shape.slice(0, named));
  let places = placesIn(outer, [
    ...strides.slice(0, batchDims),
    ...new Array<number>(outer.length - batchDims).fill(0),
  ]);
  for (let i = 0; i < depth; i++) {
    const column = slice(list, [...outer.map(() => 0), i], [...outer, 1]);
    const along = checkIndices(operation, column, shape[batchDims + i] as number);
    const steps = mul(cast(reshape(along, outer), "float64"), strides[batchDims + i] as number);
    places = add(places, steps);
  }
  return { places: cast(places, "int32"), part: shape.slice(named) };
}

/**
 * The parts of `x` at places: each row of `indices` [..., depth] names one by its first `depth` axes, and y is [..., …the axes behind them].
 * Gradients of repeated places add up.
 *
 * @param batchDims so many axes x and indices have in common: each batch has its own indices; default 0
 * @throws ShapeError for a depth or batches that do not fit, ValueError for an index out of range, DTypeError where indices are not int32 (or
 *   uint8)
 * @example
 * wg.gatherND([[1, 2], [3, 4]], [[1, 0], [0, 1]]).toArray(); // [3, 2]
 * wg.gatherND([[1, 2], [3, 4]], [[1]]).toArray(); // [[3, 4]]
 */
export function gatherND(x: TensorLike, indices: TensorLike, batchDims = 0): Tensor {
  const t = asTensor(x, undefined, "gatherND", "x");
  checkNumber("gatherND", "batchDims", batchDims, { min: 0, max: t.rank, whole: true });
  const { places, part } = partsAt("gatherND", t.shape, indices, batchDims);
  const named = t.shape.slice(0, t.rank - part.length);
  const rows = reshape(t, [sizeOfShape(named), sizeOfShape(part)]);
  return reshape(gatherOp([rows, places], 0), [...places.shape, ...part]);
}
