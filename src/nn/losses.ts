import * as crossentropy from "../ops/crossentropy.js";
import * as errors from "../ops/loss.js";
import { asTensor, Tensor } from "../tensor/tensor.js";
import { nearest, show } from "../util/check.js";
import { isFloat } from "../util/dtypes.js";
import { ShapeError, ValueError } from "../util/errors.js";
import type { Config, Saved } from "../util/named.js";
import {
  asMatrices,
  type BatchShape,
  checkSameTargets,
  fits,
  type Loss,
  type LossFunction,
  lossFunction,
  showBatch,
  withLastAxis,
} from "./loss.js";

export interface CrossentropyOptions {
  /** True where yPred are logits, before softmax or sigmoid; default false: probabilities. */
  fromLogits?: boolean;
}

/**
 * −Σ yTrue · ln yPred over the classes, for one-hot or soft labels: `[batch, classes]` both, result `[batch]`. Probabilities are divided
 * by their sum and clipped to [1e-7, 1 − 1e-7], as in Keras; logits go through the stable fused kernel.
 *
 * @param yTrue one-hot or soft labels, constants
 * @throws ShapeError, DTypeError, ValueError for an unknown option
 * @example
 * wg.losses.categoricalCrossentropy([[0, 1]], [[0.5, 0.5]]).toArray(); // [0.6931471824645996]
 * wg.losses.categoricalCrossentropy({ fromLogits: true }).name; // "categoricalCrossentropy"
 */
export const categoricalCrossentropy: LossFunction<CrossentropyOptions> = lossFunction(
  "categoricalCrossentropy",
  ["fromLogits"],
  ({ fromLogits = false }) => ({
    name: "categoricalCrossentropy",
    config: { fromLogits },
    targets: "values",
    perSample: (yTrue, yPred) =>
      fromLogits
        ? crossentropy.softmaxLoss(["categoricalCrossentropy", "yPred", "yTrue"], yPred, yTrue).loss
        : crossentropy.categoricalCrossEntropy(yPred, yTrue),
    ...(fromLogits
      ? {}
      : {
          fused: {
            activation: "softmax" as const,
            perSample: (yTrue, logits) => crossentropy.softmaxCrossEntropy(logits, yTrue),
          },
        }),
    checkTargets(targets, output, layer) {
      const classes = classesOf("categoricalCrossentropy", output, layer);
      if (fits(targets, output)) return;
      const numbers = fits(targets, output.slice(0, -1)) || fits(targets, [...output.slice(0, -1), 1]);
      throw new ShapeError(
        `loss "categoricalCrossentropy": targets expected one-hot labels ${showBatch(output)} as the output of ${layer}, got ${showBatch(targets)}; ` +
          (numbers
            ? `for class numbers use loss "sparseCategoricalCrossentropy" or oneHot(labels, ${classes})`
            : `give ${layer} as many units as there are classes`),
      );
    },
    checkValues: () => undefined,
  }),
);

/**
 * −ln yPred[yTrue], for class numbers: yTrue `[batch]` of int32 or uint8, yPred `[batch, classes]`, result `[batch]`. The probabilities
 * are treated as by `categoricalCrossentropy`.
 *
 * @throws ShapeError, DTypeError, ValueError for a label that is no class or an unknown option
 * @example
 * wg.losses.sparseCategoricalCrossentropy([1], [[0.5, 0.5]]).toArray(); // [0.6931471824645996]
 */
export const sparseCategoricalCrossentropy: LossFunction<CrossentropyOptions> = lossFunction(
  "sparseCategoricalCrossentropy",
  ["fromLogits"],
  ({ fromLogits = false }) => ({
    name: "sparseCategoricalCrossentropy",
    config: { fromLogits },
    targets: "classes",
    perSample: (yTrue, yPred) =>
      fromLogits
        ? crossentropy.softmaxLoss(["sparseCategoricalCrossentropy", "yPred", "yTrue"], yPred, yTrue).loss
        : crossentropy.sparseCategoricalCrossEntropy(yPred, yTrue),
    ...(fromLogits
      ? {}
      : {
          fused: {
            activation: "softmax" as const,
            perSample: (yTrue, logits) => crossentropy.softmaxCrossEntropy(logits, yTrue),
          },
        }),
    checkTargets(targets, output, layer) {
      classesOf("sparseCategoricalCrossentropy", output, layer);
      const expected = output.slice(0, -1);
      if (fits(targets, expected) || fits(targets, [...expected, 1])) return;
      throw new ShapeError(
        `loss "sparseCategoricalCrossentropy": targets expected class numbers ${showBatch(expected)} for the output ${showBatch(output)} of ${layer}, got ${showBatch(targets)}` +
          (fits(targets, output) ? '; for one-hot labels use loss "categoricalCrossentropy"' : "; reshape them"),
      );
    },
    checkValues: (targets, output) =>
      crossentropy.checkLabels('loss "sparseCategoricalCrossentropy"', targets, output[output.length - 1] as number),
  }),
);

