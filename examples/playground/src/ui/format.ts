import type { Task } from "../settings.js";

const MINUS = "−";

/** A number in about `digits` significant digits: `0.0312`, `1.2e−7`, `12,400`. */
export function number(value: number, digits = 3): string {
  if (Number.isNaN(value)) return "not a number";
  if (!Number.isFinite(value)) return value > 0 ? "∞" : `${MINUS}∞`;
  if (value === 0) return "0";
  const size = Math.abs(value);
  const text =
    size < 1e-4 || size >= 1e7
      ? value
          .toExponential(Math.max(0, digits - 2))
          .replace("e+", "e")
          .replace(/\.?0+e/, "e")
      : size >= 1000
        ? Math.round(value).toLocaleString("en-US")
        : String(Number(value.toPrecision(digits)));
  return text.replaceAll("-", MINUS);
}

/** A count, with commas. */
export const count = (value: number): string => Math.round(value).toLocaleString("en-US");

/** A share of 1 in percent with one decimal, always of the same width. */
export const percent = (share: number): string => (Number.isFinite(share) ? `${(share * 100).toFixed(1)} %` : "–");

/** A number that changes while it is watched: always four decimals where it can be, so that it does not jump. */
export const steady = (value: number): string =>
  Number.isFinite(value) && Math.abs(value) < 100 && Math.abs(value) >= 1e-4 ? value.toFixed(4) : number(value, 3);

/** The score as the task reads it: a share that is right, or an error in the target's unit. */
export const score = (task: Task, value: number): string =>
  task === "classification" ? percent(value) : steady(value);

export const scoreName = (task: Task): string => (task === "classification" ? "Accuracy" : "Error (RMSE)");

/** `1 layer`, `2 layers`. */
export const plural = (amount: number, noun: string): string => `${count(amount)} ${noun}${amount === 1 ? "" : "s"}`;

/** `trial 3` → `trial-3`, for names of files. */
export const slug = (text: string): string =>
  text
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^-|-$/g, "");
