import type { Kernels } from "#kernels/kernels";
import { memory } from "../backend/engine.js";
import { checkNumber, show } from "../util/check.js";
import { type FloatDType, sizeOf } from "../util/dtypes.js";
import { ValueError } from "../util/errors.js";
import type { Config } from "../util/named.js";
import { scheduleFrom } from "./saved-schedule.js";
import type { Schedule } from "./schedule.js";

/** How a gradient moves the weights. It holds no state of its own: the trainer owns the slots and the count of steps. */
export interface Optimizer {
  readonly name: string;
  /** What makes it again, with `optimizerFrom`: plain data. */
  readonly config: Config;
  /** The names of the arrays that it keeps, each shaped like the weights and starting at 0. */
  readonly slots: readonly string[];
  /** May be set while training runs. */
  learningRate: number | Schedule;
  /** How many reals `hyper` returns. */
  readonly hyperCount: number;
  /** What the kernel reads at update number `step` (from 1), worked out in double. */
  hyper(step: number, learningRate: number): number[];
  /** One update of the elements [begin, end), in one pass over memory. All but `k`, `begin` and `end` are addresses. */
  update(k: Kernels, w: number, g: number, slots: readonly number[], hyper: number, begin: number, end: number): void;
}

/** What tells one optimizer from another; `options` are its settings beside the learning rate. */
interface Rule {
  name: string;
  options: Config;
  learningRate: unknown;
  slots: readonly string[];
  hyperCount: number;
  hyper(step: number, learningRate: number): number[];
  update: Optimizer["update"];
}

/** The optimizer of a rule. @throws ValueError for a learning rate that is none. */
export function optimizerOf({ name, options, learningRate, slots, hyperCount, hyper, update }: Rule): Optimizer {
  let rate = checkRate(`optimizers.${name}`, learningRate);
  return {
    name,
    slots,
    hyperCount,
    hyper,
    update,
    get learningRate() {
      return rate;
    },
    set learningRate(next) {
      rate = checkRate(`optimizers.${name}`, next);
    },
    get config() {
      const saved = typeof rate === "number" ? rate : { schedule: rate.name, config: rate.config };
      return { learningRate: saved, ...options };
    },
  };
}

/** The learning rate of update number `step` (from 1): a schedule's first step is 0. */
export function rateAt(optimizer: Optimizer, step: number): number {
  const { learningRate } = optimizer;
  return typeof learningRate === "number" ? learningRate : learningRate(step - 1);
}

/** Writes what the kernels read at update number `step` (from 1) to the address `at`, and returns the learning rate. */
export function writeHyper(optimizer: Optimizer, step: number, at: number, dtype: FloatDType): number {
  const rate = rateAt(optimizer, step);
  const heap = dtype === "float32" ? memory().f32 : memory().f64;
  heap.set(optimizer.hyper(step, rate), at / sizeOf(dtype));
  return rate;
}

/** A rate, a schedule, or a schedule as it was saved. */
function checkRate(operation: string, value: unknown): number | Schedule {
  if (typeof value === "number") return checkNumber(operation, "learningRate", value, { min: 0 });
  if (typeof value === "function") {
    if (typeof (value as Schedule).config === "object") return value as Schedule;
    throw new ValueError(
      `${operation}: learningRate expected a number or a schedule such as schedules.cosine(…), got ${show(value)}; ` +
        "a plain function cannot be saved",
    );
  }
  const saved = value as { schedule?: unknown; config?: Config } | null;
  if (typeof saved?.schedule === "string") return scheduleFrom(saved.schedule, saved.config ?? {});
  throw new ValueError(
    `${operation}: learningRate expected a number ≥ 0 or a schedule such as schedules.cosine(…), got ${show(value)}`,
  );
}
