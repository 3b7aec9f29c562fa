import { checkNumber } from "../util/check.js";
import { named } from "../util/named.js";
import type { Schedule } from "./schedule.js";

/** A schedule whose rate is set by hand: what `schedules.manual` returns. */
export type ManualSchedule = Schedule & {
  /** The rate from the next step on. */
  set(rate: number): void;
};

/**
 * The rate that was set last, at every step: watch training and turn it by hand, as the course's "manual decay" does. A model's file holds the
 * rate, so a resumed run goes on with it. An optimizer whose rate is a plain number is turned by `optimizer.learningRate = rate`; this one can
 * also be a part of `warmup` and `sequence`.
 *
 * @param rate the first rate, ≥ 0
 * @throws ValueError, also from `set`, which then changes nothing
 * @example
 * const rate = wg.schedules.manual(0.1);
 * rate(5); // 0.1
 * rate.set(0.01);
 * [rate(6), rate(1000)]; // [0.01, 0.01]
 */
export function manual(rate: number): ManualSchedule {
  let now = checkNumber("schedules.manual", "rate", rate, { min: 0 });
  const config = {
    get rate() {
      return now;
    },
  };
  return Object.assign(
    named("manual", config, () => now),
    {
      set(next: number): void {
        now = checkNumber("schedules.manual.set", "rate", next, { min: 0 });
      },
    },
  );
}
