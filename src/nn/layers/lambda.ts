import { customGrad } from "../../tensor/grad.js";
import { scope } from "../../tensor/scope.js";
import { filled, Tensor } from "../../tensor/tensor.js";
import { checkOptions, show } from "../../util/check.js";
import { ShapeError, ValueError } from "../../util/errors.js";
import { checkShape, type Shape } from "../../util/shapes.js";
import { type Layer, type LayerOptions, layerOptions } from "../layer.js";
import { commonOf } from "./common.js";

export interface LambdaOptions extends LayerOptions {
  /** What the layer does to its input, batch and all; with several inputs, to an array of them. */
  call: (x: Tensor & readonly Tensor[]) => Tensor;
  /** The gradient by hand: from that of the output, the input and the output to that of the input, or an array of them. Default: by the tape. */
  gradient?: (dy: Tensor, x: Tensor & readonly Tensor[], y: Tensor) => Tensor | readonly Tensor[];
  /** The shape of one row of the output. Default: found by calling it once on zeros. */
  outputShape?: Shape | ((input: Shape & readonly Shape[]) => Shape);
}

/**
 * A layer of your own that has no weights, as one function of tensors. Its gradient comes from the operations in it, or by hand. It runs
 * when a step is recorded, so it must not look at values (unless `compile({ runEagerly: true })`), and no file can hold it.
 *
 * @throws ValueError for an unknown or impossible option
 * @example
 * const scaled = wg.layers.lambda({ call: (x) => wg.mul(x, 2), inputShape: [3] });
 * wg.sequential([scaled]).predict([[1, 2, 3]]).toArray(); // [[2, 4, 6]]
 */
export function lambda(config: LambdaOptions): Layer {
  const kind = "lambda";
  checkOptions(kind, config, ["call", "gradient", "outputShape", ...layerOptions], true);
  const { call, gradient, outputShape } = config;
  for (const [argument, value] of Object.entries({ call, ...(gradient ? { gradient } : {}) })) {
    if (typeof value !== "function") {
      throw new ValueError(`${kind}: ${argument} expected a function of tensors, got ${show(value)}`);
    }
  }
  if (outputShape !== undefined && typeof outputShape !== "function") checkShape(kind, outputShape, "outputShape");
  const common = commonOf(kind, config);
  const apply = (x: readonly Tensor[]): Tensor => {
    const given = (list: readonly Tensor[]) => (list.length === 1 ? list[0] : list) as Tensor & readonly Tensor[];
    if (!gradient) return call(given(x));
    return customGrad((...inputs: Tensor[]) => {
      const value = call(given(inputs));
      return { value, gradient: (dy) => gradient(dy, given(inputs), value) as Tensor };
    })(...x);
  };
  const shapeOf = (inputs: readonly Shape[], name: string): Shape => {
    const given = (inputs.length === 1 ? inputs[0] : inputs) as Shape & readonly Shape[];
    if (typeof outputShape === "function") return outputShape(given);
    return outputShape ?? tried(inputs, name);
  };
  const tried = (inputs: readonly Shape[], name: string): Shape =>
    scope(() => {
      const y = apply(inputs.map((shape) => filled([1, ...shape], 0, "float32")));
      if (y instanceof Tensor && y.shape[0] === 1) return y.shape.slice(1);
      throw new ShapeError(
        `${kind} "${name}": call expected to return a tensor with the batch in front, got ${show(y)} for a batch of 1; give outputShape`,
      );
    }) as Shape;
  return {
    kind,
    ...common,
    outputShape: (input, name) => shapeOf([input], name),
    weights: () => [],
    isOwnCode: true,
    call: (x) => apply([x]),
    joint: { outputShape: shapeOf, weights: () => [], call: apply },
  };
}
