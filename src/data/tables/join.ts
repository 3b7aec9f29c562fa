import { ValueError } from "../../util/errors.js";
import { numericColumn, stringColumn, type TableColumn } from "./columns.js";
import { listed } from "./names.js";

/** The rows of `first`, then those of `second`. @throws ValueError where names or types differ */
export function joinColumns(
  operation: string,
  first: readonly TableColumn[],
  second: readonly TableColumn[],
): TableColumn[] {
  const names = first.map(({ name }) => name);
  const others = second.map(({ name }) => name);
  if (names.length !== others.length || names.some((name) => !others.includes(name))) {
    throw new ValueError(`${operation}: other expected the columns ${listed(names)}, got ${listed(others)}`);
  }
  return first.map((a) => join(operation, a, second.find(({ name }) => name === a.name) as TableColumn));
}

function join(operation: string, a: TableColumn, b: TableColumn): TableColumn {
  if (a.type === "string" && b.type === "string") {
    const categories = [...new Set([...a.categories, ...b.categories])].sort();
    const place = new Map(categories.map((category, i) => [category, i]));
    const codes = [a, b].flatMap((column) => {
      const places = column.categories.map((category) => place.get(category) as number);
      return Array.from(column.codes, (code) => places[code] ?? -1);
    });
    return stringColumn(a.name, Int32Array.from(codes), categories);
  }
  if (a.type === "string" || b.type === "string" || a.type !== b.type) {
    throw new ValueError(
      `${operation}: column "${a.name}" of other expected ${a.type}s, got ${b.type}s; declare its type when reading`,
    );
  }
  const values = new Float64Array(a.size + b.size);
  values.set(a.values);
  values.set(b.values, a.size);
  return numericColumn(a.name, a.type, values);
}
