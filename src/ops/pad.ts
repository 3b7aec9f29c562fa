import { asTensor, type Tensor, type TensorLike, table } from "../tensor/tensor.js";
import { checkName, checkNumber, show } from "../util/check.js";
import { isFloat } from "../util/dtypes.js";
import { ShapeError, ValueError } from "../util/errors.js";
import { type Shape, showShape, stridesOf } from "../util/shapes.js";
import { gatherOp } from "./gather.js";
import { accumulateStrided, copyStrided, positionOf } from "./layout.js";
import { op } from "./op.js";

interface Padding {
  before: readonly number[];
  shape: Shape;
  value: number;
}

const padOp = op<[x: unknown], Padding>("pad", {
  shape: (_, { shape }) => shape,
  forward: (k, y, [x], { before, value }) => {
    if (isFloat(y.dtype)) k.fill(y.at, value, 0, y.size);
    else if (y.dtype === "int32") k.fill_int32(y.at, value, 0, y.size);
    else k.fill_uint8(y.at, y.dtype === "bool" ? Number(value !== 0) : value, 0, y.size);
    copyStrided(k, y, x, { shape: x.shape, y: stridesOf(y.shape), yStart: positionOf(before, y.shape) });
  },
  backward: (k, [dx], dy, { attributes: { before } }) =>
    dx &&
    accumulateStrided(k, dx, dy, { shape: dx.shape, x: stridesOf(dy.shape), xStart: positionOf(before, dy.shape) }),
});

const padModes = ["constant", "reflect", "symmetric", "edge", "wrap"] as const;

/** What stands in padding: see `pad`. */
export type PadMode = (typeof padModes)[number];

/** Which element of an axis of size n stands at place i, from anywhere. */
const sources: Record<Exclude<PadMode, "constant">, (i: number, n: number) => number> = {
  reflect: (i, n) => folded(i, Math.max(2 * (n - 1), 1), 0),
  symmetric: (i, n) => folded(i, 2 * n, 1),
  edge: (i, n) => Math.min(Math.max(i, 0), n - 1),
  wrap: (i, n) => remainder(i, n),
};

const remainder = (i: number, n: number): number => ((i % n) + n) % n;

/** There and back again within a period, whose way back begins `twice` elements later than it would if the last stood once. */
const folded = (i: number, period: number, twice: 0 | 1): number => {
  const at = remainder(i, period);
  return Math.min(at, period - twice - at);
};

/**
 * `x` with more elements around it: `paddings[i]` says how many come before and after it along axis i.
 *
 * @param constant what they are in mode `"constant"`; default 0
 * @param mode `"constant"` (default); `"reflect"`: mirrored at the outermost element, which stands once; `"symmetric"`: mirrored with it;
 *   `"edge"`: the outermost element; `"wrap"`: from the other end. As in NumPy, also where there is more padding than elements
 * @throws ShapeError where there is not one pair of whole numbers ≥ 0 for each axis, or an axis of size 0 has nothing to repeat, ValueError
 *   for another constant or mode
 * @example
 * wg.pad([1, 2], [[1, 2]]).toArray(); // [0, 1, 2, 0, 0]
 * wg.pad([1, 2, 3], [[2, 1]], 0, "reflect").toArray(); // [3, 2, 1, 2, 3, 2]
 */
export function pad(
  x: TensorLike,
  paddings: readonly (readonly [number, number])[],
  constant = 0,
  mode: PadMode = "constant",
): Tensor {
  const t = asTensor(x, undefined, "pad", "x");
  const ok =
    Array.isArray(paddings) &&
    paddings.length === t.rank &&
    paddings.every(
      (pair) => Array.isArray(pair) && pair.length === 2 && pair.every((n) => Number.isInteger(n) && n >= 0),
    );
  if (!ok) {
    throw new ShapeError(
      `pad: paddings expected ${t.rank} pairs [before, after] of whole numbers ≥ 0 for ${showShape(t.shape)}, got ${show(paddings)}`,
    );
  }
  if (typeof constant !== "number") throw new ValueError(`pad: constant expected a number, got ${show(constant)}`);
  checkName("pad", "mode", mode, padModes);
  if (mode !== "constant") return repeated(t, paddings, mode);
  if (t.dtype === "int32") checkNumber("pad", "constant", constant, { min: -2147483648, max: 2147483647, whole: true });
  if (t.dtype === "uint8") checkNumber("pad", "constant", constant, { min: 0, max: 255, whole: true });
  const before = paddings.map(([n]) => n);
  const shape = t.shape.map((n, i) => n + (before[i] as number) + (paddings[i]?.[1] as number));
  return padOp([t], { before, shape, value: constant });
}

/** Which of the n elements of an axis stand along it when it is padded, one after the other. */
export const paddedPlaces = (
  mode: Exclude<PadMode, "constant">,
  n: number,
  [before, after]: readonly [number, number],
): number[] => Array.from({ length: before + n + after }, (_, i) => sources[mode](i - before, n));

/** Padding by elements of x, one axis after another. */
function repeated(
  x: Tensor,
  paddings: readonly (readonly [number, number])[],
  mode: Exclude<PadMode, "constant">,
): Tensor {
  return paddings.reduce((y, [before, after], axis) => {
    const n = x.shape[axis] as number;
    if (before + after === 0) return y;
    if (n === 0) {
      throw new ShapeError(`pad: x expected an element along axis ${axis} to repeat, got ${showShape(x.shape)}`);
    }
    const places = table([before + n + after], "int32", () => paddedPlaces(mode, n, [before, after]));
    return gatherOp([y, places], axis);
  }, x);
}
