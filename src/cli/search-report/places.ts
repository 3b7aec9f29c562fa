import { linearTicks, logTicks, numberText, type Tick } from "../../report/ticks.js";
import type { Choice, FrozenTrial, NumberParameter, Parameter } from "../../search/index.js";
import { ownedBy, toUnit } from "../../search/unit.js";
import { ownValue } from "./view.js";

// Axes of parameters run from 0 to 1, where all values are equally likely: logarithms, whole numbers and choices are one kind of axis.

/** At most so many steps between ticks. */
const COUNT = 4;

/** Steps that fill a line evenly, and together a square (Roberts, "The Unreasonable Effectiveness of Quasirandom Sequences", 2018: R₂). */
const STEPS = { x: 0.7548776662466927, y: 0.5698402909980532 } as const;

/**
 * Where a trial lies on the axis of a parameter; undefined where it has none.
 *
 * @param spread along which axis trials of one value lie side by side, in the middle half of what the value owns of it, so that each is seen
 */
export function placeOf(
  parameter: Parameter,
  trial: FrozenTrial,
  name: string,
  spread?: keyof typeof STEPS,
): number | undefined {
  const value = ownValue(parameter, trial, name);
  if (value === undefined) return undefined;
  const place = toUnit(parameter, value);
  if (!spread) return place;
  const [from, to] = partOf(parameter, value);
  const aside = ((trial.number * STEPS[spread]) % 1) - 0.5;
  return place + (aside * (to - from)) / 2;
}

/** What a whole number, a step or a choice owns of the axis; nothing where values have others beside them. */
function partOf(parameter: Parameter, value: Choice): readonly [from: number, to: number] {
  if (parameter.type === "choice") return [0, 1 / parameter.choices.length];
  return parameter.type === "int" || parameter.step !== undefined ? ownedBy(parameter, value as number) : [0, 0];
}

/** Round values of a parameter and where they lie. */
export function ticksOf(parameter: Parameter): Tick[] {
  const at = (value: Choice) => Math.min(1, Math.max(0, toUnit(parameter, value)));
  if (parameter.type === "choice")
    return parameter.choices.map((choice) => ({ at: at(choice), label: String(choice) }));
  return valuesOf(parameter).map(({ at: value, label }) => ({ at: at(value), label }));
}

function valuesOf({ type, low, high, scale, step }: NumberParameter): Tick[] {
  if (step !== undefined) {
    const steps = Math.round((high - low) / step);
    const stride = Math.ceil(steps / COUNT);
    return Array.from({ length: Math.floor(steps / stride) + 1 }, (_, i) => written(low + i * stride * step));
  }
  if (scale === "oneMinusLog") {
    const ticks = logTicks(Math.log10(1 - high), Math.log10(1 - low), COUNT);
    return ticks.map(({ at }) => written(1 - 10 ** at)).sort((a, b) => a.at - b.at);
  }
  if (scale === "linear") return linearTicks(low, high, COUNT, type === "int");
  const ticks = logTicks(Math.log10(low), Math.log10(high), COUNT).map(({ at, label }) => ({ at: 10 ** at, label }));
  return type === "float" ? ticks : ticks.map(({ at, label }) => ({ at: Math.round(at), label }));
}

/** To as many digits as a step or a distance to 1 needs. */
function written(value: number): Tick {
  const number = Number(value.toPrecision(10));
  return { at: number, label: Math.abs(number) < 1 ? String(number) : numberText(number) };
}
