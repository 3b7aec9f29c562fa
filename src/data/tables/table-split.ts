import { checkOptions, show } from "../../util/check.js";
import { ValueError } from "../../util/errors.js";
import { Dataset } from "../dataset.js";
import { foldRows, type SplitOptions, splitRows } from "../split.js";
import { cellOf, cellText, type TableColumn } from "./columns.js";
import { findColumn } from "./names.js";

export interface TableSplitOptions {
  /** Default: that of `setSeed`. */
  seed?: number;
  /** A column whose values keep their share in every part. Default: none. */
  stratify?: string;
  /** A column whose equal values (a user, a patient) stay in one part. Default: none. */
  groups?: string;
}

/** The rows of each part, as `split` cuts datasets. */
export function splitTable(
  operation: string,
  columns: readonly TableColumn[],
  size: number,
  ratios: readonly number[],
  options: TableSplitOptions,
): Int32Array[] {
  return splitRows(...numbered(operation, columns, size, options, ratios));
}

/** The rows of each round, as `kFold` cuts datasets. */
export function foldTable(
  operation: string,
  columns: readonly TableColumn[],
  size: number,
  k: number,
  options: TableSplitOptions,
): { train: Int32Array; validation: Int32Array }[] {
  const parts = foldRows(...numbered(operation, columns, size, options, k));
  return parts.map((validation) => ({
    train: Int32Array.from(parts.flatMap((part) => (part === validation ? [] : [...part]))),
    validation,
  }));
}

/** What `splitRows` and `foldRows` take for a table: rows without features, with the stratifying column as their labels. */
function numbered<By>(
  operation: string,
  columns: readonly TableColumn[],
  size: number,
  options: TableSplitOptions,
  by: By,
): [dataset: Dataset, by: By, options: SplitOptions, nameOf: (label: number) => string] {
  checkOptions(operation, options, ["seed", "stratify", "groups"]);
  const { seed, stratify, groups } = options;
  const kinds = (argument: "stratify" | "groups", name: string | undefined) =>
    name === undefined ? undefined : kindsOf(findColumn(operation, argument, columns, name));
  const classes = kinds("stratify", stratify);
  const owners = kinds("groups", groups);
  if (size === 0) throw new ValueError(`${operation}: table expected at least one row, got none`);
  const dataset = Dataset.fromArrays(new Uint8Array(size), classes?.codes) as Dataset;
  const rest: SplitOptions = {
    ...(seed === undefined ? {} : { seed }),
    ...(classes ? { stratify: true } : {}),
    ...(owners ? { groups: owners.codes } : {}),
  };
  return [dataset, by, rest, (code) => `${classes?.nameOf(code)} of ${show(stratify)}`];
}

/** A number for each different value, missing being one of them, and what it stands for. */
function kindsOf(column: TableColumn): { codes: Int32Array; nameOf: (code: number) => string } {
  if (column.type === "string") {
    const { codes, categories } = column;
    return { codes, nameOf: (code) => (code < 0 ? "missing" : show(categories[code])) };
  }
  const found = new Map<number, number>();
  const codes = Int32Array.from(column.values, (value, row) => {
    const known = found.get(value);
    if (known === undefined) found.set(value, row);
    return known ?? row;
  });
  return { codes, nameOf: (row) => cellText(cellOf(column, row)) || "missing" };
}
