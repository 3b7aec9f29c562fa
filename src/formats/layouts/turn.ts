import { newArray } from "../../util/dtypes.js";
import { type HostArray, hostDType, later, shapedAs } from "../../util/host-array.js";
import { type Shape, sizeOfShape } from "../../util/shapes.js";
import { transposed } from "../graph/values.js";

/** How a weight lies in a file of another framework, both ways. */
export interface Turn {
  theirs(ours: HostArray): HostArray;
  ours(theirs: HostArray): HostArray;
}

const inverse = (order: readonly number[]): number[] => {
  const out = order.map(() => 0);
  for (const [i, from] of order.entries()) out[from] = i;
  return out;
};

/** Their axis i is our axis `perm[i]`. */
export function axes(...perm: number[]): Turn {
  const back = inverse(perm);
  return { theirs: (ours) => transposed(ours, perm), ours: (theirs) => transposed(theirs, back) };
}

/** Along an axis their element i is our element `order[i]`; without an order all stay where they are. */
export function along(axis: number, order: readonly number[] | undefined): Turn {
  const as = (picks: readonly number[] | undefined) => (array: HostArray) =>
    picks ? picked(array, axis, picks) : array;
  return { theirs: as(order), ours: as(order && inverse(order)) };
}

/** Last element first along an axis of `size`. */
export const flipped = (axis: number, size: number): Turn =>
  along(
    axis,
    Array.from({ length: size }, (_, i) => size - 1 - i),
  );

/** The same elements under another shape. */
export function shaped(ours: Shape, theirs: Shape): Turn {
  const as = (shape: Shape) => (array: HostArray) => shapedAs(array, shape);
  return { theirs: as(theirs), ours: as(ours) };
}

/** One turn after the other, on the way to them. */
export function inTurn(...turns: readonly Turn[]): Turn {
  return {
    theirs: (ours) => turns.reduce((array, turn) => turn.theirs(array), ours),
    ours: (theirs) => turns.reduceRight((array, turn) => turn.ours(array), theirs),
  };
}

/** Elements along an axis in another order. */
const picked = (array: HostArray, axis: number, order: readonly number[]): HostArray =>
  later(array, array.shape, () => {
    const { data, shape } = array;
    const size = shape[axis] as number;
    const inner = sizeOfShape(shape.slice(axis + 1));
    const out = newArray(hostDType(array), data.length);
    for (let block = 0; block < data.length; block += size * inner) {
      for (const [to, from] of order.entries()) {
        out.set(data.subarray(block + from * inner, block + (from + 1) * inner), block + to * inner);
      }
    }
    return out;
  });

/** Blocks of `size` elements as an order of elements. */
export const blocks = (order: readonly number[], size: number): number[] =>
  order.flatMap((from) => Array.from({ length: size }, (_, i) => from * size + i));
