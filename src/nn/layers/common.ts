import { memory } from "../../backend/engine.js";
import type { Tensor } from "../../tensor/tensor.js";
import { checkBoolean, checkNumber, show } from "../../util/check.js";
import { ShapeError, ValueError } from "../../util/errors.js";
import { checkShape, type Shape, showShape } from "../../util/shapes.js";
import type { AnyLayer, Layer, LayerOptions } from "../layer.js";
import { statesOf } from "../states.js";
import { applyLayer, type SymbolicTensor } from "../symbolic.js";

export type Common<Y = SymbolicTensor> = Pick<
  Layer<Y>,
  "name" | "inputShape" | "batchSize" | "trainable" | "config" | "apply" | "resetStates"
>;

/** The parts of a layer that all kinds share. */
export function commonOf<Y = SymbolicTensor>(
  kind: string,
  { name, inputShape, batchSize, trainable = true }: LayerOptions,
): Common<Y> {
  if (name !== undefined && (typeof name !== "string" || name === "" || name.includes("/"))) {
    throw new ValueError(`${kind}: name expected a non-empty string without "/", got ${show(name)}`);
  }
  if (inputShape !== undefined) checkShape(kind, inputShape, "inputShape");
  if (batchSize !== undefined) checkNumber(kind, "batchSize", batchSize, { min: 1, whole: true });
  checkBoolean(kind, "trainable", trainable);
  return {
    name,
    inputShape: inputShape as Shape | undefined,
    batchSize,
    trainable,
    config: {
      ...(inputShape ? { inputShape: [...inputShape] } : {}),
      ...(batchSize === undefined ? {} : { batchSize }),
      ...(trainable ? {} : { trainable }),
    },
    apply(this: AnyLayer, to: SymbolicTensor | readonly SymbolicTensor[]) {
      return applyLayer(this, to) as Y;
    },
    resetStates(this: AnyLayer) {
      // Not by a kernel: a step that is being recorded would clear them again each time.
      for (const { at, size, dtype } of statesOf(this) ?? []) memory().view(at, size, dtype).fill(0);
    },
  };
}

/** The first of what a joint puts out. */
export function firstTensor(made: Tensor | readonly Tensor[]): Tensor {
  return (Array.isArray(made) ? made[0] : made) as Tensor;
}

/** The first of the shapes that a joint puts out. */
export function firstShape(made: Shape | readonly Shape[]): Shape {
  return (Array.isArray(made[0]) ? made[0] : made) as Shape;
}

/** @throws ShapeError where an input row, with its batch, has not the given axes, such as `[batch, steps, channels]` */
export function checkAxes(kind: string, name: string, input: Shape, axes: string): void {
  if (input.length === axes.split(",").length - 1) return;
  throw new ShapeError(
    `${kind} "${name}": input expected ${axes}, got ${showShape([null, ...input])}; reshape it with layers.reshape()`,
  );
}
