import type { Fields, Inputs } from "../model/fields.js";
import type { TrainingData } from "../model/inputs.js";
import type { Model } from "../model/model.js";
import { checkNumber, checkOptions } from "../util/check.js";
import { batchOf, checkModel } from "./batch.js";
import { type FlowLayer, type FlowStatistics, flowLayer } from "./flow-layer.js";
import { flowStep } from "./flow-step.js";
import { type FlowVerdict, judgeLayers, judgeWhole } from "./flow-verdict.js";
import { rowsOf } from "./probe.js";
import { table } from "./table.js";

export interface GradientFlowOptions {
  /**
   * A layer whose activations are so many times larger or smaller than the input, or its gradient than that at the output, explodes or
   * vanishes. Default: 1000.
   */
  factor?: number;
  /** The share of dead units, or of saturated outputs of sigmoid and tanh, from which on a layer vanishes. Default: 0.5. */
  share?: number;
}

/** What `gradientFlow` found. */
export interface GradientFlow extends FlowVerdict {
  /** From the input to the output; layers that only reshape are left out. */
  readonly layers: readonly (FlowLayer & FlowVerdict)[];
  readonly loss: number;
  /** All of it as lines to read. */
  readonly summary: string;
  toString(): string;
}

/**
 * How the signal gets through a network in its next training step: for each layer the mean, deviation, dead and saturated share of its
 * activations and of the loss's gradient with respect to them, the size of its weights' gradient, and ‖Δw‖ / ‖w‖, what the compiled
 * optimizer would change. The step is done in a copy; the model stays as it is.
 *
 * A layer is `"exploding"` where its activations (but the output layer's) have more than `factor` times the root mean square of the input, or
 * its gradient that of the output's, or where either is not finite; `"vanishing"` where they have less than 1 / `factor` of it, or a `share`
 * of its units is dead or of its sigmoid or tanh outputs saturated; else `"healthy"`. After "Vanishing / exploding gradients" in Ng's
 * "Improving deep neural networks"; Glorot and Bengio, 2010; the update ratio after Karpathy, CS231n.
 *
 * @param data rows and targets: dead and saturated shares want some tens of rows. Of a `Dataset` the first batch, or the first 32 rows
 * @param options.factor > 1, default 1000
 * @param options.share 0 < share ≤ 1, default 0.5
 * @throws StateError for a model that is not compiled; ShapeError, ValueError for rows that do not fit
 * @example
 * const layers = [1, 2, 3].map((i) => wg.layers.dense({ units: 2, inputShape: [2], name: `d${i}`, kernelInitializer: "orthogonal" }));
 * const model = wg.sequential(layers).compile({ optimizer: "sgd", loss: "mse" });
 * const flow = await gradientFlow(model, [[1, -1]], [[0, 0]]);
 * flow.verdict; // "healthy"
 * flow.layers.map(({ activations }) => activations.rms); // [1.000000, 1.000000, 1.000000], as orthogonal weights keep lengths
 */
export async function gradientFlow(
  model: Model,
  data: TrainingData,
  options?: GradientFlowOptions,
): Promise<GradientFlow>;
export async function gradientFlow(
  model: Model,
  x: Inputs,
  y: Inputs,
  options?: GradientFlowOptions,
): Promise<GradientFlow>;
export async function gradientFlow(
  model: Model,
  data: unknown,
  second?: unknown,
  third?: unknown,
): Promise<GradientFlow> {
  const operation = "gradientFlow";
  checkModel(operation, model);
  const [batch, given] = await batchOf(operation, model, data, second, third);
  checkOptions(operation, given, ["factor", "share"]);
  const { factor = 1000, share = 0.5 } = (given ?? {}) as GradientFlowOptions;
  checkNumber(operation, "factor", factor, { above: 1 });
  checkNumber(operation, "share", share, { above: 0, max: 1 });
  const { loss, passages } = flowStep(operation, model, batch);
  const measured = passages.map(flowLayer);
  const inputRms = rootMeanSquare(batch.x);
  const verdicts = judgeLayers(measured, inputRms, { factor, share });
  const layers = measured.map((layer, i) => ({ ...layer, ...(verdicts[i] as FlowVerdict) }));
  const found = { layers, loss, ...judgeWhole(layers) };
  const rows = rowsOf(batch);
  const summary = summaryOf(found, `model "${model.name}" on ${rows} row${rows === 1 ? "" : "s"}`);
  return { ...found, summary, toString: () => summary };
}

function rootMeanSquare(fields: Fields): number {
  let [sum, count] = [0, 0];
  for (const { data } of fields) {
    for (const v of data) sum += v * v;
    count += data.length;
  }
  return Math.sqrt(sum / count);
}

function summaryOf({ layers, verdict, reasons }: Omit<GradientFlow, "summary">, what: string): string {
  const heads = ["mean", "deviation", "dead", "flat"];
  const cells = (s: FlowStatistics | undefined) =>
    s ? [short(s.mean), short(s.deviation), percent(s.dead), percent(s.saturated)] : ["–", "–", "–", "–"];
  return [
    `Flow through ${what}: ${verdict}`,
    ...table(
      [
        "layer",
        ...heads.map((each) => `out ${each}`),
        ...heads.map((each) => `grad ${each}`),
        "update/weight",
        "verdict",
      ],
      layers.map((each) => [
        each.activation && each.activation !== "linear" ? `${each.name} (${each.activation})` : each.name,
        ...cells(each.activations),
        ...cells(each.gradients),
        each.weights?.updateRatio === undefined ? "–" : short(each.weights.updateRatio),
        each.verdict,
      ]),
      [1, 2, 3, 4, 5, 6, 7, 8, 9],
    ),
    ...reasons,
  ].join("\n");
}

const short = (value: number): string => (value === 0 ? "0" : value.toExponential(1));
const percent = (share: number | undefined): string => (share === undefined ? "–" : `${Math.round(share * 100)} %`);
