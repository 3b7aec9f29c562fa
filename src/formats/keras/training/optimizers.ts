import { optimizerFrom } from "../../../optim/by-name.js";
import type { Optimizer } from "../../../optim/optimizer.js";
import { inverseTimeDecay } from "../../../optim/schedules.js";
import type { Config } from "../../../util/named.js";
import { Unsupported } from "../../graph/unsupported.js";
import type { Dialect } from "../config.js";
import { isObject, type Json, type SavedConfig } from "../saved.js";
import { asWritten, bare, entriesOf, written } from "./entries.js";
import { rateFor, scheduleOf } from "./schedules.js";

// Keras's optimizers and ours. Where their arithmetic differs, ours has it as `convention: "keras"`:
//
//   SGD, RMSprop           the rate is in the velocity
//   Adam, AdamW            ε beside √v before its bias is corrected
//   Adamax                 ε beside the norm, not in it
//   RMSprop, Adagrad       ε under the root
//
// Adadelta, Lion and, with momentumDecay 1, Nadam are the same in both.

interface Kind {
  /** Keras's. */
  readonly className: string;
  /** Our options, and Keras's names for them. */
  readonly options: Readonly<Record<string, string>>;
  readonly convention?: true;
  /** Ours, in Keras's order: one after the other, but those that stand together lie variable by variable. */
  slots(config: Config): readonly (readonly string[])[];
  /** How a slot's numbers become Keras's, and back. `rate` is that of the last update. */
  state?(slot: string, config: Config, rate: number): Turn | undefined;
}

export interface Turn {
  to(ours: number): number;
  from(theirs: number): number;
}

/** How a framework saves optimizers. */
export interface Optimizers {
  /**
   * The one that a file names.
   *
   * @throws Unsupported where we have no equal, ValueError for a setting that is none
   */
  of(saved: unknown, dialect: Dialect): Optimizer;
  /** What it keeps, of one of ours: one after the other, but those that stand together lie variable by variable. */
  slots(optimizer: Optimizer): readonly (readonly string[])[];
  /** How the numbers of a slot become its own, and back; `rate` is that of the last update, for an optimizer of another convention. */
  turn(optimizer: Optimizer, slot: string, rate?: number): Turn | undefined;
}

const negative: Turn = { to: (x) => -x, from: (x) => -x };
export const times = (factor: number): Turn => ({ to: (x) => factor * x, from: (x) => x / factor });
export const plus = (start: number): Turn => ({ to: (x) => x + start, from: (x) => x - start });

const adam = { beta1: "beta_1", beta2: "beta_2", epsilon: "epsilon" };
const moments = (...more: string[][]) => [["mean", "square"], ...more];

const kinds: Readonly<Record<string, Kind>> = {
  sgd: {
    className: "SGD",
    options: { momentum: "momentum", nesterov: "nesterov" },
    convention: true,
    slots: ({ momentum }) => (momentum === 0 ? [] : [["velocity"]]),
    state: (_, { convention }, rate) => (convention === "keras" ? negative : times(-rate)),
  },
  rmsprop: {
    className: "RMSprop",
    options: { rho: "rho", momentum: "momentum", epsilon: "epsilon", centered: "centered" },
    convention: true,
    slots: ({ momentum, centered }) => [
      ["square"],
      ...(momentum === 0 ? [] : [["velocity"]]),
      ...(centered ? [["mean"]] : []),
    ],
    state: (slot, { convention }, rate) => (slot === "velocity" && convention !== "keras" ? times(rate) : undefined),
  },
  adam: {
    className: "Adam",
    options: { ...adam, amsgrad: "amsgrad" },
    convention: true,
    slots: ({ amsgrad }) => (amsgrad ? moments(["largest"]) : moments()),
  },
  adamw: {
    className: "AdamW",
    options: { ...adam, amsgrad: "amsgrad" },
    convention: true,
    slots: ({ amsgrad }) => (amsgrad ? moments(["largest"]) : moments()),
  },
  adamax: { className: "Adamax", options: adam, convention: true, slots: () => [["mean", "largest"]] },
  nadam: { className: "Nadam", options: adam, slots: () => moments() },
  adagrad: {
    className: "Adagrad",
    options: { initialAccumulatorValue: "initial_accumulator_value", epsilon: "epsilon" },
    convention: true,
    slots: () => [["square"]],
    state: (_, { convention, initialAccumulatorValue: start }) =>
      convention === "keras" ? undefined : plus(start as number),
  },
  adadelta: {
    className: "Adadelta",
    options: { rho: "rho", epsilon: "epsilon" },
    slots: () => [["square", "moved"]],
  },
  lion: { className: "Lion", options: { beta1: "beta_1", beta2: "beta_2" }, slots: () => [["mean"]] },
};

const clipping = { clipNorm: "clipnorm", clipValue: "clipvalue", globalClipNorm: "global_clipnorm" };

/** Keras's. */
export const kerasOptimizers: Optimizers = {
  of: optimizerOf,
  slots: ({ name, config }) => kinds[name]?.slots(config) ?? [],
  turn: ({ name, config }, slot, rate = 1) => kinds[name]?.state?.(slot, config, rate),
};

