import { show } from "../../util/check.js";
import { ValueError } from "../../util/errors.js";
import { dateParts } from "./date-encoder.js";
import { LABELS } from "./labels.js";
import type { TabularConfig } from "./tabular.js";

type Entries = Readonly<Record<string, unknown>>;

/** A config that came from outside, such as a file. @throws ValueError that names the part that is wrong */
export function checkTabularConfig(operation: string, value: unknown): TabularConfig {
  const bad = (path: string, expected: string, got: unknown) =>
    new ValueError(`${operation}: config.${path} expected ${expected}, got ${show(got)}`);
  const check = (entries: Entries, path: string, rules: Readonly<Record<string, Rule>>): void => {
    for (const [name, { test, expected }] of Object.entries(rules)) {
      if (!test(entries[name])) throw bad(`${path}.${name}`, expected, entries[name]);
    }
  };
  const { columns, y } = value as Entries;
  if (!Array.isArray(columns) || columns.length === 0) throw bad("columns", "a list of columns", columns);
  columns.forEach((column: unknown, i) => {
    const path = `columns[${i}]`;
    const entries = (column ?? {}) as Entries;
    if (!isText(entries.name)) throw bad(`${path}.name`, "a text", entries.name);
    if (entries.type === "number") check(entries, path, numberRules);
    else if (entries.type === "category") check(entries, path, categoryRules);
    else if (entries.type === "date" && Array.isArray(entries.parts)) {
      entries.parts.forEach((part: Entries | undefined, j) => {
        if (!Object.hasOwn(dateParts, String(part?.part))) {
          throw bad(`${path}.parts[${j}].part`, "a part of a date", part?.part);
        }
        check((part?.number ?? {}) as Entries, `${path}.parts[${j}].number`, numberRules);
      });
    } else throw bad(`${path}.type`, '"number", "category" or "date" with its parts', entries.type);
  });
  if (y !== null) check((y ?? {}) as Entries, "y", labelRules);
  return value as TabularConfig;
}

interface Rule {
  test(value: unknown): boolean;
  readonly expected: string;
}

const isText = (value: unknown): boolean => typeof value === "string";
const isTexts = (value: unknown): boolean => Array.isArray(value) && value.every(isText);
const flag: Rule = { test: (value) => typeof value === "boolean", expected: "true or false" };
const texts: Rule = { test: isTexts, expected: "a list of texts" };
const oneOf = (names: readonly unknown[]): Rule => ({
  test: (value) => names.includes(value),
  expected: `one of ${names.map((name) => JSON.stringify(name)).join(", ")}`,
});

const numberRules: Readonly<Record<string, Rule>> = {
  name: { test: isText, expected: "a text" },
  fill: { test: (value) => value === null || Number.isFinite(value), expected: "a finite number or null" },
  indicator: flag,
  clip: {
    test: (value) => value === null || (Array.isArray(value) && value.length === 2 && value.every(Number.isFinite)),
    expected: "two finite numbers or null",
  },
  log: flag,
  offset: { test: Number.isFinite, expected: "a finite number" },
  divisor: { test: (value) => Number.isFinite(value) && value !== 0, expected: "a finite number that is not 0" },
};
const categoryRules: Readonly<Record<string, Rule>> = {
  encode: oneOf(["oneHot", "integer"]),
  categories: texts,
  fill: { test: (value) => value === null || isText(value), expected: "a text or null" },
  unseen: oneOf(["zeros", "slot", "error"]),
};
const labelRules: Readonly<Record<string, Rule>> = { names: texts, labels: oneOf(LABELS), classes: texts };
