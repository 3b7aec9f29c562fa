import { nearest, show } from "../../util/check.js";
import { FormatError, ValueError } from "../../util/errors.js";
import type { FileSource } from "../../util/file-source.js";
import { type ColumnBuilder, numericBuilder, stringBuilder } from "./builders.js";
import { expectation } from "./cells.js";
import type { ColumnType } from "./columns.js";
import { type CsvOptions, type Rules, rulesOf } from "./csv-options.js";
import { guessHeader, namesFor } from "./header.js";
import { readRecords } from "./records.js";
import { guessSeparator } from "./separator.js";
import { Table } from "./table.js";
import { openText, type TextSource } from "./text-source.js";

/** Letters at the start that the separator is guessed from, and rows that header and types are. */
const SAMPLE_LETTERS = 64 * 1024;
const SAMPLE_ROWS = 1000;

/**
 * Reads a table of comma-separated values, or values separated otherwise. The text is streamed: memory is needed for the columns that are
 * kept, not for the file. Where a guess of a column's type proves wrong past the first 1,000 rows, the source is read a second time.
 *
 * Works with the package `csv-parse` beside this one.
 *
 * @param source a path, a URL, bytes, a `Blob` such as a file from an input element (each may be gzipped), or the text itself: a string
 *   with a line end in it is text
 * @throws FormatError that names file, line, column, what was expected and what is there: a row with too few or too many fields, a quote
 *   that nothing closes, a value that is not of the declared type; ValueError for an unknown option or column; PlatformError where the
 *   source cannot be read or `csv-parse` is not installed
 * @see RFC 4180 for quotes
 * @example
 * const people = await csv("name,age,since\n'Ann, B.',31,2019-05-01\nCid,?,2020-12-24\n", { quote: "'" });
 * people.size; // 2
 * people.columns.map(({ type }) => type); // ["string", "number", "date"]
 * people.column("name").values[0]; // "Ann, B."
 * people.column("age").values; // [31, NaN]
 */
export async function csv(source: FileSource, options: CsvOptions = {}): Promise<Table> {
  const rules = rulesOf(options);
  const text = openText("csv", source, options.encoding, rules.skipLines);
  const first = await readPass(text, rules, new Map());
  if (first.wrong.size === 0) return first.table;
  return (await readPass(text, rules, first.wrong)).table;
}

/** Whether every value so far was a number, a date. */
interface Signs {
  number: boolean;
  date: boolean;
}

/** A column on its way. */
interface Reading {
  readonly name: string;
  readonly place: number;
  readonly type: ColumnType;
  readonly declared: boolean;
  readonly builder: ColumnBuilder;
  readonly signs: Signs;
}

/** Reads all rows. `wrong`: the columns whose type was guessed wrong, with the right one. */
async function readPass(text: TextSource, rules: Rules, corrected: ReadonlyMap<string, ColumnType>) {
  const what = `csv: ${text.name}`;
  const { chunks, sample, whole } = await sampled(text.open());
  const separator = rules.separator ?? guessSeparator(sample, whole, rules.quote, rules.comment);
  const waiting: { fields: string[]; line: number }[] = [];
  let readings: Reading[] | undefined;
  let fieldCount = 0;
  let rows = 0;

  const addRow = (fields: string[], line: number): void => {
    if (fields.length !== fieldCount) throw ragged(what, fields.length, fieldCount, line, separator);
    for (const reading of readings as Reading[]) {
      const field = fields[reading.place] as string;
      const given = !rules.isMissing(field);
      const fits = reading.builder.add(given ? field : undefined);
      if (!given || reading.type === "string") continue;
      if (reading.declared && !fits) throw misfit(what, line, reading, field, rules);
      if (!reading.declared) note(reading, field, fits, rules);
    }
    rows++;
  };
  const begin = (): void => {
    const records = waiting.map(({ fields }) => fields);
    fieldCount = records[0]?.length ?? 0;
    const header = rules.header ?? guessHeader(records, rules.columns, rules);
    const names = namesFor(what, fieldCount, header ? records[0] : undefined, rules.columns);
    const data = header ? waiting.slice(1) : waiting;
    readings = readingsFor(
      what,
      names,
      data.map(({ fields }) => fields),
      rules,
      corrected,
    );
    for (const { fields, line } of data) if (rows < rules.limit) addRow(fields, line);
    waiting.length = 0;
  };

  await readRecords("csv", text.name, chunks, { ...rules, separator, skipped: rules.skipLines }, (fields, line) => {
    if (readings) addRow(fields, line);
    else {
      waiting.push({ fields, line });
      if (waiting.length > Math.min(SAMPLE_ROWS, rules.limit)) begin();
    }
    return rows < rules.limit;
  });
  if (!readings) begin();
  if (fieldCount === 0) throw new FormatError(`${what} expected at least one row, got none`);
  const done = readings as unknown as Reading[];
  const wrong = new Map(
    done
      .filter((each) => !each.declared && typeOf(each.signs) !== each.type)
      .map((each) => [each.name, typeOf(each.signs)]),
  );
  return { wrong, table: new Table(wrong.size > 0 ? [] : done.map(({ builder }) => builder.finish())) };
}

