import { checkOptions } from "../../util/check.js";
import { ValueError } from "../../util/errors.js";
import { Dataset } from "../dataset.js";
import { joinRuns, type View } from "../rows.js";
import type { RowSource } from "../source.js";
import { kFold, type SplitOptions, split } from "../split.js";
import type { TableColumn } from "./columns.js";
import { findColumn } from "./names.js";

export interface TableSplitOptions {
  /** Default: that of `setSeed`. */
  seed?: number;
  /** A column whose values keep their share in every part. Default: none. */
  stratify?: string;
  /** A column whose equal values (a user, a patient) stay in one part. Default: none. */
  groups?: string;
}

/** The rows of each part, by `split` on a dataset of row numbers. */
export function splitTable(
  operation: string,
  columns: readonly TableColumn[],
  size: number,
  ratios: readonly number[],
  options: TableSplitOptions,
): Int32Array[] {
  const { dataset, rest } = numbered(operation, columns, size, options);
  return split(dataset, ratios, rest).map(rowsOf);
}

/** The rows of each round, by `kFold` on a dataset of row numbers. */
export function foldTable(
  operation: string,
  columns: readonly TableColumn[],
  size: number,
  k: number,
  options: TableSplitOptions,
): { train: Int32Array; validation: Int32Array }[] {
  const { dataset, rest } = numbered(operation, columns, size, options);
  return kFold(dataset, k, rest).map(({ train, validation }) => ({
    train: rowsOf(train),
    validation: rowsOf(validation),
  }));
}

function numbered(
  operation: string,
  columns: readonly TableColumn[],
  size: number,
  options: TableSplitOptions,
): { dataset: Dataset; rest: SplitOptions } {
  checkOptions(operation, options, ["seed", "stratify", "groups"]);
  const { seed, stratify, groups } = options;
  const kinds = (argument: "stratify" | "groups", name: string) =>
    kindsOf(findColumn(operation, argument, columns, name));
  const rest: SplitOptions = {
    ...(seed === undefined ? {} : { seed }),
    ...(stratify === undefined ? {} : { stratify: true }),
    ...(groups === undefined ? {} : { groups: kinds("groups", groups) }),
  };
  if (size === 0) throw new ValueError(`${operation}: table expected at least one row, got none`);
  // The split sees the order alone: its rows are their own numbers.
  const x = new Uint8Array(size);
  const dataset = Dataset.fromArrays(x, stratify === undefined ? undefined : kinds("stratify", stratify));
  return { dataset: dataset as Dataset, rest };
}

/**
 * A number for each different value, missing being one of them: a text's place in its categories and a whole number itself, so that errors
 * name it so.
 */
function kindsOf(column: TableColumn): Int32Array {
  if (column.type === "string") return column.codes;
  const { values } = column;
  if (values.every((value) => value === (value | 0))) return Int32Array.from(values);
  const found = new Map<number, number>();
  return Int32Array.from(values, (value) => {
    const known = found.get(value);
    if (known !== undefined) return known;
    found.set(value, found.size);
    return found.size - 1;
  });
}

/** The numbers of a part's rows. */
function rowsOf(part: Dataset): Int32Array {
  const view = (part.source as RowSource).view() as View;
  const pass = { epoch: 0, seed: undefined };
  return joinRuns(view.order(pass), view.size, pass).rows;
}
