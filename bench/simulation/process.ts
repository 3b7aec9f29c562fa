import { openStorage } from "../../src/search/storage/open.js";
import type { Storage } from "../../src/search/storage/storage.js";
import { Journal } from "./journal.js";
import type { Options } from "./options.js";
import { HEAD, pause, work } from "./worker.js";

// A process that plays its share of the workers: `node process.mjs TASK`, TASK as JSON.

export interface Task {
  readonly options: Options;
  readonly address: string;
  readonly journal: string;
  /** How many of the workers. */
  readonly workers: number;
  /** A storage has two connections. */
  readonly storages: number;
  /** When to begin no more trials, in ms since 1970. */
  readonly until: number;
}

const { options, address, journal: path, workers, storages, until } = JSON.parse(process.argv[2] as string) as Task;
const journal = new Journal(path);
const opened: Storage[] = [];
for (let i = 0; i < storages; i++) opened.push(await openStorage("simulation", address));

/** One worker after the other, each of which begins as one that has just come. */
async function seat(i: number): Promise<void> {
  // Not all in the same instant, as no cluster starts them.
  await pause((i / workers) * Math.min(2, options.seconds / 4));
  for (let isDead = true; isDead && Date.now() < until; ) {
    const study = await (opened[i % storages] as Storage).open(HEAD);
    isDead = await work(study, options, journal, until);
  }
}

await Promise.all(Array.from({ length: workers }, (_, i) => seat(i)));
await Promise.all(opened.map((storage) => storage.close()));
journal.close();
