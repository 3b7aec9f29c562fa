import type { Tensor } from "../../tensor/tensor.js";
import { checkName, checkOptions, nearest, show } from "../../util/check.js";
import { ValueError } from "../../util/errors.js";
import { Dataset } from "../dataset.js";
import {
  type CategoryConfig,
  type CategoryOptions,
  categoryEncoder,
  checkCategoryOptions,
  fitCategory,
} from "./category-encoder.js";
import type { TableColumn } from "./columns.js";
import { checkDateOptions, type DateConfig, type DateOptions, dateEncoder, fitDate } from "./date-encoder.js";
import type { Encoder } from "./encoder.js";
import { arrange, classesIn, classNumbers, LABELS, type Labels, numberLabels } from "./labels.js";
import { findColumn, namesIn } from "./names.js";
import {
  checkNumberOptions,
  fitNumber,
  type NumberConfig,
  type NumberOptions,
  numberEncoder,
} from "./number-encoder.js";
import { Table } from "./table.js";
import { defaultLabels } from "./table-dataset.js";

/** What one column is taken as, where that is not its type, with the options of that kind. */
export type ColumnOptions =
  | ({ type?: "number" } & NumberOptions)
  | ({ type?: "category" } & CategoryOptions)
  | ({ type?: "date" } & DateOptions);

export interface TabularOptions {
  /** Names of the columns that features are made of. Default: all but `y`. */
  x?: readonly string[];
  /** The name of the labels' column, or several for labels that are numbers. Default: none. */
  y?: string | readonly string[];
  /** Default: `"class"` for texts, `"number"` for numbers. */
  labels?: Labels;
  /** For columns of numbers. */
  numbers?: NumberOptions;
  /** For columns of texts. */
  categories?: CategoryOptions;
  /** For columns of dates. */
  dates?: DateOptions;
  /** Options of single columns, before those of their kind. */
  columns?: Readonly<Record<string, ColumnOptions>>;
}

export type EncoderConfig = NumberConfig | CategoryConfig | DateConfig;

/** What `tabular` found, as JSON: `preprocessor(config)` makes it work again. */
export interface TabularConfig {
  readonly kind: "tabular";
  readonly columns: readonly EncoderConfig[];
  readonly y: {
    readonly names: readonly string[];
    readonly labels: Labels;
    readonly classes: readonly string[];
  } | null;
}

/** A way from tables to datasets, fitted on training rows, to be applied as it is to development and test rows. */
export interface Tabular {
  /** All that is needed to make it again; goes through JSON unchanged. */
  readonly config: TabularConfig;
  /** The name of each feature: each column of `x`. */
  readonly features: readonly string[];
  /** What each class is called; empty where labels are numbers. */
  readonly classes: readonly string[];
  /**
   * `x` float32 [rows, features] and, where the table has the labels' column, `y`: int32 [rows] of classes, float32 [rows, classes] of
   * one-hot, float32 [rows, columns] of numbers.
   *
   * @throws ValueError for a column that is not there, of another type, or with values that cannot be taken, naming column and row
   */
  transform(table: Table): Dataset<Tensor, Tensor>;
}

const operation = "tabular";

/**
 * Preprocessing of a table, fitted on its rows: what is missing is filled, categories and dates become numbers, numbers get mean 0 and
 * deviation 1. Fit it on training rows; `transform` does the same to development and test rows.
 *
 * A number becomes (f(x) − μ) / σ, with f: impute, then `clip`, then `log`, and μ, σ those of f(x) over the training rows; a constant
 * column becomes 0. A category becomes a 1 in its feature, 0 in the others, named `column=category`. Columns keep their order.
 *
 * @param table the training rows
 * @param options.x default: all columns but `y`
 * @param options.y default: no labels
 * @param options.labels `"class"` (default for texts), `"oneHot"`, `"number"` (default for numbers)
 * @param options.numbers default { impute: "median", indicator: false, log: false, scale: "standardize" }, no clip
 * @param options.categories default { encode: "oneHot", impute: "category", unseen: "zeros", minCount: 1, maxCategories: 256 }
 * @param options.dates default { encode: "number", impute: "median", indicator: false, scale: "standardize" }
 * @param options.columns for single columns: `{ pclass: { type: "category" }, fare: { log: true } }`
 * @throws ValueError for an unknown column or option, a feature without any value, infinite values, labels that are missing, free text
 * @example
 * const train = Table.fromColumns({ age: [20, null, 40], city: ["Bern", "Oslo", null], sick: ["no", "yes", "no"] });
 * const prep = tabular(train, { y: "sick" });
 * prep.features; // ["age", "city=Bern", "city=Oslo", "city=(missing)"]
 * prep.classes; // ["no", "yes"]
 * const row = Table.fromColumns({ age: [30], city: ["Rome"], sick: ["yes"] });
 * const shown: unknown[] = [];
 * for await (const { x, y } of prep.transform(row)) shown.push([...x.toTypedArray()], y.item());
 * shown; // [[0, 0, 0, 0], 1]
 */
