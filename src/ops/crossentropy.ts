import { kernels, kernelsFor, memory } from "../backend/engine.js";
import { oneHot } from "../tensor/create.js";
import { asTensor, empty, inspect, Tensor, type TensorLike, tensor, viewAs } from "../tensor/tensor.js";
import { type FloatDType, requireFloat } from "../util/dtypes.js";
import { DTypeError, ShapeError, ValueError } from "../util/errors.js";
import { type Shape, sameShape, showShape } from "../util/shapes.js";
import { add, mul } from "./arithmetic.js";
import { op } from "./op.js";
import { matrixOf } from "./rows.js";

/** A fused loss: one number a row, and the activation's output, through which no gradient flows. */
export interface LossAndOutput {
  loss: Tensor;
  output: Tensor;
}

/** A fused loss with the gradient of the mean of all rows with respect to what it was computed from. */
export interface LossAndGradient extends LossAndOutput {
  gradient: Tensor;
}

interface Attributes {
  labels: Tensor;
  /** Written by the same kernel as the loss; the second result of a fused loss. */
  output: Tensor;
}

const leading = ([x]: [Shape]): Shape => x.slice(0, -1);

const softmaxOp = op<[logits: unknown], Attributes>("softmaxCrossEntropy", {
  shape: leading,
  forward(k, y, [z], { labels, output }) {
    const { rows, columns } = matrixOf(z.shape);
    k.softmax_crossentropy_forward(y.at, output.at, 0, z.at, labels.at, 0, 0, columns, 0, rows);
  },
  backward(k, [dz], dy, { attributes: { labels, output } }) {
    const { rows, columns } = matrixOf(output.shape);
    if (dz) k.softmax_crossentropy_backward(dz.at, dy.at, output.at, labels.at, columns, 0, rows);
  },
});

const sparseSoftmaxOp = op<[logits: unknown], Attributes>("softmaxCrossEntropy", {
  shape: leading,
  forward(k, y, [z], { labels, output }) {
    const { rows, columns } = matrixOf(z.shape);
    k.softmax_crossentropy_sparse_forward(y.at, output.at, 0, z.at, labels.at, 0, 0, widthOf(labels), columns, 0, rows);
  },
  backward(k, [dz], dy, { attributes: { labels, output } }) {
    const { rows, columns } = matrixOf(output.shape);
    if (!dz) return;
    k.softmax_crossentropy_sparse_backward(dz.at, dy.at, output.at, labels.at, widthOf(labels), columns, 0, rows);
  },
});

/**
 * Softmax and cross-entropy in one: loss = −Σ d · ln softmax(z) for each row, worked out from the logits, so exact for logits of ±1000;
 * output = softmax(z). The gradient of the logits is y − d (y · Σd − d where labels do not sum to 1). Labels are constants.
 *
 * @param logits z, `[..., classes]`
 * @param labels d: one-hot or soft, `[..., classes]` of the same float dtype; or class numbers, `[...]` of int32 or uint8
 * @returns loss `[...]` and output `[..., classes]`; no gradient flows through the output
 * @throws ShapeError, DTypeError, ValueError for a label that is no class
 * @example
 * const { loss, output } = wg.softmaxCrossEntropy([[1000, 0]], [[0, 1]]);
 * loss.toArray(); // [1000]
 * output.toArray(); // [[1, 0]]
 */
export function softmaxCrossEntropy(logits: TensorLike, labels: TensorLike): LossAndOutput {
  return softmaxLoss(["softmaxCrossEntropy", "logits", "labels"], logits, labels);
}

/** What errors call an operation, its predictions and its labels. */
type Names = readonly [operation: string, predictions: string, labels: string];

/** `softmaxCrossEntropy` under another name. */
export function softmaxLoss([name, predictions, wanted]: Names, logits: TensorLike, labels: TensorLike): LossAndOutput {
  const z = rowsOf(name, predictions, logits);
  const output = empty(z.shape, z.dtype);
  const dense = isDense(name, wanted, labels, z);
  const d = dense ? sameAs(name, wanted, labels, z) : classNumbers(name, wanted, labels, z);
  return { loss: (dense ? softmaxOp : sparseSoftmaxOp)([z], { labels: d, output }), output };
}

/**
 * `softmaxLoss` with the gradient of the mean of its rows, each times its weight, in the same pass. Nothing is taped. Class numbers are
 * expected to have been looked at before.
 */