/**
 * Mean over the outputs of −yTrue · ln yPred − (1 − yTrue) · ln(1 − yPred): `[batch, n]` both (or yTrue `[batch]` for n = 1), result
 * `[batch]`. Probabilities are clipped to [1e-7, 1 − 1e-7], as in Keras; logits go through the stable fused kernel.
 *
 * @param yTrue from 0 to 1, constants
 * @throws ShapeError, DTypeError, ValueError for an unknown option
 * @example
 * wg.losses.binaryCrossentropy([1], [[0.5]]).toArray(); // [0.6931471824645996]
 */
export const binaryCrossentropy: LossFunction<CrossentropyOptions> = lossFunction(
  "binaryCrossentropy",
  ["fromLogits"],
  ({ fromLogits = false }) => ({
    name: "binaryCrossentropy",
    config: { fromLogits },
    targets: "values",
    perSample(yTrue, yPred) {
      const [t, p] = asMatrices("binaryCrossentropy", yTrue, yPred);
      return fromLogits
        ? crossentropy.sigmoidLoss(["binaryCrossentropy", "yPred", "yTrue"], p, t).loss
        : crossentropy.binaryCrossEntropy(p, t);
    },
    ...(fromLogits
      ? {}
      : {
          fused: {
            activation: "sigmoid" as const,
            perSample: (yTrue, logits) => {
              const [t, z] = asMatrices("binaryCrossentropy", yTrue, logits);
              return crossentropy.sigmoidBinaryCrossEntropy(z, t);
            },
          },
        }),
    checkTargets: (targets, output, layer) => checkSameTargets("binaryCrossentropy", targets, output, layer),
    checkValues(targets, output) {
      for (let i = 0; i < targets.length; i++) {
        const t = targets[i] as number;
        if (t >= 0 && t <= 1) continue;
        const row = Math.floor(i / perRow(output));
        throw new ValueError(
          `loss "binaryCrossentropy": targets expected numbers from 0 to 1, got ${t} in row ${row}; map the two classes to 0 and 1`,
        );
      }
    },
  }),
);

/**
 * Mean over the outputs of (yTrue − yPred)²: `[batch, …]` both (or yTrue `[batch]` for yPred `[batch, 1]`), result `[batch]`.
 *
 * @throws ShapeError, DTypeError
 * @example
 * wg.losses.meanSquaredError([[1, 4]], [[1, 2]]).toArray(); // [2]
 */
export const meanSquaredError: LossFunction<Record<string, never>> = pointwise(
  "meanSquaredError",
  errors.meanSquaredError,
);

/**
 * Mean over the outputs of |yTrue − yPred|: `[batch, …]` both (or yTrue `[batch]` for yPred `[batch, 1]`), result `[batch]`. The
 * gradient is 0 where they are equal.
 *
 * @throws ShapeError, DTypeError
 * @example
 * wg.losses.meanAbsoluteError([[1, 4]], [[1, 2]]).toArray(); // [1]
 */
export const meanAbsoluteError: LossFunction<Record<string, never>> = pointwise(
  "meanAbsoluteError",
  errors.meanAbsoluteError,
);

/**
 * ½ Σ (yTrue − yPred)² over the outputs, gradient yPred − yTrue: `[batch, …]` both (or yTrue `[batch]` for yPred `[batch, 1]`), result
 * `[batch]`.
 *
 * @throws ShapeError, DTypeError
 * @example
 * wg.losses.halfSquaredError([[1, 4]], [[1, 2]]).toArray(); // [2]
 */
