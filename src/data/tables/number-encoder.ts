import { checkBoolean, checkName, checkNumber, checkOptions, show } from "../../util/check.js";
import { ValueError } from "../../util/errors.js";
import { log } from "../../util/math.js";
import type { TableColumn } from "./columns.js";
import { checkType, type Encoder, valuesOf } from "./encoder.js";
import { countRows } from "./labels.js";
import { mostFrequent, quantile, summaryOf } from "./summary.js";

export type Scale = "standardize" | "minMax" | "none";

export interface NumberOptions {
  /** What missing values become: a number, or the training rows' `"median"` (default), `"mean"`, `"mostFrequent"`; or `"error"`. */
  impute?: "median" | "mean" | "mostFrequent" | "error" | number;
  /** One more feature for each column that lacks values in training: 1 where it is missing. Default false. */
  indicator?: boolean;
  /** Values beyond become the bounds: [least, greatest], or a share such as 0.01 of the training rows at either end. Default: none. */
  clip?: readonly [number, number] | number;
  /** sign(x) · ln(1 + |x|), for amounts of very different size. Default false. */
  log?: boolean;
  /** `"standardize"` (default): mean 0, deviation 1 in training; `"minMax"`: 0 … 1; `"none"`. */
  scale?: Scale;
}

export interface NumberConfig {
  readonly type: "number";
  readonly name: string;
  /** null: missing values are an error. */
  readonly fill: number | null;
  readonly indicator: boolean;
  readonly clip: readonly [number, number] | null;
  readonly log: boolean;
  readonly offset: number;
  readonly divisor: number;
}

export const numberOptions = ["impute", "indicator", "clip", "log", "scale"] as const;
const imputations = ["median", "mean", "mostFrequent", "error"] as const;

export function checkNumberOptions(operation: string, where: string, options: NumberOptions): void {
  checkOptions(`${operation}: ${where}`, options, numberOptions);
  const { impute = "median", indicator = false, clip, log: logarithm = false, scale = "standardize" } = options;
  if (typeof impute === "number") checkNumber(operation, `${where}.impute`, impute);
  else checkName(operation, `${where}.impute`, impute, imputations);
  checkBoolean(operation, `${where}.indicator`, indicator);
  checkBoolean(operation, `${where}.log`, logarithm);
  checkName(operation, `${where}.scale`, scale, ["standardize", "minMax", "none"]);
  if (clip === undefined) return;
  if (typeof clip === "number") checkNumber(operation, `${where}.clip`, clip, { above: 0, below: 0.5 });
  else if (!isRising(clip)) {
    throw new ValueError(
      `${operation}: ${where}.clip expected a share below 0.5 or [least, greatest], got ${show(clip)}`,
    );
  }
}

function isRising(clip: unknown): boolean {
  return Array.isArray(clip) && clip.length === 2 && clip.every(Number.isFinite) && clip[0] < clip[1];
}

/** Fits: impute, clip, logarithm, scale, each on what the one before made of the training rows. */
export function fitNumber(operation: string, column: TableColumn, options: NumberOptions): NumberConfig {
  checkType(operation, column, "number");
  return fitValues(operation, column.name, valuesOf(column), options);
}

export function fitValues(operation: string, name: string, values: Float64Array, options: NumberOptions): NumberConfig {
  const { impute = "median", indicator = false, log: logarithm = false, scale = "standardize" } = options;
  checkFinite(operation, name, values);
  const { count, mean, sorted } = summaryOf(values);
  if (count === 0 && typeof impute !== "number") {
    throw new ValueError(
      `${operation}: column "${name}" expected at least one value in the training rows, got none; drop it, or impute a number`,
    );
  }
  const fill =
    typeof impute === "number"
      ? impute
      : { median: quantile(sorted, 0.5), mean, mostFrequent: mostFrequent(sorted), error: null }[impute];
  const clip =
    typeof options.clip === "number"
      ? ([quantile(sorted, options.clip), quantile(sorted, 1 - options.clip)] as const)
      : (options.clip ?? null);
  const base = {
    type: "number",
    name,
    fill,
    indicator: indicator && count < values.length,
    clip,
    log: logarithm,
  } as const;
  const made = shaper(operation, base);
  const shaped = summaryOf(values.map(made));
  const [low, high] = [shaped.sorted[0] as number, shaped.sorted.at(-1) as number];
  // The bounds tell a constant column from one whose tiny deviation is rounding.
  const divisor = low === high || scale === "none" ? 1 : scale === "minMax" ? high - low : shaped.deviation;
  const offset = scale === "none" ? 0 : scale === "minMax" || low === high ? low : shaped.mean;
  return { ...base, clip: clip === null ? null : [clip[0], clip[1]], offset, divisor };
}

/** Imputes, clips and takes the logarithm of a value. */
function shaper(
  operation: string,
  { name, fill, clip, log: logarithm }: Pick<NumberConfig, "name" | "fill" | "clip" | "log">,
): (value: number, row: number) => number {
  return (given, row) => {
    let value = given;
    if (Number.isNaN(value)) {
      if (fill === null) {
        throw new ValueError(
          `${operation}: column "${name}" expected a number in every row, got none in row ${row}; impute, or dropMissing("${name}")`,
        );
      }
      value = fill;
    }
    if (clip) value = Math.min(clip[1], Math.max(clip[0], value));
    return logarithm ? Math.sign(value) * log(1 + Math.abs(value)) : value;
  };
}

function checkFinite(operation: string, name: string, values: Float64Array): void {
  const infinite = countRows((i) => values[i] === Infinity || values[i] === -Infinity, values.length);
  if (infinite !== undefined) {
    throw new ValueError(
      `${operation}: column "${name}" expected finite numbers, got infinite ones in ${infinite}; replace them`,
    );
  }
}

/** (value as imputed, clipped, …) − offset over divisor; then 1 where it was missing. */
export function numberEncoder(operation: string, config: NumberConfig): Encoder {
  const write = valueWriter(operation, config);
  return {
    features: featuresOf(config),
    write(column, out, at, stride) {
      checkType(operation, column, "number");
      write(valuesOf(column), out, at, stride);
    },
  };
}

export function featuresOf({ name, indicator }: NumberConfig): string[] {
  return indicator ? [name, `${name} missing`] : [name];
}

export function valueWriter(operation: string, config: NumberConfig) {
  const { name, indicator, offset, divisor } = config;
  const shape = shaper(operation, config);
  return (values: Float64Array, out: Float32Array, at: number, stride: number): void => {
    checkFinite(operation, name, values);
    for (let i = 0; i < values.length; i++) {
      const place = at + i * stride;
      const value = values[i] as number;
      out[place] = (shape(value, i) - offset) / divisor;
      if (indicator) out[place + 1] = Number(Number.isNaN(value));
    }
  };
}
