import { checkName, checkOptions } from "../../util/check.js";
import type { TableColumn } from "./columns.js";
import { checkType, type Encoder, valuesOf } from "./encoder.js";
import {
  checkNumberOptions,
  featuresOf,
  fitValues,
  type NumberConfig,
  type NumberOptions,
  valueWriter,
} from "./number-encoder.js";

export interface DateOptions extends Pick<NumberOptions, "impute" | "indicator" | "scale"> {
  /** `"number"` (default): days since 1970-01-01 UTC; `"parts"`: year, month 1–12, day 1–31, weekday 0–6 from Sunday, hour 0–23. */
  encode?: "number" | "parts";
}

/** Each part of a date is a number of its own. */
export interface DateConfig {
  readonly type: "date";
  readonly name: string;
  readonly parts: readonly { readonly part: DatePart; readonly number: NumberConfig }[];
}

export type DatePart = "days" | "year" | "month" | "day" | "weekday" | "hour";

const DAY = 24 * 60 * 60 * 1000;

export const dateParts: Readonly<Record<DatePart, (date: Date) => number>> = {
  days: (date) => date.getTime() / DAY,
  year: (date) => date.getUTCFullYear(),
  month: (date) => date.getUTCMonth() + 1,
  day: (date) => date.getUTCDate(),
  weekday: (date) => date.getUTCDay(),
  hour: (date) => date.getUTCHours() + date.getUTCMinutes() / 60,
};

export const dateOptions = ["encode", "impute", "indicator", "scale"] as const;

export function checkDateOptions(operation: string, where: string, options: DateOptions): void {
  checkOptions(`${operation}: ${where}`, options, dateOptions);
  const { encode = "number", ...rest } = options;
  checkName(operation, `${where}.encode`, encode, ["number", "parts"]);
  checkNumberOptions(operation, where, rest);
}

export function fitDate(operation: string, column: TableColumn, options: DateOptions): DateConfig {
  checkType(operation, column, "date");
  const { encode = "number", indicator = false, ...rest } = options;
  const values = valuesOf(column);
  const chosen: DatePart[] = encode === "number" ? ["days"] : ["year", "month", "day", "weekday"];
  if (encode === "parts" && values.some((v) => v % DAY !== 0 && !Number.isNaN(v))) chosen.push("hour");
  const parts = chosen.map((part, i) => {
    const name = part === "days" ? column.name : `${column.name} ${part}`;
    // One sign of a missing date is enough.
    return {
      part,
      number: fitValues(operation, name, partOf(values, part), { ...rest, indicator: indicator && i === 0 }),
    };
  });
  return { type: "date", name: column.name, parts };
}

function partOf(values: Float64Array, part: DatePart): Float64Array {
  return values.map((v) => (Number.isNaN(v) ? v : dateParts[part](new Date(v))));
}

export function dateEncoder(operation: string, config: DateConfig): Encoder {
  const writers = config.parts.map(({ part, number }) => ({
    part,
    features: featuresOf(number),
    write: valueWriter(operation, number),
  }));
  return {
    features: writers.flatMap(({ features }) => features),
    write(column, out, at, stride) {
      checkType(operation, column, "date");
      let place = at;
      for (const { part, features, write } of writers) {
        write(partOf(valuesOf(column), part), out, place, stride);
        place += features.length;
      }
    },
  };
}
