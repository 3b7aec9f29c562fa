import type { Kernels } from "#kernels/kernels";
import { checkNumber } from "../util/check.js";
import { type FloatDType, sizeOf } from "../util/dtypes.js";
import { ValueError } from "../util/errors.js";
import type { Config } from "../util/named.js";
import { addDot } from "./dot.js";

/** How gradients are bounded before an update; at most one of them. */
export interface ClippingOptions {
  /** Each element of a gradient is cut to [−clipValue, clipValue]. */
  clipValue?: number | undefined;
  /** The gradient of each weight tensor is scaled down to this Euclidean norm where it is above it. */
  clipNorm?: number | undefined;
  /** All gradients together are scaled down to this Euclidean norm where theirs is above it: their direction stays. */
  globalClipNorm?: number | undefined;
}

export const clippingNames = ["clipValue", "clipNorm", "globalClipNorm"] as const;

export interface Clipping {
  readonly by: (typeof clippingNames)[number];
  readonly limit: number;
}

/** Elements [begin, end) of the flat block. */
export type Range = readonly [begin: number, end: number];

/** The clipping that is asked for, if any. @throws ValueError for more than one and for a limit that is not > 0 */
export function clippingFrom(operation: string, options: ClippingOptions): Clipping | undefined {
  const given = clippingNames.filter((name) => options[name] !== undefined);
  const by = given[0];
  if (by === undefined) return undefined;
  if (given.length > 1) {
    throw new ValueError(
      `${operation}: ${given[1]} expected alone, got ${given.join(" and ")}; leave all but one of them out`,
    );
  }
  return { by, limit: checkNumber(operation, by, options[by], { above: 0 }) };
}

/** What is saved of it. */
export function savedClipping(clipping: Clipping | undefined): Config {
  return clipping ? { [clipping.by]: clipping.limit } : {};
}

/**
 * Clips the gradients at `g`. By a norm, the sum of squares of each unit (a weight, or all of them) goes to its own double at `squares`,
 * from which the scaling kernel reads it: the calls can be recorded. Behind those doubles lie DOT_PARTS more, as scratch.
 *
 * @param weights the range of each trained weight
 * @param runs the same joined where they touch
 * @returns the number of doubles written at `squares`
 */
export function clipGradients(
  k: Kernels,
  dtype: FloatDType,
  { by, limit }: Clipping,
  g: number,
  squares: number,
  weights: readonly Range[],
  runs: readonly Range[],
): number {
  if (by === "clipValue") {
    for (const [begin, end] of runs) k.clip_forward(g, g, -limit, limit, begin, end);
    return 0;
  }
  const units = by === "clipNorm" ? weights.map((range) => [range]) : [runs];
  // The zeros of any type are zeros of doubles.
  k.fill(squares, 0, 0, (units.length * 8) / sizeOf(dtype));
  const parts = squares + 8 * units.length;
  units.forEach((unit, i) => {
    const at = squares + 8 * i;
    for (const [begin, end] of unit) addDot(k, at, parts, g, g, begin, end);
    for (const [begin, end] of unit) k.clip_to_norm(g, at, limit, begin, end);
  });
  return units.length;
}
