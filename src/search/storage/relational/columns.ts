import type { TrialState } from "../../trial.js";
import type { Cell } from "./database.js";

// Values as Optuna's columns hold them.

const STATES: Readonly<Record<TrialState, string>> = {
  waiting: "WAITING",
  running: "RUNNING",
  complete: "COMPLETE",
  pruned: "PRUNED",
  failed: "FAIL",
};
const BY_NAME = Object.fromEntries(Object.entries(STATES).map(([state, name]) => [name, state as TrialState]));

export const fromState = (state: TrialState): string => STATES[state];

export const toState = (name: Cell): TrialState => BY_NAME[name as string] as TrialState;

/** A number that may be infinite or NaN, in two columns: the value where it is finite, and what it is. */
export function fromNumber(value: number): [number | null, string] {
  if (Number.isFinite(value)) return [value, "FINITE"];
  return [null, Number.isNaN(value) ? "NAN" : value > 0 ? "INF_POS" : "INF_NEG"];
}

export function toNumber(value: Cell, type: Cell): number {
  if (type === "FINITE") return value as number;
  return type === "NAN" ? Number.NaN : type === "INF_POS" ? Number.POSITIVE_INFINITY : Number.NEGATIVE_INFINITY;
}

/** `2026-01-31 23:59:59.123000`, in UTC, as Optuna 5 has it; Optuna 4 takes it for local time. */
export const fromDate = (date: Date): string => `${date.toISOString().slice(0, 23).replace("T", " ")}000`;

export const toDate = (text: Cell): Date | undefined =>
  text === null ? undefined : new Date(`${String(text).slice(0, 23).replace(" ", "T")}Z`);
