import { ValueError } from "../../util/errors.js";

/** What decides whether a field is a value. */
export interface FieldTests {
  isMissing(text: string): boolean;
  isNumber(text: string): boolean;
  isDate(text: string): boolean;
}

/**
 * Whether the first record names the columns: none of its fields is a number, a date or missing, no two are equal, and a column below one
 * of them has numbers or dates alone. Where all columns hold texts, it does if `columns` are not given or say the same.
 */
export function guessHeader(
  records: readonly (readonly string[])[],
  columns: readonly string[] | undefined,
  { isMissing, isNumber, isDate }: FieldTests,
): boolean {
  const [first, ...rest] = records;
  if (!first || (rest.length === 0 && columns)) return false;
  const named = first.filter((field) => field !== "");
  const isValue = (field: string) => isMissing(field) || isNumber(field) || isDate(field);
  if (named.length === 0 || named.some(isValue) || new Set(named).size < named.length) return false;
  const below = (j: number) => rest.map((record) => record[j] ?? "").filter((field) => !isMissing(field));
  const valued = first.some((_, j) => {
    const fields = below(j);
    return fields.length > 0 && (fields.every(isNumber) || fields.every(isDate));
  });
  if (valued) return true;
  if (columns) return first.every((field, j) => field.toLowerCase() === columns[j]?.toLowerCase());
  return named.length === first.length;
}

/** Names for `count` columns: those given, those of the header, else column0, column1, … @throws ValueError for two that are equal. */
export function namesFor(
  what: string,
  count: number,
  header: readonly string[] | undefined,
  columns: readonly string[] | undefined,
): string[] {
  if (columns && columns.length !== count) {
    throw new ValueError(
      `${what}: columns expected ${count} names, as many as the first row has fields, got ${columns.length}`,
    );
  }
  const names = columns ?? Array.from({ length: count }, (_, j) => header?.[j] || `column${j}`);
  const twice = names.find((name, j) => names.indexOf(name) !== j);
  if (twice !== undefined) {
    throw new ValueError(
      `${what}: columns expected different names, got "${twice}" twice; pass columns with a name for each`,
    );
  }
  return [...names];
}
