import type { LossAndOutput } from "../ops/crossentropy.js";
import { currentTape } from "../tensor/current-tape.js";
import { asTensor, Tensor, type TensorLike, viewAs } from "../tensor/tensor.js";
import { checkOptions } from "../util/check.js";
import { isFloat, requireFloat } from "../util/dtypes.js";
import { DTypeError, ShapeError } from "../util/errors.js";
import type { Config } from "../util/named.js";
import { sameShape, showShape } from "../util/shapes.js";

/** A shape whose first entry may be null: any batch size. */
export type BatchShape = readonly (number | null)[];

/** What `compile` takes as `loss`, by name or as the result of a function of `losses`. */
export interface Loss {
  /** Keras's name in camel case, such as `"meanSquaredError"`: what `lossNamed` finds it by. */
  readonly name: string;
  /** The options it was made with, for saving; a loss without them cannot be saved. */
  readonly config?: Config;
  /**
   * What it compares the output with: class numbers (int32 or uint8, `[batch]`), floats shaped like the output, or whatever came. A model
   * converts targets to the first two.
   */
  readonly targets: "classes" | "values" | "given";
  /** One loss for each row of the batch: `[batch]`, or all leading axes where each row has several predictions. */
  perSample(yTrue: TensorLike, yPred: TensorLike): Tensor;
  /** `perSample` and, in the same pass, the gradient of its mean in yPred: what a training step runs where it can. */
  withGradient?(yTrue: TensorLike, yPred: TensorLike, weights: Tensor | undefined): RowLosses;
  /** The same loss together with the activation before it: stable, one kernel, gradient y − d. */
  readonly fused?: FusedLoss;
  /**
   * Whether targets of a shape fit an output; both begin with the batch size (or null).
   *
   * @param layer the output layer as an error text names it, such as `dense "scores"`
   * @throws ShapeError with the remedy
   */
  checkTargets(targets: BatchShape, output: BatchShape, layer: string): void;
  /**
   * Whether the values of a batch of targets are allowed, such as class numbers below the number of classes. Recorded training steps
   * do not look at values, so who feeds them calls this.
   *
   * @throws ValueError that names the row
   */
  checkValues(targets: ArrayLike<number>, output: BatchShape): void;
}

/** Losses `[batch]`, and the gradient of their mean, each times its weight, in the predictions. Nothing is taped. */
export interface RowLosses {
  loss: Tensor;
  gradient: Tensor;
}

/** A loss that takes what comes before the activation. */
export interface FusedLoss {
  readonly activation: "softmax" | "sigmoid";
  /** Losses `[batch]` and the activation's output, the latter without gradient. */
  perSample(yTrue: TensorLike, logits: TensorLike): LossAndOutput;
  /** The same and, in the same pass, the gradient in the logits. The targets are expected to have been checked. */
  withGradient?(yTrue: TensorLike, logits: TensorLike, weights: Tensor | undefined): RowLosses & LossAndOutput;
}

/** With targets and predictions the losses `[batch]`; with options or nothing the record for `compile`. */
export interface LossFunction<O> {
  (options?: O): Loss;
  (yTrue: TensorLike, yPred: TensorLike, options?: O): Tensor;
}

/** How each option of a loss is checked. @throws ValueError */
export type OptionChecks<O> = {
  readonly [K in keyof O]-?: (operation: string, argument: string, value: unknown) => unknown;
};

/** @__NO_SIDE_EFFECTS__ */
export function lossFunction<O extends object>(
  name: string,
  checks: OptionChecks<O>,
  make: (options: O) => Loss,
): LossFunction<O> {
  const checked = (options: unknown): Loss => {
    checkOptions(name, options, Object.keys(checks));
    for (const [key, value] of Object.entries(options ?? {})) {
      if (value !== undefined) checks[key as keyof O](name, key, value);
    }
    return make((options ?? {}) as O);
  };
  return ((...args: unknown[]) => {
    if (args.length < 2) return checked(args[0]);
    return checked(args[2]).perSample(args[0] as TensorLike, args[1] as TensorLike);
  }) as LossFunction<O>;
}

/**
 * Targets and predictions as tensors `[batch, n]` of one shape, so that a loss over the last axis is one number a row. Targets `[batch]`
 * fit predictions `[batch, 1]`. Arrays take the dtype of the tensor beside them.
 */
export function asMatrices(name: string, yTrue: TensorLike, yPred: TensorLike): [yTrue: Tensor, yPred: Tensor] {
  const beside = yTrue instanceof Tensor && isFloat(yTrue.dtype) ? yTrue.dtype : "float32";
  const p = asTensor(yPred, beside, name, "yPred");
  let t = asTensor(yTrue, p.dtype, name, "yTrue");
  checkDTypes(name, t, p);
  t = withLastAxis(t, p);
  if (!sameShape(t.shape, p.shape)) {
    throw new ShapeError(
      `${name}: yTrue expected shape ${showShape(p.shape)} as yPred, got ${showShape(t.shape)}; reshape one of them`,
    );
  }
  if (p.rank < 3) return [t, p];
  const matrix = [p.shape[0] as number, p.size / Math.max(1, p.shape[0] as number)];
  return [reshaped(t, matrix), reshaped(p, matrix)];
}

/** @throws DTypeError where predictions are not of a float type, or targets not of the same */
export function checkDTypes(name: string, yTrue: Tensor, yPred: Tensor): void {
  const dtype = requireFloat(name, "yPred", yPred.dtype);
  if (yTrue.dtype === dtype) return;
  throw new DTypeError(
    `${name}: yTrue expected ${dtype} as yPred, got ${yTrue.dtype}; convert it with cast(yTrue, "${dtype}")`,
  );
}

/** Targets `[batch]` as `[batch, 1]` beside predictions of that shape; all others as they are. */
export function withLastAxis(t: Tensor, p: Tensor): Tensor {
  return t.rank === p.rank - 1 && p.shape[p.rank - 1] === 1 ? reshaped(t, [...t.shape, 1]) : t;
}

function reshaped(x: Tensor, shape: number[]): Tensor {
  const view = viewAs(x, shape);
  const tape = currentTape();
  if (tape?.tracks(x)) tape.addView(x, view);
  return view;
}

/** For losses that compare value by value: targets shaped like the output, or without its last axis of size 1. */
export function checkSameTargets(name: string, targets: BatchShape, output: BatchShape, layer: string): void {
  const last = output[output.length - 1];
  const one = targets.length === output.length - 1 && last === 1;
  if (fits(targets, one ? output.slice(0, -1) : output)) return;
  throw new ShapeError(
    `loss "${name}": targets expected ${showBatch(output)} as the output of ${layer}, got ${showBatch(targets)}; ` +
      `reshape them, or give the layer as many units as there are targets`,
  );
}

/** Whether two shapes agree, a null matching any size. */
export function fits(a: BatchShape, b: BatchShape): boolean {
  return a.length === b.length && a.every((n, i) => n === null || b[i] === null || n === b[i]);
}

/** The batch size is not part of what is expected. */
export function showBatch(shape: BatchShape): string {
  return showShape([null, ...shape.slice(1)]);
}