export function softmaxLossAndGradient(
  [name, predictions, wanted]: Names,
  logits: TensorLike,
  labels: TensorLike,
  weights: Tensor | undefined,
): LossAndGradient {
  const z = rowsOf(name, predictions, logits);
  const { k, loss, output, gradient, rows, columns } = resultsFor(z);
  const places = [loss.at, output.at, gradient.at, z.at] as const;
  const counts = [weights?.at ?? 0, 1 / rows] as const;
  if (isDense(name, wanted, labels, z)) {
    const d = sameAs(name, wanted, labels, z);
    k.softmax_crossentropy_forward(...places, d.at, ...counts, columns, 0, rows);
  } else {
    const d = classNumbers(name, wanted, labels, z, true);
    k.softmax_crossentropy_sparse_forward(...places, d.at, ...counts, widthOf(d), columns, 0, rows);
  }
  return { loss, output, gradient };
}

function resultsFor(z: Tensor) {
  return {
    ...matrixOf(z.shape),
    k: kernelsFor(z.dtype),
    loss: empty(z.shape.slice(0, -1), z.dtype),
    output: empty(z.shape, z.dtype),
    gradient: empty(z.shape, z.dtype),
  };
}

const sigmoidOp = op<[logits: unknown], Attributes>("sigmoidBinaryCrossEntropy", {
  shape: leading,
  forward(k, y, [z], { labels, output }) {
    const { rows, columns } = matrixOf(z.shape);
    k.sigmoid_crossentropy_forward(y.at, output.at, 0, z.at, labels.at, 0, 0, columns, 0, rows);
  },
  backward(k, [dz], dy, { attributes: { labels, output } }) {
    const { rows, columns } = matrixOf(output.shape);
    if (dz) k.sigmoid_crossentropy_backward(dz.at, dy.at, output.at, labels.at, columns, 0, rows);
  },
});

/**
 * Sigmoid and binary cross-entropy in one: loss = mean over the last axis of max(z, 0) − z · t + ln(1 + e^−|z|), exact for logits of
 * ±1000; output = sigmoid(z). The gradient of the logits is (y − t) / n. Targets are constants.
 *
 * @param logits z, `[..., n]`
 * @param targets t from 0 to 1, `[..., n]` of the same dtype
 * @returns loss `[...]` and output `[..., n]`; no gradient flows through the output
 * @throws ShapeError, DTypeError
 * @example
 * wg.sigmoidBinaryCrossEntropy([[1000], [-1000]], [[1], [1]]).loss.toArray(); // [0, 1000]
 */
export function sigmoidBinaryCrossEntropy(logits: TensorLike, targets: TensorLike): LossAndOutput {
  return sigmoidLoss(["sigmoidBinaryCrossEntropy", "logits", "targets"], logits, targets);
}

/** `sigmoidBinaryCrossEntropy` under another name. */
export function sigmoidLoss(
  [name, predictions, wanted]: Names,
  logits: TensorLike,
  targets: TensorLike,
): LossAndOutput {
  const z = rowsOf(name, predictions, logits);
  const output = empty(z.shape, z.dtype);
  return { loss: sigmoidOp([z], { labels: sameAs(name, wanted, targets, z), output }), output };
}

/** `sigmoidLoss` with the gradient of the mean of its rows, each times its weight, in the same pass. Nothing is taped. */
export function sigmoidLossAndGradient(
  [name, predictions, wanted]: Names,
  logits: TensorLike,
  targets: TensorLike,
  weights: Tensor | undefined,
): LossAndGradient {
  const z = rowsOf(name, predictions, logits);
  const { k, loss, output, gradient, rows, columns } = resultsFor(z);
  const t = sameAs(name, wanted, targets, z);
  const counts = [weights?.at ?? 0, 1 / rows] as const;
  k.sigmoid_crossentropy_forward(loss.at, output.at, gradient.at, z.at, t.at, ...counts, columns, 0, rows);
  return { loss, output, gradient };
}

const categoricalOp = op<[y: unknown], { labels: Tensor }>("categoricalCrossEntropy", {
  shape: leading,
  forward(k, loss, [y], { labels }) {
    const { rows, columns } = matrixOf(y.shape);
    k.categorical_crossentropy_forward(loss.at, y.at, labels.at, columns, 0, rows);
  },
  backward(k, [dy], dloss, { x: [y], attributes: { labels } }) {
    const { rows, columns } = matrixOf(y.shape);
    if (dy) k.categorical_crossentropy_backward(dy.at, dloss.at, y.at, labels.at, columns, 0, rows);
  },
});

