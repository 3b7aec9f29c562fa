import { resolve } from "node:path";
import { study } from "../../search/open-study.js";
import { progressText } from "../../search/optimize.js";
import { importModule } from "../../search/parallel/import-module.js";
import type { Space } from "../../search/parameter.js";
import type { Direction } from "../../search/sampler.js";
import { bestOf, type Study } from "../../search/study.js";
import type { StudyOptions } from "../../search/study-options.js";
import type { FrozenTrial } from "../../search/trial.js";
import { withoutPasswords } from "../passwords.js";
import type { Terminal } from "../terminal.js";
import { exitCodes, parsed, positive, whole } from "../usage.js";
import { bestAsJson, bestAsText } from "./best.js";
import { duration, failureOf, short, trialsText } from "./text.js";

/** What `run` and `worker` take. */
const options = {
  storage: { type: "string" },
  name: { type: "string" },
  trials: { type: "string" },
  total: { type: "string" },
  timeout: { type: "string" },
  "trial-timeout": { type: "string" },
  parallel: { type: "string" },
  seed: { type: "string" },
  heartbeat: { type: "string" },
  json: { type: "boolean" },
} as const;

/** What their help says of it. */
export const searchingUsage = `  --trials N         ends after N trials here; default: no limit, until Ctrl-C
  --total N          ends when the study has N trials, those of other processes too
  --timeout S        ends after S seconds; what runs then counts as failed
  --trial-timeout S  a trial that takes longer counts as failed, and its thread is ended
  --parallel N       N trials at a time, each in a thread with an engine of its own; default 1
  --name NAME        of the study; default: what STUDY says
  --seed N           of the sampler; default: what STUDY says
  --heartbeat S      seconds between signs of life, default 60: the trials of a process that was silent for twice as long are run again
  --json             the end as JSON

Ctrl-C finishes the trials that run; again, it ends at once, and whoever goes on runs them again.`;

/** What is special to a command. */
export interface Kind {
  /** Where the study lives if neither the command line nor the module says so. @throws UsageError */
  storageOf(name: string): string;
  /** What it does with a study that is there already. */
  readonly goesOn: string;
}

/** Runs the trials of a study's module. @returns one of `exitCodes` */
export async function searching(args: readonly string[], terminal: Terminal, kind: Kind): Promise<number> {
  const { words, values } = parsed(args, ["STUDY"], options);
  const seed = whole("seed", values.seed, 0);
  const limits: Limits = {
    trials: whole("trials", values.trials, 1),
    total: whole("total", values.total, 1),
    timeout: positive("timeout", values.timeout),
    trialTimeout: positive("trial-timeout", values["trial-timeout"]),
    parallel: whole("parallel", values.parallel, 1) ?? 1,
    heartbeat: positive("heartbeat", values.heartbeat) ?? 60,
  };
  const module = resolve(words[0] as string);
  const definition = (await importModule(module)) as StudyOptions<Space>;
  const name = values.name ?? definition.name ?? "study";
  const storage = values.storage ?? definition.storage ?? kind.storageOf(name);
  const found = await study({ ...definition, name, storage, module, seed: seed ?? definition.seed });
  const isQuiet = values.json === true;
  const before = found.trials.length;
  const stop = new AbortController();
  const release = terminal.onStop(() => {
    // Ctrl-C stands on the line, and so may a bar.
    terminal.note(`${terminal.isLive ? "\n" : ""}finishing the trials that run; Ctrl-C again ends at once`);
    stop.abort();
  });
  try {
    terminal.note(beginning(found, typeof storage === "string" ? storage : "the storage that it names", kind, limits));
    const progress = terminal.hasBars && !isQuiet;
    const tell = (trial: FrozenTrial) => terminal.note(trialText(terminal, trial, found));
    await found.optimize({ ...limits, signal: stop.signal, progress, callbacks: progress ? [] : [tell] });
  } finally {
    release();
    await found.close();
  }
  terminal.clear();
  const { aborted } = stop.signal;
  const isWithout = !found.trials.some(({ state }) => state === "complete");
  if (aborted && isWithout) terminal.note(`no trial is complete, of ${found.trials.length}`);
  else if (isQuiet) terminal.print(JSON.stringify({ name, trials: found.trials.length, ...bestAsJson(found) }));
  else {
    tellFailures(found, before, terminal);
    if (!terminal.hasBars) terminal.print(`${name}: ${progressText(found)}`);
    terminal.print(bestAsText(terminal, found));
    if (typeof storage === "string") terminal.note(reportText(name, withoutPasswords(storage)));
  }
  return aborted ? exitCodes.interrupted : exitCodes.fine;
}

interface Limits {
  readonly trials: number | undefined;
  readonly total: number | undefined;
  readonly timeout: number | undefined;
  readonly trialTimeout: number | undefined;
  readonly parallel: number;
  readonly heartbeat: number;
}

/** What is said first: whether the study is new, how far it is, and when this ends. */
function beginning(found: Study, place: string, kind: Kind, { heartbeat, ...limits }: Limits): string {
  const { name, trials } = found;
  const title = `study "${name}" in ${withoutPasswords(place)}`;
  const parts = [trials.length === 0 ? `${title} begins` : `${title} ${kind.goesOn}: ${progressText(found)}`];
  const running = trials.filter(({ state }) => state === "running").length;
  if (running > 0) {
    const some = running === 1 ? "1 runs elsewhere, or was" : `${running} run elsewhere, or were`;
    parts.push(`${some} cut off: run again after ${2 * heartbeat} s without a sign of life`);
  }
  const { trials: here, total, timeout } = limits;
  if (here === undefined && total === undefined && timeout === undefined) {
    parts.push("until Ctrl-C, as there is no --trials, --total or --timeout");
  }
  return parts.join("; ");
}

/** `trial 12 complete after 3 s: 0.25; best 0.125 (trial 7)`. */
function trialText({ style }: Terminal, trial: FrozenTrial, { trials, directions }: Study): string {
  const { number, state, started, ended, values = [] } = trial;
  const time = started && ended ? ` after ${duration((ended.getTime() - started.getTime()) / 1000)}` : "";
  const text = `trial ${number} ${state}${time}`;
  if (state === "failed") return style("red", `${text}: ${failureOf(trial)}`);
  if (state !== "complete") return text;
  const best = directions.length === 1 ? bestOf(trials, directions[0] as Direction) : undefined;
  return `${text}: ${values.map(short).join(", ")}${best ? `; best ${short(best.values?.[0] as number)} (trial ${best.number})` : ""}`;
}

/** How to see more. */
function reportText(name: string, place: string): string {
  const word = (text: string) => (/^[\w./:@=-]+$/.test(text) ? text : JSON.stringify(text));
  const where = place === `${name}.sqlite` ? "" : `--storage ${word(place)} `;
  return `charts: npx wasmgrad search report ${where}--name ${word(name)}`;
}

/** A bar counts failed trials, and does not say why. @param before how many trials there were */
function tellFailures({ trials }: Study, before: number, terminal: Terminal): void {
  const failed = trials.slice(before).filter(({ state }) => state === "failed");
  const last = failed.at(-1);
  if (!last || !terminal.hasBars) return;
  const text = `${trialsText(failed.length)} failed, the last one, ${last.number}: ${failureOf(last)}`;
  terminal.note(terminal.style("red", text));
}
