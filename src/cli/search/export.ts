import { platform } from "#platform";
import type { FrozenTrial } from "../../search/trial.js";
import { absent } from "../../util/peer.js";
import type { Command } from "../commands.js";
import type { Terminal } from "../terminal.js";
import { exitCodes, parsed, UsageError } from "../usage.js";
import { storageOptions, storageUsage, withStudy } from "./storage-options.js";
import { trialsText } from "./text.js";

const formats = ["csv", "json"] as const;
type Format = (typeof formats)[number];

const usage = `Usage: wasmgrad search export [options]

Writes every trial of a study: number, state, value or values, start and end (UTC), parameters and attributes; JSON has what was reported
step by step as well. Texts that a spreadsheet would take for formulas are written with ' before them. NaN and infinity are texts in JSON.

${storageUsage}
  --format NAME      csv or json; default: by the ending of FILE, else csv
  --output FILE      default: standard output`;

async function run(args: readonly string[], terminal: Terminal): Promise<number> {
  const { values } = parsed(args, [], { ...storageOptions, format: { type: "string" }, output: { type: "string" } });
  const { output } = values;
  const format = formatOf(values.format, output);
  const trials = await withStudy("export", values, (study) => study.trials());
  const text = format === "csv" ? await toCsv(trials) : toJson(trials);
  if (output === undefined) terminal.print(text);
  else {
    await platform.writeFiles([{ path: output, parts: [new TextEncoder().encode(`${text}\n`)] }]);
    terminal.note(`${terminal.style("green", "✓")} ${output}  ${trialsText(trials.length)}`);
  }
  return exitCodes.fine;
}

function formatOf(name: string | undefined, output: string | undefined): Format {
  const wanted = name ?? /\.(csv|json)$/i.exec(output ?? ".csv")?.[1]?.toLowerCase();
  if (wanted === undefined) {
    throw new UsageError(`--format expected ${formats.join(" or ")}, as "${output}" ends in neither, got none`);
  }
  if ((formats as readonly string[]).includes(wanted)) return wanted as Format;
  throw new UsageError(`--format expected ${formats.join(" or ")}, got "${wanted}"`);
}

function toJson(trials: readonly FrozenTrial[]): string {
  const plain = (_: string, value: unknown) =>
    typeof value === "number" && !Number.isFinite(value) ? String(value) : value;
  return JSON.stringify(trials, plain, 2);
}

/** What a cell may be; a number is none that a spreadsheet takes for a formula. */
type Cell = string | number;

export async function toCsv(trials: readonly FrozenTrial[]): Promise<string> {
  const { stringify } = await library();
  const objectives = Math.max(1, ...trials.map(({ values }) => values?.length ?? 0));
  const valueNames = objectives === 1 ? ["value"] : Array.from({ length: objectives }, (_, i) => `values.${i}`);
  const [params, attributes] = [namesIn(trials, "params"), namesIn(trials, "attributes")];
  const header = [
    ...["number", "state", ...valueNames, "started", "ended"],
    ...params.map((name) => `params.${name}`),
    ...attributes.map((name) => `attributes.${name}`),
  ];
  const rows = trials.map((trial): Cell[] => [
    trial.number,
    trial.state,
    ...valueNames.map((_, i) => cell(trial.values?.[i])),
    cell(trial.started?.toISOString()),
    cell(trial.ended?.toISOString()),
    ...params.map((name) => cell(trial.params[name])),
    ...attributes.map((name) => cell(trial.attributes[name])),
  ]);
  return stringify([header, ...rows], { escape_formulas: true, record_delimiter: "\n", eof: false });
}

const namesIn = (trials: readonly FrozenTrial[], part: "params" | "attributes"): string[] => [
  ...new Set(trials.flatMap((trial) => Object.keys(trial[part]))),
];

function cell(value: unknown): Cell {
  if (value === undefined) return "";
  return typeof value === "string" || typeof value === "number" ? value : JSON.stringify(value);
}

async function library() {
  try {
    return await import("csv-stringify/sync");
  } catch (cause) {
    throw absent("search export: csv", "csv-stringify", cause);
  }
}

export const exportTrials: Command = { usage, does: "every trial as CSV or JSON", run };
