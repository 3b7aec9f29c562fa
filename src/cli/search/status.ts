import { paretoFront } from "../../search/pareto.js";
import type { Direction } from "../../search/sampler.js";
import type { StoredStudy } from "../../search/storage/storage.js";
import { bestOf } from "../../search/study.js";
import type { FrozenTrial, TrialState } from "../../search/trial.js";
import type { Command } from "../commands.js";
import type { Style, Terminal } from "../terminal.js";
import { exitCodes, parsed, UsageError } from "../usage.js";
import { storageOptions, storageUsage, withStudy } from "./storage-options.js";
import { duration, short, table } from "./text.js";

const usage = `Usage: wasmgrad search status [options]

Says how far a study is: its trials by state, the best so far, how many end a minute, and which run, for how long, and when they last gave a
sign of life.

${storageUsage}
  --watch            draws it anew every 2 seconds, until Ctrl-C
  --json             all of it as JSON`;

/** Milliseconds between drawings. */
const PAUSE = 2000;
/** Seconds over which the throughput is measured, at most. */
const WINDOW = 600;
/** Seconds of silence after which, by default, a process counts as dead. */
const SILENT = 120;
/** Running trials that are shown. */
const SHOWN = 20;

const states: readonly [TrialState, Style | undefined][] = [
  ["complete", "green"],
  ["running", "cyan"],
  ["waiting", undefined],
  ["pruned", "yellow"],
  ["failed", "red"],
];

async function run(args: readonly string[], terminal: Terminal): Promise<number> {
  const { values } = parsed(args, [], { ...storageOptions, watch: { type: "boolean" }, json: { type: "boolean" } });
  if (values.watch && (values.json || !terminal.isLive)) {
    throw new UsageError(
      values.json ? "--watch expected a terminal, without --json, got --json" : "--watch expected a terminal, got none",
    );
  }
  await withStudy("status", values, async (study) => {
    if (values.watch) return watch(study, terminal);
    const found = await statusOf(study);
    terminal.print(values.json ? JSON.stringify(found) : asText(terminal, found));
  });
  return exitCodes.fine;
}

async function watch(study: StoredStudy, terminal: Terminal): Promise<void> {
  const stop = new AbortController();
  const release = terminal.onStop(() => stop.abort());
  try {
    while (!stop.signal.aborted) {
      terminal.redraw(asText(terminal, await statusOf(study)));
      await pause(stop.signal);
    }
  } finally {
    release();
  }
}

/** Waits for the next drawing, or the end. */
async function pause(signal: AbortSignal): Promise<void> {
  await new Promise<void>((resolve) => {
    const timer = setTimeout(resolve, PAUSE);
    signal.addEventListener(
      "abort",
      () => {
        clearTimeout(timer);
        resolve();
      },
      { once: true },
    );
  });
}

interface Status {
  readonly name: string;
  readonly directions: readonly Direction[];
  readonly states: Readonly<Record<TrialState, number>>;
  /** The best trial; with several directions, Pareto's front. */
  readonly best: readonly { readonly number: number; readonly values: readonly number[] }[];
  readonly perMinute: number;
  readonly running: readonly Running[];
}

interface Running {
  readonly number: number;
  /** Since it was begun. */
  readonly seconds: number | undefined;
  /** Since its last sign of life. */
  readonly silence: number | undefined;
  readonly last: { readonly step: number; readonly value: number } | undefined;
}

async function statusOf(study: StoredStudy): Promise<Status> {
  const { name, directions } = study.head;
  const [trials, silences] = [await study.trials(), await study.silences()];
  const now = Date.now();
  const count = (state: TrialState) => trials.filter((trial) => trial.state === state).length;
  const best = directions.length > 1 ? paretoFront(trials, directions) : [bestOf(trials, directions[0] as Direction)];
  return {
    name,
    directions,
    states: Object.fromEntries(states.map(([state]) => [state, count(state)])) as Status["states"],
    best: best.flatMap((trial) => (trial ? [{ number: trial.number, values: trial.values ?? [] }] : [])),
    perMinute: perMinute(trials, now),
    running: trials
      .filter(({ state }) => state === "running")
      .map(({ number, started, intermediate }) => ({
        number,
        seconds: started && (now - started.getTime()) / 1000,
        silence: silences.get(number),
        last: intermediate.at(-1),
      })),
  };
}

/** Trials that ended a minute, over the last ten, or since the first began. */
export function perMinute(trials: readonly FrozenTrial[], now: number): number {
  const first = Math.min(...trials.map(({ started }) => started?.getTime() ?? now));
  const seconds = Math.min(WINDOW, (now - first) / 1000);
  const ended = trials.filter(({ ended }) => ended && ended.getTime() > now - 1000 * seconds).length;
  return seconds > 0 ? (60 * ended) / seconds : 0;
}

function asText({ style }: Terminal, { name, directions, states: counts, best, perMinute, running }: Status): string {
  const shownBest = best.slice(0, 5).map(({ number, values }) => `${values.map(short).join(", ")} (trial ${number})`);
  const facts = [
    [
      "trials",
      states
        .map(([state, color]) => {
          const text = `${counts[state]} ${state}`;
          return color && counts[state] > 0 ? style(color, text) : text;
        })
        .join("   "),
    ],
    ["best", [...shownBest, ...(best.length > 5 ? [`… of ${best.length}`] : [])].join("; ") || "none is complete"],
    ["speed", `${short(Number(perMinute.toPrecision(3)))} trials a minute`],
  ];
  const title = `${style("bold", name)}  ${directions.join(", ")}`;
  const parts = [`${title}\n${table(facts.map(([key, text]) => [`  ${key}`, text as string]))}`];
  if (running.length > 0) parts.push(runningText(style, running));
  return parts.join("\n\n");
}

function runningText(style: Terminal["style"], running: readonly Running[]): string {
  // Who was silent for longest comes first: it may be dead.
  const sorted = [...running].sort((a, b) => (b.silence ?? 0) - (a.silence ?? 0));
  const rows = sorted
    .slice(0, SHOWN)
    .map(({ number, seconds, silence, last }) => [
      `  ${number}`,
      seconds === undefined ? "" : duration(seconds),
      silence === undefined ? "" : `${duration(silence)} ago`,
      last ? `step ${last.step}: ${short(last.value)}` : "",
    ]);
  const [head, ...lines] = table([["  running", "for", "sign of life", "last report"], ...rows]).split("\n");
  const shown = lines.map((line, i) => ((sorted[i]?.silence ?? 0) > SILENT ? style("yellow", line) : line));
  const rest = running.length > SHOWN ? [style("dim", `  … and ${running.length - SHOWN} more`)] : [];
  return [style("dim", head as string), ...shown, ...rest].join("\n");
}

export const status: Command = { usage, does: "how far it is: states, the best, the speed, what runs", run };
