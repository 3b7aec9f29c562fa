import type { BaseModel } from "../../../model/base.js";
import { blocksOf } from "../../../model/blocks.js";
import type { Head } from "../../../model/compile.js";
import { rateAt } from "../../../optim/optimizer.js";
import { type FileArray, fromHost } from "../../../util/file-array.js";
import { Unsupported, UnsupportedModel } from "../../graph/unsupported.js";
import { lossFor } from "../training/losses.js";
import { metricFor } from "../training/metrics.js";
import { momentumProduct, optimizerFor, slotsFor, turnOf } from "../training/optimizers.js";
import { arrayOrder } from "../training/state.js";
import { type Json, object, type Reader } from "./config.js";
import type { ExportedLayer } from "./export.js";
import { reals } from "./json.js";
import { type NamedArray, weightsOf } from "./written.js";

/** How a model is compiled, in Keras's words. */
export interface ExportedTraining {
  /** The arguments of `compile`. */
  readonly config: Json;
  /** What the optimizer keeps, in Keras's order. */
  readonly variables: readonly (readonly [name: string, array: FileArray])[];
}

/**
 * The settings and the optimizer's state of a compiled model. Numbers of Python's that must be no integers are `Real`s.
 *
 * @param include true: all of it, or an error; false: none; undefined: where Keras has an equal of optimizer and loss, without the metrics of which
 *   it has none
 * @throws UnsupportedModel that lists what Keras has no equal of
 */
export function exportTraining(
  model: BaseModel,
  layers: readonly ExportedLayer[],
  reader: Reader,
  include: boolean | undefined,
): ExportedTraining | undefined {
  const { compiled } = model;
  if (include === false) return undefined;
  if (!compiled) {
    if (!include) return undefined;
    throw new UnsupportedModel(`save: model "${model.name}"`, [
      "includeOptimizer: true, of a model that is not compiled",
    ]);
  }
  const problems: string[] = [];
  const attempt = <T>(run: () => T): T | undefined => {
    try {
      return run();
    } catch (error) {
      if (!(error instanceof Unsupported)) throw error;
      problems.push(error.message);
      return undefined;
    }
  };
  const optimizer = attempt(() => optimizerFor(compiled.optimizer));
  const losses = compiled.heads.map(({ loss }) => attempt(() => lossFor(loss)));
  if (compiled.kernelRegularizer || compiled.biasRegularizer) {
    problems.push("regularizers of compile; give them to the layers");
  }
  const isWhole = problems.length === 0;
  const metrics = compiled.heads.map((head, i) =>
    metricsFor(head, model.outputShapes[i]?.at(-1) ?? 1, reader, attempt),
  );
  if (include && problems.length > 0) throw new UnsupportedModel(`save: model "${model.name}"`, problems);
  if (!isWhole || !optimizer) return undefined;
  const several = compiled.heads.length > 1;
  const lossConfigs = losses.map((loss) => {
    const { className, config } = loss as NonNullable<typeof loss>;
    return object(reader, "keras.losses", className, config);
  });
  const weights = compiled.heads.map(({ weight }) => weight);
  const config = {
    optimizer: object(reader, "keras.optimizers", optimizer.className, reals(optimizer.config) as Json),
    loss: several ? lossConfigs : lossConfigs[0],
    loss_weights: weights.every((weight) => weight === 1) ? null : weights,
    metrics: metrics.flat().length === 0 ? null : several ? metrics : metrics[0],
    weighted_metrics: null,
    run_eagerly: false,
    steps_per_execution: 1,
    jit_compile: false,
  };
  return { config, variables: variablesOf(model, layers, optimizer.className) };
}

function metricsFor(
  { metrics, loss }: Head,
  columns: number,
  reader: Reader,
  attempt: <T>(run: () => T) => T | undefined,
): unknown[] {
  return metrics.flatMap((metric): unknown[] => {
    const found = attempt(() => metricFor(metric, loss, columns));
    if (found === undefined || typeof found === "string") return found === undefined ? [] : [found];
    const [className, name, config] = found;
    return [object(reader, "keras.metrics", className, { name, dtype: "float32", ...config })];
  });
}

const scalar = (value: number, dtype: "int32" | "int64" | "float32"): FileArray =>
  fromHost("save", { data: Float64Array.of(value), shape: [] }, dtype);

/** The count of steps, the rate where it is no schedule, then the arrays. */
function variablesOf(
  model: BaseModel,
  layers: readonly ExportedLayer[],
  className: string,
): ExportedTraining["variables"] {
  const { optimizer } = model.requireCompiled("save");
  const { step } = model.position;
  const rate = rateAt(optimizer, Math.max(1, step));
  const groups = slotsFor(optimizer);
  const bySlot = new Map(
    groups.flat().map((slot) => [slot, slotArrays(model, layers, slot, turnOf(optimizer, slot, rate)?.to)]),
  );
  const count = bySlot.values().next().value?.length ?? 0;
  const { learningRate } = optimizer;
  const isFixed = typeof learningRate === "number" || ["constant", "manual"].includes(learningRate.name);
  return [
    ["iteration", scalar(step, step < 2 ** 31 ? "int32" : "int64")],
    ...(isFixed ? [["learning_rate", scalar(rate, "float32")] as const] : []),
    ...arrayOrder(groups, count, false).map(([slot, i]) => {
      const [path, array] = (bySlot.get(slot) as NamedArray[])[i] as NamedArray;
      return [`${className}/${slot}/${path}`, array] as const;
    }),
    ...(optimizer.name === "nadam"
      ? [["momentum_product", scalar(momentumProduct(optimizer, step), "float32")] as const]
      : []),
  ];
}

/** Of each trained weight, in Keras's order, under Keras's path of it. */
function slotArrays(
  { parameters }: BaseModel,
  layers: readonly ExportedLayer[],
  slot: string,
  to: ((ours: number) => number) | undefined,
): (readonly [path: string, array: FileArray])[] {
  const tensors = blocksOf(parameters).slotTensors([slot]);
  return layers.flatMap(({ name, own, trainable, weights, hold }) => {
    const arrays = Object.entries(weights).flatMap(([weight, variable]): NamedArray[] => {
      const found = tensors.get(`${slot}/${own}/${weight}`);
      if (!trainable || !variable.trainable || !found) return [];
      const data = Float32Array.from(found.toTypedArray());
      return [[weight, fromHost("save", { data: to ? data.map(to) : data, shape: found.shape })]];
    });
    // Some hold more in a file than they have.
    return arrays.length === 0 ? [] : weightsOf(hold(arrays), name);
  });
}
