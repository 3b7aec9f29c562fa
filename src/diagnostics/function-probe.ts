import { valueAndGrad } from "../tensor/grad.js";
import { scope } from "../tensor/scope.js";
import { asTensor, Tensor, type TensorLike, tensor } from "../tensor/tensor.js";
import { Variable } from "../tensor/variable.js";
import { show } from "../util/check.js";
import { requireFloat } from "../util/dtypes.js";
import { ShapeError, ValueError } from "../util/errors.js";
import { showShape } from "../util/shapes.js";
import { type Probe, rangesOf } from "./probe.js";

/**
 * A function of tensors as one of their flat values, in float64.
 *
 * @throws ValueError where `data` is no array of arguments; while it runs, ShapeError where the result is no scalar
 */
export function functionProbe(operation: string, f: (...x: never[]) => Tensor, data: unknown): Probe {
  if (!Array.isArray(data) || data.length === 0) {
    throw new ValueError(`${operation}: data expected an array of the function's arguments, got ${show(data)}`);
  }
  const given = data.map((each: TensorLike, i) => {
    // Plain numbers are doubles; float32 would round them.
    const x = asTensor(
      each,
      Array.isArray(each) || typeof each === "number" ? "float64" : undefined,
      operation,
      `data[${i}]`,
    );
    requireFloat(operation, `data[${i}]`, x.dtype);
    return { name: x instanceof Variable ? x.name : `x${i}`, shape: x.shape, size: x.size, values: x.toTypedArray() };
  });
  const parameters = rangesOf(given);
  const size = parameters.at(-1)?.end ?? 0;
  const start = new Float64Array(size);
  given.forEach(({ values }, i) => {
    start.set(values, parameters[i]?.begin);
  });
  const argumentsAt = (weights: ArrayLike<number>) => {
    const flat = Float64Array.from(weights);
    return parameters.map(({ begin, end, shape }) => tensor(flat.subarray(begin, end), shape, "float64"));
  };
  const call = f as unknown as (...x: Tensor[]) => Tensor;
  return {
    size,
    parameters,
    weights: () => start.slice(),
    lossAt: (weights) => scope(() => scalarOf(operation, call(...argumentsAt(weights)))),
    gradientAt: (weights) =>
      scope(() => {
        const gradient = new Float64Array(size);
        [valueAndGrad(call)(...argumentsAt(weights)).grad].flat().forEach((part, i) => {
          gradient.set(part.toTypedArray(), parameters[i]?.begin);
        });
        return gradient;
      }),
  };
}

function scalarOf(operation: string, result: unknown): number {
  if (result instanceof Tensor && result.size === 1) return result.item();
  const got = result instanceof Tensor ? `shape ${showShape(result.shape)}` : show(result);
  throw new ShapeError(
    `${operation}: target expected to return a scalar tensor, got ${got}; reduce it with sum or mean`,
  );
}
