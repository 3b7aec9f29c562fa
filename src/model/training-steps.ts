import { kernels, memory } from "../backend/engine.js";
import { add, mul } from "../ops/arithmetic.js";
import type { LossAndOutput } from "../ops/crossentropy.js";
import { mean } from "../ops/reduce.js";
import { Storage } from "../tensor/storage.js";
import { Tape, taping } from "../tensor/tape.js";
import { Tensor } from "../tensor/tensor.js";
import { type DType, sizeOf } from "../util/dtypes.js";
import type { HostArray } from "../util/host-array.js";
import { blocksOf } from "./blocks.js";
import type { Compiled, Head } from "./compile.js";
import { rowLosses, rowLossesAndGradient } from "./head.js";
import { Meter } from "./metering.js";
import { penalized } from "./penalties.js";
import type { Core, Forward, Inputs, Made } from "./plans.js";
import { lossWeights, weighted } from "./row-weights.js";
import { Update } from "./update.js";

/** What steps of training and evaluation do beyond running the layers: losses, penalties and gradients, and the update that follows. */
export class TrainingSteps {
  readonly update: Update;
  /** Of `trainOnBatch`, for the batch that it is on. */
  readonly meter: Meter;
  /** 1 / m, by which penalties in the course's convention are multiplied; see `penalized`. */
  private readonly perRow: Tensor;

  /** @param trainingRows those of the data that `fit` trained on last, where known */
  constructor(
    private readonly core: Core,
    private readonly compiled: Compiled,
    private readonly trainingRows: () => number | undefined,
  ) {
    const { parameters, dtype } = core;
    this.meter = new Meter(compiled.heads, "metrics");
    this.update = new Update(parameters, dtype, compiled.optimizer, compiled.runEagerly);
    this.perRow = new Tensor(Storage.block(sizeOf(dtype)), [], dtype);
  }

  /** Says of how many rows the next batch is one, where `fit` has not said so. */
  countRows(rows: number): void {
    const { dtype } = this.core;
    memory().heap(dtype)[this.perRow.at / sizeOf(dtype)] = 1 / (this.trainingRows() ?? rows);
  }

  /** Class numbers are integers, other targets as the output; to a user's own function they go as they came. */
  targetType(i: number, { data }: HostArray): DType {
    const { targets } = (this.compiled.heads[i] as Head).loss;
    const integers =
      targets === "given" ? data instanceof Int32Array || data instanceof Uint8Array : targets === "classes";
    return integers ? "int32" : this.core.dtype;
  }

  private get logits(): readonly boolean[] {
    return this.compiled.heads.map(({ fused }) => fused);
  }

  /** A step of evaluation. */
  withLoss({ x, y, weight }: Inputs, forward: Forward): Made {
    const { heads } = this.compiled;
    const { outputs: raw, masks } = forward(x, false, this.logits);
    const weights = masks.map((mask) => lossWeights(mask, weight, this.core.dtype));
    const found = heads.map((head, i) => rowLosses(head, y[i] as Tensor, raw[i] as Tensor, weights[i]));
    return this.summed(found, x, weights);
  }

  /** The same in training, with the gradients of all weights in their block. */
  withGradients({ x, y, weight }: Inputs, forward: Forward): Made {
    const { heads } = this.compiled;
    const { parameters, dtype } = this.core;
    const blocks = blocksOf(parameters);
    const gradients = blocks.gradients();
    kernels(dtype).fill(blocks.gradientsAt, 0, 0, parameters.trainedSize);
    const model = new Tape();
    const begun = taping(model, () => {
      const { outputs: raw, masks } = forward(x, true, this.logits);
      const weights = masks.map((mask) => lossWeights(mask, weight, dtype));
      const [head] = heads;
      // With one output the pass may begin at the loss's own gradient, from the kernel that makes both.
      if (heads.length === 1 && head?.weight === 1) {
        return { weights, one: rowLossesAndGradient(head, y[0] as Tensor, raw[0] as Tensor, weights[0]) };
      }
      const found = heads.map((each, i) => rowLosses(each, y[i] as Tensor, raw[i] as Tensor, weights[i]));
      return { weights, found, sum: this.weightedSum(found.map(({ loss }, i) => this.meanOf(loss, weights[i], i))) };
    });
    // Of the mean this tape knows nothing: it has the gradients of the penalties alone.
    const penalties = new Tape();
    const summed = taping(penalties, () => this.summed(begun.found ?? [begun.one], x, begun.weights));
    penalties.backward(summed.loss as Tensor, gradients);
    if (begun.found) model.backward(begun.sum, gradients);
    else model.backward(begun.one.of, gradients, begun.one.gradient, true);
    return summed;
  }

  /** The loss of the batch from those of its rows, with the penalties. */
  private summed(
    found: readonly LossAndOutput[],
    x: readonly Tensor[],
    weights: readonly (Tensor | undefined)[],
  ): Made {
    const means = found.map(({ loss }, i) => this.meanOf(loss, weights[i], i));
    const { parameters } = this.core;
    const rows = (x[0] as Tensor).shape[0] as number;
    const loss = penalized(this.weightedSum(means), parameters, this.compiled, rows, this.perRow);
    return { outputs: found.map(({ output }) => output), loss, losses: means.length > 1 ? means : [] };
  }

  private meanOf(loss: Tensor, weight: Tensor | undefined, i: number): Tensor {
    return mean(weight ? weighted(loss, weight, (this.compiled.heads[i] as Head).loss.name) : loss);
  }

  private weightedSum(means: readonly Tensor[]): Tensor {
    const { heads } = this.compiled;
    return means
      .map((each, i) => (heads[i]?.weight === 1 ? each : mul(each, (heads[i] as Head).weight)))
      .reduce((sum, each) => add(sum, each));
  }
}