function optimizerOf(saved: unknown, dialect: Dialect): Optimizer {
  const c = entriesOf("optimizer", saved);
  const [name, kind] = kindOf(c, c.className.replace(/^Custom>/, ""));
  const config: Record<string, unknown> = {};
  const take = (ours: string, theirs: string) => {
    const value = c.get<unknown>(theirs, undefined);
    if (value !== undefined) config[ours] = written(value);
  };
  for (const [ours, theirs] of Object.entries(kind.options)) take(ours, theirs);
  for (const [ours, theirs] of Object.entries(clipping)) {
    take(ours, theirs);
    // Keras takes 0 for none.
    if (config[ours] === 0) delete config[ours];
  }
  take("weightDecay", "weight_decay");
  refuse(c);
  const rate = c.get<unknown>("learning_rate", c.get<unknown>("lr", undefined));
  if (rate !== undefined) config.learningRate = typeof rate === "number" ? asWritten(rate) : scheduleOf(rate);
  // The optimizers before Keras 2.11 have no means of weights.
  const isOld = dialect.version < 3 && !c.mentions("ema_momentum");
  const decay = c.get<number>("decay", 0);
  if (name === "nadam") {
    config.momentumDecay = isOld ? written(c.get("schedule_decay", decay || 0.004)) : 1;
  } else if (isOld && decay > 0 && typeof config.learningRate === "number") {
    config.learningRate = inverseTimeDecay(config.learningRate, { decay: asWritten(decay) });
  }
  if (name === "adagrad" && isOld) config.initialAccumulatorValue ??= 0;
  if (kind.convention) config.convention = "keras";
  c.finish();
  const isDecoupled = name === "adam" && Number(config.weightDecay ?? 0) > 0;
  if (name === "adam" && !isDecoupled) delete config.weightDecay;
  return optimizerFrom("optimizer", { name: isDecoupled ? "adamw" : name, config });
}

function kindOf(c: SavedConfig, className: string): [name: string, kind: Kind] {
  const found = Object.entries(kinds).find(([, kind]) => bare(kind.className) === bare(className));
  if (found) return found;
  throw c.unsupported("no such optimizer here");
}

/** What would train otherwise. */
function refuse(c: SavedConfig): void {
  if (c.get("use_ema", false)) {
    throw c.unsupported("use_ema; give fit callbacks.exponentialMovingAverage instead");
  }
  for (const key of ["gradient_accumulation_steps", "loss_scale_factor"]) c.only(key, undefined);
}

/**
 * An optimizer in Keras's words.
 *
 * @throws Unsupported where Keras has no equal
 */
export function optimizerFor(optimizer: Optimizer): { className: string; config: Json } {
  const { name, config, groups, learningRate } = optimizer;
  const none = (what: string) => new Unsupported(`optimizer ${name}: ${what}, which Keras does not have`);
  const kind = Object.hasOwn(kinds, name) ? kinds[name] : undefined;
  if (!kind) throw new Unsupported(`optimizer ${name}: Keras has no equal`);
  if (groups.length > 0) throw none("groups");
  if (config.dampening) throw none("dampening");
  if (name === "nadam" && config.momentumDecay !== 1) throw none(`momentumDecay ${config.momentumDecay}, but 1,`);
  const options = Object.entries(kind.options).map(([ours, theirs]) => [theirs, config[ours]]);
  const rate = rateFor(learningRate);
  const theirs: Record<string, unknown> = {
    name: kind.className.toLowerCase(),
    learning_rate: typeof rate === "number" ? rate : scheduleFor(rate),
    weight_decay: config.weightDecay || (name === "adamw" ? 0 : null),
    ...Object.fromEntries(Object.entries(clipping).map(([ours, key]) => [key, config[ours] ?? null])),
    use_ema: false,
    ema_momentum: 0.99,
    ema_overwrite_frequency: null,
    ...Object.fromEntries(options),
  };
  // √(s + ε²) is next to √s + ε.
  const isUnderRoot = name === "rmsprop" || name === "adagrad";
  if (isUnderRoot && config.convention !== "keras") theirs.epsilon = (config.epsilon as number) ** 2;
  return { className: kind.className, config: theirs };
}

/** With the module also in Keras 2, as its last versions have it. */
const scheduleFor = ([className, config]: readonly [string, Json]): Json => ({
  module: "keras.optimizers.schedules",
  class_name: className,
  config,
  registered_name: null,
});

/** ∏ β₁ · (1 − ½ · 0.96ᵗ) up to a step, which Keras's Nadam keeps beside its moments: in float32, as its PyTorch backend multiplies it up. */
export function momentumProduct({ config }: Optimizer, step: number): number {
  const f = Math.fround;
  const [beta, decay] = [f(config.beta1 as number), f(0.96)];
  let product = 1;
  for (let t = 1; t <= step && product > 0; t++) product = f(product * f(beta * f(1 - f(0.5 * f(decay ** t)))));
  return product;
}

/** Whether a file says nothing of the object at all. */
export const isNothing = (saved: unknown): boolean =>
  saved === undefined || saved === null || (isObject(saved) && Object.keys(saved).length === 0);
