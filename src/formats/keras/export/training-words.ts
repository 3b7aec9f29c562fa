import { rateAt } from "../../../optim/optimizer.js";
import { lossFor } from "../training/losses.js";
import { metricFor } from "../training/metrics.js";
import { kerasOptimizers, momentumProduct, optimizerFor } from "../training/optimizers.js";
import { type Json, object, type Reader } from "./config.js";
import { reals } from "./json.js";
import { scalar, slotArrays, type TrainingWords } from "./training.js";

/** Keras's words. Numbers of Python's that must be no integers are `Real`s. */
export const kerasWords = (reader: Pick<Reader, "version">): TrainingWords => ({
  optimizer: optimizerFor,
  loss(loss) {
    const { className, config } = lossFor(loss);
    return object(reader, "keras.losses", className, config);
  },
  metric(metric, loss, columns) {
    const found = metricFor(metric, loss, columns);
    if (typeof found === "string") return found;
    const [className, name, config] = found;
    return object(reader, "keras.metrics", className, { name, dtype: "float32", ...config });
  },
  lossWeights: (weights) => (weights.every((weight) => weight === 1) ? null : weights),
  metrics: (lists) => (lists.flat().length === 0 ? null : lists.length > 1 ? lists : lists[0]),
  settings: ({ className, config }, losses, lossWeights, metrics) => ({
    optimizer: object(reader, "keras.optimizers", className, reals(config) as Json),
    loss: losses.length > 1 ? losses : losses[0],
    loss_weights: lossWeights,
    metrics,
    weighted_metrics: null,
    run_eagerly: false,
    steps_per_execution: 1,
    jit_compile: false,
  }),
  /** The count of steps, the rate where it is no schedule, then the arrays. */
  variables(model, layers, { className }) {
    const { optimizer } = model.requireCompiled("save");
    const { step } = model.position;
    const { learningRate } = optimizer;
    const isFixed = typeof learningRate === "number" || ["constant", "manual"].includes(learningRate.name);
    const rate = rateAt(optimizer, Math.max(1, step));
    return [
      ["iteration", scalar(step, step < 2 ** 31 ? "int32" : "int64")],
      ...(isFixed ? [["learning_rate", scalar(rate, "float32")] as const] : []),
      ...slotArrays(model, layers, kerasOptimizers, false).map(
        ([slot, path, array]) => [`${className}/${slot}/${path}`, array] as const,
      ),
      ...(optimizer.name === "nadam"
        ? [["momentum_product", scalar(momentumProduct(optimizer, step), "float32")] as const]
        : []),
    ];
  },
});
