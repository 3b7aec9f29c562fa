import { paretoFront } from "../../search/pareto.js";
import type { Direction } from "../../search/sampler.js";
import { bestOf } from "../../search/study.js";
import type { FrozenTrial } from "../../search/trial.js";
import { StateError } from "../../util/errors.js";
import type { Command } from "../commands.js";
import type { Terminal } from "../terminal.js";
import { exitCodes, parsed } from "../usage.js";
import { storageOptions, storageUsage, withStudy } from "./storage-options.js";
import { failureOf, short, table, trialsText } from "./text.js";

const usage = `Usage: wasmgrad search best [options]

Prints the best trial of a study and its values; of a study with several directions, Pareto's front: the trials that no other one beats in
every direction at once.

${storageUsage}
  --json             { number, value, params }; { front: [{ number, values, params }] } with several directions`;

/** What is told of a study. */
export interface View {
  readonly name: string;
  readonly directions: readonly Direction[];
  readonly trials: readonly FrozenTrial[];
}

async function run(args: readonly string[], terminal: Terminal): Promise<number> {
  const { values } = parsed(args, [], { ...storageOptions, json: { type: "boolean" } });
  const view = await withStudy("best", values, async (study) => ({ ...study.head, trials: await study.trials() }));
  terminal.print(values.json ? JSON.stringify(bestAsJson(view)) : bestAsText(terminal, view));
  return exitCodes.fine;
}

export function bestAsJson(view: View) {
  const best = bestTrials(view).map(({ number, values, params }) => ({ number, values, params }));
  if (view.directions.length > 1) return { front: best };
  const [{ number, values, params }] = best as [(typeof best)[number]];
  return { number, value: values?.[0], params };
}

export function bestAsText({ style }: Terminal, view: View): string {
  const best = bestTrials(view);
  if (view.directions.length === 1) {
    const [{ number, values, params }] = best as [FrozenTrial];
    const rows = Object.entries(params).map(([name, value]) => [`  ${name}`, String(value)]);
    return [`${style("bold", `best ${values?.[0]}`)} (trial ${number})`, ...(rows.length ? [table(rows)] : [])].join(
      "\n",
    );
  }
  const names = [...new Set(best.flatMap(({ params }) => Object.keys(params)))];
  const head = ["  trial", ...view.directions.map((direction) => direction), ...names];
  const rows = best.map(({ number, values = [], params }) => [
    `  ${number}`,
    ...values.map(short),
    ...names.map((name) => cell(params[name])),
  ]);
  const front = `${style("bold", "Pareto's front")}, ${trialsText(best.length)}`;
  return `${front}\n${table(
    [head, ...rows],
    head.map((_, c) => c),
  )}`;
}

const cell = (value: unknown): string =>
  value === undefined ? "" : typeof value === "number" ? short(value) : String(value);

/** The best one, or Pareto's front. @throws StateError where no trial is complete */
function bestTrials({ name, directions, trials }: View): readonly FrozenTrial[] {
  const [first] = directions as [Direction];
  const best = directions.length > 1 ? paretoFront(trials, directions) : [bestOf(trials, first)];
  const found = best.filter((trial) => trial !== undefined);
  if (found.length > 0) return found;
  const failed = trials.findLast(({ state }) => state === "failed");
  const why = failed ? `; trial ${failed.number} failed: ${failureOf(failed)}` : "";
  throw new StateError(`study "${name}": a complete trial expected, got ${trialsText(trials.length)} and none${why}`);
}

export const best: Command = { usage, does: "the best trial and its values", run };