/**
 * −Σ d · ln(y / Σy) over the last axis, the shares y / Σy clipped to [1e-7, 1 − 1e-7] (Keras); a clipped share has no gradient.
 *
 * @param y probabilities, `[..., classes]`
 * @param labels one-hot or soft, `[..., classes]`, constants
 * @throws ShapeError, DTypeError
 */
export function categoricalCrossEntropy(y: TensorLike, labels: TensorLike): Tensor {
  const name = "categoricalCrossentropy";
  const p = rowsOf(name, "yPred", y);
  return categoricalOp([p], { labels: sameAs(name, "yTrue", labels, p) });
}

const sparseOp = op<[y: unknown], { labels: Tensor }>("sparseCategoricalCrossEntropy", {
  shape: leading,
  forward(k, loss, [y], { labels }) {
    const { rows, columns } = matrixOf(y.shape);
    k.sparse_categorical_crossentropy_forward(loss.at, y.at, labels.at, widthOf(labels), columns, 0, rows);
  },
  backward(k, [dy], dloss, { x: [y], attributes: { labels } }) {
    const { rows, columns } = matrixOf(y.shape);
    if (!dy) return;
    k.sparse_categorical_crossentropy_backward(dy.at, dloss.at, y.at, labels.at, widthOf(labels), columns, 0, rows);
  },
});

/**
 * −ln(y[label] / Σy) over the last axis: `categoricalCrossEntropy` for class numbers.
 *
 * @param y probabilities, `[..., classes]`
 * @param labels class numbers, `[...]` of int32 or uint8
 * @throws ShapeError, DTypeError, ValueError for a label that is no class
 */
export function sparseCategoricalCrossEntropy(y: TensorLike, labels: TensorLike): Tensor {
  const name = "sparseCategoricalCrossentropy";
  const p = rowsOf(name, "yPred", y);
  return sparseOp([p], { labels: classNumbers(name, "yTrue", labels, p) });
}

const binaryOp = op<[y: unknown], { labels: Tensor }>("binaryCrossEntropy", {
  shape: leading,
  forward(k, loss, [y], { labels }) {
    const { rows, columns } = matrixOf(y.shape);
    k.binary_crossentropy_forward(loss.at, y.at, labels.at, columns, 0, rows);
  },
  backward(k, [dy], dloss, { x: [y], attributes: { labels } }) {
    const { rows, columns } = matrixOf(y.shape);
    if (dy) k.binary_crossentropy_backward(dy.at, dloss.at, y.at, labels.at, columns, 0, rows);
  },
});

/**
 * Mean over the last axis of −t · ln y − (1 − t) · ln(1 − y), y clipped to [1e-7, 1 − 1e-7] (Keras); a clipped y has no gradient.
 *
 * @param y probabilities, `[..., n]`
 * @param targets t from 0 to 1, `[..., n]`, constants
 * @throws ShapeError, DTypeError
 */
export function binaryCrossEntropy(y: TensorLike, targets: TensorLike): Tensor {
  const name = "binaryCrossentropy";
  const p = rowsOf(name, "yPred", y);
  return binaryOp([p], { labels: sameAs(name, "yTrue", targets, p) });
}

/** The share α of labels spread evenly over their classes: (1 − α) · d + α / K for labels `[..., K]`; 0 leaves them as they are. */
export function smoothLabels(operation: string, labels: TensorLike, y: TensorLike, smoothing: number): TensorLike {
  if (smoothing === 0) return labels;
  const p = rowsOf(operation, "yPred", y);
  const d = sameAs(operation, "yTrue", labels, p);
  const { columns: classes } = matrixOf(d.shape);
  return add(mul(d, 1 - smoothing), smoothing / classes);
}

/** `smoothLabels` for class numbers: the smoothed one-hot labels `[..., classes]`, written by one kernel. */
export function smoothClasses(operation: string, labels: TensorLike, y: TensorLike, smoothing: number): Tensor {
  const p = rowsOf(operation, "yPred", y);
  const numbers = viewAs(classNumbers(operation, "yTrue", labels, p), p.shape.slice(0, -1));
  const { columns: classes } = matrixOf(p.shape);
  const off = smoothing / classes;
  return oneHot(numbers, classes, 1 - smoothing + off, off, p.dtype as FloatDType);
}

