import { checkName, checkNumber, checkOptions } from "../util/check.js";
import { Flat } from "./flat.js";
import { type Optimizer, optimizerOf } from "./optimizer.js";
import type { Problem } from "./problem.js";
import type { Schedule } from "./schedule.js";
import { type Point, strongWolfe } from "./strong-wolfe.js";

interface Settings {
  maxIter: number;
  maxEval: number;
  toleranceGrad: number;
  toleranceChange: number;
  historySize: number;
  lineSearch: "strongWolfe" | null;
}

/** What it knows again in its next step. Pair i is the step `stepI` and the change of the gradient `changeI` along it. */
interface State {
  iterations: number;
  /** The last step length. */
  t: number;
  /** What the first guess of the inverse Hessian has on its diagonal. */
  diagonal: number;
  /** Oldest first; ρ = 1 / (step · change). */
  pairs: { i: number; rho: number }[];
}

/**
 * Limited-memory BFGS (Liu and Nocedal, 1989; Nocedal and Wright, Numerical Optimization, 2006, algorithm 7.4), as torch.optim.LBFGS computes
 * it. Each step of training makes up to `maxIter` iterations on its batch: a direction d = −H · g from the last `historySize` changes of weights
 * and gradients, then w += t · d with t = learningRate (in the first iteration ever min(1, 1 / Σ|g|) · learningRate), or with t from a line
 * search that begins there. Every iteration evaluates loss and gradient again on the same rows with the same units dropped; moving averages
 * of batch normalization are updated once a step. Made for full batches and few weights: it keeps 2 · historySize + 9 arrays like the weights.
 *
 * It takes no clipping, which would mislead the curvature, and no groups, as in PyTorch. Constraints are put on the weights after each step;
 * one that moves a weight makes the next step begin with the gradient again.
 *
 * @param options.learningRate default 1, or a schedule
 * @param options.historySize pairs kept, ≥ 1, default 100
 * @param options.maxIter iterations of a step, ≥ 1, default 20
 * @param options.maxEval evaluations of a step after which no iteration begins, ≥ 1, default 5 · maxIter / 4, rounded down
 * @param options.toleranceGrad the step ends where no element of the gradient is larger, ≥ 0, default 1e-7
 * @param options.toleranceChange it ends where neither a weight nor the loss changes by more, ≥ 0, default 1e-9
 * @param options.lineSearch "strongWolfe", or null (default): none
 * @throws ValueError
 * @example
 * const model = wg.sequential([wg.layers.dense({ units: 1, inputShape: [1] })], { dtype: "float64" });
 * model.compile({ optimizer: wg.optimizers.lbfgs({ lineSearch: "strongWolfe" }), loss: "meanSquaredError" });
 * await model.trainOnBatch([[0], [1], [2]], [[1], [3], [5]]);
 * model.predict([[10]]).item(); // ≈ 21.000
 */
export function lbfgs(
  options: Partial<Omit<Settings, "lineSearch">> & {
    learningRate?: number | Schedule;
    lineSearch?: "strongWolfe" | null;
  } = {},
): Optimizer {
  const operation = "optimizers.lbfgs";
  checkOptions(operation, options, [
    "learningRate",
    "historySize",
    "maxIter",
    "maxEval",
    "toleranceGrad",
    "toleranceChange",
    "lineSearch",
  ]);
  const { learningRate = 1, historySize = 100, maxIter = 20, toleranceGrad = 1e-7, toleranceChange = 1e-9 } = options;
  const { lineSearch = null } = options;
  checkNumber(operation, "historySize", historySize, { min: 1, whole: true });
  checkNumber(operation, "maxIter", maxIter, { min: 1, whole: true });
  const { maxEval = Math.floor((maxIter * 5) / 4) } = options;
  checkNumber(operation, "maxEval", maxEval, { min: 1, whole: true });
  checkNumber(operation, "toleranceGrad", toleranceGrad, { min: 0 });
  checkNumber(operation, "toleranceChange", toleranceChange, { min: 0 });
  if (lineSearch !== null) checkName(operation, "lineSearch", lineSearch, ["strongWolfe"]);
  const settings: Settings = { historySize, maxIter, maxEval, toleranceGrad, toleranceChange, lineSearch };
  return optimizerOf({
    name: "lbfgs",
    options: { ...settings },
    learningRate,
    given: {},
    make: lbfgs,
    slots: [],
    hyperCount: 0,
    hyper: () => [],
    update: () => undefined,
    solver: {
      step: (problem, loss) => step(settings, problem, loss),
      slotsIn: (state) =>
        state === undefined
          ? []
          : ["direction", "previousGradient", ...(state as State).pairs.flatMap(({ i }) => [`step${i}`, `change${i}`])],
    },
  });
}

