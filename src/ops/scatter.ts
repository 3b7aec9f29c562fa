import { range, zeros } from "../tensor/create.js";
import { customGrad } from "../tensor/grad.js";
import { asTensor, type Tensor, type TensorLike, zerosLike } from "../tensor/tensor.js";
import { checkName } from "../util/check.js";
import { isFloat, sizeOf } from "../util/dtypes.js";
import { DTypeError, ShapeError } from "../util/errors.js";
import { checkShape, normalizeAxis, type Shape, sameShape, showShape, sizeOfShape } from "../util/shapes.js";
import { add, div, divNoNan, mul, sub } from "./arithmetic.js";
import { cast } from "./cast.js";
import { equal, where } from "./compare.js";
import { gatherOp } from "./gather.js";
import { partsAt, placesAlong } from "./gather-nd.js";
import { copyStrided } from "./layout.js";
import { op } from "./op.js";
import { flatten, reshape } from "./shape.js";

const reductions = ["none", "add", "mul", "max", "min"] as const;

/** What becomes of an element and the updates that come to its place: the last of these, or the sum, product, greatest or least of all. */
export type ScatterReduction = (typeof reductions)[number];

/** The rows `updates` put to `places` in a copy of x [n, inner], one after another. */
const scatterOp = op<[x: unknown, updates: unknown, places: unknown], ScatterReduction>("scatter", {
  shape: ([x]) => x,
  named: ["x", "updates", "places"],
  free: [2],
  forward: (k, y, [x, updates, places], reduction) => {
    copyStrided(k, y, x, { shape: y.shape });
    const [n, inner] = y.shape as [number, number];
    const given = [y.at, updates.at, places.at, n, inner] as const;
    if (reduction === "none") k.scatter_items(...given, sizeOf(y.dtype), 0, places.size);
    else k[`scatter_${reduction}`](...given, 0, places.size);
  },
});

/** The gradients of x and updates for the gradient dy of y. */
type Gradient = (dy: Tensor, x: Tensor, updates: Tensor, y: Tensor, places: Tensor) => [Tensor, Tensor];

const gathered = (x: Tensor, places: Tensor): Tensor => gatherOp([x, places], 0);

/** To those that are the peak y, in equal shares. */
const toPeaks: Gradient = (dy, x, updates, y, places) => {
  const [ofX, ofUpdates] = [cast(equal(x, y), y.dtype), cast(equal(updates, gathered(y, places)), y.dtype)];
  const share = divNoNan(dy, scatterOp([ofX, ofUpdates, places], "add"));
  return [mul(share, ofX), mul(gathered(share, places), ofUpdates)];
};

const gradients: Record<ScatterReduction, Gradient> = {
  none: (dy, _x, updates, _y, places) => {
    const order = range(0, places.size, 1, "int32");
    const column = reshape(order, [places.size, 1]);
    const last = scatterOp([zeros([dy.shape[0] as number, 1], "int32"), column, places], "none");
    const stays = where(equal(gathered(last, places), column), gathered(dy, places), 0);
    return [scatterOp([dy, zerosLike(updates), places], "none"), stays];
  },
  add: (dy, _x, _updates, _y, places) => [dy, gathered(dy, places)],
  // Each factor's gradient is the product of the others, by division: zeros are counted and taken as 1.
  mul: (dy, x, updates, _y, places) => {
    const [zeroX, zeroU] = [x, updates].map((each) => cast(equal(each, 0), each.dtype)) as [Tensor, Tensor];
    const zeroes = scatterOp([zeroX, zeroU, places], "add");
    const [factorX, factorU] = [add(x, zeroX), add(updates, zeroU)];
    const product = mul(dy, scatterOp([factorX, factorU, places], "mul"));
    const others = (zeroesAt: Tensor, zero: Tensor, productAt: Tensor, factor: Tensor) =>
      where(equal(sub(zeroesAt, zero), 0), div(productAt, factor), 0);
    return [
      others(zeroes, zeroX, product, factorX),
      others(gathered(zeroes, places), zeroU, gathered(product, places), factorU),
    ];
  },
  max: toPeaks,
  min: toPeaks,
};

