import { ValueError } from "../../util/errors.js";

/** How people write that a value is missing, in any case of letters. The empty field always is. */
export const MISSING: readonly string[] = ["NA", "N/A", "#N/A", "<NA>", "NaN", "null", "None", "?", "-", "--", "."];

/** How days are written: 2007-11-30 (or 2007/11/30), 30.11.2007, 11/30/2007. */
export type DateStyle = "iso" | "dayFirst" | "monthFirst";

/** Whether a field stands for a missing value. */
export function missingTest(spellings: readonly string[]): (text: string) => boolean {
  const known = new Set(spellings.map((text) => text.toLowerCase()));
  const longest = Math.max(0, ...spellings.map((text) => text.length));
  return (text) => text === "" || (text.length <= longest && known.has(text.toLowerCase()));
}

/** A field as a number; NaN where it is none. Infinity is spelled inf or Infinity. */
export function numberParser(decimal: "." | ","): (text: string) => number {
  if (decimal === ".") return parseNumber;
  return (text) => (text.includes(".") ? Number.NaN : parseNumber(text.replace(",", ".")));
}

function parseNumber(text: string): number {
  const value = Number(text);
  if (!Number.isNaN(value)) return /^\s*$|[xXbBoO]/.test(text) ? Number.NaN : value;
  const infinite = /^([+-]?)inf(?:inity)?$/i.exec(text);
  if (!infinite) return Number.NaN;
  return infinite[1] === "-" ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
}

const clock = "(?:[T ](\\d{1,2}):(\\d{2})(?::(\\d{2})(\\.\\d+)?)?\\s*(Z|[+-]\\d{2}:?\\d{2})?)?$";
const patterns: Record<DateStyle, RegExp> = {
  iso: new RegExp(`^(\\d{4})([-/])(\\d{1,2})\\2(\\d{1,2})${clock}`),
  dayFirst: new RegExp(`^(\\d{1,2})([-/.])(\\d{1,2})\\2(\\d{4})${clock}`),
  monthFirst: new RegExp(`^(\\d{1,2})([-/.])(\\d{1,2})\\2(\\d{4})${clock}`),
};

/** A field as milliseconds since 1970-01-01 UTC; NaN where it is no date. A time without a zone is taken as UTC. */
export function dateParser(style: DateStyle): (text: string) => number {
  const pattern = patterns[style];
  return (text) => {
    const found = pattern.exec(text);
    if (!found) return Number.NaN;
    const [first, second, third] = [1, 3, 4].map((i) => Number(found[i])) as [number, number, number];
    const [year, month, day] =
      style === "iso" ? [first, second, third] : style === "dayFirst" ? [third, second, first] : [third, first, second];
    const [hour, minute, seconds] = [5, 6, 7].map((i) => Number(found[i] ?? 0)) as [number, number, number];
    if (month < 1 || month > 12 || day < 1 || day > daysIn(year, month)) return Number.NaN;
    if (hour > 23 || minute > 59 || seconds > 59) return Number.NaN;
    const midnight = new Date(0).setUTCFullYear(year, month - 1, day);
    const time = ((hour * 60 + minute) * 60 + seconds) * 1000 + Math.round(Number(found[8] ?? 0) * 1000);
    return midnight + time - zoneOf(found[9]);
  };
}

function daysIn(year: number, month: number): number {
  return new Date(new Date(0).setUTCFullYear(year, month, 0)).getUTCDate();
}

/** `+01:30` in milliseconds. */
function zoneOf(zone: string | undefined): number {
  if (zone === undefined || zone === "Z") return 0;
  const minutes = Number(zone.slice(1, 3)) * 60 + Number(zone.slice(-2));
  return (zone.startsWith("-") ? -minutes : minutes) * 60_000;
}

/** What a column of the type holds, for error texts. */
export function expectation(type: "number" | "date", decimal: string, style: DateStyle): string {
  if (type === "number") return decimal === "," ? 'a number (decimal ",")' : "a number";
  return { iso: "a date as 2007-11-30", dayFirst: "a date as 30.11.2007", monthFirst: "a date as 11/30/2007" }[style];
}

/** @throws ValueError for what is no list of texts. */
export function checkTexts(operation: string, argument: string, value: unknown): readonly string[] {
  if (Array.isArray(value) && value.every((each) => typeof each === "string")) return value;
  throw new ValueError(`${operation}: ${argument} expected an array of texts, got ${JSON.stringify(value) ?? value}`);
}