export const halfSquaredError: LossFunction<Record<string, never>> = pointwise(
  "halfSquaredError",
  errors.halfSquaredError,
);

const losses = /* @__PURE__ */ new Map<string, (options?: never) => Loss>(
  /* @__PURE__ */ Object.entries({
    categoricalCrossentropy,
    sparseCategoricalCrossentropy,
    binaryCrossentropy,
    meanSquaredError,
    meanAbsoluteError,
    halfSquaredError,
  }),
);

const shortNames = new Map([
  ["mse", "meanSquaredError"],
  ["mae", "meanAbsoluteError"],
]);

/**
 * One loss for each row, from targets and predictions. Targets are int32 where they came as integers, and `[batch, 1]` where they came as
 * `[batch]` beside such predictions.
 */
export type RowLoss = (yTrue: Tensor, yPred: Tensor) => Tensor;

/** What `compile` takes as `loss`. */
export type LossLike = string | Loss | Saved | RowLoss;

/**
 * The loss of a name, in camel or Keras's snake case, `"mse"` and `"mae"` too. A loss is handed through, a function of `losses` called, a
 * saved loss made again, and any other function taken as a loss for each row.
 *
 * @throws ValueError that names the nearest valid one
 * @example
 * wg.losses.lossNamed("mse").name; // "meanSquaredError"
 */
export function lossNamed(loss: LossLike): Loss {
  if (typeof loss === "function") {
    const known = [...losses.values()].find((each) => (each as unknown) === loss);
    return known ? known() : ownLoss(loss as RowLoss);
  }
  if (typeof loss === "object" && loss !== null) {
    if ("perSample" in loss) return loss;
    const make = losses.get(loss.name) as ((config: Config) => Loss) | undefined;
    return make ? make(loss.config) : lossNamed(loss.name);
  }
  if (typeof loss === "string") {
    const camel = loss.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
    const make = losses.get(shortNames.get(loss.toLowerCase()) ?? camel);
    if (make) return make();
  }
  const names = [...losses.keys()];
  const near = typeof loss === "string" ? nearest(loss.replaceAll("_", ""), names) : undefined;
  throw new ValueError(
    `loss: expected one of ${names.map((name) => `"${name}"`).join(", ")}, got ${show(loss)}` +
      (near ? `; did you mean "${near}"?` : ""),
  );
}

function ownLoss(perRow: RowLoss): Loss {
  return {
    name: perRow.name || "loss",
    targets: "given",
    perSample(yTrue, yPred) {
      const p = asTensor(yPred);
      const losses: unknown = perRow(withLastAxis(asTensor(yTrue), p), p);
      if (losses instanceof Tensor && isFloat(losses.dtype)) return losses;
      throw new ValueError(
        `loss "${perRow.name || "loss"}": expected to return a float tensor of one loss per row, got ${losses instanceof Tensor ? losses.dtype : show(losses)}; compute it with operations of wg`,
      );
    },
    checkTargets: () => undefined,
    checkValues: () => undefined,
  };
}

/** @__NO_SIDE_EFFECTS__ */
function pointwise(name: string, run: (a: Tensor, b: Tensor) => Tensor): LossFunction<Record<string, never>> {
  return lossFunction(name, [], () => ({
    name,
    config: {},
    targets: "values",
    perSample(yTrue, yPred) {
      const [t, p] = asMatrices(name, yTrue, yPred);
      return run(p, t);
    },
    checkTargets: (targets, output, layer) => checkSameTargets(name, targets, output, layer),
    checkValues: () => undefined,
  }));
}

/** The number of classes that an output tells apart. @throws ShapeError where it is one */
function classesOf(name: string, output: BatchShape, layer: string): number {
  const classes = output[output.length - 1] as number;
  if (output.length >= 2 && classes >= 2) return classes;
  throw new ShapeError(
    `loss "${name}": output of ${layer} expected [batch, classes] with 2 classes or more, got ${showBatch(output)}; ` +
      `for one output use activation "sigmoid" and loss "binaryCrossentropy"`,
  );
}

/** Outputs of one row. */
function perRow(output: BatchShape): number {
  return output.slice(1).reduce<number>((product, n) => product * (n ?? 1), 1);
}