/** Scatters rows with the gradient; int32 is reduced as float64, which holds it. */
function scatterRows(
  operation: string,
  x: Tensor,
  updates: Tensor,
  places: Tensor,
  part: Shape,
  reduction: ScatterReduction,
): Tensor {
  if (x.dtype !== updates.dtype) {
    throw new DTypeError(
      `${operation}: x and updates expected one dtype, got ${x.dtype} and ${updates.dtype}; convert one with cast`,
    );
  }
  const expected = [...places.shape, ...part];
  if (!sameShape(updates.shape, expected)) {
    throw new ShapeError(`${operation}: updates expected ${showShape(expected)}, got ${showShape(updates.shape)}`);
  }
  if (checkName(operation, "reduction", reduction, reductions) !== "none" && !isFloat(x.dtype)) {
    if (x.dtype !== "int32") {
      throw new DTypeError(`${operation}: x expected a float type or int32 for "${reduction}", got ${x.dtype}`);
    }
    const [p, q] = [cast(x, "float64"), cast(updates, "float64")];
    return cast(scatterRows(operation, p, q, places, part, reduction), "int32");
  }
  const inner = sizeOfShape(part);
  const n = x.shape.slice(0, x.rank - part.length);
  const list = flatten(places);
  const run = customGrad((rows: Tensor, news: Tensor) => {
    const value = scatterOp([rows, news, list], reduction);
    return { value, gradient: (dy) => gradients[reduction](dy, rows, news, value, list) };
  });
  const y = run(reshape(x, [sizeOfShape(n), inner]), reshape(updates, [list.size, inner]));
  return reshape(y, x.shape);
}

/**
 * `x` with the elements `updates` put to `indices` along an axis (default 0), each in its own line: y[indices[i, j], j] = updates[i, j] for
 * axis 0 (PyTorch's `scatter`, ONNX's ScatterElements): the counterpart of `takeAlongAxis`.
 *
 * @param indices int32, of the rank of x; along other axes at most as many as x has
 * @param updates of the shape of `indices`
 * @param reduction what becomes of updates to one place: `"none"` (default) the last of them; `"add"`, `"mul"`, `"max"` or `"min"` of all and
 *   the element of x, taken in order, so that a result has the same bits everywhere. Gradients flow to x and updates; equal peaks share theirs
 * @throws ShapeError, ValueError for an index out of range or an unknown reduction, DTypeError where indices are not int32 (or uint8), x and
 *   updates differ, or bytes are to be reduced
 * @example
 * wg.scatterElements([1, 2, 3], [2, 0], [9, 8]).toArray(); // [8, 2, 9]
 * wg.scatterElements([1, 2, 3], [2, 2], [9, 8], 0, "add").toArray(); // [1, 2, 20]
 */
export function scatterElements(
  x: TensorLike,
  indices: TensorLike,
  updates: TensorLike,
  axis = 0,
  reduction: ScatterReduction = "none",
): Tensor {
  const operation = "scatterElements";
  const t = asTensor(x, undefined, operation, "x");
  const news = asTensor(updates, t.dtype, operation, "updates");
  const places = placesAlong(operation, t.shape, indices, normalizeAxis(operation, axis, t.rank));
  if (!sameShape(news.shape, places.shape)) {
    throw new ShapeError(
      `${operation}: updates expected the shape of indices, ${showShape(places.shape)}, got ${showShape(news.shape)}`,
    );
  }
  return reshape(scatterRows(operation, flatten(t), news, places, [], reduction), t.shape);
}

/**
 * `x` with the parts `updates` put to places: each row of `indices` [..., depth] names one by its first `depth` axes, and `updates` is
 * [..., …the axes behind them] (ONNX's ScatterND).
 *
 * @param reduction, @throws as `scatterElements`
 * @example
 * wg.tensorScatterUpdate([[1, 2], [3, 4]], [[1]], [[8, 9]]).toArray(); // [[1, 2], [8, 9]]
 */
export function tensorScatterUpdate(
  x: TensorLike,
  indices: TensorLike,
  updates: TensorLike,
  reduction: ScatterReduction = "none",
): Tensor {
  const operation = "tensorScatterUpdate";
  const t = asTensor(x, undefined, operation, "x");
  const news = asTensor(updates, t.dtype, operation, "updates");
  const { places, part } = partsAt(operation, t.shape, indices);
  return scatterRows(operation, t, news, places, part, reduction);
}

/**
 * Zeros of a shape with the parts `updates` added at places, as in `tensorScatterUpdate`: the counterpart of `gatherND`.
 *
 * @throws as `tensorScatterUpdate`, ShapeError for a shape that is not an array of whole numbers ≥ 0
 * @example
 * wg.scatterND([[0], [2], [2]], [1, 5, 6], [4]).toArray(); // [1, 0, 11, 0]
 */
export function scatterND(indices: TensorLike, updates: TensorLike, shape: Shape): Tensor {
  checkShape("scatterND", shape);
  const news = asTensor(updates, undefined, "scatterND", "updates");
  const { places, part } = partsAt("scatterND", shape, indices);
  return scatterRows("scatterND", zeros(shape, news.dtype), news, places, part, "add");
}