function step(settings: Settings, problem: Problem, first: number): number {
  const { maxIter, maxEval, toleranceGrad, toleranceChange, lineSearch } = settings;
  const { weights, gradients, learningRate } = problem;
  const flat = new Flat(problem);
  if (flat.largest(gradients) <= toleranceGrad) return first;
  const state = (problem.state as State | undefined) ?? { iterations: 0, t: 0, diagonal: 1, pairs: [] };
  problem.state = state;
  const direction = problem.slot("direction");
  let loss = first;
  let evaluations = 1;
  for (let n = 1; n <= maxIter; n++) {
    state.iterations++;
    if (state.iterations === 1) flat.multiply(direction, gradients, -1);
    else {
      remember(flat, problem, state, settings.historySize);
      turn(flat, problem, state);
    }
    flat.copy(problem.slot("previousGradient"), gradients);
    const before = loss;
    state.t = (state.iterations === 1 ? Math.min(1, 1 / flat.sumOfMagnitudes(gradients)) : 1) * learningRate;
    const slope = flat.dot(gradients, direction);
    if (slope > -toleranceChange) break;

    if (lineSearch) {
      const found = search(flat, problem, state.t, { loss, slope }, toleranceChange);
      state.t = found.t;
      loss = found.loss;
      evaluations += found.evaluations;
    } else {
      flat.add(weights, direction, state.t);
      if (n === maxIter) break;
      loss = problem.evaluate();
      evaluations++;
    }
    const flatEnough = flat.largest(gradients) <= toleranceGrad;
    if (evaluations >= maxEval || flatEnough || !Number.isFinite(loss)) break;
    if (flat.largest(direction) * Math.abs(state.t) <= toleranceChange) break;
    if (Math.abs(loss - before) < toleranceChange) break;
  }
  return loss;
}

/** Keeps the last step and the change of the gradient along it, where the loss curves upwards. */
function remember(flat: Flat, problem: Problem, state: State, historySize: number): void {
  const { pairs, t } = state;
  let i = 0;
  while (pairs.some((pair) => pair.i === i)) i++;
  const [step, change] = [problem.slot(`step${i}`), problem.slot(`change${i}`)];
  flat.copy(change, problem.gradients);
  flat.add(change, problem.slot("previousGradient"), -1);
  flat.multiply(step, problem.slot("direction"), t);
  const curvature = flat.dot(change, step);
  if (!(curvature > 1e-10)) return;
  if (pairs.length === historySize) pairs.shift();
  pairs.push({ i, rho: 1 / curvature });
  state.diagonal = curvature / flat.dot(change, change);
}

/** direction = −H · g: the two loops of algorithm 7.4. */
function turn(flat: Flat, problem: Problem, { pairs, diagonal }: State): void {
  const direction = problem.slot("direction");
  flat.multiply(direction, problem.gradients, -1);
  const weights = new Map<number, number>();
  for (const { i, rho } of [...pairs].reverse()) {
    const alpha = flat.dot(problem.slot(`step${i}`), direction) * rho;
    weights.set(i, alpha);
    flat.add(direction, problem.slot(`change${i}`), -alpha);
  }
  flat.multiply(direction, direction, diagonal);
  for (const { i, rho } of pairs) {
    const beta = flat.dot(problem.slot(`change${i}`), direction) * rho;
    flat.add(direction, problem.slot(`step${i}`), (weights.get(i) as number) - beta);
  }
}

/** Moves the weights along the direction by a length that the line search finds, and leaves the gradients of that point. */
function search(
  flat: Flat,
  problem: Problem,
  first: number,
  at: { loss: number; slope: number },
  tolerance: number,
): { t: number; loss: number; evaluations: number } {
  const { weights, gradients } = problem;
  const direction = problem.slot("direction");
  const from = problem.slot("scratch/weights");
  const kept = [0, 1, 2, 3].map((i) => problem.slot(`scratch/gradient${i}`));
  flat.copy(from, weights);
  flat.copy(kept[0] as number, gradients);
  const start: Point = { t: 0, ...at, gradient: kept[0] as number };
  const { point, evaluations } = strongWolfe(start, first, flat.largest(direction), tolerance, (t, live) => {
    flat.copy(weights, from);
    flat.add(weights, direction, t);
    const loss = problem.evaluate();
    const gradient = kept.find((address) => !live.some((each) => each.gradient === address)) as number;
    flat.copy(gradient, gradients);
    // Beyond all that a float holds is as bad as a step can be: the interval is halved.
    return {
      t,
      loss: Number.isNaN(loss) ? Number.POSITIVE_INFINITY : loss,
      slope: flat.dot(gradients, direction),
      gradient,
    };
  });
  flat.copy(weights, from);
  flat.add(weights, direction, point.t);
  flat.copy(gradients, point.gradient);
  return { t: point.t, loss: point.loss, evaluations };
}
