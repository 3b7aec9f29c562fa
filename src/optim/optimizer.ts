import type { Kernels } from "#kernels/kernels";
import { memory } from "../backend/engine.js";
import { checkName, checkNumber, show } from "../util/check.js";
import { type FloatDType, sizeOf } from "../util/dtypes.js";
import { ValueError } from "../util/errors.js";
import type { Config } from "../util/named.js";
import { type Clipping, type ClippingOptions, clippingFrom, savedClipping } from "./clipping.js";
import { type Group, type GroupOf, groupsFrom } from "./groups.js";
import type { Problem } from "./problem.js";
import { scheduleFrom } from "./saved-schedule.js";
import type { Schedule } from "./schedule.js";

/** How a gradient moves the weights. It holds no state of its own: the trainer owns the slots and the count of steps. */
export interface Optimizer {
  readonly name: string;
  /** What makes it again, with `optimizerFrom`: plain data. */
  readonly config: Config;
  /** The names of the arrays that it keeps, each shaped like the weights. */
  readonly slots: readonly string[];
  /** What the numbers of a slot begin at where that is not 0. */
  readonly starts?: Readonly<Record<string, number>>;
  /** May be set while training runs. */
  learningRate: number | Schedule;
  /** How gradients are bounded before an update. */
  readonly clipping: Clipping | undefined;
  /** Weights with settings of their own; a weight belongs to the first that takes it. */
  readonly groups: readonly Group[];
  /** How many reals `hyper` returns. */
  readonly hyperCount: number;
  /** What the kernel reads at update number `step` (from 1), worked out in double. */
  hyper(step: number, learningRate: number): number[];
  /**
   * One update of the elements [begin, end), in one pass over memory. All but `k`, `begin` and `end` are addresses; `clip` that of how
   * gradients are bounded as they are read (see `ClipCells`), or 0.
   */
  update(
    k: Kernels,
    w: number,
    g: number,
    slots: readonly number[],
    hyper: number,
    clip: number,
    begin: number,
    end: number,
  ): void;
  /** Takes the place of `hyper` and `update` where an optimizer evaluates the loss itself, several times a step. */
  readonly solver?: Solver;
}

/** An optimizer that chooses its steps by trying them out. */
export interface Solver {
  /** One step from weights whose loss and gradients have just been evaluated; the last loss that it has seen. */
  step(problem: Problem, loss: number): number;
  /** The slots that are in use, by what it has kept in `Problem.state`. */
  slotsIn(state: unknown): readonly string[];
}

/** Whose arithmetic: where the two have ε and the learning rate is told by each optimizer. */
export type Convention = "pytorch" | "keras";

/** True for Keras's arithmetic. @throws ValueError for a convention that is none */
export function isKeras(operation: string, convention: Convention = "pytorch"): boolean {
  return checkName(operation, "convention", convention, ["pytorch", "keras"]) === "keras";
}

/** What every optimizer takes beside its own settings. */
export type OptimizerOptions<Own> = Own & { learningRate?: number | Schedule } & ClippingOptions & {
    /** Weights with settings of their own, each group one pass over its ranges. A weight belongs to the first group that takes it. */
    groups?: readonly GroupOf<Own & { learningRate?: number | Schedule }>[];
  };

/** What tells one optimizer from another; `options` are its settings beside the learning rate. */
interface Rule {
  name: string;
  options: Config;
  learningRate: unknown;
  /** Weights shrink by rate · decay in front of each update; an optimizer whose kernel does so itself leaves it out. */
  weightDecay?: number;
  slots: readonly string[];
  starts?: Readonly<Record<string, number>>;
  hyperCount: number;
  hyper(step: number, learningRate: number): number[];
  update: Optimizer["update"];
  solver?: Solver;
  /** What the user gave, and the factory that it was given to: it makes the groups. */
  given: ClippingOptions & { groups?: unknown };
  make(options: never): Optimizer;
}

