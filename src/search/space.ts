import { nearest, show } from "../util/check.js";
import { ValueError } from "../util/errors.js";
import type { Choice, Parameter, Space, Values } from "./parameter.js";
import { fromUnit, toUnit } from "./unit.js";

/** A space whose conditions name parameters that stand before them. @throws ValueError that names the parameter */
export function checkSpace(operation: string, space: unknown): Space {
  if (!space || typeof space !== "object" || Array.isArray(space) || Object.keys(space).length === 0) {
    throw new ValueError(
      `${operation}: space expected an object of parameters such as { learningRate: logUniform(1e-4, 1e-1) }, got ${show(space)}`,
    );
  }
  const seen: string[] = [];
  for (const [name, parameter] of Object.entries(space as Record<string, Parameter>)) {
    if (!["float", "int", "choice"].includes(parameter?.type)) {
      throw new ValueError(
        `${operation}: space.${name} expected a parameter such as uniform(0, 1) or choice(["a", "b"]), got ${show(parameter)}`,
      );
    }
    checkCondition(operation, name, parameter, space as Space, seen);
    seen.push(name);
  }
  return space as Space;
}

function checkCondition(operation: string, name: string, { when }: Parameter, space: Space, seen: readonly string[]) {
  if (!when) return;
  const { parameter, is } = when;
  if (!seen.includes(parameter)) {
    const near = nearest(parameter, seen);
    throw new ValueError(
      `${operation}: space.${name} expected to hang on a parameter that stands before it, got "${parameter}"` +
        (Object.hasOwn(space, parameter) && parameter !== name
          ? "; write that one first"
          : near
            ? `; did you mean "${near}"?`
            : `; before it stand ${seen.join(", ") || "none"}`),
    );
  }
  const impossible = is.find((value) => !isValueOf(space[parameter] as Parameter, value));
  if (impossible === undefined) return;
  throw new ValueError(
    `${operation}: space.${name} expected values that ${parameter} can have, got ${show(impossible)}; ${parameter} is ${describe(space[parameter] as Parameter)}`,
  );
}

/** Whether a parameter can have the value. */
export function isValueOf(parameter: Parameter, value: Choice): boolean {
  if (parameter.type === "choice") return parameter.choices.includes(value);
  if (typeof value !== "number" || !(value >= parameter.low && value <= parameter.high)) return false;
  if (parameter.type === "int" && !Number.isInteger(value)) return false;
  const { low, step } = parameter;
  return step === undefined || Math.abs((value - low) / step - Math.round((value - low) / step)) < 1e-6;
}

/** A parameter as error texts and tables show it. */
export function describe(parameter: Parameter): string {
  if (parameter.type === "choice") return `one of ${parameter.choices.map(show).join(", ")}`;
  const { type, low, high, scale, step } = parameter;
  const kind = type === "int" ? "a whole number" : "a number";
  const scales = {
    linear: "",
    log: ", on a logarithmic scale",
    oneMinusLog: ", on the logarithmic scale of 1 − value",
  };
  return `${kind} from ${low} to ${high}${step === undefined ? "" : ` in steps of ${step}`}${scales[scale]}`;
}

/** Whether a trial with these values has the parameter. */
export function isActive({ when }: Parameter, values: Values): boolean {
  if (!when) return true;
  const value = values[when.parameter];
  return value !== undefined && when.is.includes(value);
}

/** The values that the places in the unit interval stand for, without those whose condition does not hold. */
export function valuesAt(space: Space, unit: (name: string, parameter: Parameter) => number): Values {
  const values: Record<string, Choice> = {};
  for (const [name, parameter] of Object.entries(space)) {
    // Asked for in any case: a sampler's later numbers must not hang on what came before.
    const u = unit(name, parameter);
    if (isActive(parameter, values)) values[name] = fromUnit(parameter, u);
  }
  return values;
}

/** The places of a trial's values in the unit interval, those that it lacks left out. */
export function placesOf(space: Space, values: Values): Record<string, number> {
  const places: Record<string, number> = {};
  for (const [name, parameter] of Object.entries(space)) {
    const value = values[name];
    if (value !== undefined && isValueOf(parameter, value)) places[name] = toUnit(parameter, value);
  }
  return places;
}

/** Values that a user gave (`enqueue`): of known parameters, in their ranges. @throws ValueError */
export function checkValues(operation: string, space: Space, values: unknown): Values {
  if (!values || typeof values !== "object" || Array.isArray(values)) {
    throw new ValueError(`${operation}: params expected an object of values by parameter, got ${show(values)}`);
  }
  for (const [name, value] of Object.entries(values as Record<string, Choice>)) {
    const parameter = space[name];
    if (!parameter) {
      const near = nearest(name, Object.keys(space));
      throw new ValueError(
        `${operation}: params expected names of the space, got "${name}"${near ? `; did you mean "${near}"?` : `; it has ${Object.keys(space).join(", ")}`}`,
      );
    }
    if (!isValueOf(parameter, value)) {
      throw new ValueError(`${operation}: params.${name} expected ${describe(parameter)}, got ${show(value)}`);
    }
  }
  return values as Values;
}
