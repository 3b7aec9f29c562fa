import { checkBoolean, checkName, checkNumber, checkOptions, checkText, show } from "../../util/check.js";
import { ValueError } from "../../util/errors.js";
import { checkTexts, type DateStyle, dateParser, MISSING, missingTest, numberParser } from "./cells.js";
import { COLUMN_TYPES, type ColumnType } from "./columns.js";
import { BLANKS } from "./separator.js";

export interface CsvOptions {
  /** Between fields: a character, or `"blanks"` for runs of spaces and tabs. Default: found out of comma ; tab | and blanks. */
  separator?: string;
  /** Whether the first line names the columns. Default: found out. */
  header?: boolean;
  /** Names of the columns, in place of the header's. Default: the header's, else column0, column1, … */
  columns?: readonly string[];
  /** Names of the columns to keep; the others take no memory. Default: all. */
  select?: readonly string[];
  /**
   * Types of columns by name. Default: number where all values are numbers, date where all are dates, else string. `true` and `false` are
   * texts: as labels they become the classes 1 and 0, for categories are sorted.
   */
  types?: Readonly<Record<string, ColumnType>>;
  /** How missing values are spelled, in any case of letters, besides the empty field. Default: NA, N/A, NaN, null, None, ?, - and kin. */
  missing?: readonly string[];
  /** Lines that begin so are left out. Default: none do. */
  comment?: string;
  /** Lines to leave out at the start. Default 0. */
  skipLines?: number;
  /** Takes blanks around fields away. Default true. */
  trim?: boolean;
  /** What stands around fields that hold separators, doubled inside them; null for nothing. Default `"`. */
  quote?: string | null;
  /** The sign before decimals. Default ".". */
  decimal?: "." | ",";
  /** How days are written: `"iso"` 2007-11-30, `"dayFirst"` 30.11.2007, `"monthFirst"` 11/30/2007. Default `"iso"`. */
  dates?: DateStyle;
  /** Default: what the byte order mark says, else UTF-8. */
  encoding?: string;
  /** Rows to read at most. Default: all. */
  limit?: number;
}

const known = [
  ...["separator", "header", "columns", "select", "types", "missing", "comment", "skipLines", "trim", "quote"],
  ...["decimal", "dates", "encoding", "limit"],
] as const;

/** Checked options with their defaults, and what tells fields apart. */
export type Rules = ReturnType<typeof rulesOf>;

/** @throws ValueError for an unknown or wrong option */
export function rulesOf(options: CsvOptions) {
  checkOptions("csv", options, known);
  const { separator, header, columns, select, types = {}, missing = MISSING, comment } = options;
  const { skipLines = 0, trim = true, quote = '"', decimal = ".", dates = "iso", limit = Infinity } = options;
  if (separator !== undefined && separator !== BLANKS && !(typeof separator === "string" && separator.length === 1)) {
    throw new ValueError(`csv: separator expected one character or "${BLANKS}", got ${show(separator)}`);
  }
  if (header !== undefined) checkBoolean("csv", "header", header);
  if (columns !== undefined) checkTexts("csv", "columns", columns);
  if (select !== undefined) checkTexts("csv", "select", select);
  if (types === null || typeof types !== "object") {
    throw new ValueError(`csv: types expected a record as { age: "number" }, got ${show(types)}`);
  }
  for (const [name, type] of Object.entries(types)) checkName("csv", `types["${name}"]`, type, COLUMN_TYPES);
  checkTexts("csv", "missing", missing);
  if (comment !== undefined) checkText("csv", "comment", comment);
  checkNumber("csv", "skipLines", skipLines, { min: 0, whole: true });
  checkBoolean("csv", "trim", trim);
  if (quote !== null && !(typeof quote === "string" && quote.length === 1)) {
    throw new ValueError(`csv: quote expected one character or null, got ${show(quote)}`);
  }
  checkName("csv", "decimal", decimal, [".", ","]);
  checkName("csv", "dates", dates, ["iso", "dayFirst", "monthFirst"]);
  if (limit !== Infinity) checkNumber("csv", "limit", limit, { min: 1, whole: true });
  const parse = { number: numberParser(decimal), date: dateParser(dates) };
  return {
    ...{ separator, header, columns, select, types, comment, skipLines, trim, quote, decimal, dates, limit, parse },
    isMissing: missingTest(missing),
    isNumber: (field: string) => !Number.isNaN(parse.number(field)),
    isDate: (field: string) => !Number.isNaN(parse.date(field)),
  };
}
