import { platform } from "#platform";
import { checkBoolean, checkNumber, checkOptions, show } from "../util/check.js";
import { StateError, ValueError } from "../util/errors.js";
import { turns } from "../util/turn.js";
import type { Trial } from "./active-trial.js";
import { stayAlive } from "./alive.js";
import type { Space } from "./parameter.js";
import { here, type Result, type Runner } from "./runner.js";
import { bestOf, type Study } from "./study.js";
import type { Objective } from "./study-options.js";
import type { FrozenTrial } from "./trial.js";

export interface OptimizeOptions<S extends Space> {
  /** How many trials are run here. Default: until `total`, `timeout` or `signal`. */
  trials?: number;
  /** How many trials the study is to have, those of other processes too; one that follows a dead one is not counted again. */
  total?: number;
  /** Seconds for all of them; trials that still run then are stored as failed. */
  timeout?: number;
  /** Seconds for one trial. */
  trialTimeout?: number;
  /** How many trials run at a time, each in a worker thread with an engine of its own. Default: one, in this thread. */
  parallel?: number;
  /** Seconds between signs of life. Default: 60. */
  heartbeat?: number;
  /** No trial begins once it is aborted; those that run are finished. */
  signal?: { readonly aborted: boolean };
  /** Called with each trial that has ended, and the study. */
  callbacks?: readonly ((trial: FrozenTrial, study: Study<S>) => void | Promise<void>)[];
  /** A bar with the best so far, on a terminal. Default: true. */
  progress?: boolean;
}

/** What a trial runs: the function, and the file where threads find it. */
export interface Work<S extends Space> {
  readonly objective: Objective<S>;
  readonly module: string | undefined;
  /** The study's. */
  readonly seed: number;
}

/** Where so many trials, the first ones, all fail, it is not for their values. */
const HOPELESS = 10;

/** Runs the objective on trial after trial. What an objective does wrong fails its trial alone, unless it does nothing right. */
export async function optimize<S extends Space>(
  study: Study<S>,
  work: Work<S>,
  options: OptimizeOptions<S>,
): Promise<void> {
  const given = checked(study.name, options);
  const runners = await runnersOf(study, work, given.parallel);
  const rules = { ...given, end: performance.now() + given.timeout };
  const bar = options.progress === false ? undefined : await platform.progress();
  const count = Math.min(rules.trials, rules.total);
  bar?.begin(Number.isFinite(count) ? count : 0);
  let left = rules.trials;
  let done = 0;
  let failed = 0;
  let last: FrozenTrial | undefined;
  // Trials that end at once, in a storage that answers at once, would let no timer, signal or sign of life have its turn.
  const turn = turns();
  const lane = async (runner: Runner<S>): Promise<void> => {
    while (left > 0 && !rules.signal?.aborted && performance.now() < rules.end) {
      if (last && failed === done && done >= HOPELESS) throw hopeless(study.name, last);
      left--;
      const trial = await next(study, rules);
      if (!trial) return;
      const result = await runner.run(trial, limitOf(rules));
      const frozen = await told(study, trial, result);
      done++;
      if (frozen.state === "failed") failed++;
      last = frozen;
      for (const callback of rules.callbacks) await callback(frozen, study);
      bar?.show(Number.isFinite(rules.total) ? ended(study) : done, progressText(study));
      await turn();
    }
  };
  let rest: (() => void) | undefined;
  try {
    rest = await stayAlive(study, rules.heartbeat);
    await all(runners.map(lane), () => {
      left = 0;
    });
    bar?.end(`${study.name}: ${progressText(study)}`);
  } finally {
    rest?.();
    bar?.close();
    await Promise.all(runners.map((runner) => runner.close()));
  }
}

function hopeless(name: string, { number, attributes }: FrozenTrial): StateError {
  return new StateError(
    `study "${name}": optimize: a trial that does not fail expected among the first ${HOPELESS}, got none; trial ${number}: ${attributes.failure}. Mend the objective, or what it needs here, and start again: the study goes on`,
  );
}

/** One runner for each trial that runs at a time: this thread, or threads of their own. */
async function runnersOf<S extends Space>(
  study: Study<S>,
  { objective, module, seed }: Work<S>,
  parallel: number | undefined,
) {
  if (parallel === undefined) return [here(objective, seed)];
  if (module === undefined) {
    throw new ValueError(
      `study "${study.name}": optimize: parallel expected a study with a module, which threads can import, got a function; put the options into a file of its own, export default defineStudy({ … }), and give study({ ...definition, module: "./that-file.js" })`,
    );
  }
  const { inThreads } = await import("#trials");
  return inThreads<S>({ study: study.name, space: study.space, seed, module, parallel });
}

type Rules<S extends Space> = ReturnType<typeof checked<S>> & {
  /** When the time is up, by `performance.now()`. */
  readonly end: number;
};

