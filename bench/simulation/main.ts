import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { openStorage } from "../../src/search/storage/open.js";
import type { FrozenTrial } from "../../src/search/trial.js";
import { Journal, Journals } from "./journal.js";
import { type Options, optionsFrom } from "./options.js";
import { type Place, placeOf } from "./place.js";
import type { Task } from "./process.js";
import { show } from "./table.js";
import { judge } from "./verdict.js";
import { HEAD, outcomeOf, pause } from "./worker.js";

const PROGRAM = fileURLToPath(new URL("process.mjs", import.meta.url));
/** Seconds between two lines of progress, and between two connections that are cut. */
const [PROGRESS, CUT] = [5, 2];
/** How many processes are killed with all their workers, over the run. */
const KILLS = 2;

const options = optionsFrom(process.argv.slice(2));
if (options) await simulate(options);

async function simulate(options: Options): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "wasmgrad-simulation-"));
  let place: Place | undefined;
  try {
    place = await placeOf(options, folder);
    const paths = Array.from({ length: options.processes + 1 }, (_, i) => join(folder, `${i}.journal`));
    const journals = new Journals(paths);
    const throughput = await run(options, place, paths, journals);
    const trials = await rest(options, place.address, paths.at(-1) as string);
    journals.read();
    const verdict = judge(trials, journals.entries);
    show(options, verdict, journals.entries, { throughput, bytes: place.size() });
    process.exitCode = verdict.duplicates.length + verdict.lost.length > 0 ? 1 : 0;
  } finally {
    place?.remove();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Lets the workers work, and disturbs them. @returns trials a second in the second half, when all workers are there */
async function run(options: Options, place: Place, paths: readonly string[], journals: Journals): Promise<number> {
  const { seconds, processes, failures } = options;
  const begun = Date.now();
  const until = begun + seconds * 1000;
  const children = new Set<ChildProcess>();
  const faults: string[] = [];
  const share = (of: number, i: number) => Math.floor((of * (i + 1)) / processes) - Math.floor((of * i) / processes);
  const begin = (i: number): Promise<void> => {
    // A storage has two connections to a server; those to a file would wait for each other within one thread.
    const storages = options.storage === "sqlite" ? 1 : Math.max(1, Math.floor(share(options.connections, i) / 2));
    const task: Task = {
      options,
      address: place.address,
      journal: paths[i] as string,
      workers: share(options.workers, i),
      storages,
      until,
    };
    const child = spawn(process.execPath, [PROGRAM, JSON.stringify(task)], { stdio: ["ignore", "inherit", "pipe"] });
    children.add(child);
    let said = "";
    child.stderr?.on("data", (text) => (said += text));
    return new Promise((done) =>
      child.on("close", async (code, signal) => {
        children.delete(child);
        if (signal === "SIGKILL" && Date.now() < until) await begin(i);
        else if (code !== 0) faults.push(said);
        done();
      }),
    );
  };
  const finishedAt = async (second: number): Promise<number> => {
    await pause(second);
    journals.read();
    return journals.count("finished");
  };
  const counts = Promise.all([finishedAt(seconds / 2), finishedAt(seconds)]);
  const progress = setInterval(() => {
    journals.read();
    const now = (Date.now() - begun) / 1000;
    const [ended, died] = [journals.count("finished"), journals.count("died")];
    console.log(
      `${now.toFixed(0)} s: ${journals.count("begun")} begun, ${ended} finished, ${died} workers dead, ${(ended / now).toFixed(1)} trials/s`,
    );
  }, PROGRESS * 1000);
  const disturbances: ReturnType<typeof setInterval>[] = [];
  const disturb = (every: number, what: () => void) => disturbances.push(setInterval(what, every * 1000));
  if (failures > 0) {
    disturb(CUT, () => place.cut());
    disturb(seconds / (KILLS + 1), () => [...children][0]?.kill("SIGKILL"));
  }
  setTimeout(() => {
    for (const each of disturbances) clearInterval(each);
  }, seconds * 1000);
  await Promise.all(Array.from({ length: processes }, (_, i) => begin(i)));
  clearInterval(progress);
  if (faults.length > 0) throw new Error(`processes ended with errors:\n${faults.join("\n")}`);
  const [half, whole] = await counts;
  return (whole - half) / (seconds / 2);
}

/** Runs what the dead have left, as one more worker. @returns all trials */
async function rest({ heartbeat }: Options, address: string, path: string): Promise<readonly FrozenTrial[]> {
  const journal = new Journal(path);
  const storage = await openStorage("simulation", address);
  const study = await storage.open(HEAD);
  console.log("the workers have gone; what the dead have left is run");
  for (;;) {
    await study.reap(2 * heartbeat);
    const trials = await study.trials();
    const waiting = trials.filter(({ state }) => state === "waiting");
    if (waiting.length === 0 && !trials.some(({ state }) => state === "running")) {
      await storage.close();
      journal.close();
      return trials;
    }
    if (waiting.length === 0) await pause(0.5);
    for (let i = 0; i < waiting.length; i++) {
      const { number, params } = await study.begin();
      journal.note("begun", number);
      const rate = (params.rate as number | undefined) ?? 0.5;
      await study.setParams(number, { rate });
      await study.finish(number, "complete", [outcomeOf(rate)]);
      journal.note("finished", number, outcomeOf(rate));
    }
  }
}
