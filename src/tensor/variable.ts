import { kernels } from "../backend/engine.js";
import { checkBoolean, checkOptions, show } from "../util/check.js";
import { type DType, isFloat, sizeOf } from "../util/dtypes.js";
import { ValueError } from "../util/errors.js";
import { Storage } from "./storage.js";
import { asTensor, checkDType, checkSameShape, Tensor, type TensorLike, write } from "./tensor.js";

/** A tensor whose values may be replaced, such as a weight. It outlives every scope, and gradients flow to it. */
export class Variable extends Tensor {
  constructor(
    storage: Storage,
    shape: readonly number[],
    dtype: DType,
    readonly name: string,
    /** False: `grad` and optimizers leave it alone. */
    public trainable: boolean,
  ) {
    super(storage, shape, dtype);
  }

  /** Replaces the values. @throws ShapeError where the shape differs. */
  assign(values: TensorLike): this {
    const x = asTensor(values, this.dtype, `variable "${this.name}".assign`, "values");
    checkSameShape(`variable "${this.name}".assign`, "values", this.shape, x.shape);
    if (isFloat(x.dtype) && x.dtype === this.dtype) kernels(x.dtype).copy(this.at, x.at, 0, x.size);
    else write(this, x.toTypedArray());
    return this;
  }
}

let count = 0;

/**
 * A variable that starts with the given values.
 *
 * @param initial its first values
 * @param options.name default: `variable_1`, `variable_2`, …
 * @param options.trainable default: true
 * @param options.dtype default: as `tensor` chooses
 * @throws ValueError for an unknown option, and as `tensor`
 * @example
 * const w = wg.variable([1, 2]);
 * w.assign([3, 4]);
 */
export function variable(
  initial: TensorLike,
  options: { name?: string; trainable?: boolean; dtype?: DType } = {},
): Variable {
  checkOptions("variable", options, ["name", "trainable", "dtype"]);
  const { name = `variable_${++count}`, trainable = true } = options;
  if (typeof name !== "string") throw new ValueError(`variable: name expected a string, got ${show(name)}`);
  checkBoolean("variable", "trainable", trainable);
  if (options.dtype !== undefined) checkDType("variable", options.dtype);
  const x = asTensor(initial, options.dtype, "variable", "initial");
  const dtype = options.dtype ?? x.dtype;
  const storage = Storage.block(x.size * sizeOf(dtype));
  const out = new Variable(storage, x.shape, dtype, name, trainable);
  write(out, x.toTypedArray());
  return out;
}
