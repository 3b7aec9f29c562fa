import type { Tensor } from "../../tensor/tensor.js";
import { checkName, checkOptions } from "../../util/check.js";
import { ValueError } from "../../util/errors.js";
import { Dataset } from "../dataset.js";
import type { TableColumn } from "./columns.js";
import { arrange, checkLabelled, classNumbers, countRows, LABELS, type Labels, numberLabels } from "./labels.js";
import { findColumn, namesIn } from "./names.js";

export interface TableDatasetOptions {
  /** Names of the features. Default: all columns but `y`. */
  x?: readonly string[];
  /** The name of the labels' column, or several for labels that are numbers. Default: none. */
  y?: string | readonly string[];
  /** Default: `"class"` for texts, `"number"` for numbers. */
  labels?: Labels;
}

export function tableDataset(
  operation: string,
  columns: readonly TableColumn[],
  size: number,
  options: TableDatasetOptions,
): Dataset<Tensor, Tensor> {
  checkOptions(operation, options, ["x", "y", "labels"]);
  const y = options.y === undefined ? [] : namesIn(operation, "y", options.y);
  const labelled = y.map((name) => findColumn(operation, "y", columns, name));
  const x = options.x === undefined ? columns.filter((column) => !labelled.includes(column)) : undefined;
  const features = x ?? namesIn(operation, "x", options.x).map((name) => findColumn(operation, "x", columns, name));
  if (features.length === 0) throw new ValueError(`${operation}: x expected at least one column beside y, got none`);
  const shape = [size, features.length];
  const made = labelled.length === 0 ? undefined : labelsOf(operation, labelled, options.labels);
  return Dataset.fromArrays({ data: featureRows(operation, features, size), shape }, made) as Dataset<Tensor, Tensor>;
}

function featureRows(operation: string, features: readonly TableColumn[], size: number): Float32Array {
  const data = new Float32Array(size * features.length);
  features.forEach(({ name, type, values }, j) => {
    if (type !== "number") {
      throw new ValueError(
        `${operation}: x expected columns of numbers, got ${type}s in "${name}"; tabular encodes them, or name others by x`,
      );
    }
    const missing = countRows((i) => Number.isNaN(values[i]), size);
    if (missing !== undefined) {
      throw new ValueError(
        `${operation}: x expected a number in every row of "${name}", got none in ${missing}; tabular fills them, dropMissing("${name}") leaves them out`,
      );
    }
    for (let i = 0; i < size; i++) data[i * features.length + j] = values[i] as number;
  });
  return data;
}

function labelsOf(operation: string, columns: readonly TableColumn[], wanted: Labels | undefined) {
  const [first] = columns as [TableColumn];
  const labels = wanted === undefined ? defaultLabels(columns) : checkName(operation, "labels", wanted, LABELS);
  if (labels === "number") return numberLabels(operation, columns);
  if (columns.length > 1) {
    throw new ValueError(
      `${operation}: y expected one column of classes, got ${columns.length}; make a dataset for each`,
    );
  }
  if (first.type === "string")
    return arrange(classNumbers(operation, first, first.categories), first.categories.length, labels);
  checkLabelled(operation, first);
  const wrong = countRows((i) => !Number.isInteger(first.values[i]) || (first.values[i] as number) < 0, first.size);
  if (first.type !== "number" || wrong !== undefined) {
    throw new ValueError(
      `${operation}: y expected texts or whole numbers ≥ 0 as classes in "${first.name}", got others${wrong === undefined ? "" : ` in ${wrong}`}; pass labels: "number"`,
    );
  }
  const numbers = Int32Array.from(first.values);
  return arrange(numbers, numbers.reduce((a, b) => Math.max(a, b), 0) + 1, labels);
}

/** Texts are classes, all else is a number. */
export function defaultLabels(columns: readonly TableColumn[]): Labels {
  return columns.length === 1 && columns[0]?.type === "string" ? "class" : "number";
}
