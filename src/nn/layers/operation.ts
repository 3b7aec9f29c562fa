import { checkName, checkOptions, show } from "../../util/check.js";
import { ValueError } from "../../util/errors.js";
import { type Layer, type LayerOptions, layerOptions } from "../layer.js";
import { operations } from "../operations/index.js";
import type { Attributes, Operation } from "../operations/operation.js";
import { INPUT, type Operand, operationLayer } from "./operation-layer.js";

export interface OperationOptions extends LayerOptions {
  /** The name of a function in `wg`, such as `"gather"`. */
  operation: string;
  /** Its parameters beside tensors, by their names there. Sizes and axes count the batch, which is axis 0. */
  attributes?: Attributes;
  /** Its tensors in order. Default: one that is fed. */
  operands?: readonly Operand[];
}

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
  if (operands.every((operand) => operand.kind !== "input")) {
    throw new ValueError(`${kind}: operands expected one of kind "input" at least, got ${show(operands)}`);
  }
  return operationLayer(operations[name] as Operation, attributes, operands, config);
}
