import { checkName, checkNumber, checkOptions, checkText, show } from "../util/check.js";
import { ValueError } from "../util/errors.js";
import { linearTicks, logTicks, niceStep, type Tick } from "./ticks.js";

/** One axis of a chart. */
export interface Axis {
  /** What it measures, with its unit: `"learning rate"`, `"time (s)"`. */
  title: string;
  /** Default `"linear"`. */
  scale?: "linear" | "log";
  /** Where it begins. Default: with the values. */
  min?: number;
  /** Where it ends. Default: with the values. */
  max?: number;
}

/** An axis with its range and ticks. What is drawn on it lies between 0 and 1, so that no range is too small or too large to draw. */
export interface Scale {
  readonly title: string;
  readonly isLog: boolean;
  /** In units of the axis: values, or their log₁₀. */
  readonly min: number;
  readonly max: number;
  /** At shares of the axis. */
  readonly ticks: readonly Tick[];
}

export interface ScaleOptions {
  /** At most so many steps between ticks. */
  readonly count: number;
  /** Ends at ticks rather than with the values. */
  readonly isRound?: boolean;
  /** Zero belongs to it, as to an axis on which bars stand. */
  readonly hasZero?: boolean;
}

export function checkAxis(operation: string, name: string, axis: unknown, ...more: string[]): Axis {
  if (axis === null || typeof axis !== "object") {
    throw new ValueError(`${operation}: ${name} expected an axis, { title: "…" }, got ${show(axis)}`);
  }
  checkOptions(`${operation}: ${name}`, axis, ["title", "scale", "min", "max", ...more]);
  const { title, scale = "linear", min, max } = axis as Axis;
  checkText(operation, `${name}.title`, title);
  checkName(operation, `${name}.scale`, scale, ["linear", "log"]);
  const above = scale === "log" ? { above: 0 } : {};
  if (min !== undefined) checkNumber(operation, `${name}.min`, min, above);
  if (max !== undefined) checkNumber(operation, `${name}.max`, max, min === undefined ? above : { above: min });
  return axis as Axis;
}

/** Numbers, of which NaN and the infinities are gaps. */
export function checkValues(operation: string, name: string, values: unknown, scale: Axis["scale"]): ArrayLike<number> {
  const list = values as ArrayLike<number>;
  const isList = Array.isArray(values) || (ArrayBuffer.isView(values) && !(values instanceof DataView));
  if (!isList || list.length === 0) {
    throw new ValueError(`${operation}: ${name} expected an array of numbers that is not empty, got ${show(values)}`);
  }
  for (let i = 0; i < list.length; i++) {
    const value = list[i];
    if (typeof value !== "number") {
      throw new ValueError(`${operation}: ${name}[${i}] expected a number, got ${show(value)}; a gap is NaN`);
    }
    if (scale === "log" && Number.isFinite(value) && value <= 0) {
      throw new ValueError(
        `${operation}: ${name}[${i}] expected a number > 0 on a log axis, got ${value}; leave it out, or use scale "linear"`,
      );
    }
  }
  return list;
}

/** Where a value lies on its axis: 0 at `min`, 1 at `max`, NaN for a gap. */
export function shareOn(scale: Scale, value: number): number {
  return shareOfUnits(scale, toUnits(value, scale.isLog));
}

/** The same for a value in units of the axis. */
export function shareOfUnits({ min, max }: Scale, units: number): number {
  return (units - min) / (max - min);
}

/** A value in units of its axis; gaps become NaN. */
export function toUnits(value: number, isLog: boolean): number {
  if (!Number.isFinite(value)) return Number.NaN;
  return isLog ? Math.log10(value) : value;
}

/** The range that an axis needs for all of `values`, and its ticks. */
export function scaleOf(axis: Axis, values: readonly ArrayLike<number>[], options: ScaleOptions): Scale {
  const isLog = axis.scale === "log";
  let [low, high] = extent(values, isLog);
  if (options.hasZero && !isLog) [low, high] = [Math.min(low, 0), Math.max(high, 0)];
  if (!(low <= high)) [low, high] = [0, 1];
  if (low === high) {
    const pad = isLog ? 0.3 : Math.abs(low) * 0.05 || 1;
    [low, high] = [low - pad, high + pad];
  }
  const { count, isRound } = options;
  const isWhole = high - low >= 2 && values.every((list) => Array.prototype.every.call(list, isWholeOrGap));
  if (isRound && !isLog) {
    // An axis that all but begins at zero does so: a gap of nothing tells nothing.
    if (low > 0 && low < 0.3 * high) low = 0;
    const { factor, power } = niceStep(high - low, count, isWhole);
    const step = factor * Number(`1e${power}`);
    [low, high] = [Math.floor(low / step + 1e-6) * step, Math.ceil(high / step - 1e-6) * step];
  } else if (isRound) {
    const pad = (high - low) * 0.05;
    [low, high] = [low - pad, high + pad];
  }
  const [min, max] = limits(axis, low, high, isLog);
  const ticks = isLog ? logTicks(min, max, count) : linearTicks(min, max, count, isWhole && max - min >= 2);
  return {
    title: axis.title,
    isLog,
    min,
    max,
    ticks: ticks.map(({ at, label }) => ({ at: (at - min) / (max - min), label })),
  };
}

function isWholeOrGap(value: number): boolean {
  return Number.isInteger(value) || !Number.isFinite(value);
}

/** What the axis says itself goes before what its values need. */
function limits(axis: Axis, low: number, high: number, isLog: boolean): [number, number] {
  let min = axis.min === undefined ? low : toUnits(axis.min, isLog);
  let max = axis.max === undefined ? high : toUnits(axis.max, isLog);
  if (max <= min) {
    if (axis.max === undefined) max = min + 1;
    else min = max - 1;
  }
  return [min, max];
}

function extent(values: readonly ArrayLike<number>[], isLog: boolean): [number, number] {
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  for (const list of values) {
    for (let i = 0; i < list.length; i++) {
      const value = toUnits(list[i] as number, isLog);
      if (value < low) low = value;
      if (value > high) high = value;
    }
  }
  return [low, high];
}
