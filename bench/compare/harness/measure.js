import { readFileSync } from "node:fs";
import { setTimeout as pause } from "node:timers/promises";
import { resultFile } from "../libraries/index.js";
import { makeWorkload } from "../workloads/index.js";
import { compareResults, mapArrays } from "./agreement.js";
import { Child } from "./child.js";

const STEPS = 3;
/** A sample lasts about so long, or one call. */
const SAMPLE_MS = 60;
/** For threads that spin a while after their work, and garbage collection in the background. */
const PAUSE_MS = 10;

/**
 * One workload on all entries: each computes, results are compared with those of the first that has some, and only then are they timed,
 * in rounds in which every entry has its turn, a different one first each time.
 *
 * @param limit seconds that an entry may take to prepare and for its first steps, and about as long again for its samples
 * @returns for each entry `{ entry, milliseconds, spread, samples, ready, differences }`, `{ entry, cannot }` or `{ entry, failed }`
 */
export async function measure(name, entries, { rounds, limit, log = () => {} }) {
  const workload = makeWorkload(name);
  const runs = [];
  try {
    for (const entry of entries) {
      log(`${name}: ${entry.title}`);
      runs.push(await begin(entry, workload, limit));
    }
    const reference = runs.find(({ entry, own }) => own && entry.library === "pytorch") ?? runs.find(({ own }) => own);
    for (const run of runs.filter(({ own }) => own)) {
      const { differences, agrees } = compareResults(workload, run.own, reference.own);
      run.differences = differences;
      run.reference = reference.entry.title;
      if (agrees) await warm(run, workload, limit);
      else run.failed = `another result than ${reference.entry.title}: ${describe(differences)}`;
    }
    await takeTurns(runs, rounds, limit, (round) => log(`${name}: round ${round} of ${rounds}`));
  } finally {
    await Promise.all(runs.map(({ child }) => child?.end()));
  }
  return runs.map(({ child: _, own: __, times, ...run }) => ({ ...run, ...summary(times) }));
}

async function begin(entry, workload, limit) {
  const child = entry.open?.() ?? new Child(...entry.start());
  const run = { entry, child, times: [] };
  const ready = await child.ask(entry.request(workload.name, false), limit);
  if (!ready.ready) return stopped(run, ready, `more than ${limit} s to prepare`);
  run.ready = ready.ready;
  const file = resultFile(`${workload.name}-${entry.name}`);
  const done = await child.ask({ check: STEPS, seconds: limit / 6, file }, limit);
  if (!done.losses) return stopped(run, done, `more than ${limit} s for one step`);
  const bytes = readFileSync(file);
  const values = new Float32Array(bytes.buffer, bytes.byteOffset, bytes.byteLength / 4);
  const sizes = workload.weights?.map(({ data }) => data.length);
  const isTrained = workload.kind === "train" && entry.back;
  run.own = {
    losses: done.losses,
    values: isTrained ? mapArrays(values, sizes, (arrays) => entry.back(workload.name, arrays)) : values,
  };
  return run;
}

/** Ends an entry's part in this workload. */
function stopped(run, { cannot, late, error, ...rest }, lateText) {
  if (cannot) run.cannot = cannot;
  else if (late) run.cannot = lateText;
  else run.failed = error ?? JSON.stringify(rest);
  return run;
}

async function warm(run, workload, limit) {
  if (workload.layers?.some(({ type }) => type === "dropout")) {
    const ready = await run.child.ask(run.entry.request(workload.name, true), limit);
    if (!ready.ready) return stopped(run, ready, `more than ${limit} s to prepare`);
  }
  const answer = await run.child.ask({ warm: 0.4 }, limit);
  if (answer.milliseconds === undefined) return stopped(run, answer, `more than ${limit} s for one step`);
  run.calls = Math.max(1, Math.round(SAMPLE_MS / answer.milliseconds));
  run.most = Math.max(1, Math.floor((limit * 1000) / (run.calls * answer.milliseconds)));
}

async function takeTurns(runs, rounds, limit, log) {
  for (let round = 0; round < rounds; round++) {
    log(round + 1);
    for (let turn = 0; turn < runs.length; turn++) {
      const run = runs[(turn + round) % runs.length];
      if (!run.calls || run.failed || run.times.length >= run.most) continue;
      await pause(PAUSE_MS);
      const answer = await run.child.ask({ time: run.calls }, 4 * limit);
      if (answer.milliseconds === undefined) stopped(run, answer, "too slow");
      else run.times.push(answer.milliseconds / run.calls);
    }
  }
}

/** The median, and half the width of the middle half of the samples relative to it. */
export function summary(times) {
  if (times.length === 0) return {};
  const sorted = [...times].sort((p, q) => p - q);
  const at = (share) => {
    const place = share * (sorted.length - 1);
    const [low, high] = [sorted[Math.floor(place)], sorted[Math.ceil(place)]];
    return low + (high - low) * (place - Math.floor(place));
  };
  return { milliseconds: at(0.5), spread: (at(0.75) - at(0.25)) / 2 / at(0.5), samples: times.length };
}

export function describe(differences) {
  return Object.entries(differences)
    .map(([name, value]) => `${name} differ by ${value.toExponential(1)}`)
    .join(", ");
}
