import { platform } from "#platform";
import { FormatError, WasmgradError } from "../../util/errors.js";
import { BLANKS } from "./separator.js";

/** What the parser needs to know. */
export interface RecordRules {
  readonly separator: string;
  readonly quote: string | null;
  readonly comment: string | undefined;
  readonly trim: boolean;
  /** Lines left out before the text, for line numbers in errors. */
  readonly skipped: number;
}

/** A record that grows to this many letters has a quote that nothing closes. */
const LONGEST_RECORD = 1 << 24;

/** Quoted and empty, where empty fields stand between two blanks. */
const EMPTY = "\u0000";

/** Thrown to end reading early. */
const enough = new WasmgradError("enough rows");

/**
 * Cuts a text into records by `csv-parse`, one after the other, and hands each to `onRecord` with the line where it ends. What is handed
 * over is not kept.
 *
 * @param onRecord returns false to stop
 * @throws FormatError that names line and remedy; PlatformError without `csv-parse`
 */
export async function readRecords(
  operation: string,
  name: string,
  chunks: AsyncIterable<string>,
  rules: RecordRules,
  onRecord: (record: string[], line: number) => boolean,
): Promise<void> {
  const { parse } = await platform.csvParser(operation);
  const blanks = rules.separator === BLANKS;
  let failure: unknown;
  let last = rules.skipped;
  const parser = parse({
    delimiter: blanks ? [" ", "\t"] : rules.separator,
    quote: rules.quote,
    escape: rules.quote,
    comment: rules.comment ?? null,
    comment_no_infix: true,
    record_delimiter: "\n",
    relax_column_count: true,
    skip_empty_lines: true,
    trim: rules.trim && !blanks,
    max_record_size: LONGEST_RECORD,
    ...(blanks
      ? { cast: (text: string, { quoting }: { quoting: boolean }) => (quoting && text === "" ? EMPTY : text) }
      : {}),
    on_record(record: string[], { lines }: { lines: number }) {
      const fields = blanks ? unblanked(record) : record;
      last = lines + rules.skipped;
      if (fields.length > 0 && !onRecord(fields, last)) throw enough;
      return null;
    },
  });
  const ended = new Promise<void>((resolve) => {
    parser.on("error", (cause: unknown) => {
      failure ??= cause;
      resolve();
    });
    parser.on("end", resolve);
    parser.resume();
  });
  for await (const chunk of chunks) {
    if (failure) break;
    await Promise.race([ended, new Promise((resolve) => parser.write(chunk, resolve))]);
  }
  if (!failure) parser.end();
  await ended;
  if (failure && failure !== enough) throw explained(failure as ParserError, `${operation}: ${name}`, rules, last);
}

function unblanked(record: readonly string[]): string[] {
  return record.filter((field) => field !== "").map((field) => (field === EMPTY ? "" : field));
}

interface ParserError extends Error {
  readonly code?: string;
  readonly lines?: number;
  readonly column?: number | string;
}

/** The parser's error in this library's words. `last`: the line where the last whole record ended. */
function explained(error: ParserError, what: string, { skipped, quote }: RecordRules, last: number): Error {
  if (error instanceof WasmgradError) return error;
  const field = typeof error.column === "number" ? ` field ${error.column + 1}` : "";
  const at = error.lines === undefined ? what : `${what} line ${error.lines + skipped}${field}`;
  const remedy = "double it, or pass { quote: null } where quotes are plain letters";
  switch (error.code) {
    case "CSV_QUOTE_NOT_CLOSED":
    case "CSV_MAX_RECORD_SIZE":
      return new FormatError(
        `${what} line ${last + 1}${field}: a closing ${quote} expected, got none up to line ${(error.lines ?? 0) + skipped}; ${remedy}`,
        { cause: error },
      );
    case "CSV_INVALID_CLOSING_QUOTE":
      return new FormatError(`${at}: a separator expected after the closing ${quote}, got more text; ${remedy}`, {
        cause: error,
      });
    case "INVALID_OPENING_QUOTE":
      return new FormatError(`${at}: no ${quote} expected inside a field without quotes, got one; ${remedy}`, {
        cause: error,
      });
    default:
      return new FormatError(`${at}: records of fields expected, got a fault (${error.message})`, { cause: error });
  }
}
