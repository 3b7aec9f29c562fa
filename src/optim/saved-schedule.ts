import { type Config, makeByName } from "../util/named.js";
import { constant, cosine, exponentialDecay, piecewiseConstant, type Schedule } from "./schedules.js";

type With<Options> = { initial: number } & Options;

const factories = {
  constant: ({ rate }: { rate: number }) => constant(rate),
  cosine: ({ initial, ...options }: With<Parameters<typeof cosine>[1]>) => cosine(initial, options),
  exponentialDecay: ({ initial, ...options }: With<Parameters<typeof exponentialDecay>[1]>) =>
    exponentialDecay(initial, options),
  piecewiseConstant: ({ boundaries, values }: { boundaries: number[]; values: number[] }) =>
    piecewiseConstant(boundaries, values),
};

/** The schedule that was saved under a name with a configuration. @throws ValueError */
export function scheduleFrom(name: string, config: Config): Schedule {
  return makeByName<Schedule>("schedule", factories, name, config);
}
