import { appendFileSync } from "node:fs";
import { quantized, uniform } from "../../../../src/search/parameters.js";
import { openStorage } from "../../../../src/search/storage/open.js";
import { StateError } from "../../../../src/util/errors.js";

// A worker that is killed at any time: `node worker.mjs ADDRESS LOG TRIALS`. It notes each step once it has come back: what is in the log
// must be in the storage.

const [address, log, trials] = process.argv.slice(2) as [string, string, string];
const note = (text: string) => appendFileSync(log, `${text}\n`);
const pause = (ms: number) => new Promise((done) => setTimeout(done, ms));

const storage = await openStorage("worker", address);
const study = await storage.open({
  name: "crash",
  directions: ["minimize"],
  space: { x: uniform(0, 1), step: quantized(0, 10, 1) },
});
note("opened");
for (let i = 0; i < Number(trials); i++) {
  await study.reap(4);
  const { number, params } = await study.begin();
  note(`begun ${number}`);
  try {
    const x = (params.x as number) ?? Math.random();
    await study.setParams(number, { x, step: number % 11 });
    await study.report(number, 1, x);
    await pause(Math.random() * 30);
    await study.heartbeat(number);
    await study.finish(number, "complete", [x]);
    note(`finished ${number} ${x}`);
  } catch (error) {
    // Under load a trial may be taken for dead; that is no fault.
    if (!(error instanceof StateError)) throw error;
    note(`lost ${number}`);
  }
}
await storage.close();
note("closed");
