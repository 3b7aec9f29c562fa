import { quantized, uniform } from "../../src/search/parameters.js";
import type { StoredStudy, StudyHead } from "../../src/search/storage/storage.js";
import { StateError } from "../../src/util/errors.js";
import type { Journal } from "./journal.js";
import type { Options } from "./options.js";

export const HEAD: StudyHead = {
  name: "simulation",
  directions: ["minimize"],
  space: { rate: uniform(0, 1), width: quantized(16, 512, 16), dropout: uniform(0, 0.5) },
};

/** What a trial ends with, by its values: whoever reads it later can tell. */
export const outcomeOf = (rate: number): number => rate * rate;

export const pause = (seconds: number) => new Promise<void>((done) => setTimeout(done, seconds * 1000));

/** Where a worker may stop: before a step of its trial, or in the middle of its last one, whose answer it never hears. */
const STEPS = ["begun", "chosen", "half", "ran", "telling"] as const;

class Death extends Error {}

/** A worker: trial after trial until the time is up or it dies. @returns whether it has died */
export async function work(study: StoredStudy, options: Options, journal: Journal, until: number): Promise<boolean> {
  while (Date.now() < until) {
    const fate = Math.random() < options.failures ? STEPS[Math.floor(Math.random() * STEPS.length)] : undefined;
    const meet = (step: (typeof STEPS)[number]) => {
      if (step === fate) throw new Death();
    };
    let number = -1;
    let beating: ReturnType<typeof setInterval> | undefined;
    let beats: Promise<void> = Promise.resolve();
    try {
      const asked = performance.now();
      const begun = await study.begin();
      number = begun.number;
      journal.note("begun", number);
      beating = setInterval(() => {
        beats = beats.then(() => beat(study, number, options));
      }, options.heartbeat * 1000);
      meet("begun");
      if (options.learn) await study.trials();
      const rate = (begun.params.rate as number | undefined) ?? Math.random();
      await study.setParams(number, { rate, width: 16 * (1 + (number % 32)), dropout: 0.25, ...begun.params });
      journal.note("ask", number, performance.now() - asked);
      meet("chosen");
      const seconds = options.trial * (0.5 + Math.random());
      for (let step = 0; step < options.reports; step++) {
        if (step > options.reports / 2) meet("half");
        await pause(seconds / options.reports);
        await study.report(number, step, rate / (step + 1));
      }
      if (options.reports === 0) await pause(seconds);
      meet("ran");
      const told = performance.now();
      const telling = study.finish(number, "complete", [outcomeOf(rate)]);
      if (fate === "telling") telling.catch(() => undefined);
      meet("telling");
      await telling;
      // As `tell` of a study does, whatever the sampler.
      await study.trials();
      journal.note("finished", number, outcomeOf(rate));
      journal.note("tell", number, performance.now() - told);
    } catch (error) {
      if (error instanceof Death) {
        journal.note("died", number);
        return true;
      }
      // It was taken for dead; that is no fault of the storage.
      if (!(error instanceof StateError)) throw error;
      journal.note("lost", number);
    } finally {
      clearInterval(beating);
      await beats;
    }
  }
  return false;
}

/** Says that the trial's worker lives, and looks for those that do not. */
async function beat(study: StoredStudy, number: number, { heartbeat }: Options): Promise<void> {
  await study.heartbeat(number);
  await study.reap(2 * heartbeat);
}
