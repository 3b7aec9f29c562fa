import { kernels, lacksKernels, withKernels } from "../backend/engine.js";
import { cast } from "../ops/cast.js";
import { empty, type Tensor } from "../tensor/tensor.js";
import { checkOptions, show } from "../util/check.js";
import { sizeOf } from "../util/dtypes.js";
import { inOperation, ShapeError, ValueError } from "../util/errors.js";
import type { HostArray } from "../util/host-array.js";
import { type Shape, sizeOfShape } from "../util/shapes.js";
import { type BatchSize, batchSizeFor } from "./batch-size.js";
import { inputFields, type ModelInputs } from "./fields.js";
import { only } from "./graph.js";
import type { Model } from "./model.js";

export interface PredictOptions {
  /** Rows computed at once, `"full"` for all; changes speed and memory, no bit of the result. Default: 256, or that of `stateful` layers. */
  batchSize?: BatchSize;
}

export interface PredictOneOptions extends PredictOptions {
  /** One of `model.outputNames`; a model with one output needs none. */
  output?: string;
}

/** See `Model.predict`: every output. */
export function predict(model: Model, x: ModelInputs, options: PredictOptions = {}): Tensor[] {
  try {
    return predicted(model, x, options);
  } catch (error) {
    throw inOperation("predict", error);
  }
}

function predicted(model: Model, x: ModelInputs, options: PredictOptions): Tensor[] {
  checkOptions("predict", options, ["batchSize"]);
  const fields = inputFields("predict", model, x);
  const count = (fields[0] as HostArray).shape[0] as number;
  const batchSize = batchSizeFor("predict", model, options.batchSize, 256, { rows: count, batched: 0 });
  const other = fields.findIndex(({ shape }) => shape[0] !== count);
  if (other > 0) {
    throw new ShapeError(
      `predict: x.${model.inputNames[other]} expected ${count} rows like the other inputs, got ${fields[other]?.shape[0]}`,
    );
  }
  const out = model.outputShapes.map((rowShape) => empty([count, ...rowShape], model.dtype));
  const k = kernels(model.dtype);
  for (let from = 0; from < count; from += batchSize) {
    const to = Math.min(count, from + batchSize);
    const made = model.plans.predict(fields.map((rows) => sliceRows(rows, from, to)));
    for (const [i, y] of made.entries()) {
      const each = sizeOfShape(model.outputShapes[i] as Shape);
      // Numbers of another type, such as the places of the largest, come out as the model's own.
      const { at } = y.dtype === model.dtype ? y : cast(y, model.dtype);
      k.copy((out[i] as Tensor).at + from * each * sizeOf(model.dtype), at, 0, (to - from) * each);
    }
  }
  return out;
}

/** See `Model.predict`. @param who names the model in errors */
export function predictOne(model: Model, who: string, x: ModelInputs, options: PredictOneOptions = {}): Tensor {
  checkOptions("predict", options, ["batchSize", "output"]);
  const { output, ...others } = options;
  const which = output === undefined ? 0 : model.outputNames.indexOf(output);
  if (output === undefined) only(model.outputShapes, who, "output");
  if (which >= 0) return predict(model, x, others)[which] as Tensor;
  throw new ValueError(`predict: output expected one of ${show(model.outputNames)}, got ${show(output)}`);
}

/** Has the kernels there with which the model predicts: a page may have to fetch some. */
export async function fetchKernelsFor(model: Model): Promise<void> {
  if (!lacksKernels()) return;
  const rows = model.network.batchSize ?? 1;
  const batch = model.inputShapes.map((shape) => ({ data: new Float32Array(0), shape: [rows, ...shape] }));
  await withKernels(() => model.plans.prepare(batch));
}

/** Rows `from` to `to` − 1, sharing the numbers. */
export function sliceRows({ data, shape }: HostArray, from: number, to: number): HostArray {
  const rowShape = shape.slice(1);
  const size = sizeOfShape(rowShape);
  return { data: data.subarray(from * size, to * size), shape: [to - from, ...rowShape] };
}
