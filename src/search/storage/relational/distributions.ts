import { show } from "../../../util/check.js";
import { FormatError, ValueError } from "../../../util/errors.js";
import type { Choice, Parameter } from "../../parameter.js";
import { describe } from "../../space.js";
import { parsePythonJson } from "./python-json.js";

// A parameter as Optuna's tables hold it (optuna/distributions.py, `distribution_to_json`): what the value is drawn from as JSON, and the
// value as a number, which for one of a list is its place in it.

type Kind = "float" | "int" | "choice";

/** What Optuna draws a value from. */
interface Distribution {
  readonly kind: Kind;
  readonly log: boolean;
  readonly choices: readonly Choice[];
}

/** The names of Optuna 3 and later, and those before it, which old studies hold. */
const KINDS: Readonly<Record<string, { readonly kind: Kind; readonly log?: true }>> = {
  FloatDistribution: { kind: "float" },
  IntDistribution: { kind: "int" },
  CategoricalDistribution: { kind: "choice" },
  UniformDistribution: { kind: "float" },
  LogUniformDistribution: { kind: "float", log: true },
  DiscreteUniformDistribution: { kind: "float" },
  IntUniformDistribution: { kind: "int" },
  IntLogUniformDistribution: { kind: "int", log: true },
};

/** A parameter as JSON text, in the words of Optuna. A scale that it lacks is a linear one there. */
export function toDistribution(parameter: Parameter): string {
  if (parameter.type === "choice") {
    return JSON.stringify({ name: "CategoricalDistribution", attributes: { choices: parameter.choices } });
  }
  const { type, low, high, scale, step } = parameter;
  const log = scale === "log";
  // Python tells 1 from 1.0, and JSON.stringify writes no fraction: Optuna makes floats of a FloatDistribution's bounds itself.
  return type === "int"
    ? JSON.stringify({ name: "IntDistribution", attributes: { log, step: step ?? 1, low, high } })
    : JSON.stringify({ name: "FloatDistribution", attributes: { step: step ?? null, low, high, log } });
}

/** The number that stands for a value. */
export const toNumber = (parameter: Parameter, value: Choice): number =>
  parameter.type === "choice" ? parameter.choices.indexOf(value) : (value as number);

const known = new Map<string, Distribution>();

/** The value that a number stands for. @throws FormatError */
export function fromNumber(json: string, number: number): Choice {
  const { kind, choices } = distributionOf(json);
  if (kind === "float") return number;
  return kind === "int" ? Math.trunc(number) : (choices[Math.trunc(number)] as Choice);
}

function distributionOf(json: string): Distribution {
  const found = known.get(json);
  if (found) return found;
  const { name, attributes } = parsePythonJson(json) as { name: string; attributes: Record<string, unknown> };
  const kind = KINDS[name];
  if (!kind) {
    throw new FormatError(
      `trial_params: distribution expected one of ${Object.keys(KINDS).join(", ")}, got ${show(name)}; a newer Optuna may have written it`,
    );
  }
  const made = {
    kind: kind.kind,
    log: kind.log ?? attributes.log === true,
    choices: (attributes.choices as Choice[]) ?? [],
  };
  // All trials of a study share a few.
  if (known.size > 1000) known.clear();
  known.set(json, made);
  return made;
}

/** Whether trials of another program may stand beside ours, by Optuna's rule: bounds and steps may differ, and no more. @throws ValueError */
export function checkDistribution(study: string, name: string, parameter: Parameter, json: string): void {
  const { kind, log, choices } = distributionOf(json);
  const fits =
    kind === parameter.type &&
    (parameter.type === "choice"
      ? JSON.stringify(choices) === JSON.stringify(parameter.choices)
      : log === (parameter.scale === "log"));
  if (fits) return;
  const stored =
    kind === "choice" ? `one of ${choices.map(show).join(", ")}` : `${kind}${log ? ", on a logarithmic scale" : ""}`;
  throw new ValueError(
    `open: space.${name} expected what the trials of study "${study}" have, ${stored}, got ${describe(parameter)}; change the space, or begin a study of another name`,
  );
}
