import { parseArgs } from "node:util";

export interface Options {
  /** Workers at a time; one that dies is followed by another. */
  readonly workers: number;
  /** How long new trials are begun. */
  readonly seconds: number;
  /** The share of trials whose worker dies. Above 0, connections are cut and whole processes killed as well. */
  readonly failures: number;
  /** `sqlite`, `postgres`, or the address of an empty database. */
  readonly storage: string;
  /** Mean seconds of a trial. */
  readonly trial: number;
  /** Reports of a trial. */
  readonly reports: number;
  /** Seconds between heartbeats; who is silent for twice as long is dead. */
  readonly heartbeat: number;
  /** Whether a trial that begins reads what is new to its worker, as it is for a sampler that learns; one that ends does. */
  readonly learn: boolean;
  /** Over which the workers are spread. */
  readonly processes: number;
  /** To the database, of all processes together. */
  readonly connections: number;
}

const DEFAULTS: Readonly<Record<string, string>> = {
  workers: "1000",
  seconds: "90",
  failures: "0.05",
  storage: "postgres",
  trial: "30",
  reports: "5",
  heartbeat: "15",
  learn: "yes",
  processes: "4",
  connections: "32",
};

const HELP = `npm run simulate:search -- [options]

  --workers N      at a time; one that dies is followed by another (1000)
  --seconds S      how long trials are begun (90)
  --failures P     the share of trials whose worker dies; above 0, connections are cut and processes killed too (0.05)
  --storage X      postgres (started here), sqlite (a file of its own), or the address of an empty database (postgres)
  --trial S        mean seconds of a trial (30)
  --reports N      of a trial (5)
  --heartbeat S    between signs of life; silent for twice as long is dead (15)
  --learn yes|no   whether a trial that begins reads what is new to its worker, as it is for samplers that learn (yes)
  --processes N    over which the workers are spread (4)
  --connections N  to the database, of all processes (32)`;

/** @returns undefined where the user asked for help, which has been shown */
export function optionsFrom(args: string[]): Options | undefined {
  const options = Object.fromEntries(
    Object.entries(DEFAULTS).map(([name, value]) => [name, { type: "string" as const, default: value }]),
  );
  const parsed = parseArgs({ args, options: { ...options, help: { type: "boolean", default: false } } });
  const values: Readonly<Record<string, string | boolean | undefined>> = parsed.values;
  if (values.help) {
    console.log(HELP);
    return undefined;
  }
  const number = (name: string, min: number, max = Number.POSITIVE_INFINITY, isWhole = false): number => {
    const value = Number(values[name]);
    if (value >= min && value <= max && (!isWhole || Number.isInteger(value))) return value;
    const range = max === Number.POSITIVE_INFINITY ? `≥ ${min}` : `from ${min} to ${max}`;
    throw new RangeError(`--${name} expected a ${isWhole ? "whole " : ""}number ${range}, got "${values[name]}"`);
  };
  if (values.learn !== "yes" && values.learn !== "no") {
    throw new RangeError(`--learn expected yes or no, got "${values.learn}"`);
  }
  const processes = number("processes", 1, 1000, true);
  return {
    workers: number("workers", processes, 100_000, true),
    seconds: number("seconds", 1),
    failures: number("failures", 0, 0.9),
    storage: String(values.storage),
    trial: number("trial", 0),
    reports: number("reports", 0, 1000, true),
    heartbeat: number("heartbeat", 0.1),
    learn: values.learn === "yes",
    processes,
    connections: number("connections", processes, 1000, true),
  };
}
