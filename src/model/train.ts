import { scope } from "../tensor/scope.js";
import { tensor } from "../tensor/tensor.js";
import type { Variable } from "../tensor/variable.js";
import { NumericError } from "../util/errors.js";
import type { HostArray } from "../util/host-array.js";
import { sizeOfShape } from "../util/shapes.js";
import { blocksOf } from "./blocks.js";
import type { Logs } from "./callback.js";
import { checkBatch } from "./check-batch.js";
import { type Fields, type Inputs, inputFields, type ModelInputs, targetFields } from "./fields.js";
import type { Placed } from "./graph.js";
import type { Meter } from "./metering.js";
import type { Model } from "./model.js";
import { run } from "./network.js";
import { sampleWeights } from "./row-weights.js";
import { solveStep, type TrainedBatch } from "./solve.js";

/** One step: loss and gradients on a batch, then the update. Nothing of the model changes where the loss is not finite. */
export function trainStep(
  operation: string,
  model: Model,
  x: Fields,
  y: Fields,
  meter: Meter,
  weight?: HostArray,
): number {
  const { position, plans } = model;
  const step = position.step + 1;
  const blocks = blocksOf(model.parameters);
  blocks.keepAverages();
  const found = plans.train(x, y, step, weight);
  const { loss } = found;
  if (!Number.isFinite(loss)) {
    // What layers carry is to be looked at as it was, and to be left so.
    blocks.restoreAverages();
    const error = diagnose(operation, model, x, y, loss, step);
    blocks.restoreAverages();
    throw error;
  }
  meter.add(found, (x[0] as HostArray).shape[0] as number, y);
  const { solver } = model.requireCompiled(operation).optimizer;
  if (solver) solveStep(operation, model, solver, { x, y, weight, loss, step });
  else updateWeights(operation, model, step);
  position.step = step;
  return loss;
}

/** Moves the weights by the gradients of the batch on which `plans.train` has just run. @throws NumericError, and nothing has changed */
export function moveWeights(operation: string, model: Model, batch: TrainedBatch): void {
  const { solver } = model.requireCompiled(operation).optimizer;
  if (solver) solveStep(operation, model, solver, batch);
  else updateWeights(operation, model, batch.step);
}

function updateWeights(operation: string, model: Model, step: number): void {
  const { update } = model.plans;
  if (update.measure()) return update.apply(step);
  blocksOf(model.parameters).restoreAverages();
  throw noGradient(operation, model, step);
}

/** See `Model.trainOnBatch`. */
export function trainOnBatch(model: Model, x: ModelInputs, y: ModelInputs, sampleWeight?: Inputs): Logs {
  const operation = "trainOnBatch";
  const xs = inputFields(operation, model, x);
  const ys = targetFields(operation, model, y);
  model.requireCompiled(operation);
  checkBatch(operation, model, xs, ys);
  const rows = (xs[0] as HostArray).shape[0] as number;
  const weight = sampleWeight === undefined ? undefined : sampleWeights(operation, sampleWeight, rows);
  const { meter } = model.plans;
  meter.reset();
  trainStep(operation, model, xs, ys, meter, weight);
  return meter.logs();
}

/** A norm that is not finite leaves no direction to keep; the weights have not moved. */
function noGradient(operation: string, model: Model, step: number): NumericError {
  const gradients = [...blocksOf(model.parameters).gradients()];
  const bad = gradients.find(([, gradient]) => gradient.toTypedArray().some((v) => !Number.isFinite(v)));
  const got = bad
    ? `NaN or infinity, first in that of "${(bad[0] as Variable).name}"`
    : "numbers whose squares add up to infinity";
  return new NumericError(
    `${operation}: gradients expected finite numbers to clip by their norm at step ${step}, got ${got}; ` +
      "the weights are as before: scale the inputs, or clip by value",
  );
}

/** Where NaN or infinity came from: the data, a weight, or the first layer that puts it out. */
function diagnose(operation: string, model: Model, x: Fields, y: Fields, loss: number, step: number): NumericError {
  const what = `${operation}: loss expected a finite number at step ${step}, got ${loss}`;
  const several = (argument: string, names: readonly string[], fields: Fields) =>
    fields.map((rows, i) => [names.length > 1 ? `${argument}.${names[i]}` : argument, rows] as const);
  for (const [name, rows] of [...several("x", model.inputNames, x), ...several("y", model.outputNames, y)]) {
    const at = rows.data.findIndex((v) => !Number.isFinite(v));
    if (at < 0) continue;
    const row = Math.floor(at / sizeOfShape(rows.shape.slice(1)));
    return new NumericError(`${what}; ${name} holds ${rows.data[at]} in row ${row} of the batch: clean the data first`);
  }
  const bad = model.variables.find((each) => each.toTypedArray().some((v) => !Number.isFinite(v)));
  if (bad) {
    return new NumericError(
      `${what}; weight "${bad.name}" is no longer finite after the step before: lower the learning rate or clip gradients`,
    );
  }
  const { network } = model;
  let first: string | undefined;
  scope(() => {
    const context = { training: true, stepCell: model.plans.stepCell, seed: model.seed };
    const inputs = x.map(({ data, shape }, i) => tensor(data, shape, network.graph.inputs[i]?.dtype ?? model.dtype));
    run(network, inputs, context, {
      each(name, output) {
        if (first === undefined && output.toTypedArray().some((v) => !Number.isFinite(v))) first = name;
      },
    });
  });
  if (first === undefined) {
    return new NumericError(
      `${what}; every layer's output is finite, so the loss itself overflows: check the targets' range`,
    );
  }
  const { layer } = network.graph.placed.find(({ name }) => name === first) as Placed;
  return new NumericError(
    `${what}; the first layer to put out a value that is not finite is ${layer.kind} "${first}": lower the learning rate, scale the inputs, or check its initializer`,
  );
}
