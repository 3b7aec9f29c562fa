import type { Kernels } from "#kernels/kernels";
import { memory } from "../backend/engine.js";
import { checkNumber } from "../util/check.js";
import { sizeOf } from "../util/dtypes.js";
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

/** Doubles of a unit: Σg², the limit of its root, and the limit of each element. */
const CELL = 3;

/** Bytes that `units` units take. */
export function clipBytes(units: number): number {
  return CELL * units * sizeOf("float64");
}

/** The address of unit `i`. */
export function clipCell(cells: number, i: number): number {
  return cells + clipBytes(i);
}

/** What is clipped together: each weight by itself, or all of them. By value it makes no difference. */
export function unitsOf({ by }: Clipping, weights: readonly Range[], all: readonly Range[]): (readonly Range[])[] {
  return by === "clipNorm" ? weights.map((range) => [range]) : [all];
}

/**
 * Writes the limits of so many units to `cells`, and 0 as the sum of each. Kernels read them while they update the weights, so that
 * gradients are never written a second time.
 */
export function writeLimits({ by, limit }: Clipping, cells: number, units: number): void {
  const { f64 } = memory();
  const byValue = by === "clipValue";
  for (let i = 0; i < units; i++) {
    const at = clipCell(cells, i) >>> 3;
    f64[at] = 0;
    f64[at + 1] = byValue ? Number.POSITIVE_INFINITY : limit;
    f64[at + 2] = byValue ? limit : Number.POSITIVE_INFINITY;
  }
}

/** Σg² of each unit, added to its cell: one pass over the gradients at `g`. Behind the cells lie DOT_PARTS doubles more, as scratch. */
export function addSquares(k: Kernels, g: number, cells: number, units: readonly (readonly Range[])[]): void {
  const parts = clipCell(cells, units.length);
  units.forEach((unit, i) => {
    for (const [begin, end] of unit) addDot(k, clipCell(cells, i), parts, g, g, begin, end);
  });
}

export function clearSums(cells: number, units: number): void {
  const { f64 } = memory();
  for (let i = 0; i < units; i++) f64[clipCell(cells, i) >>> 3] = 0;
}

/** Whether every unit has a norm that is a finite number. */
export function areFinite(cells: number, units: number): boolean {
  const { f64 } = memory();
  for (let i = 0; i < units; i++) if (!Number.isFinite(f64[clipCell(cells, i) >>> 3])) return false;
  return true;
}
