import { Dataset } from "../../data/dataset.js";
import { Table } from "../../data/tables/table.js";
import { show } from "../../util/check.js";
import { ShapeError, ValueError } from "../../util/errors.js";

/**
 * Two tables as datasets of numbers, in which a text has the same number in both, NaN where it is missing; `texts` names those columns.
 * What are no tables stay as they are.
 *
 * @throws ValueError for a table and something else, or a table without rows; ShapeError where a column has another type in `dev`
 */
export function tablePair(
  operation: string,
  train: unknown,
  dev: unknown,
): { sets: readonly [unknown, unknown]; texts: readonly string[] } {
  if (!(train instanceof Table) && !(dev instanceof Table)) return { sets: [train, dev], texts: [] };
  if (!(train instanceof Table && dev instanceof Table)) {
    const [argument, got] = train instanceof Table ? ["dev", dev] : ["train", train];
    throw new ValueError(`${operation}: ${argument} expected a Table as the other is one, got ${show(got)}`);
  }
  for (const { name, type } of train.columns) {
    const other = dev.columns.find((column) => column.name === name);
    if (other && other.type !== type) {
      throw new ShapeError(
        `${operation}: dev expected ${type}s in "${name}" as in train, got ${other.type}s; declare the type in csv`,
      );
    }
  }
  const numbers = new Map<string, number>();
  const numberOf = (text: string) => {
    const number = numbers.get(text) ?? numbers.size;
    numbers.set(text, number);
    return number;
  };
  const numbered = (table: Table, argument: string) => {
    if (table.size === 0) throw new ValueError(`${operation}: ${argument} expected at least one row, got none`);
    const columns = table.columns.map((column) => {
      if (column.type !== "string") return [column.name, column.values] as const;
      const places = column.categories.map(numberOf);
      return [column.name, Float64Array.from(column.codes, (code) => places[code] ?? Number.NaN)] as const;
    });
    return Dataset.fromArrays(Object.fromEntries(columns));
  };
  const texts = train.columns.flatMap(({ name, type }) => (type === "string" ? [name] : []));
  return { sets: [numbered(train, "train"), numbered(dev, "dev")], texts };
}
