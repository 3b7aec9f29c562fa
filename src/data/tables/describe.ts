import { cellText, columnOf, type TableColumn } from "./columns.js";
import { countCodes, quantile, summaryOf } from "./summary.js";

/** A row for each column, as columns of a table. */
export function describeTable(columns: readonly TableColumn[]): TableColumn[] {
  const rows = columns.map(describeColumn);
  const names = [
    "column",
    "type",
    "count",
    "missing",
    "different",
    "mean",
    "deviation",
    "min",
    "25%",
    "median",
    "75%",
    "max",
    "top",
  ];
  return names.map((name) =>
    columnOf(
      "Table.describe",
      name,
      rows.map((row) => row[name] ?? null),
    ),
  );
}

function describeColumn(column: TableColumn): Record<string, number | string> {
  const { name, type, size, missing } = column;
  const base = { column: name, type, count: size - missing, missing };
  if (column.type === "string") {
    const counts = countCodes(column.codes, column.categories.length);
    const most = counts.indexOf(counts.reduce((a, b) => Math.max(a, b), 0));
    const top = column.categories[most];
    return { ...base, different: counts.filter((n) => n > 0).length, ...(top === undefined ? {} : { top }) };
  }
  const { mean, deviation, sorted } = summaryOf(column.values);
  const different = sorted.reduce((n, v, i) => n + Number(i === 0 || v !== sorted[i - 1]), 0);
  if (column.type === "date") {
    const ends = [0, sorted.length - 1].map((i) => cellText(new Date(sorted[i] ?? 0)));
    return { ...base, different, ...(sorted.length > 0 ? { top: `${ends[0]} to ${ends[1]}` } : {}) };
  }
  const at = (q: number) => quantile(sorted, q);
  return {
    ...base,
    different,
    mean,
    deviation,
    min: at(0),
    "25%": at(0.25),
    median: at(0.5),
    "75%": at(0.75),
    max: at(1),
  };
}
