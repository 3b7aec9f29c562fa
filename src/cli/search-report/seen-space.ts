import type { Choice, FrozenTrial, Parameter, Space } from "../../search/index.js";
import { extentOf } from "./extent.js";

/** The ranges that trials show: from the least number to the largest, or the list of what was chosen. */
export function seenSpace(trials: readonly FrozenTrial[]): Space {
  const seen = new Map<string, Set<Choice>>();
  for (const { params } of trials) {
    for (const [name, value] of Object.entries(params)) {
      const values = seen.get(name) ?? new Set();
      seen.set(name, values.add(value));
    }
  }
  return Object.fromEntries([...seen].map(([name, values]) => [name, rangeOf([...values])]));
}

function rangeOf(values: readonly Choice[]): Parameter {
  const numbers = values.filter((value) => typeof value === "number");
  const [low, high] = extentOf(numbers);
  if (numbers.length < values.length || !(low < high)) return { type: "choice", choices: values };
  const type = numbers.every(Number.isInteger) ? "int" : "float";
  return { type, low, high, scale: low > 0 && high / low >= 100 ? "log" : "linear" };
}
