import { Unsupported } from "../../graph/unsupported.js";
import { isObject, SavedConfig } from "../saved.js";

/** What says nothing about an optimizer, a schedule, a loss or a metric; the means of weights are asked for by `use_ema`. */
const SILENT = /^(name|dtype|fn|jit_compile|is_legacy_optimizer|ema_momentum|ema_overwrite_frequency|num_thresholds)$/;

/** The object that a file names: by a word, as a function of Keras's, or as a class with a config. @throws Unsupported where it is none */
export function entriesOf(what: string, saved: unknown): SavedConfig {
  if (typeof saved === "string") return new SavedConfig(saved, {}, SILENT);
  if (isObject(saved)) {
    const { class_name: className, config } = saved;
    if (className === "function" && typeof config === "string") return new SavedConfig(config, {}, SILENT);
    if (typeof className === "string" && (config === undefined || isObject(config))) {
      // Keras 2 wraps a function of its own so.
      const isWrapped = /^(MeanMetricWrapper|LossFunctionWrapper)$/.test(className) && typeof config?.fn === "string";
      return new SavedConfig(isWrapped ? (config.fn as string) : className, config ?? {}, SILENT);
    }
  }
  throw new Unsupported(`${what} ${JSON.stringify(saved)?.slice(0, 200)}`);
}

/** `MeanSquaredError`, `mean_squared_error` and `meanSquaredError` are one. */
export const bare = (name: string): string => name.replaceAll("_", "").toLowerCase();

/** A number as a person wrote it: Keras saves the float32 that it became, 0.0010000000474974513. */
export function asWritten(value: number): number {
  if (!Number.isFinite(value) || Math.fround(value) !== value) return value;
  for (let digits = 1; digits < 9; digits++) {
    const short = Number(value.toPrecision(digits));
    if (Math.fround(short) === value) return short;
  }
  return value;
}

/** The same, of numbers in lists too; all else as it is. */
export function written(value: unknown): unknown {
  if (typeof value === "number") return asWritten(value);
  return Array.isArray(value) ? value.map(written) : value;
}
