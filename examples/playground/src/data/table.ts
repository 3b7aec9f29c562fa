import { csv, type Table, type TableColumn, tabular } from "wasmgrad/data";
import type { DataSettings } from "../settings.js";
import { ratiosOf, type Source } from "./source.js";

/** Numbers with so many values at most, all of them whole, are classes. */
const MOST_CLASSES = 10;

/** The visitor's own table: its last column is what is to be predicted, all others are what it is predicted from. */
export async function tableSource(data: DataSettings, seed: number, text: string | undefined): Promise<Source> {
  if (text === undefined || text.trim() === "") {
    throw new Error("There is no table yet: choose a CSV file whose last column is what is to be predicted.");
  }
  // Bytes: a text of one line would be taken for the name of a file.
  const table = await csv(new TextEncoder().encode(text));
  const target = table.columns.at(-1);
  if (!target || table.columns.length < 2) {
    throw new Error(
      `The table has ${table.columns.length === 1 ? "one column" : "no columns"}: it needs two or more, separated by commas, the last for what is to be predicted.`,
    );
  }
  const empty = table.size - table.dropMissing(target.name).size;
  if (empty > 0) {
    throw new Error(
      `${empty} ${empty === 1 ? "row has" : "rows have"} nothing in the last column, "${target.name}": fill it in, or take ${empty === 1 ? "that row" : "those rows"} out.`,
    );
  }
  const task = taskOf(target);
  const parts = cut(table, target, data, seed, task);
  const prep = tabular(parts[0], {
    y: target.name,
    labels: task === "classification" ? "class" : "number",
    // The playground normalizes all data in one way, and draws them in their own units.
    numbers: { scale: "none" },
    dates: { scale: "none" },
  });
  return {
    task,
    classes: prep.classes,
    features: prep.features,
    parts: [prep.transform(parts[0]), prep.transform(parts[1]), prep.transform(parts[2])],
  };
}

function taskOf(target: TableColumn) {
  if (target.type === "string") return "classification";
  if (target.type === "date") {
    throw new Error(
      `The last column, "${target.name}", holds dates, which cannot be predicted here: put a column of numbers or names last.`,
    );
  }
  const distinct = new Set(target.values);
  return distinct.size <= MOST_CLASSES && [...distinct].every(Number.isInteger) ? "classification" : "regression";
}

function cut(table: Table, target: TableColumn, data: DataSettings, seed: number, task: Source["task"]) {
  return table.split(ratiosOf(data), task === "classification" ? { seed, stratify: target.name } : { seed });
}
