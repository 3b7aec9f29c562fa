import { sketched } from "../../tensor/sketched.js";
import { empty, Tensor, tensor } from "../../tensor/tensor.js";
import type { DType } from "../../util/dtypes.js";
import { ShapeError } from "../../util/errors.js";
import type { Shape } from "../../util/shapes.js";
import { zeros } from "../initializers.js";
import type { Layer, LayerOptions, WeightSpec, Weights } from "../layer.js";
import type { Attributes, Operation, ValueType } from "../operations/operation.js";
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

export const INPUT: Operand = { kind: "input" };

/** An operation as a layer. See `operation` for attributes and operands. */
export function operationLayer(
  operation: Operation,
  attributes: Attributes = {},
  operands: readonly Operand[] = [INPUT],
  options: LayerOptions = {},
): Layer {
  const kind = "operation";
  const fed = operands.flatMap((operand) => (operand.kind === "input" ? [operand] : []));
  const common = commonOf<SymbolicTensor>(kind, options);
  const specs: WeightSpec[] = operands.flatMap((operand, i) =>
    operand.kind === "weight"
      ? [{ name: weightName(i), shape: operand.shape, initializer: zeros(), trainable: operand.trainable }]
      : [],
  );
  const call = (x: readonly Tensor[], weights: Weights) => operation.run(tensorsOf(operands, x, weights), attributes);
  const outputShape = (inputs: readonly Shape[], layer: string): Shape | readonly Shape[] => {
    if (inputs.length !== fed.length) {
      throw new ShapeError(`${kind} "${layer}": apply expected ${fed.length} inputs, got ${inputs.length}`);
    }
    const placed = fed.map((operand, i) => ({ ...operand, shape: operand.shape ?? [-1, ...(inputs[i] as Shape)] }));
    let next = 0;
    const known = operands.map((operand) => (operand.kind === "input" ? (placed[next++] as Operand) : operand));
    const rows = operationTypes(operation, attributes, known).map(({ shape }) => shape.slice(1));
    return rows.length === 1 ? (rows[0] as Shape) : rows;
  };
  return {
    kind,
    ...common,
    config: { ...common.config, operation: operation.name, attributes, operands },
    outputShape: (input, layer) => outputShape([input], layer) as Shape,
    weights: () => specs,
    call: (x, weights) => call([x], weights) as Tensor,
    joint: { outputShape, weights: () => specs, call },
  };
}

/**
 * What an operation puts out, from what it is fed, whose shapes must be given: found by sketching it for batches of two sizes, which runs no
 * kernel, works out no value and takes no memory. −k stands for k times the batch.
 */
export function operationTypes(
  operation: Operation,
  attributes: Attributes,
  operands: readonly Operand[],
): readonly ValueType[] {
  const fed = (batch: number) =>
    operands.map((operand) => {
      const { shape = [] } = operand;
      const dtype = operand.kind === "weight" ? "float32" : (operand.dtype ?? "float32");
      return { shape: shape.map((n) => (n < 0 ? -n * batch : n)), dtype };
    });
  const [two, three] = [sketchedTypes(operation, attributes, fed(2)), sketchedTypes(operation, attributes, fed(3))];
  return two.map(({ shape, dtype }, i) => ({
    shape: shape.map((n, axis) => n - ((three[i] as ValueType).shape[axis] as number) || n),
    dtype,
  }));
}

/** What an operation makes of tensors of these types. */
export function sketchedTypes(
  operation: Operation,
  attributes: Attributes,
  fed: readonly ValueType[],
): readonly ValueType[] {
  return sketched(() => {
    const made = operation.run(
      fed.map(({ shape, dtype }) => empty(shape, dtype)),
      attributes,
    );
    return (made instanceof Tensor ? [made] : made).map(({ shape, dtype }) => ({ shape: [...shape], dtype }));
  });
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
