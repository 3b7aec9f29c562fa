import { kernels } from "../backend/engine.js";
import { show } from "../util/check.js";
import { requireFloat } from "../util/dtypes.js";
import { ShapeError, ValueError } from "../util/errors.js";
import { sameShape, showShape } from "../util/shapes.js";
import { currentTape, untaped } from "./current-tape.js";
import { Tape, taping } from "./tape.js";
import { asTensor, Tensor, type TensorLike, viewAs, zerosLike } from "./tensor.js";
import { Variable } from "./variable.js";

/** One gradient for a function of one argument, else one for each. */
export type GradientsOf<A extends readonly Tensor[]> = A["length"] extends 1 ? Tensor : { [K in keyof A]: Tensor };

type Like<A extends readonly Tensor[]> = { [K in keyof A]: TensorLike };

/**
 * The gradient of a scalar function: `grad(f)(x)` is df/dx at `x`, shaped like `x`. Of a function of several arguments it is an array,
 * one gradient for each. With `variables`, it is the gradients of those instead, in their order.
 *
 * @throws ShapeError where the result of `f` is not a scalar, DTypeError where an argument is not of a float type, ValueError where `f` is
 *   no function or `variables` are none
 * @example
 * wg.grad((x) => wg.sum(wg.square(x)))(wg.tensor([1, 2])).toArray(); // [2, 4]
 */
export function grad<A extends Tensor[]>(f: (...x: A) => Tensor): (...x: Like<A>) => GradientsOf<A>;
export function grad<A extends Tensor[]>(
  f: (...x: A) => Tensor,
  variables: readonly Variable[],
): (...x: Like<A>) => Tensor[];
export function grad<A extends Tensor[]>(f: (...x: A) => Tensor, variables?: readonly Variable[]) {
  return (...x: Like<A>) => differentiate("grad", f, x, variables).grad;
}

/**
 * As `grad`, with the value: `{ value, grad }`.
 *
 * @throws as `grad`
 * @example
 * const { value, grad } = wg.valueAndGrad((x) => wg.sum(wg.square(x)))(wg.tensor([1, 2]));
 * value.item(); // 5
 */
export function valueAndGrad<A extends Tensor[]>(
  f: (...x: A) => Tensor,
): (...x: Like<A>) => { value: Tensor; grad: GradientsOf<A> };
export function valueAndGrad<A extends Tensor[]>(
  f: (...x: A) => Tensor,
  variables: readonly Variable[],
): (...x: Like<A>) => { value: Tensor; grad: Tensor[] };
export function valueAndGrad<A extends Tensor[]>(f: (...x: A) => Tensor, variables?: readonly Variable[]) {
  return (...x: Like<A>) => differentiate("valueAndGrad", f, x, variables);
}

/**
 * `x` as a constant: its value passes, no gradient flows back.
 *
 * @throws ValueError, ShapeError where `x` is no tensor and makes none
 * @example
 * wg.grad((x) => wg.sum(wg.mul(x, wg.stopGradient(x))))(wg.tensor([3])).toArray(); // [3], not [6]
 */
export function stopGradient(x: TensorLike): Tensor {
  const t = asTensor(x, undefined, "stopGradient", "x");
  return viewAs(t, t.shape);
}

/**
 * A function with a gradient of your own: `f` returns its value and, for the gradient `dy` of that value, the gradient of each argument.
 *
 * @throws ShapeError where a returned gradient is not shaped like its argument, ValueError where `f` is no function
 * @example
 * const clipped = wg.customGrad((x) => ({ value: x, gradient: (dy) => wg.minimum(wg.maximum(dy, -1), 1) }));
 */
export function customGrad<A extends Tensor[]>(
  f: (...x: A) => { value: Tensor; gradient: (dy: Tensor) => Tensor | Tensor[] },
): (...x: Like<A>) => Tensor {
  checkFunction("customGrad", f);
  return (...x) => {
    const inputs = x.map((each) => asTensor(each as TensorLike, undefined, "customGrad", "x")) as A;
    const { value, gradient } = untaped(() => f(...inputs));
    const tape = currentTape();
    const output = viewAs(value, value.shape);
    if (tape && inputs.some((each) => tape.tracks(each))) {
      tape.add("customGrad", inputs, output, (gradients, dy) => {
        const made = [untaped(() => gradient(dy))].flat();
        gradients.forEach((into, i) => {
          const each = made[i];
          if (!into) return;
          if (!each || !sameShape(each.shape, into.shape)) {
            throw new ShapeError(
              `customGrad: gradient of argument ${i} expected shape ${showShape(into.shape)}, got ${each ? showShape(each.shape) : "none"}`,
            );
          }
          kernels(requireFloat("customGrad", "gradient", into.dtype)).accumulate_into(into.at, each.at, 0, into.size);
        });
      });
    }
    return output;
  };
}

function checkFunction(operation: string, f: unknown): void {
  if (typeof f !== "function") throw new ValueError(`${operation}: f expected a function of tensors, got ${show(f)}`);
}

function checkVariables(operation: string, variables: unknown): void {
  if (Array.isArray(variables) && variables.every((each) => each instanceof Variable)) return;
  throw new ValueError(`${operation}: variables expected an array of what variable() returns, got ${show(variables)}`);
}

function differentiate<A extends Tensor[]>(
  operation: string,
  f: (...x: A) => Tensor,
  args: Like<A>,
  variables: readonly Variable[] | undefined,
): { value: Tensor; grad: Tensor | Tensor[] } {
  checkFunction(operation, f);
  if (variables !== undefined) checkVariables(operation, variables);
  const x = args.map((each) => asTensor(each as TensorLike, undefined, operation, "x")) as A;
  const wanted: readonly Tensor[] = variables ?? x;
  for (const each of wanted) requireFloat(operation, "x", each.dtype);
  const tape = new Tape();
  if (!variables) for (const each of x) tape.watch(each);
  const value = taping(tape, () => f(...x));
  if (!(value instanceof Tensor) || value.size !== 1) {
    const got = value instanceof Tensor ? `shape ${showShape(value.shape)}` : show(value);
    throw new ShapeError(`${operation}: f expected to return a scalar tensor, got ${got}; reduce it with sum or mean`);
  }
  const gradients = new Map(wanted.map((each) => [each, zerosLike(each)]));
  tape.backward(value, gradients);
  const list = wanted.map((each) => gradients.get(each) as Tensor);
  return { value, grad: variables || list.length !== 1 ? list : (list[0] as Tensor) };
}