function readingsFor(
  what: string,
  names: readonly string[],
  sample: readonly string[][],
  rules: Rules,
  corrected: ReadonlyMap<string, ColumnType>,
): Reading[] {
  for (const [option, wanted] of [
    ["types", Object.keys(rules.types)],
    ["select", rules.select ?? []],
  ] as const) {
    const unknown = wanted.find((name) => !names.includes(name));
    if (unknown === undefined) continue;
    const near = nearest(unknown, names);
    throw new ValueError(
      `${what}: ${option} expected names of columns, got "${unknown}"; ` +
        (near
          ? `did you mean "${near}"?`
          : `there are ${names.slice(0, 20).join(", ")}${names.length > 20 ? ", …" : ""}`),
    );
  }
  const kept = rules.select ?? names;
  return kept.map((name) => {
    const place = names.indexOf(name);
    const declared = rules.types[name];
    const first: Signs = { number: true, date: true };
    for (const fields of sample) judge(first, fields[place] ?? "", rules);
    const type = declared ?? corrected.get(name) ?? typeOf(first);
    const builder = type === "string" ? stringBuilder(name) : numericBuilder(name, type, rules.parse[type]);
    const signs = { number: type !== "string", date: type !== "string" };
    return { name, place, type, declared: declared !== undefined, builder, signs };
  });
}

/** What a field says about its column's type. */
function judge(signs: Signs, field: string, rules: Rules): void {
  if ((!signs.number && !signs.date) || rules.isMissing(field)) return;
  if (signs.number && !rules.isNumber(field)) signs.number = false;
  if (signs.date && !rules.isDate(field)) signs.date = false;
}

/** The same for a field that was tried as the type that was guessed: no number is a date. */
function note({ type, signs }: Reading, field: string, fits: boolean, rules: Rules): void {
  if (fits) signs[type === "number" ? "date" : "number"] = false;
  else judge(signs, field, rules);
}

function typeOf({ number, date }: Signs): ColumnType {
  if (number) return "number";
  return date ? "date" : "string";
}

/** The text from its start, and its first letters. */
async function sampled(text: AsyncGenerator<string>) {
  const parts: string[] = [];
  let length = 0;
  let whole = true;
  for (let next = await text.next(); !next.done; next = await text.next()) {
    parts.push(next.value);
    length += next.value.length;
    if (length >= SAMPLE_LETTERS) {
      whole = false;
      break;
    }
  }
  async function* chunks() {
    try {
      yield* parts;
      yield* text;
    } finally {
      await text.return(undefined); // closes the file where reading ends early
    }
  }
  return {
    chunks: chunks(),
    sample: parts.join("").slice(0, SAMPLE_LETTERS),
    whole: whole && length <= SAMPLE_LETTERS,
  };
}

function ragged(what: string, got: number, expected: number, line: number, separator: string): FormatError {
  const fields = (n: number) => `${n} field${n === 1 ? "" : "s"}`;
  return new FormatError(
    `${what} line ${line}: ${fields(expected)} expected as in the first row, got ${got} (separated by ${JSON.stringify(separator)}); ` +
      "pass the separator, skipLines where text stands before the table, or quote fields that hold a separator",
  );
}

function misfit(what: string, line: number, { name, type }: Reading, field: string, rules: Rules): FormatError {
  return new FormatError(
    `${what} line ${line} column "${name}": ${expectation(type as "number" | "date", rules.decimal, rules.dates)} expected, got ${show(field)}; ` +
      'declare it as "string", or add it to missing',
  );
}
