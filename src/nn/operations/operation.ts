import type { Tensor } from "../../tensor/tensor.js";
import type { DType } from "../../util/dtypes.js";
import type { Shape } from "../../util/shapes.js";

/** A function of `wg` on whole tensors, batch and all, with its attributes as JSON holds them. */
export interface Operation {
  /** The function's own. */
  readonly name: string;
  run(x: readonly Tensor[], attributes: Attributes): Tensor | readonly Tensor[];
}

export type Attributes = { readonly [name: string]: unknown };

/** What is known of a value before it is there. */
export interface ValueType {
  /** All axes, the batch among them. */
  readonly shape: Shape;
  readonly dtype: DType;
}

/** An operation's parameters behind its tensors. */
type Rest<F extends (...args: never[]) => unknown> = F extends (x: never, ...rest: infer R) => unknown ? R : never;

/** @__NO_SIDE_EFFECTS__ so that a bundler drops the operations that a program does not use */
export function operationOf(name: string, run: Operation["run"]): Operation {
  return { name, run };
}

/** @__NO_SIDE_EFFECTS__ */
export function ofOne(name: string, f: (x: Tensor) => Tensor): Operation {
  return { name, run: ([x]) => f(x as Tensor) };
}

/** @__NO_SIDE_EFFECTS__ */
export function ofTwo(name: string, f: (a: Tensor, b: Tensor) => Tensor): Operation {
  return { name, run: ([a, b]) => f(a as Tensor, b as Tensor) };
}

/**
 * One tensor, then the attributes of these names in the function's own order.
 *
 * @__NO_SIDE_EFFECTS__
 */
export function withAttributes<F extends (x: Tensor, ...rest: never[]) => Tensor | readonly Tensor[]>(
  name: string,
  f: F,
  ...names: readonly string[]
): Operation {
  return { name, run: ([x], attributes) => f(x as Tensor, ...(names.map((each) => attributes[each]) as Rest<F>)) };
}
