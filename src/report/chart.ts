import { checkNumber, checkOptions, checkText, show } from "../util/check.js";
import { ValueError } from "../util/errors.js";

/** What every chart takes. */
export interface ChartOptions {
  /** What the chart shows, in a few words. */
  title: string;
  /** Pixels, default 720. */
  width?: number;
  /** Pixels, default 440. */
  height?: number;
}

export interface Size {
  readonly width: number;
  readonly height: number;
}

/** A rectangle in pixels. */
export interface Box extends Size {
  readonly left: number;
  readonly top: number;
}

/** @throws ValueError for an unknown option, no title, a size that leaves no room */
export function checkChart(operation: string, options: unknown, ...known: string[]): Size {
  checkOptions(operation, options, ["title", "width", "height", ...known], true);
  const { title, width = 720, height = 440 } = options as ChartOptions;
  checkText(operation, "title", title);
  checkNumber(operation, "width", width, { min: 240, max: 10_000 });
  checkNumber(operation, "height", height, { min: 200, max: 10_000 });
  return { width, height };
}

/** @throws ValueError where `list` is no array of objects with names, or is empty */
export function checkList<T>(operation: string, name: string, list: unknown, keys: readonly string[]): T[] {
  if (!Array.isArray(list) || list.length === 0) {
    throw new ValueError(
      `${operation}: ${name} expected an array of { ${keys.join(", ")} } that is not empty, got ${show(list)}`,
    );
  }
  list.forEach((each, i) => {
    checkOptions(`${operation}: ${name}[${i}]`, each, keys, true);
    checkText(operation, `${name}[${i}].name`, each.name);
  });
  return list;
}

/** @throws ValueError where two lists that belong together differ in length */
export function checkPair(operation: string, name: string, x: ArrayLike<number>, y: ArrayLike<number>): void {
  if (x.length === y.length) return;
  throw new ValueError(`${operation}: ${name}.y expected ${x.length} numbers as ${name}.x has, got ${y.length}`);
}
