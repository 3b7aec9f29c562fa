import { checkBoolean, show } from "../../util/check.js";
import { ShapeError, ValueError } from "../../util/errors.js";
import { checkShape, type Shape, showShape } from "../../util/shapes.js";
import type { LayerOptions } from "../layer.js";

/** The parts of a layer that come from the options all kinds share. */
export function commonOf(kind: string, { name, inputShape, trainable = true }: LayerOptions) {
  if (name !== undefined && (typeof name !== "string" || name === "" || name.includes("/"))) {
    throw new ValueError(`${kind}: name expected a non-empty string without "/", got ${show(name)}`);
  }
  if (inputShape !== undefined) checkShape(kind, inputShape, "inputShape");
  checkBoolean(kind, "trainable", trainable);
  return {
    name,
    inputShape: inputShape as Shape | undefined,
    trainable,
    config: { ...(inputShape ? { inputShape: [...inputShape] } : {}), ...(trainable ? {} : { trainable }) },
  };
}

/** @throws ShapeError where an input row, with its batch, has not the given axes, such as `[batch, steps, channels]` */
export function checkAxes(kind: string, name: string, input: Shape, axes: string): void {
  if (input.length === axes.split(",").length - 1) return;
  throw new ShapeError(
    `${kind} "${name}": input expected ${axes}, got ${showShape([null, ...input])}; reshape it with layers.reshape()`,
  );
}
