/** What a column holds. */
export type Cell = string | number | null;

export type Row = Readonly<Record<string, Cell>>;

/**
 * Runs one statement, whose places are `$1`, `$2`, …, and answers its rows. Statements run in the order of the calls, of which none has to
 * wait for an answer: what is sent at once costs one way to the server and back. All are awaited before the transaction ends.
 */
export type Run = (sql: string, values?: readonly Cell[]) => Promise<readonly Row[]>;

/** A relational database. What it does not take at the moment (it is locked, restarts, has lost the connection) it tries again. */
export interface Database {
  /** As errors show it: the file, or the address without the password. */
  readonly name: string;
  readonly dialect: Dialect;
  /** Reads at one point in time. `work` runs again where an attempt failed. */
  read<T>(work: (run: Run) => Promise<T>): Promise<T>;
  /**
   * All or nothing, and durable when it returns. `work` runs again where an attempt failed, and never where one was committed, but for one
   * case, of which it is told: where the database crashed before it answered, nobody knows whether it had committed.
   */
  write<T>(work: (run: Run, isDoubtful?: boolean) => Promise<T>): Promise<T>;
  close(): Promise<void>;
}

/** Wherein the SQL of databases differs. */
export interface Dialect {
  /** The type of a primary key that counts by itself. */
  readonly serial: string;
  readonly double: string;
  readonly time: string;
  /** The type of a column that holds one of `names`. */
  enumeration(type: string, names: readonly string[]): string;
  /** Makes that type, where it has to be made. */
  createEnumeration(type: string, names: readonly string[]): string | undefined;
  /** Keeps others from making the same tables until the transaction ends. */
  readonly lockSchema: string | undefined;
  /** Answers a row where there is a table of the name $1. */
  readonly findTable: string;
  /** Ends a SELECT whose rows nobody else may change until the transaction ends. */
  readonly lock: string;
  /** The same, without the rows that somebody else has locked. */
  readonly lockFree: string;
  /** The time by the clock of the database, as Optuna writes it into heartbeats. */
  readonly now: string;
  /** Seconds since the time that a column holds. */
  age(column: string): string;
  /** Whether an integer is in a list, which is a value of the statement, in JSON. */
  oneOf(column: string, list: string): string;
  /** A column of a group's rows as a list in JSON. */
  list(column: string): string;
  /** The same of doubles, to the last bit: each is a number, or the text of one. */
  listOfDoubles(column: string): string;
  /** A time as `2026-01-31 23:59:59.123456`. */
  text(column: string): string;
}

/** For a statement that is awaited behind others: of those that fail it is the first that says why. */
export function later<T>(sent: Promise<T>): Promise<T> {
  sent.catch(() => undefined);
  return sent;
}

/** `($1, $2), ($3, $4)`: places for `rows` rows of `width` values. */
export function places(rows: number, width: number): string {
  const row = (i: number) => Array.from({ length: width }, (_, j) => `$${i * width + j + 1}`).join(", ");
  return Array.from({ length: rows }, (_, i) => `(${row(i)})`).join(", ");
}
