import { type RegularizerLike, regularizerFrom } from "../nn/by-name.js";
import type { Loss } from "../nn/loss.js";
import { type LossLike, lossNamed } from "../nn/losses.js";
import type { Metric } from "../nn/metric.js";
import { metricNamed } from "../nn/metrics.js";
import type { Regularizer } from "../nn/regularizers.js";
import { copyOptimizer, type OptimizerLike, optimizerFrom } from "../optim/by-name.js";
import { checkGroups } from "../optim/groups.js";
import { type Optimizer, slotsOf } from "../optim/optimizer.js";
import { checkBoolean, checkNumber, checkOptions, nearest, show } from "../util/check.js";
import { ValueError } from "../util/errors.js";
import { type Saved, savedAs } from "../util/named.js";
import { type Graph, outputNames, stepOf } from "./graph.js";
import { parameterSpecs } from "./network.js";

export interface CompileOptions {
  /** A name in Keras's spelling or what `optimizers.…` returns. Default: `"adam"`. */
  optimizer?: OptimizerLike;
  /**
   * A name in Keras's spelling, what `losses.…` returns, or a function of (yTrue, yPred) that returns one loss per row. Of a model with several
   * outputs: one for all, an array, or a record by the outputs' names. The model's loss is then Σ weight · loss.
   */
  loss: LossLike | readonly LossLike[] | Readonly<Record<string, LossLike>>;
  /** The weight of each output's loss: an array, or a record by the outputs' names. Default: 1 each. */
  lossWeights?: readonly number[] | Readonly<Record<string, number>>;
  /**
   * Names or what `metrics.…` returns; `"accuracy"` fits the form of the labels. Of a model with several outputs: a record of such arrays by the
   * outputs' names. Default: none.
   */
  metrics?: MetricList | Readonly<Record<string, MetricList>>;
  /** For the kernel of every layer that has no regularizer of its own for it; never for γ and β of batchNormalization. Default: none. */
  kernelRegularizer?: RegularizerLike;
  /** The same for biases. Default: none. */
  biasRegularizer?: RegularizerLike;
  /**
   * Run the layers' own code in each step instead of repeating its recorded kernel calls: it may then look at the values of tensors, which stay
   * until the next step. Slower, and takes more memory: no tensor of a step makes room for another. Default: false.
   */
  runEagerly?: boolean;
}

export type MetricList = readonly (string | Metric | Saved)[];

/** What is asked of one output. */
export interface Head {
  /** The output's name. */
  readonly name: string;
  readonly loss: Loss;
  /** Of its loss in the sum. */
  readonly weight: number;
  readonly metrics: readonly Metric[];
  /** The same once more, so that `evaluate` in the middle of `fit` leaves the running means alone. A metric of the user's own is shared. */
  readonly testMetrics: readonly Metric[];
  /** True where the loss takes over the last layer's activation and is computed, with its gradient y − d, from the logits. */
  readonly fused: boolean;
}

export interface Compiled {
  readonly optimizer: Optimizer;
  /** One for each output. */
  readonly heads: readonly Head[];
  /** For what has no regularizer of its own. */
  readonly kernelRegularizer: Regularizer | undefined;
  readonly biasRegularizer: Regularizer | undefined;
  readonly runEagerly: boolean;
  /** The names of the arrays that the optimizer keeps, each shaped like the weights. @param solverState see `Blocks.solverState` */
  slots(solverState: unknown): readonly string[];
}

const optionNames = [
  "optimizer",
  "loss",
  "metrics",
  "lossWeights",
  "kernelRegularizer",
  "biasRegularizer",
  "runEagerly",
];

export function compileOptions(options: CompileOptions, graph: Graph): Compiled {
  checkOptions("compile", options, optionNames, true);
  const { optimizer = "adam", runEagerly = false } = options;
  checkBoolean("compile", "runEagerly", runEagerly);
  const heads = headsOf(options, graph);
  const moved = optimizerFrom("compile: optimizer", optimizer);
  checkGroups(
    moved,
    parameterSpecs(graph).flatMap(({ name, spec }) => (spec.trainable ? [name] : [])),
  );
  return {
    optimizer: moved,
    heads,
    kernelRegularizer: regularizerFrom("compile: kernelRegularizer", options.kernelRegularizer),
    biasRegularizer: regularizerFrom("compile: biasRegularizer", options.biasRegularizer),
    runEagerly,
    slots: (solverState) => slotsOf(moved, solverState),
  };
}

