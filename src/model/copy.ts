import type { AnyLayer } from "../nn/layer.js";
import { checkName, checkOptions, show } from "../util/check.js";
import type { FloatDType } from "../util/dtypes.js";
import { ValueError } from "../util/errors.js";

export interface CopyOptions {
  /** Default: that of the original; weights are converted. */
  dtype?: FloatDType;
  /** Default: that of the original. */
  name?: string;
}

/** @throws ValueError for an unknown option or value */
export function checkCopy(options: CopyOptions): void {
  checkOptions("copy", options, ["dtype", "name"]);
  if (options.dtype !== undefined) checkName("copy", "dtype", options.dtype, ["float32", "float64"]);
  if (options.name !== undefined && typeof options.name !== "string") {
    throw new ValueError(`copy: name expected a string, got ${show(options.name)}`);
  }
}

/** The layer as an object of its own: freezing one leaves the other. */
export function copyLayer<L extends AnyLayer>(layer: L): L {
  const trainable = { value: layer.trainable, writable: true, enumerable: true, configurable: true };
  const { input, output, ...own } = Object.getOwnPropertyDescriptors(layer);
  return Object.create(Object.getPrototypeOf(layer), { ...own, trainable });
}
