import { kernels } from "../backend/engine.js";
import { rateAt, type Solver } from "../optim/optimizer.js";
import type { Problem } from "../optim/problem.js";
import { NumericError, StateError } from "../util/errors.js";
import type { HostArray } from "../util/host-array.js";
import { blocksOf } from "./blocks.js";
import type { Fields } from "./fields.js";
import type { Model } from "./model.js";

/** A batch with its loss, as `plans.train` has just found it. */
export interface TrainedBatch {
  readonly x: Fields;
  readonly y: Fields;
  readonly weight: HostArray | undefined;
  readonly loss: number;
  readonly step: number;
}

/**
 * The step of an optimizer that evaluates the loss itself; `plans.train` has just run on the same batch. The moving averages of layers stay
 * as that run left them. Constraints hold after the step; where one of them moved a weight, the optimizer forgets what it knew of the curvature.
 *
 * @throws NumericError where the loss ends as NaN or infinity: the weights are as before
 */
export function solveStep(operation: string, model: Model, solver: Solver, batch: TrainedBatch): void {
  const { parameters, plans, dtype } = model;
  const { optimizer } = model.requireCompiled(operation);
  const { x, y, weight, loss, step } = batch;
  const blocks = blocksOf(parameters);
  if (!blocks.isWhole) {
    throw new StateError(
      `${operation}: ${optimizer.name} expected a model whose weights are its own, got one with a layer of another model; train model.copy(), or by another optimizer`,
    );
  }
  const problem: Problem = {
    k: kernels(dtype),
    dtype,
    runs: blocks.trainedRuns(),
    weights: blocks.valuesAt,
    gradients: blocks.gradientsAt,
    cell: plans.update.resultCell,
    learningRate: rateAt(optimizer, step),
    state: blocks.solverState,
    slot: (name) => blocks.slotAt(name),
    evaluate() {
      // Each time from what the layers carried into the step.
      blocks.restoreAverages();
      return plans.train(x, y, step, weight).loss;
    },
  };
  const before = blocks.snapshot();
  const putAveragesBack = blocks.averagesNow();
  const last = solver.step(problem, loss);
  if (Number.isFinite(last)) {
    const free = parameters.trained.some(({ constraint }) => constraint) ? blocks.snapshot() : undefined;
    plans.update.constrain();
    // The steps that the optimizer remembers are then not those that the weights took: it begins anew.
    const moved = free && blocks.snapshot().some((w, i) => w !== free[i]);
    putAveragesBack();
    blocks.solverState = moved ? undefined : problem.state;
    return;
  }
  blocks.restore(before);
  blocks.restoreAverages();
  blocks.solverState = undefined;
  throw new NumericError(
    `${operation}: loss expected a finite number at step ${step}, got ${last} after an iteration of ${optimizer.name}; ` +
      'the weights are as before: lower the learning rate, or give it lineSearch: "strongWolfe"',
  );
}