/** What compiles a second model alike, with nothing that a run of the first would change. */
export function compileAgain(given: CompileOptions, { optimizer, heads }: Compiled): CompileOptions {
  const [head, ...others] = heads as [Head, ...Head[]];
  const metrics =
    others.length === 0
      ? head.metrics.map(copyMetric)
      : Object.fromEntries(heads.map((each) => [each.name, each.metrics.map(copyMetric)]));
  return { ...given, optimizer: copyOptimizer(optimizer), metrics };
}

/** A metric of the user's own is shared. */
function copyMetric(metric: Metric) {
  const { name, config } = metric;
  return config ? savedAs({ name, config }) : metric;
}

function headsOf({ loss, lossWeights, metrics }: CompileOptions, graph: Graph): Head[] {
  const names = outputNames(graph);
  const losses = byOutput("loss", loss, names, isLoss) as readonly LossLike[];
  const weights = byOutput("lossWeights", lossWeights ?? names.map(() => 1), names, () => false) as readonly number[];
  return names.map((name, i) => {
    const chosen = lossNamed(losses[i] as LossLike);
    const value = graph.outputs[i] as number;
    const last = stepOf(graph, value);
    const counted = metricsOf(metrics, name, names.length).map((metric) => metricNamed(metric));
    return {
      name,
      loss: chosen,
      weight: checkNumber("compile", "lossWeights", weights[i] as number, {}),
      metrics: counted,
      testMetrics: counted.map((metric) =>
        metric.config ? metricNamed({ name: metric.name, config: metric.config }) : metric,
      ),
      // What another layer reads must have the activation.
      fused:
        chosen.fused !== undefined &&
        last?.layer.head?.activation === chosen.fused.activation &&
        graph.reads[value] === 1,
    };
  });
}

/** A loss given once is meant for every output; a record and a list have one for each. */
function byOutput(
  option: string,
  given: unknown,
  names: readonly string[],
  isOne: (given: unknown) => boolean,
): readonly unknown[] {
  if (isOne(given)) return names.map(() => given);
  const usual = `compile: ${option} expected one for each output`;
  if (Array.isArray(given)) {
    if (given.length === names.length) return given;
    throw new ValueError(`${usual}, which are ${show(names)}, got ${given.length}`);
  }
  if (given === null || typeof given !== "object") throw new ValueError(`${usual}, got ${show(given)}`);
  const unknown = Object.keys(given).find((key) => !names.includes(key));
  if (unknown !== undefined) {
    const near = nearest(unknown, names);
    throw new ValueError(
      `${usual}, by the names ${show(names)}, got ${show(unknown)}${near === undefined ? "" : `; did you mean "${near}"?`}`,
    );
  }
  return names.map((name) => {
    const found = (given as Record<string, unknown>)[name] ?? (option === "lossWeights" ? 1 : undefined);
    if (found !== undefined) return found;
    throw new ValueError(`${usual}, got none for "${name}"`);
  });
}

/** A name, a function, or what `losses` returns or a file holds, and not a record by outputs. */
function isLoss(given: unknown): boolean {
  if (given === null || typeof given !== "object") return true;
  return !Array.isArray(given) && "name" in given;
}

function metricsOf(given: CompileOptions["metrics"] = [], name: string, outputs: number): MetricList {
  const list =
    Array.isArray(given) && (outputs === 1 || given.length === 0)
      ? given
      : (given as Readonly<Record<string, MetricList>>)[name];
  if (list === undefined && outputs > 1 && !Array.isArray(given) && given !== null && typeof given === "object")
    return [];
  if (Array.isArray(list)) return list as MetricList;
  throw new ValueError(
    outputs === 1
      ? `compile: metrics expected an array such as ["accuracy"], got ${show(given)}`
      : `compile: metrics expected a record of arrays by the outputs' names, such as { ${name}: ["accuracy"] }, got ${show(given)}`,
  );
}