export function tabular(table: Table, options: TabularOptions = {}): Tabular {
  checkOptions(operation, options, ["x", "y", "labels", "numbers", "categories", "dates", "columns"]);
  if (!(table instanceof Table)) {
    throw new ValueError(`${operation}: table expected what csv or Table.fromColumns returns, got ${show(table)}`);
  }
  if (table.size === 0) throw new ValueError(`${operation}: table expected at least one row, got none`);
  const { numbers = {}, categories = {}, dates = {}, columns: single = {} } = options;
  checkNumberOptions(operation, "numbers", numbers);
  checkCategoryOptions(operation, "categories", categories);
  checkDateOptions(operation, "dates", dates);
  const y = options.y === undefined ? [] : namesIn(operation, "y", options.y);
  const labelled = y.map((name) => findColumn(operation, "y", table.columns, name));
  const features =
    options.x === undefined
      ? table.columns.filter((column) => !labelled.includes(column))
      : namesIn(operation, "x", options.x).map((name) => findColumn(operation, "x", table.columns, name));
  if (features.length === 0) throw new ValueError(`${operation}: x expected at least one column beside y, got none`);
  checkSingle(single, features);
  const configs = features.map((column) => {
    const { type, ...own } = (single[column.name] ?? {}) as ColumnOptions;
    const kind = type ?? (column.type === "string" ? "category" : column.type);
    const where = `columns["${column.name}"]`;
    if (kind === "number") {
      checkNumberOptions(operation, where, own as NumberOptions);
      return fitNumber(operation, column, { ...numbers, ...(own as NumberOptions) });
    }
    if (kind === "date") {
      checkDateOptions(operation, where, own as DateOptions);
      return fitDate(operation, column, { ...dates, ...(own as DateOptions) });
    }
    const merged = { ...categories, ...(own as CategoryOptions) };
    checkCategoryOptions(operation, where, merged);
    return fitCategory(operation, column, merged);
  });
  return tabularOf({ kind: "tabular", columns: configs, y: fitLabels(labelled, options.labels) });
}

function checkSingle(single: unknown, features: readonly TableColumn[]): void {
  if (single === null || typeof single !== "object" || Array.isArray(single)) {
    throw new ValueError(`${operation}: columns expected a record as { age: { log: true } }, got ${show(single)}`);
  }
  const names = features.map(({ name }) => name);
  for (const [name, own] of Object.entries(single)) {
    if (!names.includes(name)) {
      const near = nearest(name, names);
      throw new ValueError(
        `${operation}: columns expected names of features, got "${name}"${near === undefined ? "" : `; did you mean "${near}"?`}`,
      );
    }
    if (own === null || typeof own !== "object") {
      throw new ValueError(`${operation}: columns["${name}"] expected an object of options, got ${show(own)}`);
    }
    if (own.type !== undefined)
      checkName(operation, `columns["${name}"].type`, own.type, ["number", "category", "date"]);
  }
}

function fitLabels(columns: readonly TableColumn[], wanted: Labels | undefined): TabularConfig["y"] {
  if (wanted !== undefined) checkName(operation, "labels", wanted, LABELS);
  const [first] = columns;
  if (!first) return null;
  const labels = wanted ?? defaultLabels(columns);
  const names = columns.map(({ name }) => name);
  if (labels === "number") {
    numberLabels(operation, columns);
    return { names, labels, classes: [] };
  }
  if (columns.length > 1) {
    throw new ValueError(`${operation}: y expected one column of classes, got ${columns.length}; fit one for each`);
  }
  const classes = classesIn(first);
  classNumbers(operation, first, classes);
  return { names, labels, classes };
}

/** What a config describes, as it was fitted. */
export function tabularOf(config: TabularConfig): Tabular {
  const encoders = config.columns.map((each) => ({ name: each.name, encoder: encoderOf(each) }));
  const features = encoders.flatMap(({ encoder }) => encoder.features);
  const { y } = config;
  return {
    config,
    features,
    classes: y?.classes ?? [],
    transform(table) {
      const where = `${operation}.transform`;
      if (!(table instanceof Table) || table.size === 0) {
        throw new ValueError(
          `${where}: table expected a table of at least one row, got ${table instanceof Table ? "none" : show(table)}`,
        );
      }
      const data = new Float32Array(table.size * features.length);
      let at = 0;
      for (const { name, encoder } of encoders) {
        encoder.write(findColumn(where, "table", table.columns, name), data, at, features.length);
        at += encoder.features.length;
      }
      const given = y?.names.every((name) => table.names.includes(name)) ? y : undefined;
      const labels = given && labelsOf(where, table, given);
      return Dataset.fromArrays({ data, shape: [table.size, features.length] }, labels) as Dataset<Tensor, Tensor>;
    },
  };
}

function encoderOf(config: EncoderConfig): Encoder {
  const where = `${operation}.transform`;
  if (config.type === "number") return numberEncoder(where, config);
  return config.type === "date" ? dateEncoder(where, config) : categoryEncoder(where, config);
}

function labelsOf(where: string, table: Table, { names, labels, classes }: NonNullable<TabularConfig["y"]>) {
  const columns = names.map((name) => findColumn(where, "table", table.columns, name));
  if (labels === "number") return numberLabels(where, columns);
  return arrange(classNumbers(where, columns[0] as TableColumn, classes), classes.length, labels);
}
