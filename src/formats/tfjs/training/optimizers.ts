import { optimizerFrom } from "../../../optim/by-name.js";
import type { Optimizer } from "../../../optim/optimizer.js";
import { Unsupported } from "../../graph/unsupported.js";
import { isObject, type Json } from "../../keras/saved.js";
import { entriesOf, written } from "../../keras/training/entries.js";
import { type Optimizers, plus, times } from "../../keras/training/optimizers.js";
import { rateFor } from "../../keras/training/schedules.js";

// TensorFlow.js's optimizers (tfjs-core, optimizers/*.ts) and ours. Its Momentum and Adam have PyTorch's arithmetic, RMSProp and Adagrad Keras's. What they
// keep is a count of steps, then all arrays of one kind after the other, RMSProp's momenta also where the momentum is 0. Its Adadelta divides by the
// squares of the step before, its centered RMSProp takes ε away: no optimizer here does so. Of Adamax it saves nothing.

interface Kind {
  /** Ours. */
  readonly name: string;
  /** Our options, and its names for them. */
  readonly options: Readonly<Record<string, string>>;
  /** What it has no option for. */
  readonly fixed?: Json;
  /** Our slots, and what the names of its arrays end in. */
  readonly slots: Readonly<Record<string, string>>;
}

/** Its own ε of numbers of 32 bits, where it has no option. */
const EPSILON = 1e-7;

const kinds: Readonly<Record<string, Kind>> = {
  SGD: { name: "sgd", options: {}, slots: {} },
  Momentum: {
    name: "sgd",
    options: { momentum: "momentum", nesterov: "useNesterov" },
    slots: { velocity: "momentum" },
  },
  RMSProp: {
    name: "rmsprop",
    options: { rho: "decay", momentum: "momentum", epsilon: "epsilon", centered: "centered" },
    fixed: { convention: "keras" },
    slots: { square: "rms", velocity: "momentum" },
  },
  Adam: {
    name: "adam",
    options: { beta1: "beta1", beta2: "beta2", epsilon: "epsilon" },
    slots: { mean: "m", square: "v" },
  },
  Adagrad: {
    name: "adagrad",
    options: { initialAccumulatorValue: "initialAccumulatorValue" },
    fixed: { convention: "keras", epsilon: EPSILON },
    slots: { square: "accumulator" },
  },
};

/** How TensorFlow.js saves optimizers. */
export const tfjsOptimizers: Optimizers = {
  of(saved) {
    const c = entriesOf("optimizer", isObject(saved) ? { ...saved, config: camelCase(saved.config) } : saved);
    const kind = Object.hasOwn(kinds, c.className) ? kinds[c.className] : undefined;
    if (!kind) throw c.unsupported("no such optimizer here");
    c.only("centered", false);
    const options = { learningRate: "learningRate", ...kind.options };
    const config = Object.entries(options).flatMap(([ours, theirs]) => {
      const value = c.get<unknown>(theirs, undefined);
      return value === undefined ? [] : [[ours, written(value)]];
    });
    c.finish();
    return optimizerFrom("optimizer", { name: kind.name, config: { ...Object.fromEntries(config), ...kind.fixed } });
  },
  slots: (optimizer) => {
    const slots = Object.keys(kindOf(optimizer)?.[1].slots ?? {});
    return slots.map((slot) => [slot]);
  },
  turn({ name, config }, slot, rate = 1) {
    const isKeras = config.convention === "keras";
    if (name === "sgd") return isKeras ? times(1 / rate) : undefined;
    if (name === "rmsprop") return slot === "velocity" && !isKeras ? times(rate) : undefined;
    return name === "adagrad" && !isKeras ? plus(config.initialAccumulatorValue as number) : undefined;
  },
};

/** Entries as TensorFlow.js writes them; it takes Keras's words too. */
const camelCase = (config: unknown): unknown =>
  isObject(config)
    ? Object.fromEntries(
        Object.entries(config).map(([key, value]) => [key.replace(/_(\w)/g, (_, c: string) => c.toUpperCase()), value]),
      )
    : config;

const kindOf = ({ name, config }: Optimizer): [className: string, kind: Kind] | undefined =>
  Object.entries(kinds).find(
    ([className, kind]) => kind.name === name && (name !== "sgd" || (className === "SGD") === (config.momentum === 0)),
  );

/** What the names of a slot's arrays end in. */
export const endingOf = (optimizer: Optimizer, slot: string): string => kindOf(optimizer)?.[1].slots[slot] as string;

/**
 * An optimizer in its words.
 *
 * @throws Unsupported where it has no equal
 */
export function optimizerForTfjs(optimizer: Optimizer): { className: string; config: Json } {
  const { name, config, groups, learningRate, clipping } = optimizer;
  const none = (what: string) => new Unsupported(`optimizer ${name}: ${what}, which TensorFlow.js does not have`);
  const [className, kind] = kindOf(optimizer) ?? [];
  if (!kind) throw new Unsupported(`optimizer ${name}: TensorFlow.js has no equal`);
  for (const key of ["dampening", "weightDecay", "amsgrad", "centered"]) if (config[key]) throw none(key);
  if (groups.length > 0) throw none("groups");
  if (clipping) throw none("clipping of gradients");
  const rate = rateFor(learningRate);
  if (typeof rate !== "number") throw none("a schedule of rates");
  const isKeras = config.convention === "keras";
  const start = Number(config.initialAccumulatorValue);
  // √s + ε is √(s + ε) to five digits only where s is never small.
  if (name === "adagrad" && (config.epsilon !== EPSILON || (!isKeras && start < EPSILON / 2e-5))) {
    throw none(`epsilon ${config.epsilon} beside sums that begin at ${start}`);
  }
  const options = Object.entries(kind.options).map(([ours, theirs]) => [theirs, config[ours]]);
  const theirs = { learningRate: rate, ...Object.fromEntries(options) };
  if (name === "rmsprop" && !isKeras) theirs.epsilon = (config.epsilon as number) ** 2;
  return { className: className as string, config: theirs };
}
