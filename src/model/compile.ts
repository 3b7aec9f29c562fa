import { type RegularizerLike, regularizerFrom } from "../nn/by-name.js";
import type { Loss } from "../nn/loss.js";
import { type LossLike, lossNamed } from "../nn/losses.js";
import type { Metric } from "../nn/metric.js";
import { metricNamed } from "../nn/metrics.js";
import type { Regularizer } from "../nn/regularizers.js";
import { type OptimizerLike, optimizerFrom } from "../optim/by-name.js";
import { checkGroups } from "../optim/groups.js";
import type { Optimizer } from "../optim/optimizer.js";
import { checkBoolean, checkOptions, show } from "../util/check.js";
import { ValueError } from "../util/errors.js";
import type { Saved } from "../util/named.js";
import { type Placed, parameterSpecs } from "./network.js";

export interface CompileOptions {
  /** A name in Keras's spelling or what `optimizers.…` returns. Default: `"adam"`. */
  optimizer?: OptimizerLike;
  /** A name in Keras's spelling, what `losses.…` returns, or a function of (yTrue, yPred) that returns one loss per row. */
  loss: LossLike;
  /** Names or what `metrics.…` returns; `"accuracy"` fits the form of the labels. Default: none. */
  metrics?: readonly (string | Metric | Saved)[];
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

export interface Compiled {
  readonly optimizer: Optimizer;
  readonly loss: Loss;
  readonly metrics: readonly Metric[];
  /** The same once more, so that `evaluate` in the middle of `fit` leaves the running means alone. A metric of the user's own is shared. */
  readonly testMetrics: readonly Metric[];
  /** For what has no regularizer of its own. */
  readonly kernelRegularizer: Regularizer | undefined;
  readonly biasRegularizer: Regularizer | undefined;
  readonly runEagerly: boolean;
  /** True where the loss takes over the last layer's activation and is computed, with its gradient y − d, from the logits. */
  readonly fused: boolean;
}

const optionNames = ["optimizer", "loss", "metrics", "kernelRegularizer", "biasRegularizer", "runEagerly"];

export function compileOptions(options: CompileOptions, placed: readonly Placed[]): Compiled {
  checkOptions("compile", options, optionNames, true);
  const { optimizer = "adam", loss, metrics = [], runEagerly = false } = options;
  if (!Array.isArray(metrics)) {
    throw new ValueError(`compile: metrics expected an array such as ["accuracy"], got ${show(metrics)}`);
  }
  checkBoolean("compile", "runEagerly", runEagerly);
  const chosen = lossNamed(loss);
  const last = placed[placed.length - 1] as Placed;
  const counted = metrics.map((metric) => metricNamed(metric));
  const moved = optimizerFrom("compile: optimizer", optimizer);
  checkGroups(
    moved,
    parameterSpecs(placed).flatMap(({ name, spec }) => (spec.trainable ? [name] : [])),
  );
  return {
    optimizer: moved,
    loss: chosen,
    metrics: counted,
    testMetrics: counted.map((metric) =>
      metric.config ? metricNamed({ name: metric.name, config: metric.config }) : metric,
    ),
    kernelRegularizer: regularizerFrom("compile: kernelRegularizer", options.kernelRegularizer),
    biasRegularizer: regularizerFrom("compile: biasRegularizer", options.biasRegularizer),
    runEagerly,
    fused: chosen.fused !== undefined && last.layer.head?.activation === chosen.fused.activation,
  };
}
