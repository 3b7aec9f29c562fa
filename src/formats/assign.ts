import type { BaseModel } from "../model/base.js";
import { scope } from "../tensor/scope.js";
import { tensor } from "../tensor/tensor.js";
import { FormatError } from "../util/errors.js";
import type { HostArray } from "../util/host-array.js";
import { sameShape, showShape } from "../util/shapes.js";

/**
 * Gives a model the weights of a file: all, or none and an error.
 *
 * @param weights by `layer/weight`
 * @param file begins errors
 * @throws FormatError that lists what is missing, too many, or of another shape
 */
export function assignWeights(model: BaseModel, weights: ReadonlyMap<string, HostArray>, file: string): void {
  const { list } = model.parameters;
  const wrong = list.flatMap(({ name, variable }) => {
    const found = weights.get(name);
    if (!found) return [`"${name}" ${showShape(variable.shape)} is missing`];
    if (sameShape(found.shape, variable.shape)) return [];
    return [`"${name}" expected ${showShape(variable.shape)}, got ${showShape(found.shape)}`];
  });
  const wanted = new Set(list.map(({ name }) => name));
  for (const [name, { shape }] of weights) {
    if (!wanted.has(name)) wrong.push(`"${name}" ${showShape(shape)} belongs to no layer`);
  }
  if (wrong.length > 0) throw misfit(model, wrong, file);
  for (const { name, variable } of list) {
    const { data, shape } = weights.get(name) as HostArray;
    scope(() => void variable.assign(tensor(data, shape, variable.dtype)));
  }
}

/** The error that lists what does not fit. */
export function misfit(model: BaseModel, wrong: readonly string[], file: string): FormatError {
  const more = wrong.length > 20 ? `; and ${wrong.length - 20} more` : "";
  return new FormatError(
    `${file}: the weights of model "${model.name}" expected: ${wrong.slice(0, 20).join("; ")}${more}`,
  );
}
