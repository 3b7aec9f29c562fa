/** Python's numbers are integers where they are written without a point, which Keras refuses as a rate and computes otherwise with. */
export function reals(value: unknown): unknown {
  if (typeof value === "number") return new Real(value);
  if (Array.isArray(value)) return value.map(reals);
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, reals(each)]));
}

const MARK = "wasmgrad.real:";

class Real {
  constructor(private readonly value: number) {}

  toJSON(): unknown {
    return Number.isInteger(this.value) && Math.abs(this.value) < 1e15 ? `${MARK}${this.value}.0` : this.value;
  }
}

/** JSON in which `Real`s have a point. */
export const toJson = (value: unknown): string =>
  JSON.stringify(value).replace(new RegExp(`"${MARK}(-?\\d+\\.0)"`, "g"), "$1");
