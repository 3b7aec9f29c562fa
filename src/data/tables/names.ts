import { nearest, show } from "../../util/check.js";
import { ValueError } from "../../util/errors.js";
import type { TableColumn } from "./columns.js";

/** The column of a name. @throws ValueError with the nearest name, or all of them */
export function findColumn(
  operation: string,
  argument: string,
  columns: readonly TableColumn[],
  name: unknown,
): TableColumn {
  const found = columns.find((column) => column.name === name);
  if (found) return found;
  const names = columns.map((column) => column.name);
  const near = typeof name === "string" ? nearest(name, names) : undefined;
  throw new ValueError(
    `${operation}: ${argument} expected a column of the table, got ${show(name)}; ` +
      (near !== undefined ? `did you mean "${near}"?` : `it has ${listed(names)}`),
  );
}

/** Names, at most twenty of them. */
export function listed(names: readonly string[]): string {
  if (names.length === 0) return "none";
  return `${names.slice(0, 20).join(", ")}${names.length > 20 ? ", …" : ""}`;
}

/** One name or several, as a list. @throws ValueError for anything else */
export function namesIn(operation: string, argument: string, value: unknown): readonly string[] {
  const names = typeof value === "string" ? [value] : value;
  if (Array.isArray(names) && names.length > 0 && names.every((each) => typeof each === "string")) {
    const twice = names.find((name, i) => names.indexOf(name) !== i);
    if (twice === undefined) return names;
    throw new ValueError(`${operation}: ${argument} expected different names, got "${twice}" twice`);
  }
  throw new ValueError(`${operation}: ${argument} expected the name of a column or several, got ${show(value)}`);
}
