import { asTensor, Tensor } from "../tensor/tensor.js";
import { nearest, show } from "../util/check.js";
import { isFloat } from "../util/dtypes.js";
import { ValueError } from "../util/errors.js";
import type { Config, Saved } from "../util/named.js";
import { type Loss, withLastAxis } from "./loss.js";
import { binaryCrossentropy, categoricalCrossentropy, sparseCategoricalCrossentropy } from "./losses/crossentropy.js";
import { halfSquaredError, huber, logCosh, meanAbsoluteError, meanSquaredError } from "./losses/errors.js";
import { binaryFocalCrossentropy, categoricalFocalCrossentropy } from "./losses/focal.js";

export * from "./losses/crossentropy.js";
export * from "./losses/errors.js";
export * from "./losses/focal.js";

const losses = /* @__PURE__ */ new Map<string, (options?: never) => Loss>(
  /* @__PURE__ */ Object.entries({
    categoricalCrossentropy,
    sparseCategoricalCrossentropy,
    binaryCrossentropy,
    meanSquaredError,
    meanAbsoluteError,
    halfSquaredError,
    huber,
    logCosh,
    binaryFocalCrossentropy,
    categoricalFocalCrossentropy,
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
