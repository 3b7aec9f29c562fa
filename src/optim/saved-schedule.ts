import { type Config, makeByName, type Saved } from "../util/named.js";
import type { Schedule } from "./schedule.js";
import * as schedules from "./schedules.js";

type With<First extends string, Options> = Record<First, number> & Options;
type Options<F extends (first: never, options: never) => Schedule> = NonNullable<Parameters<F>[1]>;

/** The factory of a schedule whose options follow one number, as a function of what is saved. */
const after =
  <First extends string, O>(first: First, make: (value: number, options: O) => Schedule) =>
  ({ [first]: value, ...options }: With<First, O>): Schedule =>
    make(value as number, options as O);

const restored = ({ name, config }: Saved): Schedule => scheduleFrom(name, config);

const factories = {
  constant: ({ rate }: { rate: number }) => schedules.constant(rate),
  cosine: after("initial", schedules.cosine),
  cosineRestarts: after("initial", schedules.cosineRestarts),
  cyclical: after("initial", schedules.cyclical),
  exponentialDecay: after("initial", schedules.exponentialDecay),
  inverseSqrtDecay: after("initial", schedules.inverseSqrtDecay),
  inverseTimeDecay: after("initial", schedules.inverseTimeDecay),
  manual: ({ rate }: { rate: number }) => schedules.manual(rate),
  oneCycle: after("max", schedules.oneCycle),
  piecewiseConstant: ({ boundaries, values }: { boundaries: number[]; values: number[] }) =>
    schedules.piecewiseConstant(boundaries, values),
  polynomialDecay: after("initial", schedules.polynomialDecay),
  sequence: ({ schedules: parts, boundaries }: { schedules: Saved[]; boundaries: number[] }) =>
    schedules.sequence(parts.map(restored), boundaries),
  warmup: ({ schedule, ...options }: { schedule: Saved } & Options<typeof schedules.warmup>) =>
    schedules.warmup(restored(schedule), options),
};

/** The schedule that was saved under a name with a configuration. @throws ValueError */
export function scheduleFrom(name: string, config: Config): Schedule {
  return makeByName<Schedule>("schedule", factories, name, config);
}
