import type { FrozenTrial } from "../../search/trial.js";

/** Numbers as people read them. */
export const short = (value: number): string => String(Number(value.toPrecision(6)));

/** `1.23` → `"1.2 s"`, `75` → `"1 m 15 s"`. */
export function duration(seconds: number): string {
  if (seconds < 9.95) return `${Math.max(0, seconds).toFixed(1)} s`;
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} m ${whole % 60} s`;
  if (whole < 86_400) return `${Math.floor(whole / 3600)} h ${Math.floor((whole % 3600) / 60)} m`;
  return `${Math.floor(whole / 86_400)} d ${Math.floor((whole % 86_400) / 3600)} h`;
}

/** `1` → `"1 trial"`. */
export const trialsText = (count: number): string => `${count} trial${count === 1 ? "" : "s"}`;

/** Why a trial failed, as far as it is known. */
export const failureOf = ({ attributes }: FrozenTrial): string =>
  typeof attributes.failure === "string" ? attributes.failure : "no reason was stored";

/** Rows of cells in columns as wide as they need. @param numbers the columns that stand to the right */
export function table(rows: readonly (readonly string[])[], numbers: readonly number[] = []): string {
  const widths = rows[0]?.map((_, c) => Math.max(...rows.map((row) => (row[c] as string).length))) ?? [];
  return rows
    .map((row) =>
      row
        .map((cell, c) => {
          const width = widths[c] as number;
          return numbers.includes(c) ? cell.padStart(width) : cell.padEnd(width);
        })
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}
