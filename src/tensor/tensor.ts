import { isSketching, kernels, memory, recordingProgram } from "../backend/engine.js";
import { checkName, show } from "../util/check.js";
import {
  type DType,
  dtypeOf,
  dtypes,
  isFloat,
  isTypedArray,
  newArray,
  sizeOf,
  type TypedArray,
} from "../util/dtypes.js";
import { DTypeError, inOperation, ShapeError, StateError, ValueError } from "../util/errors.js";
import { checkShape, type Shape, sameShape, showShape, sizeOfShape } from "../util/shapes.js";
import { Storage } from "./storage.js";

/** Numbers nested as deep as the rank. */
export type NestedArray = number | boolean | readonly NestedArray[];

/** What an operation takes where a tensor is wanted. */
export type TensorLike = Tensor | TypedArray | NestedArray;

/** An address, a shape and a dtype; elements lie row-major without gaps. Values do not change, except a `Variable`'s. */
export class Tensor {
  readonly size: number;

  constructor(
    readonly storage: Storage,
    readonly shape: Shape,
    readonly dtype: DType,
  ) {
    this.size = sizeOfShape(shape);
  }

  /** The address of the first element. */
  get at(): number {
    return this.storage.at;
  }

  get rank(): number {
    return this.shape.length;
  }

  /** The elements, row-major, as a copy outside the WASM memory. */
  toTypedArray(): TypedArray {
    if (recordingProgram()) throw readWhileRecording();
    return memory().view(this.at, this.size, this.dtype).slice();
  }

  /** The elements nested as deep as the rank; a number (or boolean) for a scalar. */
  toArray(): NestedArray {
    const flat = this.toTypedArray();
    const value = (i: number): NestedArray => (this.dtype === "bool" ? flat[i] !== 0 : (flat[i] as number));
    const nest = (axis: number, offset: number, count: number): NestedArray => {
      if (axis === this.rank) return value(offset);
      const n = this.shape[axis] as number;
      const step = n === 0 ? 0 : count / n;
      return Array.from({ length: n }, (_, i) => nest(axis + 1, offset + i * step, step));
    };
    return nest(0, 0, this.size);
  }

  /** The one element. @throws ShapeError where there are more or none. */
  item(): number {
    if (this.size !== 1) {
      throw new ShapeError(`item: tensor expected one element, got shape ${showShape(this.shape)}; use toArray()`);
    }
    if (recordingProgram()) throw readWhileRecording();
    return memory().number(this.at, this.dtype);
  }

  /** Dtype, shape and the first elements. */
  toString(): string {
    const flat = this.toTypedArray();
    const shown = Array.from(flat.subarray(0, 8), (v) => (this.dtype === "bool" ? String(v !== 0) : formatNumber(v)));
    return `Tensor ${this.dtype} ${showShape(this.shape)} [${shown.join(", ")}${flat.length > 8 ? ", …" : ""}]`;
  }
}

function formatNumber(v: number): string {
  return Number.isInteger(v) ? String(v) : String(Number(v.toPrecision(6)));
}

/** An uninitialised tensor in the current scope, or in a block of its own outside any. */
export function empty(shape: Shape, dtype: DType): Tensor {
  return new Tensor(Storage.allocate(sizeOfShape(shape) * sizeOf(dtype)), shape, dtype);
}

/** The same elements under another shape of the same size. */
export function viewAs(x: Tensor, shape: Shape): Tensor {
  return new Tensor(x.storage, shape, x.dtype);
}

/**
 * A tensor of given values.
 *
 * @param values a number, nested arrays, or a typed array (copied)
 * @param shape default: the nesting of `values`; `[length]` for a typed array
 * @param dtype default: the typed array's own type; `"bool"` for booleans; else `"float32"`
 * @throws ShapeError where nested arrays are ragged or the sizes differ, DTypeError for an unknown dtype, ValueError for an element that is no number
 * @example
 * wg.tensor([[1, 2], [3, 4]]).shape; // [2, 2]
 */
export function tensor(values: TensorLike, shape?: Shape, dtype?: DType): Tensor {
  if (shape !== undefined) checkShape("tensor", shape);
  if (dtype !== undefined) checkDType("tensor", dtype);
  if (values instanceof Tensor) {
    if (shape !== undefined && sizeOfShape(shape) !== values.size) throw sizeMismatch(values.size, shape);
    return tensor(values.toTypedArray(), shape ?? values.shape, dtype ?? values.dtype);
  }
  return made(values, shape, dtype, "tensor", "values");
}

function made(
  values: Exclude<TensorLike, Tensor>,
  shape: Shape | undefined,
  dtype: DType | undefined,
  operation: string,
  argument: string,
): Tensor {
  const flat = isTypedArray(values)
    ? { data: values, shape: [values.length], dtype: dtypeOf(values) }
    : flatten(values, operation, argument);
  const type = dtype ?? flat.dtype;
  const length = flat.data.length;
  const outShape = shape ?? flat.shape;
  if (sizeOfShape(outShape) !== length) throw sizeMismatch(length, outShape);
  try {
    return table([...outShape], type, () => flat.data);
  } catch (error) {
    throw inOperation(operation, error);
  }
}

