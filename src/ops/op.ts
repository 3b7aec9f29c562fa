import type { Kernels } from "#kernels/kernels";
import { isSketching, kernelsFor } from "../backend/engine.js";
import { currentTape } from "../tensor/current-tape.js";
import type { Assigning, Pullback } from "../tensor/tape.js";
import { asTensor, empty, Tensor, type TensorLike } from "../tensor/tensor.js";
import { type DType, isFloat } from "../util/dtypes.js";
import { DTypeError, inOperation } from "../util/errors.js";
import type { Shape } from "../util/shapes.js";

/** Tuples of the same length with other entries. */
type Each<I extends readonly unknown[], T> = { [K in keyof I]: T };

/** What `backward` may read: inputs, output, attributes, and what `forward` returned. */
export interface Context<I extends readonly unknown[], A, S> {
  x: Each<I, Tensor>;
  y: Tensor;
  attributes: A;
  saved: S;
  /** Of each input in `assigns`: true where its gradient holds nothing yet and is to be assigned, not added to. */
  fresh: readonly boolean[];
}

/**
 * One operation: how its shape follows, what runs forward, what runs back. Only `k` touches elements, so that a recorded program sees
 * every step; temporaries come from `empty`, numbers that are worked out here from `table`. Where shapes alone are wanted, `forward` is not called.
 */
export interface OpRecord<I extends readonly unknown[], A, S> extends Assigning {
  /** The output's shape. @throws ShapeError */
  shape(shapes: Each<I, Shape>, attributes: A): Shape;
  /** The output's dtype; default: that of the first input. */
  dtype?(dtypes: Each<I, DType>, attributes: A): DType;
  /** Inputs that need not share the first one's dtype, such as indices and masks. */
  free?: readonly number[];
  /** What errors call the inputs; default: `x` for one, `a` and `b` for two. */
  named?: readonly string[];
  /** Writes `y`. What it returns is kept for `backward`. */
  forward(k: Kernels, y: Tensor, x: Each<I, Tensor>, attributes: A): S;
  /** Adds into each `dx` that is not null, and may write over `dy`, which nobody reads after it. Without it no gradient flows. */
  backward?(k: Kernels, dx: Each<I, Tensor | null>, dy: Tensor, context: Context<I, A, S>): void;
}

/**
 * The function that runs, checks and tapes an operation. `I` is a tuple as long as it has inputs.
 *
 * @__NO_SIDE_EFFECTS__ so that a bundler drops the operations that a program does not use
 */
export function op<I extends readonly unknown[], A = void, S = void>(
  name: string,
  record: OpRecord<I, A, S>,
): (inputs: Each<I, TensorLike>, attributes: A) => Tensor {
  const { free = [], named } = record;
  return (inputs, attributes) => {
    const x = tensorsOf(name, inputs as readonly TensorLike[], named) as Each<I, Tensor>;
    const list = x as readonly Tensor[];
    const first = list[0] as Tensor;
    list.forEach((each, i) => {
      if (i > 0 && each.dtype !== first.dtype && !free.includes(i)) {
        throw new DTypeError(
          `${name}: inputs expected one dtype, got ${first.dtype} and ${each.dtype}; convert one with cast(x, "${first.dtype}")`,
        );
      }
    });
    const shape = record.shape(list.map((each) => each.shape) as unknown as Each<I, Shape>, attributes);
    const dtype =
      record.dtype?.(list.map((each) => each.dtype) as unknown as Each<I, DType>, attributes) ?? first.dtype;
    const table = isFloat(first.dtype) ? first.dtype : dtype;
    let y: Tensor;
    let saved: S;
    try {
      y = empty(shape, dtype);
      if (isSketching()) return y;
      saved = record.forward(kernelsFor(table), y, x, attributes);
    } catch (error) {
      throw inOperation(name, error);
    }
    const tape = currentTape();
    const { backward } = record;
    if (tape && backward && isFloat(dtype) && list.some((each) => tape.tracks(each))) {
      const pullback: Pullback = (dx, dy, fresh) => {
        backward(kernelsFor(table), dx as Each<I, Tensor | null>, dy, { x, y, attributes, saved, fresh });
      };
      tape.add(name, list, y, pullback, record);
    }
    return y;
  };
}

/** Plain numbers take the dtype of the first tensor among the inputs. */
function tensorsOf(operation: string, inputs: readonly TensorLike[], names?: readonly string[]): Tensor[] {
  const dtype = inputs.find((each) => each instanceof Tensor)?.dtype;
  return inputs.map((each, i) =>
    each instanceof Tensor ? each : asTensor(each, dtype, operation, (names ?? defaultNames(inputs))[i]),
  );
}

function defaultNames(inputs: readonly unknown[]): readonly string[] {
  return inputs.length === 1 ? ONE : TWO;
}

const ONE = ["x"] as const;
const TWO = ["a", "b"] as const;