/** `smoothLabels` for targets of a sigmoid, each a choice of two: (1 − α) · t + α / 2. */
export function smoothTargets(targets: Tensor, smoothing: number): Tensor {
  return smoothing === 0 ? targets : add(mul(targets, 1 - smoothing), smoothing / 2);
}

function rowsOf(operation: string, argument: string, x: TensorLike): Tensor {
  const t = asTensor(x, undefined, operation, argument);
  requireFloat(operation, argument, t.dtype);
  if (t.rank === 0 || t.shape[t.rank - 1] === 0) {
    throw new ShapeError(`${operation}: ${argument} expected [..., n] with n ≥ 1, got ${showShape(t.shape)}`);
  }
  return t;
}

/** Labels shaped like the logits and not of an integer type: one-hot or soft. */
function isDense(operation: string, argument: string, labels: TensorLike, logits: Tensor): boolean {
  if (labels instanceof Tensor && (labels.dtype === "int32" || labels.dtype === "uint8")) return false;
  const { shape } = asTensor(labels, undefined, operation, argument);
  return shape.length === logits.rank && !(logits.shape[logits.rank - 1] !== 1 && shape[shape.length - 1] === 1);
}

/** Labels of the shape and dtype of the predictions; arrays are converted. */
function sameAs(operation: string, argument: string, labels: TensorLike, y: Tensor): Tensor {
  const t = asTensor(labels, y.dtype as FloatDType, operation, argument);
  if (!sameShape(t.shape, y.shape)) {
    throw new ShapeError(
      `${operation}: ${argument} expected shape ${showShape(y.shape)} as the predictions, got ${showShape(t.shape)}`,
    );
  }
  if (t.dtype !== y.dtype) {
    throw new DTypeError(
      `${operation}: ${argument} expected ${y.dtype} as the predictions, got ${t.dtype}; convert it with cast(${argument}, "${y.dtype}")`,
    );
  }
  return t;
}

/** Class numbers as int32 or uint8, `[...]` or `[..., 1]`, each below the number of classes, which is looked at unless they are `known`. */
function classNumbers(operation: string, argument: string, labels: TensorLike, y: Tensor, known = false): Tensor {
  const given = asTensor(labels, "float64", operation, argument);
  if (labels instanceof Tensor && labels.dtype !== "int32" && labels.dtype !== "uint8") {
    throw new DTypeError(
      `${operation}: ${argument} expected int32 or uint8 class numbers, got ${labels.dtype}; convert them with cast(${argument}, "int32")`,
    );
  }
  const { size } = given;
  const { columns: classes } = matrixOf(y.shape);
  const expected = y.shape.slice(0, -1);
  const squeezed = given.rank === y.rank && given.shape[given.rank - 1] === 1 ? given.shape.slice(0, -1) : given.shape;
  if (!sameShape(squeezed, expected)) {
    const oneHot = given.rank === y.rank;
    throw new ShapeError(
      `${operation}: ${argument} expected class numbers of shape ${showShape(expected)} for predictions ${showShape(y.shape)}, ` +
        `got ${showShape(given.shape)}${oneHot ? "; one-hot labels go to categoricalCrossentropy" : ""}`,
    );
  }
  if (!known) {
    inspect(given, (at) => {
      // A recorded step looks each time: without a view.
      if (given.dtype === "int32" && kernels("float32").first_bad_index(at, classes, 0, size) < 0) return;
      checkLabels(operation, memory().view(at, size, given.dtype), classes, argument);
    });
  }
  return labels instanceof Tensor ? labels : tensor(memory().view(given.at, size, given.dtype), given.shape, "int32");
}

/**
 * Every label is a whole number from 0 to classes − 1.
 *
 * @throws ValueError that names the row, the label and the number of classes
 */
export function checkLabels(operation: string, labels: ArrayLike<number>, classes: number, argument = "labels"): void {
  for (let row = 0; row < labels.length; row++) {
    const label = labels[row] as number;
    if (label >= 0 && label < classes && Number.isInteger(label)) continue;
    throw new ValueError(
      `${operation}: ${argument} expected whole numbers from 0 to ${classes - 1} for ${classes} classes, got ${label} in row ${row}` +
        (label === classes ? "; count classes from 0, or give the output layer one unit more" : ""),
    );
  }
}

/** Bytes of one class number. */
function widthOf(labels: Tensor): number {
  return labels.dtype === "uint8" ? 1 : 4;
}
