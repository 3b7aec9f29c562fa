import { checkBoolean, show } from "../../util/check.js";
import { ValueError } from "../../util/errors.js";
import { checkShape, type Shape } from "../../util/shapes.js";
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
