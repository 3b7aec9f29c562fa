import type { LossAndOutput } from "../ops/crossentropy.js";
import { reshape } from "../ops/shape.js";
import { filled, type Tensor, viewAs } from "../tensor/tensor.js";
import { sizeOfShape } from "../util/shapes.js";
import type { Head } from "./compile.js";
import { weighted } from "./row-weights.js";

/**
 * The loss of each row and the model's output, from what its layers put out: before the last activation where the loss takes that over.
 * Weights of steps, `[batch, steps]`, make each step a row.
 */
export function rowLosses(head: Head, labels: Tensor, raw: Tensor, weights: Tensor | undefined): LossAndOutput {
  const [targets, rows] = [asRows(labels, weights), asRows(raw, weights)];
  const { loss, output } = plainLosses(head, targets, rows);
  return { loss, output: viewAs(output, raw.shape) };
}

function plainLosses({ loss, fused }: Head, labels: Tensor, raw: Tensor): LossAndOutput {
  return fused && loss.fused ? loss.fused.perSample(labels, raw) : { loss: loss.perSample(labels, raw), output: raw };
}

function asRows(x: Tensor, weights: Tensor | undefined): Tensor {
  if (!weights || weights.rank < 2) return x;
  const { rank } = weights;
  return reshape(x, [sizeOfShape(x.shape.slice(0, rank)), ...x.shape.slice(rank)]);
}

/** What a backward pass begins with: the gradient of the mean over the rows, each times its weight, in `of`. */
export interface Beginning extends LossAndOutput {
  readonly of: Tensor;
  /** To be written over. */
  readonly gradient: Tensor;
}

/** `rowLosses` with the gradient: from the same kernel where the loss has one for both, else in the losses themselves, which are taped. */
export function rowLossesAndGradient(head: Head, labels: Tensor, raw: Tensor, weights: Tensor | undefined): Beginning {
  const found = beginning(head, asRows(labels, weights), asRows(raw, weights), weights);
  return { ...found, output: viewAs(found.output, raw.shape) };
}

function beginning(head: Head, labels: Tensor, raw: Tensor, weights: Tensor | undefined): Beginning {
  const { loss, fused } = head;
  // A row of several predictions may have several losses, which share its weight.
  if (!weights || raw.rank === 2) {
    const whole = fused ? loss.fused?.withGradient?.(labels, raw, weights) : undefined;
    if (whole) return { ...whole, of: raw };
    const pair = fused ? undefined : loss.withGradient?.(labels, raw, weights);
    if (pair) return { ...pair, output: raw, of: raw };
  }
  const found = plainLosses(head, labels, raw);
  const { shape, size, dtype } = found.loss;
  const each = filled(shape, 1 / size, dtype);
  return { ...found, of: found.loss, gradient: weights ? weighted(each, weights, loss.name) : each };
}
