import type { Kernels } from "#kernels/kernels";
import { asTensor, type Tensor, type TensorLike } from "../tensor/tensor.js";
import { checkBoolean } from "../util/check.js";
import { requireFloat } from "../util/dtypes.js";
import { normalizeAxis, type Shape, sizeOfShape } from "../util/shapes.js";
import { op } from "./op.js";

interface Attributes {
  axis: number;
  exclusive: boolean;
  reverse: boolean;
}

/** What the kernels take of x [outer, n, inner] around an axis. */
function lines(shape: Shape, { axis, exclusive, reverse }: Attributes) {
  const [n, inner] = [shape[axis] as number, sizeOfShape(shape.slice(axis + 1))];
  const count = sizeOfShape(shape.slice(0, axis)) * inner;
  return [n, inner, Number(exclusive), Number(reverse), 0, count] as const;
}

/** @__NO_SIDE_EFFECTS__ */
function cumulative(
  name: "cumsum" | "cumprod",
  backward: (k: Kernels, dx: Tensor, dy: Tensor, x: Tensor, y: Tensor, attributes: Attributes) => void,
) {
  const run = op<[x: unknown], Attributes>(name, {
    shape: ([x]) => x,
    dtype: ([x]) => requireFloat(name, "x", x),
    forward: (k, y, [x], attributes) => k[`${name}_forward`](y.at, x.at, ...lines(x.shape, attributes)),
    backward: (k, [dx], dy, { x: [x], y, attributes }) => dx && backward(k, dx, dy, x, y, attributes),
  });
  return (x: TensorLike, axis: number, exclusive: boolean, reverse: boolean): Tensor => {
    const t = asTensor(x, undefined, name, "x");
    checkBoolean(name, "exclusive", exclusive);
    checkBoolean(name, "reverse", reverse);
    return run([t], { axis: normalizeAxis(name, axis, t.rank), exclusive, reverse });
  };
}

const cumsumOp = cumulative("cumsum", (k, dx, dy, _x, _y, attributes) =>
  k.cumsum_backward(dx.at, dy.at, ...lines(dx.shape, attributes)),
);

/**
 * The running sum along an axis (default 0), one element after another: y[i] = x[0] + … + x[i]. Any shape of rank ≥ 1.
 *
 * @param exclusive true: without x[i] itself; default false
 * @param reverse true: from the last element to the first; default false
 * @throws ShapeError for an axis out of range, DTypeError where `x` is not of a float type
 * @example
 * wg.cumsum([1, 2, 3]).toArray(); // [1, 3, 6]
 * wg.cumsum([1, 2, 3], 0, true, true).toArray(); // [5, 3, 0]
 */
export function cumsum(x: TensorLike, axis = 0, exclusive = false, reverse = false): Tensor {
  return cumsumOp(x, axis, exclusive, reverse);
}

const cumprodOp = cumulative("cumprod", (k, dx, dy, x, y, attributes) =>
  k.cumprod_backward(dx.at, dy.at, x.at, y.at, ...lines(dx.shape, attributes)),
);

/**
 * The running product along an axis (default 0), one element after another: y[i] = x[0] · … · x[i]. Any shape of rank ≥ 1. The gradient is
 * right where factors are 0.
 *
 * @param exclusive, reverse, @throws as in `cumsum`
 * @example
 * wg.cumprod([1, 2, 3]).toArray(); // [1, 2, 6]
 * wg.cumprod([1, 2, 3], 0, true).toArray(); // [1, 1, 2]
 */
export function cumprod(x: TensorLike, axis = 0, exclusive = false, reverse = false): Tensor {
  return cumprodOp(x, axis, exclusive, reverse);
}
