import { kernels } from "../backend/engine.js";
import { empty, type Tensor } from "../tensor/tensor.js";
import { checkNumber, checkOptions } from "../util/check.js";
import type { HostArray } from "../util/host-array.js";
import { sizeOfShape } from "../util/shapes.js";
import { type Inputs, inputRows } from "./inputs.js";
import type { Model } from "./model.js";

export interface PredictOptions {
  /** Rows computed at once; changes speed and memory, no bit of the result. Default: 256. */
  batchSize?: number;
}

/** See `Model.predict`. */
export function predict(model: Model, x: Inputs, options: PredictOptions = {}): Tensor {
  checkOptions("predict", options, ["batchSize"]);
  const batchSize = checkNumber("predict", "batchSize", options.batchSize ?? 256, { min: 1, whole: true });
  const rows = inputRows("predict", "x", x, model.inputShape);
  const count = rows.shape[0] as number;
  const rowShape = model.outputShape;
  const out = empty([count, ...rowShape], model.dtype);
  const outSize = sizeOfShape(rowShape);
  const k = kernels(model.dtype);
  const item = model.dtype === "float32" ? 4 : 8;
  for (let from = 0; from < count; from += batchSize) {
    const to = Math.min(count, from + batchSize);
    const y = model.plans.predict(sliceRows(rows, from, to));
    k.copy(out.at + from * outSize * item, y.at, 0, (to - from) * outSize);
  }
  return out;
}

/** Rows `from` to `to` − 1, sharing the numbers. */
export function sliceRows({ data, shape }: HostArray, from: number, to: number): HostArray {
  const rowShape = shape.slice(1);
  const size = sizeOfShape(rowShape);
  return { data: data.subarray(from * size, to * size), shape: [to - from, ...rowShape] };
}
