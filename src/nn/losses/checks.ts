import { checkNumber } from "../../util/check.js";
import { ShapeError, ValueError } from "../../util/errors.js";
import { type BatchShape, fits, showBatch } from "../loss.js";

/** A number from 0 to 1. */
export function checkFraction(operation: string, argument: string, value: unknown): number {
  return checkNumber(operation, argument, value, { min: 0, max: 1 });
}

/** A number of 0 or more. */
export function checkNotNegative(operation: string, argument: string, value: unknown): number {
  return checkNumber(operation, argument, value, { min: 0 });
}

/** Targets that are probabilities. @throws ValueError that names the row */
export function checkFractions(name: string, targets: ArrayLike<number>, output: BatchShape): void {
  for (let i = 0; i < targets.length; i++) {
    const t = targets[i] as number;
    if (t >= 0 && t <= 1) continue;
    const row = Math.floor(i / perRow(output));
    throw new ValueError(
      `loss "${name}": targets expected numbers from 0 to 1, got ${t} in row ${row}; map the two classes to 0 and 1`,
    );
  }
}

/** The number of classes that an output tells apart. @throws ShapeError where it is one */
export function classesOf(name: string, output: BatchShape, layer: string): number {
  const classes = output[output.length - 1] as number;
  if (output.length >= 2 && classes >= 2) return classes;
  throw new ShapeError(
    `loss "${name}": output of ${layer} expected [batch, classes] with 2 classes or more, got ${showBatch(output)}; ` +
      `for one output use activation "sigmoid" and loss "${name === "categoricalFocalCrossentropy" ? "binaryFocalCrossentropy" : "binaryCrossentropy"}"`,
  );
}

/** Outputs of one row. */
function perRow(output: BatchShape): number {
  return output.slice(1).reduce<number>((product, n) => product * (n ?? 1), 1);
}

/** One-hot or soft labels shaped like an output of two classes or more. @throws ShapeError with the remedy */
export function checkOneHot(name: string, targets: BatchShape, output: BatchShape, layer: string): void {
  const classes = classesOf(name, output, layer);
  if (fits(targets, output)) return;
  const numbers = fits(targets, output.slice(0, -1)) || fits(targets, [...output.slice(0, -1), 1]);
  throw new ShapeError(
    `loss "${name}": targets expected one-hot labels ${showBatch(output)} as the output of ${layer}, got ${showBatch(targets)}; ` +
      (numbers
        ? `for class numbers use ${name === "categoricalCrossentropy" ? 'loss "sparseCategoricalCrossentropy" or ' : ""}oneHot(labels, ${classes})`
        : `give ${layer} as many units as there are classes`),
  );
}
