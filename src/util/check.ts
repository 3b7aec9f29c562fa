import { ValueError } from "./errors.js";

/** A value as an error text shows it, cut to one short line. */
export function show(value: unknown): string {
  if (typeof value === "string") return JSON.stringify(value);
  if (typeof value === "function") return `function ${value.name || "(anonymous)"}`;
  if (Array.isArray(value)) return value.length > 8 ? `array of ${value.length}` : `[${value.map(show).join(", ")}]`;
  if (ArrayBuffer.isView(value)) return `${value.constructor.name}(${(value as Uint8Array).length})`;
  if (value !== null && typeof value === "object") {
    const name = value.constructor?.name || "object";
    return name === "Object" ? `{ ${Object.keys(value).slice(0, 6).join(", ")} }` : name;
  }
  return String(value);
}

/** A finite number within bounds (`min ≤ n ≤ max`, or `above < n`, `n < below`). */
export function checkNumber(
  operation: string,
  argument: string,
  value: unknown,
  bounds: { min?: number; max?: number; above?: number; below?: number; whole?: boolean } = {},
): number {
  const { min, max, above, below, whole } = bounds;
  const ok =
    typeof value === "number" &&
    Number.isFinite(value) &&
    !(whole && !Number.isInteger(value)) &&
    !(min !== undefined && value < min) &&
    !(max !== undefined && value > max) &&
    !(above !== undefined && value <= above) &&
    !(below !== undefined && value >= below);
  if (ok) return value as number;
  const parts: string[] = [];
  if (min !== undefined) parts.push(`≥ ${min}`);
  if (above !== undefined) parts.push(`> ${above}`);
  if (max !== undefined) parts.push(`≤ ${max}`);
  if (below !== undefined) parts.push(`< ${below}`);
  throw new ValueError(
    `${operation}: ${argument} expected a ${whole ? "whole" : "finite"} number${parts.length ? ` ${parts.join(" and ")}` : ""}, got ${show(value)}`,
  );
}

/** One of a closed list of names. @throws ValueError that names the nearest valid one. */
export function checkName<T extends string>(
  operation: string,
  argument: string,
  value: unknown,
  names: readonly T[],
): T {
  if (typeof value === "string" && (names as readonly string[]).includes(value)) return value as T;
  const near = typeof value === "string" ? nearest(value, names) : undefined;
  throw new ValueError(
    `${operation}: ${argument} expected one of ${names.map((n) => `"${n}"`).join(", ")}, got ${show(value)}` +
      (near ? `; did you mean "${near}"?` : ""),
  );
}

/** True or false, and nothing that merely counts as such. */
export function checkBoolean(operation: string, argument: string, value: unknown): boolean {
  if (typeof value === "boolean") return value;
  throw new ValueError(`${operation}: ${argument} expected true or false, got ${show(value)}`);
}

/** A text that is not empty. */
export function checkText(operation: string, argument: string, value: unknown): string {
  if (typeof value === "string" && value !== "") return value;
  throw new ValueError(`${operation}: ${argument} expected a text that is not empty, got ${show(value)}`);
}

/** Rejects keys that a function does not know: a misspelt option must not be ignored. `required`: so is none at all. */
export function checkOptions(operation: string, options: unknown, known: readonly string[], required = false): void {
  if (options === undefined && !required) return;
  if (options === null || typeof options !== "object" || Array.isArray(options)) {
    throw new ValueError(`${operation}: options expected an object with ${known.join(", ")}, got ${show(options)}`);
  }
  for (const key of Object.keys(options)) {
    if (known.includes(key)) continue;
    const near = nearest(key, known);
    throw new ValueError(
      `${operation}: unknown option "${key}"${near ? `; did you mean "${near}"?` : `; it takes ${known.join(", ")}`}`,
    );
  }
}

/** The closest name by edit distance, or undefined where none is near. */
export function nearest(name: string, names: readonly string[]): string | undefined {
  const wanted = name.toLowerCase();
  let best: string | undefined;
  let least = Math.max(2, Math.floor(wanted.length / 3)) + 1;
  for (const candidate of names) {
    const distance = editDistance(wanted, candidate.toLowerCase());
    if (distance < least) {
      least = distance;
      best = candidate;
    }
  }
  return best;
}

/** Levenshtein distance: insertions, deletions and substitutions that turn `a` into `b`. */
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const cost = a[i - 1] === b[j - 1] ? 0 : 1;
      next.push(Math.min((row[j] as number) + 1, (next[j - 1] as number) + 1, (row[j - 1] as number) + cost));
    }
    row = next;
  }
  return row[b.length] as number;
}
