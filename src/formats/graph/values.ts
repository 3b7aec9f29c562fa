import type { SymbolicTensor } from "../../nn/symbolic.js";
import { type DType, dtypeOf, newArray } from "../../util/dtypes.js";
import { type HostArray, later } from "../../util/host-array.js";
import type { Shape } from "../../util/shapes.js";

/**
 * What flows along an edge of an ONNX graph: numbers that are known, or what will come. Of the latter `dims` are all axes as ONNX orders them; −k
 * stands for k times the batch.
 */
export type Value = Known | Flow;

export interface Known {
  readonly kind: "known";
  readonly array: HostArray & { readonly dtype: DType };
  /** The initializer that it is, if it is one. */
  readonly name: string | undefined;
  /** Where one number stands for a tensor that has it everywhere, and whose sizes depend on the batch: those sizes. */
  readonly everywhere?: Shape;
}

export interface Flow {
  readonly kind: "flow";
  readonly x: SymbolicTensor;
  readonly dims: Shape;
  readonly dtype: DType;
  readonly layout: Layout;
}

/**
 * How the numbers of a flow lie: as ONNX has them; with axis 1, the channels, behind the others, as images are here; or as a row that was such an
 * image, and still has its channels last.
 */
export type Layout =
  | { readonly kind: "plain" }
  | { readonly kind: "channelsLast" }
  | { readonly kind: "flattened"; readonly channels: number; readonly pixels: number };

export const PLAIN: Layout = { kind: "plain" };
export const CHANNELS_LAST: Layout = { kind: "channelsLast" };

/**
 * The batch in whole numbers that are worked out from shapes: a prime that no size is a multiple of by chance. What comes out as a multiple of it
 * is so many batches.
 */
export const BATCH = 104_729;

/** Sizes as known numbers hold them, and back. */
export const toNumbers = (dims: Shape): number[] => dims.map((n) => (n < 0 ? -n * BATCH : n));
export const toDims = (numbers: readonly number[]): number[] =>
  numbers.map((n) => (n > 0 && n % BATCH === 0 ? -(n / BATCH) : n));

/** All axes of a value; −k stands for k times the batch. */
export const dimsOf = (value: Value): Shape =>
  value.kind === "flow" ? value.dims : (value.everywhere ?? value.array.shape);

/** The axis of the data behind an axis of ONNX. */
export function axisIn({ layout, dims }: Pick<Flow, "layout" | "dims">, axis: number): number {
  const at = axis < 0 ? axis + dims.length : axis;
  if (layout.kind !== "channelsLast" || at === 0) return at;
  return at === 1 ? dims.length - 1 : at - 1;
}

/** Sizes, or whatever there is one of for each axis, in the order of the data. */
export function ordered<T>(layout: Layout, perAxis: readonly T[]): T[] {
  if (layout.kind !== "channelsLast") return [...perAxis];
  const [batch, channels, ...pixels] = perAxis as [T, T, ...T[]];
  return [batch, ...pixels, channels];
}

/** An array with its axes in another order. */
export const transposed = <A extends HostArray>(array: A, perm: readonly number[]): A =>
  later(
    array,
    perm.map((axis) => array.shape[axis] as number),
    () => turned(array, perm),
  );

function turned({ data, shape }: HostArray, perm: readonly number[]): HostArray["data"] {
  const to = perm.map((axis) => shape[axis] as number);
  const strides = shape.map((_, i) => shape.slice(i + 1).reduce((product, n) => product * n, 1));
  const steps = perm.map((axis) => strides[axis] as number);
  const out = newArray(dtypeOf(data), data.length);
  const index = to.map(() => 0);
  let from = 0;
  for (let i = 0; i < out.length; i++) {
    out[i] = data[from] as number;
    for (let axis = to.length - 1; axis >= 0; axis--) {
      from += steps[axis] as number;
      index[axis] = (index[axis] as number) + 1;
      if ((index[axis] as number) < (to[axis] as number)) break;
      from -= (steps[axis] as number) * (to[axis] as number);
      index[axis] = 0;
    }
  }
  return out;
}
