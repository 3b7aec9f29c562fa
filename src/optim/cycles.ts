import { checkName, checkNumber, checkOptions } from "../util/check.js";
import { cosPi, integerPower } from "../util/math.js";
import { named } from "../util/named.js";
import type { Schedule } from "./schedule.js";

/** From `from` (part 0) to `to` (part 1) along half a cosine. */
const along = (from: number, to: number, part: number): number => to + 0.5 * (from - to) * (1 + cosPi(part));

/**
 * Half a cosine from `initial` to `final`: final + ½ (initial − final) (1 + cos(π (step − warmup) / (steps − warmup))), then `final`
 * (Loshchilov and Hutter, SGDR, 2017, without restarts). Before it, with `warmup`, a straight line: initial · (step + 1) / warmup.
 *
 * @param initial the highest rate
 * @param options.steps steps until `final` is reached, the warm-up among them
 * @param options.final default 0
 * @param options.warmup steps, default 0
 * @throws ValueError
 * @example
 * wg.schedules.cosine(1, { steps: 100 })(50); // 0.5
 */
export function cosine(initial: number, options: { steps: number; final?: number; warmup?: number }): Schedule {
  const operation = "schedules.cosine";
  checkNumber(operation, "initial", initial, { min: 0 });
  checkOptions(operation, options, ["steps", "final", "warmup"]);
  const { steps, final = 0, warmup = 0 } = options ?? {};
  checkNumber(operation, "steps", steps, { min: 1, whole: true });
  checkNumber(operation, "final", final, { min: 0 });
  checkNumber(operation, "warmup", warmup, { min: 0, below: steps, whole: true });
  return named("cosine", { initial, steps, final, warmup }, (step) => {
    if (step < warmup) return (initial * (step + 1)) / warmup;
    const part = Math.min(1, (step - warmup) / (steps - warmup));
    return along(initial, final, part);
  });
}

/**
 * Half a cosine from `initial` to `final`, then again and again: each run is `tMul` times as long as the one before it and begins at
 * `mMul` times its rate (Loshchilov and Hutter, SGDR, 2017).
 *
 * @param initial the highest rate of the first run
 * @param options.steps steps of the first run
 * @param options.tMul ≥ 1, default 2
 * @param options.mMul > 0, default 1
 * @param options.final default 0
 * @throws ValueError
 * @example
 * const rate = wg.schedules.cosineRestarts(1, { steps: 10 });
 * [rate(5), rate(10), rate(20), rate(30)]; // [0.5, 1, 0.5, 1]
 */
export function cosineRestarts(
  initial: number,
  options: { steps: number; tMul?: number; mMul?: number; final?: number },
): Schedule {
  const operation = "schedules.cosineRestarts";
  checkNumber(operation, "initial", initial, { min: 0 });
  checkOptions(operation, options, ["steps", "tMul", "mMul", "final"]);
  const { steps, tMul = 2, mMul = 1, final = 0 } = options ?? {};
  checkNumber(operation, "steps", steps, { min: 1, whole: true });
  checkNumber(operation, "tMul", tMul, { min: 1 });
  checkNumber(operation, "mMul", mMul, { above: 0 });
  checkNumber(operation, "final", final, { min: 0 });
  return named("cosineRestarts", { initial, steps, tMul, mMul, final }, (step) => {
    let run = tMul === 1 ? Math.floor(step / steps) : 0;
    let length = steps;
    let left = step - run * steps;
    while (left >= length) {
      left -= length;
      length *= tMul;
      run++;
    }
    return along(initial * integerPower(mMul, run), final, left / length);
  });
}

/**
 * One rise and one fall along half cosines (Smith and Topin, Super-Convergence, 2018; as PyTorch's OneCycleLR): from max / divFactor up to
 * `max` at step pctStart · steps − 1, then down to max / divFactor / finalDivFactor at step steps − 1, where it stays.
 *
 * @param max the highest rate
 * @param options.steps ≥ 2, steps of the whole run
 * @param options.pctStart share of the steps that rise, 0 ≤ share < 1, default 0.3
 * @param options.divFactor ≥ 1, default 25
 * @param options.finalDivFactor ≥ 1, default 10,000
 * @throws ValueError
 * @example
 * const rate = wg.schedules.oneCycle(1, { steps: 101, pctStart: 51 / 101 });
 * [rate(0), rate(25), rate(50)]; // [0.04, 0.52, 1]
 */
export function oneCycle(
  max: number,
  options: { steps: number; pctStart?: number; divFactor?: number; finalDivFactor?: number },
): Schedule {
  const operation = "schedules.oneCycle";
  checkNumber(operation, "max", max, { min: 0 });
  checkOptions(operation, options, ["steps", "pctStart", "divFactor", "finalDivFactor"]);
  const { steps, pctStart = 0.3, divFactor = 25, finalDivFactor = 1e4 } = options ?? {};
  checkNumber(operation, "steps", steps, { min: 2, whole: true });
  checkNumber(operation, "pctStart", pctStart, { min: 0, below: 1 });
  checkNumber(operation, "divFactor", divFactor, { min: 1 });
  checkNumber(operation, "finalDivFactor", finalDivFactor, { min: 1 });
  const top = Math.max(0, pctStart * steps - 1);
  const first = max / divFactor;
  return named("oneCycle", { max, steps, pctStart, divFactor, finalDivFactor }, (step) =>
    step < top
      ? along(first, max, step / top)
      : along(max, first / finalDivFactor, Math.min(1, (step - top) / (steps - 1 - top))),
  );
}

/**
 * Up from `initial` to `max` in a straight line and down again, over and over (Smith, Cyclical Learning Rates, 2017): with
 * `mode: "triangular2"` each peak stands half as high above `initial` as the one before it.
 *
 * @param initial the lowest rate
 * @param options.max the highest rate, ≥ initial
 * @param options.steps steps of a rise, half a cycle
 * @param options.mode "triangular" (default) or "triangular2"
 * @throws ValueError
 * @example
 * const rate = wg.schedules.cyclical(1, { max: 3, steps: 10 });
 * [rate(0), rate(5), rate(10), rate(15), rate(20)]; // [1, 2, 3, 2, 1]
 */
export function cyclical(
  initial: number,
  options: { max: number; steps: number; mode?: "triangular" | "triangular2" },
): Schedule {
  const operation = "schedules.cyclical";
  checkNumber(operation, "initial", initial, { min: 0 });
  checkOptions(operation, options, ["max", "steps", "mode"]);
  const { max, steps, mode = "triangular" } = options ?? {};
  checkNumber(operation, "max", max, { min: initial });
  checkNumber(operation, "steps", steps, { min: 1, whole: true });
  checkName(operation, "mode", mode, ["triangular", "triangular2"]);
  return named("cyclical", { initial, max, steps, mode }, (step) => {
    const cycle = Math.floor(step / (2 * steps));
    const height = (max - initial) * (mode === "triangular2" ? integerPower(0.5, cycle) : 1);
    return initial + height * (1 - Math.abs(1 - (step - 2 * steps * cycle) / steps));
  });
}
