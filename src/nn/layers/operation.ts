import { scope } from "../../tensor/scope.js";
import { filled, Tensor, tensor } from "../../tensor/tensor.js";
import { checkName, checkOptions, show } from "../../util/check.js";
import type { DType } from "../../util/dtypes.js";
import { ShapeError, ValueError } from "../../util/errors.js";
import type { Shape } from "../../util/shapes.js";
import { zeros } from "../initializers.js";
import { type Layer, type LayerOptions, layerOptions, type WeightSpec, type Weights } from "../layer.js";
import { type Attributes, operations, type ValueType } from "../operations.js";
import type { SymbolicTensor } from "../symbolic.js";
import { commonOf } from "./common.js";

/** What stands in a place of an operation's tensors: what the layer is fed, a weight that it holds, or fixed whole numbers. */
export type Operand =
  | {
      readonly kind: "input";
      readonly dtype?: DType;
      /** Of all axes, where the batch is not the first; −k stands for k times the batch. */
      readonly shape?: Shape;
    }
  | { readonly kind: "weight"; readonly shape: Shape; readonly trainable: boolean }
  | {
      readonly kind: "constant";
      readonly shape: Shape;
      readonly dtype: "int32" | "bool";
      readonly values: readonly number[];
    };

export interface OperationOptions extends LayerOptions {
  /** The name of a function in `wg`, such as `"gather"`. */
  operation: string;
  /** Its parameters beside tensors, by their names there. Sizes and axes count the batch, which is axis 0. */
  attributes?: Attributes;
  /** Its tensors in order. Default: one that is fed. */
  operands?: readonly Operand[];
}

const INPUT: Operand = { kind: "input" };

/**
 * One of the functions of `wg` as a layer: what imported graphs consist of where no other layer does the same.
 *
 * @throws ValueError for an unknown operation
 * @example
 * const x = wg.input({ shape: [2, 3] });
 * wg.layers.operation({ operation: "transpose", attributes: { perm: [0, 2, 1] } }).apply(x).shape; // [null, 3, 2]
 */
export function operation(config: OperationOptions): Layer {
  const kind = "operation";
  checkOptions(kind, config, ["operation", "attributes", "operands", ...layerOptions], true);
  const name = checkName(kind, "operation", config.operation, Object.keys(operations));
  const run = operations[name] as (typeof operations)[string];
  const { attributes = {}, operands = [INPUT] } = config;
  if (typeof attributes !== "object" || attributes === null || Array.isArray(attributes)) {
    throw new ValueError(`${kind}: attributes expected an object, got ${show(attributes)}`);
  }
  const kinds = ["input", "weight", "constant"];
  if (!Array.isArray(operands) || operands.some((operand) => !kinds.includes(operand?.kind))) {
    throw new ValueError(
      `${kind}: operands expected an array of { kind: ${kinds.join(" | ")} }, got ${show(operands)}`,
    );
  }
  const fed = operands.flatMap((operand) => (operand.kind === "input" ? [operand] : []));
  if (fed.length === 0) {
    throw new ValueError(`${kind}: operands expected one of kind "input" at least, got ${show(operands)}`);
  }
  const common = commonOf<SymbolicTensor>(kind, config);
  const specs: WeightSpec[] = operands.flatMap((operand, i) =>
    operand.kind === "weight"
      ? [{ name: weightName(i), shape: operand.shape, initializer: zeros(), trainable: operand.trainable }]
      : [],
  );
  const call = (x: readonly Tensor[], weights: Weights) => run(tensorsOf(operands, x, weights), attributes);
  const outputShape = (inputs: readonly Shape[], layer: string): Shape | readonly Shape[] => {
    if (inputs.length !== fed.length) {
      throw new ShapeError(`${kind} "${layer}": apply expected ${fed.length} inputs, got ${inputs.length}`);
    }
    const placed = fed.map((operand, i) => ({ ...operand, shape: operand.shape ?? [-1, ...(inputs[i] as Shape)] }));
    let next = 0;
    const known = operands.map((operand) => (operand.kind === "input" ? (placed[next++] as Operand) : operand));
    const rows = operationTypes({ operation: name, attributes, operands: known }).map(({ shape }) => shape.slice(1));
    return rows.length === 1 ? (rows[0] as Shape) : rows;
  };
  return {
    kind,
    ...common,
    config: { ...common.config, operation: name, attributes, operands },
    outputShape: (input, layer) => outputShape([input], layer) as Shape,
    weights: () => specs,
    call: (x, weights) => call([x], weights) as Tensor,
    joint: { outputShape, weights: () => specs, call },
  };
}

/**
 * What an operation puts out, from what it is fed, whose shapes must be given: found by running it on batches of two sizes. −k stands for k times
 * the batch.
 */
export function operationTypes({
  operation: name,
  attributes = {},
  operands = [INPUT],
}: OperationOptions): readonly ValueType[] {
  const run = operations[name] as (typeof operations)[string];
  const tried = (batch: number) =>
    scope(() => {
      const inputs = operands.flatMap((operand) =>
        operand.kind === "input"
          ? [
              filled(
                (operand.shape ?? []).map((n) => (n < 0 ? -n * batch : n)),
                0,
                operand.dtype ?? "float32",
              ),
            ]
          : [],
      );
      const weights = operands.map((operand, i) => [
        weightName(i),
        operand.kind === "weight" ? filled(operand.shape, 0, "float32") : undefined,
      ]);
      const made = run(tensorsOf(operands, inputs, Object.fromEntries(weights)), attributes);
      return (made instanceof Tensor ? [made] : made).map(({ shape, dtype }) => ({ shape: [...shape], dtype }));
    });
  const [two, three] = [tried(2), tried(3)];
  return two.map(({ shape, dtype }, i) => ({
    shape: shape.map((n, axis) => n - ((three[i] as ValueType).shape[axis] as number) || n),
    dtype,
  }));
}

function tensorsOf(operands: readonly Operand[], x: readonly Tensor[], weights: Weights): Tensor[] {
  let next = 0;
  return operands.map((operand, i) => {
    if (operand.kind === "input") return x[next++] as Tensor;
    if (operand.kind === "weight") return weights[weightName(i)] as Tensor;
    return tensor(Int32Array.from(operand.values), operand.shape, operand.dtype);
  });
}

/** The name of the weight in a place among the operands. */
export const weightName = (place: number): string => `operand_${place}`;
