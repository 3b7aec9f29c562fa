import type { Schedule } from "../../../optim/schedule.js";
import * as make from "../../../optim/schedules.js";
import type { Saved } from "../../../util/named.js";
import { Unsupported } from "../../graph/unsupported.js";
import type { Json, SavedConfig } from "../saved.js";
import { entriesOf, written } from "./entries.js";

// Keras's schedules and ours. Both take the steps done so far: 0 for the first.

type Reader = (c: SavedConfig, number: (key: string, otherwise?: number) => number) => Schedule;

const readers: Readonly<Record<string, Reader>> = {
  ExponentialDecay: (c, number) =>
    make.exponentialDecay(number("initial_learning_rate"), {
      steps: number("decay_steps"),
      rate: number("decay_rate"),
      staircase: c.get("staircase", false),
    }),
  InverseTimeDecay(c, number) {
    const [steps, rate] = [number("decay_steps"), number("decay_rate")];
    // In stairs it falls once in so many steps, as ours does once an epoch.
    const options = c.get("staircase", false) ? { decay: rate, stepsPerEpoch: steps } : { decay: rate / steps };
    return make.inverseTimeDecay(number("initial_learning_rate"), options);
  },
  PiecewiseConstantDecay: (c) =>
    make.piecewiseConstant(
      written(c.get<unknown>("boundaries", [])) as number[],
      written(c.get<unknown>("values", [])) as number[],
    ),
  PolynomialDecay(c, number) {
    c.only("cycle", false);
    return make.polynomialDecay(number("initial_learning_rate"), {
      steps: number("decay_steps"),
      final: number("end_learning_rate", 1e-4),
      power: number("power", 1),
    });
  },
  CosineDecay(c, number) {
    const [initial, steps, alpha] = [number("initial_learning_rate"), number("decay_steps"), number("alpha", 0)];
    const warmup = number("warmup_steps", 0);
    if (!c.has("warmup_target")) return make.cosine(initial, { steps, final: alpha * initial });
    const top = number("warmup_target");
    const fall = make.cosine(top, { steps, final: alpha * top });
    if (warmup === 0) return fall;
    return make.sequence([make.polynomialDecay(initial, { steps: warmup, final: top }), fall], [warmup]);
  },
  CosineDecayRestarts(c, number) {
    const [initial, alpha, mMul] = [number("initial_learning_rate"), number("alpha", 0), number("m_mul", 1)];
    if (alpha !== 0 && mMul !== 1) throw c.unsupported("alpha beside m_mul, as its lowest rate would rise here");
    const tMul = number("t_mul", 2);
    return make.cosineRestarts(initial, { steps: number("first_decay_steps"), tMul, mMul, final: alpha * initial });
  },
};

/** @throws Unsupported where we have no equal, ValueError for a setting that is none */
export function scheduleOf(saved: unknown): Schedule {
  const c = entriesOf("learning rate", saved);
  const reader = Object.hasOwn(readers, c.className) ? readers[c.className] : undefined;
  if (!reader) throw c.unsupported("no such schedule here");
  const schedule = reader(c, (key, otherwise) => {
    const value = c.get<unknown>(key, otherwise);
    if (typeof value === "number") return written(value) as number;
    throw c.unsupported(`${key} ${JSON.stringify(value)}`);
  });
  c.finish();
  return schedule;
}

type Numbers = Readonly<Record<string, number>>;
type Writer = (config: Json) => readonly [className: string, config: Json];

/** Of `final` in the first rate: Keras's alpha. */
const alphaOf = (final: number, initial: number): number => (initial === 0 ? 0 : final / initial);

const none = (what: string): Unsupported => new Unsupported(`learning rate: Keras has no schedule ${what}`);

const cosineDecay = ({ initial, steps, final }: Numbers): Json => ({
  initial_learning_rate: initial,
  decay_steps: steps,
  alpha: alphaOf(final as number, initial as number),
});

const writers: Readonly<Record<string, Writer>> = {
  exponentialDecay({ initial, steps, rate, staircase, stepsPerEpoch }) {
    const common = { initial_learning_rate: initial, decay_rate: rate };
    if (stepsPerEpoch === undefined) return ["ExponentialDecay", { ...common, decay_steps: steps, staircase }];
    if (!staircase && steps !== 1) throw none("that falls a little each epoch: give steps: 1, or staircase: true");
    const every = (steps as number) * (stepsPerEpoch as number);
    return ["ExponentialDecay", { ...common, decay_steps: every, staircase: true }];
  },
  inverseTimeDecay: ({ initial, decay, stepsPerEpoch }) => [
    "InverseTimeDecay",
    {
      initial_learning_rate: initial,
      decay_steps: stepsPerEpoch ?? 1,
      decay_rate: decay,
      staircase: stepsPerEpoch !== undefined,
    },
  ],
  piecewiseConstant: ({ boundaries, values }) => ["PiecewiseConstantDecay", { boundaries, values }],
  polynomialDecay: ({ initial, steps, final, power }) => [
    "PolynomialDecay",
    { initial_learning_rate: initial, decay_steps: steps, end_learning_rate: final, power, cycle: false },
  ],
  cosine(config) {
    if (config.warmup !== 0) throw none("that warms up as cosine here: put it behind polynomialDecay in a sequence");
    return ["CosineDecay", cosineDecay(config as Numbers)];
  },
  cosineRestarts(config) {
    const { initial, steps, tMul, mMul, final } = config as { [key: string]: number };
    if (final !== 0 && mMul !== 1) throw none("as cosineRestarts with final beside mMul");
    const alpha = alphaOf(final as number, initial as number);
    const common = { initial_learning_rate: initial, first_decay_steps: steps, alpha };
    return ["CosineDecayRestarts", { ...common, t_mul: tMul, m_mul: mMul }];
  },
  sequence({ schedules, boundaries }) {
    const [rise, fall, ...more] = schedules as Saved[];
    const { initial, steps, final, power } = (rise?.config ?? {}) as Numbers;
    const { initial: top, warmup } = (fall?.config ?? {}) as Numbers;
    const isWarmup =
      rise?.name === "polynomialDecay" &&
      fall?.name === "cosine" &&
      more.length === 0 &&
      power === 1 &&
      warmup === 0 &&
      top === final &&
      steps === (boundaries as number[])[0];
    if (!isWarmup) throw none("as sequence, but of a straight line (polynomialDecay) up to a cosine");
    const warm = { initial_learning_rate: initial, warmup_target: top, warmup_steps: steps };
    return ["CosineDecay", { ...cosineDecay(fall.config as Numbers), ...warm }];
  },
};

/** A rate as Keras has it: a number, or a schedule's class and config. @throws Unsupported where Keras has no equal */
export function rateFor(rate: number | Schedule): number | readonly [className: string, config: Json] {
  if (typeof rate === "number") return rate;
  const { name, config } = rate;
  if (name === "constant" || name === "manual") return config.rate as number;
  const writer = Object.hasOwn(writers, name) ? writers[name] : undefined;
  if (!writer) throw none(`as ${name}`);
  return writer(config as Json);
}
