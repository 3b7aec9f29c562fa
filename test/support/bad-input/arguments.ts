import * as wg from "../../../src/index.js";

/** One argument: its name in error texts, a value that is right, and values that are wrong. */
export interface Argument {
  readonly name: string;
  readonly right: unknown;
  readonly wrong: readonly unknown[];
}

/** A function with the arguments that it takes, and calls that are wrong though each argument by itself is right. */
export interface Row {
  readonly call: (...args: never[]) => unknown;
  readonly args: readonly Argument[];
  readonly together?: readonly (readonly unknown[])[];
  /** The right call is not made. */
  readonly costly?: boolean;
  /** How errors begin, where that is not the last part of its name. */
  readonly as?: RegExp;
}

export const NOTHING = [undefined, null];
export const NO_NUMBER = [null, "1", Number.NaN, {}];
export const INTEGERS = wg.tensor([[1, 2]], [1, 2], "int32");
export const NO_TENSOR = [...NOTHING, "text", {}, () => 1, [[1], [2, 3]], [1, [2]], [null], ["a"]];
export const arg = (name: string, right: unknown, ...wrong: unknown[]): Argument => ({ name, right, wrong });

/** A tensor of a float type, of any type, of booleans. */
export const floats = (name: string, right: unknown = [[1, 2]]) =>
  arg(name, right, ...NO_TENSOR, INTEGERS, wg.tensor([true, false]));
/** A tensor of a float type or int32. */
export const numbers = (name: string, right: unknown = [[1, 2]]) =>
  arg(name, right, ...NO_TENSOR, Uint8Array.of(1, 2), wg.tensor([true, false]));
export const anything = (name: string, right: unknown = [[1, 2]]) => arg(name, right, ...NO_TENSOR);
export const booleans = (name: string, right: unknown = [[true, false]]) => arg(name, right, ...NO_TENSOR, [1, 0]);
export const labels = (name: string, right: unknown) =>
  arg(name, right, ...NO_TENSOR, Int32Array.of(9), Int32Array.of(-1));
export const axis = arg("axis", 0, null, "0", 1.5, Number.NaN, 9, -9, {});
export const axes = arg("axis", 0, null, "0", 1.5, Number.NaN, 9, [0, 0], ["0"], {});
export const flag = (name: string) => arg(name, true, null, "yes", 1);
export const number = (name: string, right: number, ...wrong: unknown[]) => arg(name, right, ...NO_NUMBER, ...wrong);
export const count = (name: string, right: number, ...wrong: unknown[]) =>
  number(name, right, 1.5, -1, Infinity, ...wrong);
export const shape = arg("shape", [2, 3], ...NOTHING, 3, "3", [-2], [1.5], [Number.NaN], ["1"], {});
export const seed = arg("seed", 1, ...NO_NUMBER, -1, 1.5);
export const floatType = arg("dtype", "float32", null, "float16", "int32", 32);
export const anyType = arg("dtype", "int32", null, "float16", 32);
export const text = (name: string, right: string, ...wrong: unknown[]) => arg(name, right, null, 3, {}, ...wrong);
export const fn = (right: unknown, name = "f", ...wrong: unknown[]) =>
  arg(name, right, ...NOTHING, "f", 3, {}, ...wrong);

/** An object of options, each of which is tried by itself. */
export const options = (...entries: Argument[]): Argument => {
  const right = Object.fromEntries(entries.map(({ name, right }) => [name, right]));
  const wrong = entries.flatMap((entry) =>
    entry.wrong
      // Null leaves an option out where `??` gives its default.
      .filter((value) => value !== null)
      .map((value) => new Option(entry.name, { ...right, [entry.name]: value })),
  );
  return arg("option", right, null, 3, "text", [], new Option("optionn", { ...right, optionn: 1 }), ...wrong);
};
export class Option {
  constructor(
    readonly name: string,
    readonly value: unknown,
  ) {}
}

export const row = (call: (...args: never[]) => unknown, ...args: Argument[]): Row => ({ call, args });
export const and = (base: Row, ...together: unknown[][]): Row => ({ ...base, together });
export const called = (as: RegExp, base: Row): Row => ({ ...base, as });

export const UNFIT = [
  [1, 2, 3],
  [1, 2],
];
export const binary = (call: Row["call"]) =>
  and(row(call, floats("a"), floats("b")), UNFIT, [wg.tensor([1]), wg.tensor([1], [1], "float64")]);
/** As `binary`, of float types or int32. */
export const arithmetic = (call: Row["call"]) =>
  and(row(call, numbers("a"), numbers("b")), UNFIT, [wg.tensor([1]), wg.tensor([1], [1], "float64")]);
export const compared = (call: Row["call"]) =>
  and(row(call, anything("a"), anything("b")), UNFIT, [wg.tensor([1]), wg.tensor([1], [1], "float64")]);
export const logical = (call: Row["call"]) =>
  and(row(call, booleans("a"), booleans("b")), [
    [true, true],
    [true, false, true],
  ]);
export const unary = (call: Row["call"]) => row(call, floats("x"));
export const reducedNumbers = (call: Row["call"]) => row(call, numbers("x"), axes, flag("keepDims"));
export const reduced = (call: Row["call"]) => row(call, floats("x"), axes, flag("keepDims"));
