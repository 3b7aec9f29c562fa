import type { Callback } from "../model/callback.js";
import { monitored } from "../model/early-stopping.js";
import { checkOptions, checkText, show } from "../util/check.js";
import { ValueError } from "../util/errors.js";
import type { Trial } from "./active-trial.js";
import type { Space } from "./parameter.js";

/**
 * A callback of `fit` that reports a metric after each epoch, and ends the run where the study's pruner gives the trial up.
 *
 * @param trial what the objective got
 * @param options.monitor a metric of `history`; default `"val_loss"`
 * @throws ValueError for an unknown option, and in `fit` where no epoch has the metric
 * @example
 * const found = await study({
 *   space: { units: int(1, 8) },
 *   pruner: median(),
 *   objective: async (trial) => {
 *     const model = wg.sequential([wg.layers.dense({ units: trial.params.units, inputShape: [1] }), wg.layers.dense({ units: 1 })]);
 *     model.compile({ optimizer: "sgd", loss: "meanSquaredError" });
 *     const { history } = await model.fit([[1], [2]], [[1], [2]], {
 *       epochs: 2, callbacks: [pruningCallback(trial, { monitor: "loss" })],
 *     });
 *     return history.loss?.at(-1) ?? Infinity;
 *   },
 * });
 * await found.optimize({ trials: 2, progress: false });
 * found.trials.length; // 2
 */
export function pruningCallback<S extends Space>(trial: Trial<S>, options: { monitor?: string } = {}): Callback {
  if (typeof trial?.report !== "function") {
    throw new ValueError(`pruningCallback: trial expected what the objective got, got ${show(trial)}`);
  }
  checkOptions("pruningCallback", options, ["monitor"]);
  const monitor = checkText("pruningCallback", "monitor", options.monitor ?? "val_loss");
  return {
    name: "pruning",
    async onEpochEnd(epoch, logs, { stop }) {
      await trial.report(epoch, monitored("pruningCallback", monitor, logs));
      if (await trial.shouldPrune()) stop(`trial ${trial.number} was pruned at epoch ${epoch + 1}`);
    },
  };
}