/** The next trial. Where the study has enough, the end of all others is awaited: one whose process dies is to be run again. */
async function next<S extends Space>(study: Study<S>, rules: Rules<S>): Promise<Trial<S> | undefined> {
  const { total, end, signal, heartbeat } = rules;
  if (total === Number.POSITIVE_INFINITY) return study.ask();
  for (;;) {
    const trial = await study.ask({ total });
    if (trial) return trial;
    await study.refresh();
    if (!study.trials.some(({ state }) => state === "running" || state === "waiting")) return undefined;
    if (signal?.aborted || performance.now() >= end) return undefined;
    await new Promise((resolve) => setTimeout(resolve, Math.min(1000 * heartbeat, 1000)));
  }
}

/** Milliseconds that a trial may take, and the option that says so. */
function limitOf<S extends Space>({ end, trialTimeout }: Rules<S>) {
  const left = end - performance.now();
  return trialTimeout <= left ? { ms: trialTimeout, by: "trialTimeout" } : { ms: Math.max(0, left), by: "timeout" };
}

/** Waits for all, also where one has thrown: what runs elsewhere is not left alone. */
async function all(lanes: readonly Promise<void>[], stop: () => void): Promise<void> {
  const ends = await Promise.allSettled(
    lanes.map((lane) =>
      lane.catch((error) => {
        stop();
        throw error;
      }),
    ),
  );
  const thrown = ends.find((end) => end.status === "rejected");
  if (thrown) throw thrown.reason;
}

/** Stores the end of a trial; a value that cannot be one fails it. */
async function told<S extends Space>(study: Study<S>, trial: Trial<S>, result: Result): Promise<FrozenTrial> {
  try {
    return await study.tell(trial, result);
  } catch (error) {
    if (error instanceof ValueError) return study.tell(trial, { failure: error.message });
    if (!(error instanceof StateError)) throw error;
    // Another process took this one for dead, and has enqueued the trial again.
    await study.refresh();
    const stored = study.trials[trial.number];
    if (!stored || stored.state === "running") throw error;
    platform.warn(error.message);
    return stored;
  }
}

const ended = <S extends Space>({ trials }: Study<S>): number =>
  trials.filter(({ state }) => state !== "running" && state !== "waiting").length;

/** `12 trials, 2 failed, best 0.0123 (trial 7)`. */
export function progressText<S extends Space>({ trials, directions }: Study<S>): string {
  const count = (state: FrozenTrial["state"]): number => trials.filter((each) => each.state === state).length;
  const complete = count("complete");
  const parts = [`${complete} trial${complete === 1 ? "" : "s"}`];
  if (count("pruned")) parts.push(`${count("pruned")} pruned`);
  if (count("failed")) parts.push(`${count("failed")} failed`);
  const best = directions.length === 1 ? bestOf(trials, directions[0] as "minimize") : undefined;
  if (best) parts.push(`best ${Number((best.values as readonly number[])[0]?.toPrecision(6))} (trial ${best.number})`);
  return parts.join(", ");
}

const OPTIONS = [
  "trials",
  "total",
  "timeout",
  "trialTimeout",
  "parallel",
  "heartbeat",
  "signal",
  "callbacks",
  "progress",
];

function checked<S extends Space>(name: string, options: OptimizeOptions<S>) {
  const operation = `study "${name}": optimize`;
  checkOptions(operation, options, OPTIONS, true);
  const { trials, total, timeout, trialTimeout, parallel, heartbeat = 60, signal, callbacks = [] } = options;
  if (trials === undefined && total === undefined && timeout === undefined && signal === undefined) {
    throw new ValueError(`${operation}: expected trials, total, timeout (in seconds) or signal, got none of them`);
  }
  if (trials !== undefined) checkNumber(operation, "trials", trials, { min: 1, whole: true });
  if (total !== undefined) checkNumber(operation, "total", total, { min: 1, whole: true });
  if (timeout !== undefined) checkNumber(operation, "timeout", timeout, { above: 0 });
  if (trialTimeout !== undefined) checkNumber(operation, "trialTimeout", trialTimeout, { above: 0 });
  if (parallel !== undefined) checkNumber(operation, "parallel", parallel, { min: 1, whole: true });
  checkNumber(operation, "heartbeat", heartbeat, { above: 0, max: 86_400 });
  checkBoolean(operation, "progress", options.progress ?? true);
  if (signal !== undefined && typeof signal?.aborted !== "boolean") {
    throw new ValueError(`${operation}: signal expected an AbortSignal, got ${show(signal)}`);
  }
  if (!Array.isArray(callbacks) || !callbacks.every((each) => typeof each === "function")) {
    throw new ValueError(`${operation}: callbacks expected a list of functions, got ${show(callbacks)}`);
  }
  return {
    trials: trials ?? Number.POSITIVE_INFINITY,
    total: total ?? Number.POSITIVE_INFINITY,
    timeout: 1000 * (timeout ?? Number.POSITIVE_INFINITY),
    trialTimeout: 1000 * (trialTimeout ?? Number.POSITIVE_INFINITY),
    parallel,
    heartbeat,
    signal,
    callbacks,
  };
}
