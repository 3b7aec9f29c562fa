import { blocksOf } from "../model/blocks.js";
import { checkBatch } from "../model/check-batch.js";
import type { Fields } from "../model/fields.js";
import type { BatchSource } from "../model/inputs.js";
import type { Model } from "../model/model.js";
import * as training from "../model/training.js";
import { provideTraining } from "../model/training-code.js";
import type { AnyLayer, CallContext, Joint } from "../nn/layer.js";
import { stepCell } from "../tensor/random.js";
import { write } from "../tensor/tensor.js";
import type { HostArray } from "../util/host-array.js";
import { type Shape, sizeOfShape } from "../util/shapes.js";

/** Rows and their targets, numbers outside the WASM memory. */
export interface Batch {
  readonly x: Fields;
  readonly y: Fields;
  /** How much each row counts in the loss. */
  readonly weight?: HostArray | undefined;
}

export interface ProbeOptions {
  /** False: dropout off, batch normalisation by its moving averages. Default: true. */
  training?: boolean;
  /** What batch normalisation divides by while training: the batch's own moments or the moving averages. Default: `"batch"`. */
  batchNormalization?: "batch" | "moving";
  /** The training step whose random numbers dropout and its kin draw, each time. Default: 1. */
  step?: number;
}

/** Where a weight lies in the flat weights. */
export interface ProbeParameter {
  /** `layer/weight`. */
  readonly name: string;
  readonly shape: Shape;
  /** Its elements are those from `begin` to `end` − 1. */
  readonly begin: number;
  readonly end: number;
}

/** The loss of a model on fixed rows as a function of its trained weights, in float64. */
export interface Probe {
  /** How many weights are trained. */
  readonly size: number;
  readonly parameters: readonly ProbeParameter[];
  /** Those of the model when the probe was made. */
  weights(): Float64Array;
  /** The loss that `fit` would report, penalties included: the mean over all rows. */
  lossAt(weights: ArrayLike<number>): number;
  gradientAt(weights: ArrayLike<number>): Float64Array;
}

/**
 * Layers see one mode and one step whatever runs them, so that a forward pass alone has the loss of a training step, with the same dropout
 * masks each time. The model itself is left as it is: all of this happens in a copy.
 *
 * @throws StateError before `compile`; ShapeError and ValueError for rows that do not fit
 */
export function probe(operation: string, model: Model, batches: readonly Batch[], options: ProbeOptions = {}): Probe {
  requireCompiled(operation, model);
  const { training = true, batchNormalization = "batch", step = 1 } = options;
  const copy = model.copy({ dtype: "float64" });
  const context = { stepCell: stepCell(step) };
  for (const layer of copy.layers) {
    const moving = batchNormalization === "moving" && layer.kind === "batchNormalization";
    fixContext(layer, { ...context, training: training && !moving });
  }
  for (const { x, y } of batches) checkBatch(operation, copy, x, y);
  const rows = batches.reduce((sum, batch) => sum + rowsOf(batch), 0);
  // Of penalties over m training rows both passes must see one m.
  copy.trainingRows ??= rows;
  const { parameters } = copy;
  const { trained } = parameters;
  const blocks = blocksOf(parameters);
  const ranges = rangesOf(trained.map(({ variable }) => variable));
  const size = ranges.at(-1)?.end ?? 0;
  const start = new Float64Array(size);
  trained.forEach(({ variable }, i) => {
    start.set(variable.toTypedArray(), (ranges[i] as ProbeParameter).begin);
  });
  const moveTo = (weights: ArrayLike<number>) => {
    const flat = Float64Array.from(weights);
    trained.forEach(({ variable }, i) => {
      const { begin, end } = ranges[i] as ProbeParameter;
      write(variable, flat.subarray(begin, end));
    });
  };
  /** The mean over all rows of what each batch's own mean is. */
  const averaged = (read: (batch: Batch, share: number) => void) => {
    blocks.keepAverages();
    for (const batch of batches) read(batch, rowsOf(batch) / rows);
    blocks.restoreAverages();
  };
  return {
    size,
    parameters: ranges,
    weights: () => start.slice(),
    lossAt(weights) {
      moveTo(weights);
      let loss = 0;
      averaged(({ x, y, weight }, share) => {
        loss += share * copy.plans.test(x, y, rows, weight).loss;
      });
      return loss;
    },
    gradientAt(weights) {
      moveTo(weights);
      const gradient = new Float64Array(size);
      averaged(({ x, y, weight }, share) => {
        copy.plans.train(x, y, step, weight);
        const own = blocks.gradients();
        trained.forEach(({ variable }, i) => {
          const { begin } = ranges[i] as ProbeParameter;
          own
            .get(variable)
            ?.toTypedArray()
            .forEach((value, j) => {
              gradient[begin + j] = (gradient[begin + j] as number) + share * value;
            });
        });
      });
      return gradient;
    },
  };
}

/** All that is done here is done by the code for training. @throws StateError before `compile` */
export function requireCompiled(operation: string, model: Model): void {
  provideTraining(training);
  model.requireCompiled(operation);
}

/** Where tensors lie that are put one behind the other. */
export function rangesOf(
  tensors: readonly { readonly name: string; readonly shape: Shape; readonly size: number }[],
): ProbeParameter[] {
  let end = 0;
  return tensors.map(({ name, shape, size }) => {
    const begin = end;
    end += size;
    return { name, shape, begin, end };
  });
}

/** How many rows a batch has. */
export const rowsOf = ({ x }: Pick<Batch, "x">): number => (x[0] as HostArray).shape[0] as number;

function fixContext(layer: AnyLayer, fixed: Pick<CallContext, "training" | "stepCell">): void {
  const { call, joint } = layer;
  layer.call = function (x, weights, context, name) {
    return call.call(this, x, weights, { ...context, ...fixed }, name);
  };
  if (!joint) return;
  const several: Joint["call"] = (x, weights, context, name) => joint.call(x, weights, { ...context, ...fixed }, name);
  Object.assign(layer, { joint: { ...joint, call: several } });
}

/** The batches of a pass in order, copied. @param most how many, default all. @param rows how many rows, default all */
export async function gatherBatches(
  source: BatchSource,
  {
    batchSize,
    most = Number.POSITIVE_INFINITY,
    rows = Number.POSITIVE_INFINITY,
  }: { batchSize: number; most?: number; rows?: number },
): Promise<Batch[]> {
  const batches: Batch[] = [];
  let left = rows;
  await source.forEachBatch({ batchSize, epoch: 0, seed: 0, shuffle: false, skip: 0 }, (x, y, weight) => {
    const first = (each: HostArray) => firstOf(each, left);
    batches.push({ x: x.map(first), y: y.map(first), weight: weight && first(weight) });
    left -= rowsOf({ x });
    return batches.length < most && left > 0 ? undefined : false;
  });
  return batches;
}

/** A copy of the first rows. */
function firstOf({ data, shape, ...rest }: HostArray, count: number): HostArray {
  const [rows, ...row] = shape as [number, ...number[]];
  const kept = Math.min(rows, count);
  return { ...rest, data: data.slice(0, kept * sizeOfShape(row)), shape: [kept, ...row] };
}
