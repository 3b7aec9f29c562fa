import type { Loss } from "../../../nn/loss.js";
import { Unsupported } from "../../graph/unsupported.js";
import { scalar, slotArrays, type TrainingWords } from "../../keras/export/training.js";
import { endingOf, optimizerForTfjs, tfjsOptimizers } from "../training/optimizers.js";

/** Its losses, none of which has an option, by our names. */
const losses: Readonly<Record<string, string>> = {
  meanSquaredError: "mean_squared_error",
  meanAbsoluteError: "mean_absolute_error",
  logCosh: "logcosh",
  binaryCrossentropy: "binary_crossentropy",
  categoricalCrossentropy: "categorical_crossentropy",
  sparseCategoricalCrossentropy: "sparse_categorical_crossentropy",
};

/** Those of its metrics that it finds again by name, by ours. */
const metrics: Readonly<Record<string, string>> = {
  accuracy: "accuracy",
  binaryAccuracy: "binary_accuracy",
  categoricalAccuracy: "categorical_accuracy",
  meanAbsoluteError: "mae",
  meanSquaredError: "mse",
};

function lossFor({ name, config = {} }: Loss): string {
  const word = Object.hasOwn(losses, name) ? losses[name] : undefined;
  if (word === undefined) throw new Unsupported(`loss ${name}: TensorFlow.js saves no equal`);
  const option = Object.keys(config).find((key) => config[key]);
  if (option !== undefined) throw new Unsupported(`loss ${name}: TensorFlow.js has no ${option}`);
  return word;
}

/** TensorFlow.js's words. @param outputs what the model's outputs are called there */
export const tfjsWords = (outputs: readonly string[]): TrainingWords => ({
  optimizer: optimizerForTfjs,
  loss: lossFor,
  metric({ name, config = {} }) {
    const word = Object.hasOwn(metrics, name) ? metrics[name] : undefined;
    if (word !== undefined && (config.threshold ?? 0.5) === 0.5) return word;
    throw new Unsupported(`metric ${name}: TensorFlow.js saves no equal`);
  },
  lossWeights(weights) {
    if (weights.some((weight) => weight !== 1)) throw new Unsupported("lossWeights, which TensorFlow.js does not have");
    return undefined;
  },
  metrics(lists) {
    const [first = []] = lists;
    if (lists.every((list) => list.join() === first.join())) return first;
    if (lists.every((list) => list.length < 2)) {
      return Object.fromEntries(lists.flatMap((list, i) => list.map((word) => [outputs[i], word])));
    }
    throw new Unsupported("several metrics for one of several outputs, of which TensorFlow.js saves one each");
  },
  settings: ({ className, config }, losses, _, metrics) => ({
    loss: losses.length > 1 ? losses : losses[0],
    metrics: metrics ?? [],
    optimizer_config: { class_name: className, config },
  }),
  variables(model, layers) {
    const { optimizer } = model.requireCompiled("save");
    return [
      ["iter", scalar(model.position.step, "int32")],
      ...slotArrays(model, layers, tfjsOptimizers, true).map(
        ([slot, path, array]) => [`${path}/${endingOf(optimizer, slot)}`, array] as const,
      ),
    ];
  },
});
