import { exp, log } from "../util/math.js";
import type { Choice, NumberParameter, Parameter } from "./parameter.js";

/**
 * Between values of a parameter and [0, 1], where all of them are equally likely: samplers work there. Whole numbers and steps own equal
 * parts of the unit interval (in their logarithm where the scale is one), and stand in the middle of theirs; choices likewise, in the
 * order of their list.
 */
export function fromUnit(parameter: Parameter, u: number): Choice {
  if (parameter.type === "choice") {
    const { choices } = parameter;
    return choices[Math.min(choices.length - 1, Math.floor(u * choices.length))] as Choice;
  }
  const { type, low, high, step } = parameter;
  if (step !== undefined) {
    const steps = Math.round((high - low) / step);
    const value = low + step * Math.min(steps, Math.floor(u * (steps + 1)));
    // Sums of decimal steps: 0.1 + 0.2 is to be 0.3.
    return Number(value.toPrecision(15));
  }
  const [from, to] = walked(parameter);
  const place = from + u * (to - from);
  const value = back(parameter, place);
  return Math.min(high, Math.max(low, type === "int" ? Math.round(value) : value));
}

/** Where a value lies; see `fromUnit`. */
export function toUnit(parameter: Parameter, value: Choice): number {
  if (parameter.type === "choice") return (parameter.choices.indexOf(value) + 0.5) / parameter.choices.length;
  const { low, high, step } = parameter;
  const number = value as number;
  if (step !== undefined) return (Math.round((number - low) / step) + 0.5) / (Math.round((high - low) / step) + 1);
  const [from, to] = walked(parameter);
  return (forth(parameter, number) - from) / (to - from);
}

/** The ends on the scale that is walked evenly: those of a whole number reach half a step out, so that it owns as much as the others. */
function walked(parameter: NumberParameter): [number, number] {
  const half = parameter.type === "int" ? 0.5 : 0;
  return [forth(parameter, parameter.low - half), forth(parameter, parameter.high + half)];
}

function forth({ scale }: NumberParameter, value: number): number {
  if (scale === "linear") return value;
  return scale === "log" ? log(value) : -log(1 - value);
}

function back({ scale }: NumberParameter, place: number): number {
  if (scale === "linear") return place;
  return scale === "log" ? exp(place) : 1 - exp(-place);
}

/** The part of the unit interval that a whole number or a step owns. */
export function ownedBy(parameter: NumberParameter, value: number): [from: number, to: number] {
  const { low, high, step } = parameter;
  if (step !== undefined) {
    const count = Math.round((high - low) / step) + 1;
    const i = Math.round((value - low) / step);
    return [i / count, (i + 1) / count];
  }
  const [from, to] = walked(parameter);
  return [(forth(parameter, value - 0.5) - from) / (to - from), (forth(parameter, value + 0.5) - from) / (to - from)];
}
