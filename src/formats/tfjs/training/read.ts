import { toHost } from "../../../util/file-array.js";
import { Unsupported } from "../../graph/unsupported.js";
import { type KerasTraining, withOptimizer } from "../../keras/read.js";
import { references } from "../../keras/references.js";
import { isObject, type Json } from "../../keras/saved.js";
import { metricOf } from "../../keras/training/metrics.js";
import type { TfjsWeights } from "../shards.js";
import { tfjsOptimizers } from "./optimizers.js";

/**
 * What `model.json` says of the training of its model: TensorFlow.js in `trainingConfig`, with what the optimizer keeps among the weights; its
 * converter in the words of Keras, without that.
 *
 * @param kept the weights of the optimizer
 * @param model its architecture
 */
export function trainingOf(json: Json, kept: TfjsWeights, model: Json, file: string): KerasTraining | undefined {
  const own = json.trainingConfig;
  const ofKeras = (json.modelTopology as Json | undefined)?.training_config;
  if (!isObject(own)) return isObject(ofKeras) ? { config: withOptimizer(ofKeras), variables: () => [] } : undefined;
  const { metrics, ...config } = withOptimizer(own);
  const ends = references((model.config as Json | undefined)?.output_layers);
  // A list is meant for each output.
  const all = Array.isArray(metrics) && ends.length > 1 ? ends.map(() => metrics) : metrics;
  return {
    config: { ...config, metrics: all },
    optimizers: tfjsOptimizers,
    metric(saved, columns) {
      // Of outputs that are exactly 1.
      if (saved === "precision" || saved === "recall") throw new Unsupported(`${saved}: no such metric here`);
      return metricOf(saved, columns);
    },
    variables: () =>
      [...kept].flatMap(([name, array]) =>
        array.dtype === "string" ? [] : [{ name, array: toHost(`${file}: weight "${name}"`, array, "float32") }],
      ),
  };
}
