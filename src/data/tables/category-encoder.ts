import { checkName, checkNumber, checkOptions, show } from "../../util/check.js";
import { ValueError } from "../../util/errors.js";
import { cellText, type TableColumn } from "./columns.js";
import type { Encoder } from "./encoder.js";
import { countRows } from "./labels.js";

export interface CategoryOptions {
  /** `"oneHot"` (default): a feature for each category; `"integer"`: one feature with its number, as for an embedding. */
  encode?: "oneHot" | "integer";
  /**
   * What missing values become: `"category"` (default), one of their own; `"mostFrequent"` of the training rows; `"error"`; any other text
   * is a category's name.
   */
  impute?: string;
  /** What a category that training lacks becomes: `"zeros"` (default of one-hot), a `"slot"` of its own (default of integers), `"error"`. */
  unseen?: "zeros" | "slot" | "error";
  /** Categories of fewer training rows count as unseen. Default 1. */
  minCount?: number;
  /** More than so many are an error for one-hot: free text or names. Default 256. */
  maxCategories?: number;
}

export interface CategoryConfig {
  readonly type: "category";
  readonly name: string;
  readonly encode: "oneHot" | "integer";
  /** In the order of their features or numbers; a slot for unseen ones comes behind them. */
  readonly categories: readonly string[];
  /** The category of missing values; null: an error. */
  readonly fill: string | null;
  readonly unseen: "zeros" | "slot" | "error";
}

/** What missing values are called as a category. */
const MISSING = "(missing)";

export const categoryOptions = ["encode", "impute", "unseen", "minCount", "maxCategories"] as const;

export function checkCategoryOptions(operation: string, where: string, options: CategoryOptions): void {
  checkOptions(`${operation}: ${where}`, options, categoryOptions);
  const { encode = "oneHot", impute = "category", unseen, minCount = 1, maxCategories = 256 } = options;
  checkName(operation, `${where}.encode`, encode, ["oneHot", "integer"]);
  if (typeof impute !== "string" || impute === "") {
    throw new ValueError(
      `${operation}: ${where}.impute expected "category", "mostFrequent", "error" or a category, got ${show(impute)}`,
    );
  }
  if (unseen !== undefined) {
    checkName(
      operation,
      `${where}.unseen`,
      unseen,
      encode === "oneHot" ? ["zeros", "slot", "error"] : ["slot", "error"],
    );
  }
  checkNumber(operation, `${where}.minCount`, minCount, { min: 1, whole: true });
  checkNumber(operation, `${where}.maxCategories`, maxCategories, { min: 1, whole: true });
}

/** The values of a column as texts, missing as null, whatever its type: 3 in one table is "3" in another. */
export function textsOf(column: TableColumn): { texts: readonly string[]; codes: Int32Array } {
  if (column.type === "string") return { texts: column.categories, codes: column.codes };
  const found = new Map<number, number>();
  const codes = Int32Array.from(column.values, (value) => {
    if (Number.isNaN(value)) return -1;
    const known = found.get(value);
    if (known !== undefined) return known;
    found.set(value, found.size);
    return found.size - 1;
  });
  const texts = [...found.keys()].map((value) => cellText(column.type === "date" ? new Date(value) : value));
  return { texts, codes };
}

export function fitCategory(operation: string, column: TableColumn, options: CategoryOptions): CategoryConfig {
  const { encode = "oneHot", impute = "category", minCount = 1, maxCategories = 256 } = options;
  const { name } = column;
  const { texts, codes } = textsOf(column);
  const counts = new Map<string, number>();
  for (const code of codes) {
    if (code >= 0) counts.set(texts[code] as string, (counts.get(texts[code] as string) ?? 0) + 1);
  }
  const seen = [...counts.keys()].sort(column.type === "number" ? (a, b) => Number(a) - Number(b) : undefined);
  if (seen.length === 0 && (impute === "mostFrequent" || impute === "error")) {
    throw new ValueError(
      `${operation}: column "${name}" expected at least one value in the training rows, got none; drop it`,
    );
  }
  const most = Math.max(0, ...counts.values());
  const fill =
    impute === "category"
      ? MISSING
      : impute === "error"
        ? null
        : impute === "mostFrequent"
          ? (seen.find((text) => counts.get(text) === most) as string)
          : impute;
  if (fill === null) checkWhole(operation, name, codes);
  if (fill !== null && column.missing > 0) counts.set(fill, (counts.get(fill) ?? 0) + column.missing);
  const added = fill !== null && counts.has(fill) && !seen.includes(fill) ? [fill] : [];
  const categories = [...seen, ...added].filter((text) => (counts.get(text) as number) >= minCount);
  if (categories.length > maxCategories && encode === "oneHot") {
    throw new ValueError(
      `${operation}: column "${name}" expected at most ${maxCategories} categories, got ${categories.length} in ${column.size} rows; ` +
        'drop it where it is free text, raise minCount or maxCategories, or pass encode: "integer"',
    );
  }
  return {
    type: "category",
    name,
    encode,
    categories,
    fill,
    unseen: options.unseen ?? (encode === "oneHot" ? "zeros" : "slot"),
  };
}

function checkWhole(operation: string, name: string, codes: Int32Array): void {
  const missing = countRows((i) => (codes[i] as number) < 0, codes.length);
  if (missing !== undefined) {
    throw new ValueError(
      `${operation}: column "${name}" expected a value in every row, got none in ${missing}; impute, or dropMissing("${name}")`,
    );
  }
}

export function categoryEncoder(operation: string, config: CategoryConfig): Encoder {
  const { name, encode, categories, fill, unseen } = config;
  const place = new Map(categories.map((text, i) => [text, i]));
  const slot = unseen === "slot" ? categories.length : -1;
  const oneHot = encode === "oneHot";
  const features = categories.map((text) => `${name}=${text}`);
  if (slot >= 0) features.push(`${name}=(unseen)`);
  const numberOf = (text: string, codes: Int32Array, code: number): number => {
    const known = place.get(text);
    if (known !== undefined || unseen !== "error") return known ?? slot;
    throw new ValueError(
      `${operation}: column "${name}" expected one of the training rows' ${categories.length} categories, got ${show(text)} in row ${codes.indexOf(code)}; ` +
        'pass unseen: "zeros" or "slot"',
    );
  };
  return {
    features: oneHot ? features : [name],
    write(column, out, at, stride) {
      const { texts, codes } = textsOf(column);
      if (fill === null) checkWhole(operation, name, codes);
      const used = new Set(codes);
      const numbers = texts.map((text, code) => (used.has(code) ? numberOf(text, codes, code) : -1));
      const missing = fill !== null && used.has(-1) ? numberOf(fill, codes, -1) : -1;
      codes.forEach((code, i) => {
        const number = code < 0 ? missing : (numbers[code] as number);
        if (!oneHot) out[at + i * stride] = number;
        else if (number >= 0) out[at + i * stride + number] = 1;
      });
    },
  };
}
