import { customGrad } from "../../tensor/grad.js";
import { scope } from "../../tensor/scope.js";
import { filled, Tensor } from "../../tensor/tensor.js";
import { checkBoolean, checkOptions, show } from "../../util/check.js";
import { ShapeError, ValueError } from "../../util/errors.js";
import { checkShape, type Shape } from "../../util/shapes.js";
import {
  type ConstraintLike,
  constraintFrom,
  type InitializerLike,
  initializerFrom,
  type RegularizerLike,
  regularizerFrom,
} from "../by-name.js";
import { type Layer, type LayerOptions, layerOptions, type WeightSpec } from "../layer.js";
import { commonOf } from "./common.js";

/** A weight of a layer of your own. */
export interface LambdaWeight {
  /** From the shape of an input row, where it depends on it; of an array of them with several inputs. */
  shape: Shape | ((input: Shape & readonly Shape[]) => Shape);
  /** Default: `"glorotUniform"`. */
  initializer?: InitializerLike;
  /** False: `fit` leaves it as it is. Default: true. */
  trainable?: boolean;
  /** Default: that of `compile` where the name ends in kernel or bias, else none. */
  regularizer?: RegularizerLike;
  /** Holds of the weight after each update. Default: none. */
  constraint?: ConstraintLike;
}

/** @typeParam W the names of its weights */
export interface LambdaOptions<W extends string = string> extends LayerOptions {
  /** What the layer learns, by name. Default: nothing. */
  weights?: Readonly<Record<W, LambdaWeight>>;
  /** What the layer does to its input, batch and all; with several inputs, to an array of them. */
  call: (x: Tensor & readonly Tensor[], weights: Readonly<Record<W, Tensor>>) => Tensor;
  /**
   * The gradient by hand: from that of the output, the input, the output and the weights to that of the input, or an array of those of all inputs and
   * behind them of all weights, in their order. Default: by the tape.
   */
  gradient?: (
    dy: Tensor,
    x: Tensor & readonly Tensor[],
    y: Tensor,
    weights: Readonly<Record<W, Tensor>>,
  ) => Tensor | readonly Tensor[];
  /** The shape of one row of the output. Default: found by calling it once on zeros. */
  outputShape?: Shape | ((input: Shape & readonly Shape[]) => Shape);
}

/**
 * A layer of your own as one function of tensors, with weights or without. Its gradient comes from the operations in it, or by hand. It runs
 * when a step is recorded, so it must not look at values (unless `compile({ runEagerly: true })`), and no file can hold it.
 *
 * @throws ValueError for an unknown or impossible option
 * @example
 * const doubled = wg.layers.lambda({ call: (x) => wg.mul(x, 2), inputShape: [3] });
 * wg.sequential([doubled]).predict([[1, 2, 3]]).toArray(); // [[2, 4, 6]]
 * const scaled = wg.layers.lambda({
 *   weights: { scale: { shape: (input) => input, initializer: "ones" } },
 *   call: (x, { scale }) => wg.mul(x, scale),
 *   inputShape: [3],
 * });
 * wg.sequential([scaled]).variables[0]?.shape; // [3]
 */
export function lambda<W extends string = never>(config: LambdaOptions<W>): Layer {
  const kind = "lambda";
  checkOptions(kind, config, ["weights", "call", "gradient", "outputShape", ...layerOptions], true);
  const { call, gradient, outputShape } = config;
  for (const [argument, value] of Object.entries({ call, ...(gradient ? { gradient } : {}) })) {
    if (typeof value !== "function") {
      throw new ValueError(`${kind}: ${argument} expected a function of tensors, got ${show(value)}`);
    }
  }
  if (outputShape !== undefined && typeof outputShape !== "function") checkShape(kind, outputShape, "outputShape");
  const specs = weightsOf(kind, config.weights ?? {});
  const common = commonOf(kind, config);
  const given = <T>(list: readonly T[]) => (list.length === 1 ? list[0] : list) as T & readonly T[];
  const apply = (x: readonly Tensor[], weights: Readonly<Record<string, Tensor>>): Tensor => {
    const own = weights as Readonly<Record<W, Tensor>>;
    if (!gradient) return call(given(x), own);
    const names = Object.keys(own);
    return customGrad((...all: Tensor[]) => {
      const inputs = given(all.slice(0, x.length));
      const held = Object.fromEntries(names.map((name, i) => [name, all[x.length + i]])) as typeof own;
      const value = call(inputs, held);
      return { value, gradient: (dy) => gradient(dy, inputs, value, held) as Tensor };
    })(...x, ...Object.values<Tensor>(own));
  };
  const weights = (inputs: readonly Shape[]) => specs.map((spec) => spec(given(inputs) as Shape & readonly Shape[]));
  const shapeOf = (inputs: readonly Shape[], name: string): Shape => {
    if (typeof outputShape === "function") return outputShape(given(inputs) as Shape & readonly Shape[]);
    return outputShape ?? tried(inputs, name);
  };
  const tried = (inputs: readonly Shape[], name: string): Shape =>
    scope(() => {
      const own = weights(inputs).map((spec) => [spec.name, filled(spec.shape, 0, "float32")]);
      const y = apply(
        inputs.map((shape) => filled([1, ...shape], 0, "float32")),
        Object.fromEntries(own),
      );
      if (y instanceof Tensor && y.shape[0] === 1) return y.shape.slice(1);
      throw new ShapeError(
        `${kind} "${name}": call expected to return a tensor with the batch in front, got ${show(y)} for a batch of 1; give outputShape`,
      );
    }) as Shape;
  return {
    kind,
    ...common,
    outputShape: (input, name) => shapeOf([input], name),
    weights: (input) => weights([input]),
    isOwnCode: true,
    call: (x, own) => apply([x], own),
    joint: { outputShape: shapeOf, weights, call: apply },
  };
}

/** What each weight is for an input. @throws ValueError */
function weightsOf(
  kind: string,
  weights: Readonly<Record<string, LambdaWeight>>,
): ((input: Shape & readonly Shape[]) => WeightSpec)[] {
  if (typeof weights !== "object" || weights === null || Array.isArray(weights)) {
    throw new ValueError(`${kind}: weights expected an object of { shape, … } by name, got ${show(weights)}`);
  }
  return Object.entries(weights).map(([name, own]) => {
    const where = `${kind}: weights.${name}`;
    if (name === "" || name.includes("/")) {
      throw new ValueError(`${kind}: weights expected names without "/", got ${show(name)}`);
    }
    checkOptions(where, own, ["shape", "initializer", "trainable", "regularizer", "constraint"], true);
    const { shape } = own;
    if (typeof shape !== "function") checkShape(where, shape, "shape");
    const initializer = initializerFrom(`${where}.initializer`, own.initializer ?? "glorotUniform");
    const trainable = checkBoolean(where, "trainable", own.trainable ?? true);
    const regularizer = regularizerFrom(`${where}.regularizer`, own.regularizer);
    const constraint = constraintFrom(`${where}.constraint`, own.constraint);
    return (input) => {
      const made = typeof shape === "function" ? shape(input) : shape;
      checkShape(where, made, "shape");
      return {
        name,
        shape: [...made],
        initializer,
        trainable,
        ...(regularizer ? { regularizer } : {}),
        ...(constraint ? { constraint } : {}),
      };
    };
  });
}
