import type { LossAndOutput } from "../ops/crossentropy.js";
import { filled, type Tensor } from "../tensor/tensor.js";
import type { Head } from "./compile.js";
import { weighted } from "./row-weights.js";

/** The loss of each row and the model's output, from what its layers put out: before the last activation where the loss takes that over. */
export function rowLosses({ loss, fused }: Head, labels: Tensor, raw: Tensor): LossAndOutput {
  return fused && loss.fused ? loss.fused.perSample(labels, raw) : { loss: loss.perSample(labels, raw), output: raw };
}

/** What a backward pass begins with: the gradient of the mean over the rows, each times its weight, in `of`. */
export interface Beginning extends LossAndOutput {
  readonly of: Tensor;
  /** To be written over. */
  readonly gradient: Tensor;
}

/** `rowLosses` with the gradient: from the same kernel where the loss has one for both, else in the losses themselves, which are taped. */
export function rowLossesAndGradient(head: Head, labels: Tensor, raw: Tensor, weights: Tensor | undefined): Beginning {
  const { loss, fused } = head;
  // A row of several predictions may have several losses, which share its weight.
  if (!weights || raw.rank === 2) {
    const whole = fused ? loss.fused?.withGradient?.(labels, raw, weights) : undefined;
    if (whole) return { ...whole, of: raw };
    const pair = fused ? undefined : loss.withGradient?.(labels, raw, weights);
    if (pair) return { ...pair, output: raw, of: raw };
  }
  const found = rowLosses(head, labels, raw);
  const { shape, size, dtype } = found.loss;
  const each = filled(shape, 1 / size, dtype);
  return { ...found, of: found.loss, gradient: weights ? weighted(each, weights, loss.name) : each };
}