/** The optimizer of a rule. @throws ValueError for a learning rate, clipping or groups that are none */
export function optimizerOf({ learningRate, given, make, ...all }: Rule): Optimizer {
  const { name, options, ...rule } = withDecay(all);
  const operation = `optimizers.${name}`;
  let rate = checkRate(operation, learningRate);
  const { clipValue, clipNorm, globalClipNorm, groups: groupOptions, ...common } = given;
  const clipping = clippingFrom(operation, { clipValue, clipNorm, globalClipNorm });
  const groups = groupsFrom(operation, common, groupOptions, make);
  for (const [i, group] of groups.entries()) {
    if (JSON.stringify(group.optimizer.starts) === JSON.stringify(rule.starts)) continue;
    throw new ValueError(
      `${operation}: groups[${i}] expected slots that begin as those of all others, got ${show(group.config)}; leave initialAccumulatorValue out of it`,
    );
  }
  return {
    name,
    ...rule,
    clipping,
    groups,
    get learningRate() {
      return rate;
    },
    set learningRate(next) {
      rate = checkRate(operation, next);
    },
    get config() {
      return {
        learningRate: savedRate(rate),
        ...options,
        ...savedClipping(clipping),
        ...(groups.length > 0 ? { groups: groups.map(({ config }) => config) } : {}),
      };
    },
  };
}

/** The same rule with a decay of the weights in front of each update. */
function withDecay<R extends Omit<Rule, "learningRate" | "given" | "make">>({ weightDecay, ...rule }: R) {
  if (weightDecay === undefined) return rule;
  checkNumber(`optimizers.${rule.name}`, "weightDecay", weightDecay, { min: 0 });
  const options = { ...rule.options, weightDecay };
  if (weightDecay === 0) return { ...rule, options };
  const { hyper, hyperCount, update } = rule;
  return {
    ...rule,
    options,
    hyperCount: hyperCount + 1,
    hyper: (step: number, rate: number) => [...hyper(step, rate), 1 - rate * weightDecay],
    update: ((k, w, g, slots, at, clip, begin, end) => {
      k.decay_update(w, at, hyperCount, begin, end);
      update(k, w, g, slots, at, clip, begin, end);
    }) as Optimizer["update"],
  };
}

/** The learning rate of update number `step` (from 1), outside of groups. */
export function rateAt({ learningRate }: Optimizer, step: number): number {
  return typeof learningRate === "number" ? learningRate : learningRate(step - 1);
}

/** The optimizer itself, then those of its groups. */
export function partsOf(optimizer: Optimizer): Optimizer[] {
  return [optimizer, ...optimizer.groups.map((group) => group.optimizer)];
}

/** The names of all arrays that an optimizer and its groups keep from step to step. */
export function slotsOf(optimizer: Optimizer, solverState: unknown): string[] {
  const own = partsOf(optimizer).flatMap(({ slots }) => slots);
  return [...new Set(own), ...(optimizer.solver?.slotsIn(solverState) ?? [])];
}

/** Slots of squares and sizes, of whose root or inverse an update is made. */
const divisors = ["square", "moved", "largest"];

/**
 * What the numbers in a slot are kept above where they are not 0. Means of gradients of 0 decay, and so do means of their squares; at 2⁻¹²⁶ in
 * float32 the denormals begin, which take a processor some 50 times as long. A mean stays large enough for its product with a learning rate, a
 * square so small that its root, 2⁻⁶⁰, is nothing beside any ε.
 */
export function leastOf(slot: string, dtype: FloatDType): number {
  if (dtype === "float64") return 2 ** -1000;
  return divisors.includes(slot) ? 2 ** -120 : 2 ** -100;
}

/** How many reals `writeHyper` writes. */
export function hyperSize(optimizer: Optimizer): number {
  return partsOf(optimizer).reduce((sum, { hyperCount }) => sum + hyperCount, 0);
}

/** Writes what the kernels read at update number `step` (from 1) to the address `at`, group after group, and returns the learning rate. */
export function writeHyper(optimizer: Optimizer, step: number, at: number, dtype: FloatDType): number {
  const heap = memory().heap(dtype);
  const own = rateAt(optimizer, step);
  let place = writePart(optimizer, step, own, heap, at / sizeOf(dtype));
  const { groups } = optimizer;
  for (let i = 0; i < groups.length; i++) {
    const { factor, optimizer: part } = groups[i] as Group;
    place = writePart(part, step, factor === undefined ? rateAt(part, step) : own * factor, heap, place);
  }
  return own;
}

/** @returns the place behind what was written */
function writePart(
  part: Optimizer,
  step: number,
  rate: number,
  heap: Float32Array | Float64Array,
  place: number,
): number {
  const values = part.hyper(step, rate);
  for (let i = 0; i < values.length; i++) heap[place + i] = values[i] as number;
  return place + values.length;
}

/** A rate as it is saved. */
export function savedRate(rate: number | Schedule): unknown {
  return typeof rate === "number" ? rate : { schedule: rate.name, config: rate.config };
}

/** A rate, a schedule, or a schedule as it was saved. */
export function checkRate(operation: string, value: unknown): number | Schedule {
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