/**
 * Values that come from outside the kernels, as `fill` writes them. A recorded program runs again without them coming again, so there they
 * get a block that lives as long as the program; a sketch has no use for them, and they are not worked out.
 */
function constant(shape: Shape, dtype: DType, fill: (out: Tensor) => void): Tensor {
  if (isSketching()) return empty(shape, dtype);
  const program = recordingProgram();
  const bytes = sizeOfShape(shape) * sizeOf(dtype);
  const out = program ? new Tensor(Storage.block(bytes), shape, dtype) : empty(shape, dtype);
  program?.keep(out.storage);
  fill(out);
  return out;
}

/** A tensor of numbers that come from outside the kernels, as `constant` has them. */
export function table(shape: Shape, dtype: DType, values: () => ArrayLike<number>): Tensor {
  return constant(shape, dtype, (out) => write(out, values()));
}

/** Copies plain numbers into a tensor's memory, converted to its dtype. */
export function write(target: Tensor, values: ArrayLike<number>): void {
  const view = memory().view(target.at, target.size, target.dtype);
  if (target.dtype === "bool") for (let i = 0; i < view.length; i++) view[i] = values[i] ? 1 : 0;
  else view.set(values);
}

/** Has `look` read the elements of `x` at the address that it is given: now, or in each run of the step that is being recorded. */
export function inspect(x: Tensor, look: (at: number) => void): void {
  const program = recordingProgram();
  if (program) program.look(x.at, look);
  else look(x.at);
}

/** `x` itself where it is a tensor, else `tensor(x)` with the given dtype. Errors name `operation` and `argument`. */
export function asTensor(x: TensorLike, dtype?: DType, operation = "tensor", argument = "values"): Tensor {
  return x instanceof Tensor ? x : made(x, undefined, dtype, operation, argument);
}

export function checkDType(operation: string, dtype: unknown): DType {
  if (typeof dtype === "string") return checkName(operation, "dtype", dtype, dtypes);
  throw new DTypeError(`${operation}: dtype expected one of ${dtypes.join(", ")}, got ${show(dtype)}`);
}

function readWhileRecording(): StateError {
  return new StateError(
    "tensor: its values expected to stay unread while a training step is recorded, got a read; the recorded step would repeat " +
      "what followed from them; compute with operations, or compile with { runEagerly: true }",
  );
}

function sizeMismatch(length: number, shape: Shape): ShapeError {
  return new ShapeError(
    `tensor: ${length} values expected a shape of ${length} elements, got ${showShape(shape)} of ${sizeOfShape(shape)}`,
  );
}

function flatten(
  values: NestedArray,
  operation: string,
  argument: string,
): { data: TypedArray; shape: number[]; dtype: DType } {
  const shape: number[] = [];
  for (let v: NestedArray = values; Array.isArray(v); v = v[0] as NestedArray) {
    shape.push(v.length);
    if (v.length === 0) break;
  }
  const data = newArray("float64", sizeOfShape(shape));
  let next = 0;
  let bool = false;
  const visit = (v: unknown, axis: number): void => {
    if (axis === shape.length) {
      if (typeof v === "boolean") bool = true;
      else if (typeof v !== "number") throw badElement(operation, argument, v);
      data[next++] = Number(v);
      return;
    }
    if (!Array.isArray(v)) throw badElement(operation, argument, v);
    if (v.length !== shape[axis]) {
      throw new ShapeError(
        `${operation}: ${argument} expected ${shape[axis]} entries in every array of axis ${axis}, got ${v.length}; nested arrays must not be ragged`,
      );
    }
    for (const entry of v) visit(entry, axis + 1);
  };
  visit(values, 0);
  return { data, shape, dtype: bool ? "bool" : "float32" };
}

function badElement(operation: string, argument: string, v: unknown): ValueError {
  return new ValueError(`${operation}: ${argument} expected numbers nested to one depth, got ${show(v)} among them`);
}

/** True where both are the same values in the same shape; used by setters that must not change a shape. */
export function checkSameShape(operation: string, argument: string, expected: Shape, got: Shape): void {
  if (!sameShape(expected, got)) {
    throw new ShapeError(`${operation}: ${argument} expected shape ${showShape(expected)}, got ${showShape(got)}`);
  }
}

/** A tensor of one value, in the current scope. */
export function filled(shape: Shape, value: number, dtype: DType): Tensor {
  if (isFloat(dtype)) {
    const out = empty(shape, dtype);
    kernels(dtype).fill(out.at, value, 0, out.size);
    return out;
  }
  return constant(shape, dtype, ({ at, size }) => {
    memory()
      .view(at, size, dtype)
      .fill(dtype === "bool" ? Number(value !== 0) : value);
  });
}

export function zerosLike(x: Tensor): Tensor {
  return filled(x.shape, 0, x.dtype);
}
