import type { Tensor } from "../tensor/tensor.js";
import { show } from "../util/check.js";
import { isTypedArray } from "../util/dtypes.js";
import { ValueError } from "../util/errors.js";
import { type HostArray, isHostArray } from "../util/host-array.js";
import { type Arrangement, type DataArray, type Several, toHost, unpack } from "./arrays.js";

/** What a user's `x` or `y` looks like once it is tensors: the same record or array. */
export type TensorsOf<A> = A extends undefined
  ? undefined
  : A extends DataArray
    ? Tensor
    : { readonly [K in keyof A]: Tensor };

/** How the fields of a row, in their flat order (first `x`, then `y`), make up `x` and `y`. */
export interface Layout {
  readonly x: Arrangement;
  /** Absent where there are no labels. */
  readonly y: Arrangement | undefined;
}

/** Fields that an arrangement has. */
export function fieldsIn(arrangement: Arrangement | undefined): number {
  if (arrangement === undefined) return 0;
  if (arrangement === "one") return 1;
  return typeof arrangement === "number" ? arrangement : arrangement.length;
}

/** Each field as error texts name it: `x`, `x[1]`, `y.price`. */
export function fieldNames(layout: Layout): string[] {
  return [...namesIn("x", layout.x), ...namesIn("y", layout.y)];
}

function namesIn(argument: string, arrangement: Arrangement | undefined): string[] {
  if (arrangement === undefined) return [];
  if (arrangement === "one") return [argument];
  if (typeof arrangement === "number") return Array.from({ length: arrangement }, (_, i) => `${argument}[${i}]`);
  return arrangement.map((name) => `${argument}.${name}`);
}

export function sameLayout(a: Layout, b: Layout): boolean {
  return a === b || JSON.stringify(a) === JSON.stringify(b);
}

/** `x: one array, y: { age, sex }`. */
export function showLayout({ x, y }: Layout): string {
  return `x: ${showArrangement(x)}, y: ${showArrangement(y)}`;
}

function showArrangement(arrangement: Arrangement | undefined): string {
  if (arrangement === undefined) return "none";
  if (arrangement === "one") return "one array";
  return typeof arrangement === "number" ? `${arrangement} arrays` : `{ ${arrangement.join(", ")} }`;
}

/** Puts `x` and `y` together again. */
export function pack<T>(layout: Layout, fields: readonly T[]): { x: Several<T>; y: Several<T> | undefined } {
  const count = fieldsIn(layout.x);
  return {
    x: arrange(layout.x, fields.slice(0, count)),
    y: layout.y === undefined ? undefined : arrange(layout.y, fields.slice(count)),
  };
}

function arrange<T>(arrangement: Arrangement, fields: T[]): Several<T> {
  if (arrangement === "one") return fields[0] as T;
  if (typeof arrangement === "number") return fields;
  return Object.fromEntries(arrangement.map((name, i) => [name, fields[i] as T]));
}

/** One row or batch of a user's `{ x, y }`; `where` says which in errors, such as "row 17". */
export function elementOf(operation: string, where: string, value: unknown): Element {
  if (value === null || typeof value !== "object" || !("x" in value)) {
    throw new ValueError(`${operation}: ${where} expected { x } or { x, y }, got ${show(value)}; name the two parts`);
  }
  const unknown = Object.keys(value).find((key) => key !== "x" && key !== "y");
  if (unknown !== undefined) {
    throw new ValueError(
      `${operation}: ${where} expected { x } or { x, y }, got an entry "${unknown}" as well; several inputs go into x as a record`,
    );
  }
  const { x, y } = value as { x: unknown; y?: unknown };
  const [xArrangement, xs] = unpack(operation, `x of ${where}`, x);
  const [yArrangement, ys] = y === undefined ? [undefined, []] : unpack(operation, `y of ${where}`, y);
  const layout = { x: xArrangement, y: yArrangement };
  const names = fieldNames(layout);
  const fields = [...xs, ...ys].map((each, i) => own(each, toHost(operation, `${names[i]} of ${where}`, each)));
  return { layout, fields };
}

/** A user may fill the same typed array for each row. */
function own(given: unknown, host: HostArray): HostArray {
  return isTypedArray(given) || isHostArray(given) ? { ...host, data: host.data.slice() } : host;
}

/** One row, or one batch of them. It owns its arrays: nobody writes to them again. */
export interface Element {
  readonly layout: Layout;
  readonly fields: readonly HostArray[];
}
