import { reshape as reshapeOp } from "../../ops/shape.js";
import { checkOptions, show } from "../../util/check.js";
import { ShapeError, ValueError } from "../../util/errors.js";
import { type Shape, showShape, sizeOfShape } from "../../util/shapes.js";
import { type Layer, type LayerOptions, layerOptions } from "../layer.js";
import { commonOf } from "./common.js";

/**
 * Each row as one vector: `[batch, a, b, …]` → `[batch, a·b·…]`.
 *
 * @throws ValueError for an unknown or impossible option
 * @example
 * wg.layers.flatten({ inputShape: [28, 28] }).outputShape([28, 28], "flatten"); // [784]
 */
export function flatten(config: LayerOptions = {}): Layer {
  checkOptions("flatten", config, layerOptions);
  return {
    kind: "flatten",
    ...commonOf("flatten", config),
    outputShape: (input) => [sizeOfShape(input)],
    weights: () => [],
    call: (x) => reshapeOp(x, [x.shape[0] as number, sizeOfShape(x.shape.slice(1))]),
  };
}

export interface ReshapeOptions extends LayerOptions {
  /** The shape of one row; one size may be −1 and is worked out. */
  targetShape: Shape;
}

/**
 * Each row under another shape of the same size.
 *
 * @throws ShapeError at `compile` where the sizes differ
 * @example
 * wg.layers.reshape({ targetShape: [28, 28, 1] }).outputShape([784], "reshape"); // [28, 28, 1]
 */
export function reshape(config: ReshapeOptions): Layer {
  checkOptions("reshape", config, ["targetShape", ...layerOptions], true);
  const { targetShape } = config;
  const valid = Array.isArray(targetShape) && targetShape.every((n) => Number.isInteger(n) && (n >= 0 || n === -1));
  if (!valid || targetShape.filter((n) => n === -1).length > 1) {
    throw new ValueError(
      `reshape: targetShape expected whole numbers ≥ 0 and at most one -1, got ${show(targetShape)}`,
    );
  }
  const common = commonOf("reshape", config);
  return {
    kind: "reshape",
    ...common,
    config: { ...common.config, targetShape: [...targetShape] },
    outputShape(input, name) {
      const size = sizeOfShape(input);
      const known = sizeOfShape(targetShape.filter((n) => n !== -1));
      const missing = targetShape.includes(-1) ? (known === 0 ? 0 : size / known) : 1;
      if (!Number.isInteger(missing) || known * missing !== size) {
        throw new ShapeError(
          `reshape "${name}": targetShape expected ${size} elements per row like its input ${showShape([null, ...input])}, got ${showShape(targetShape)}`,
        );
      }
      return targetShape.map((n) => (n === -1 ? missing : n));
    },
    weights: () => [],
    call(x, _weights, _context, name) {
      return reshapeOp(x, [x.shape[0] as number, ...this.outputShape(x.shape.slice(1), name)]);
    },
  };
}
