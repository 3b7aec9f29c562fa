import * as wg from "../../src/index.js";
import { expectClose } from "./check-op.js";
import { uniform } from "./random.js";

/** What a judge in another framework prints of one output. */
export interface Output {
  shape: number[];
  values: number[];
}

/** A model with weights of which none is 0 or 1. */
export function drawn<M extends wg.BaseModel>(model: M): M {
  for (const [i, variable] of model.variables.entries()) {
    const low = /variance/i.test(variable.name) ? 0.5 : -0.7;
    variable.assign(wg.tensor(uniform(variable.size, low, 0.9, i + 1), variable.shape));
  }
  return model;
}

/** Three rows for each input: numbers, or indices below 5 where it takes int32; of one called "mask" 0 or 1. */
export function rowsFor(model: wg.BaseModel): wg.Tensor[] {
  return model.network.graph.inputs.map(({ shape, dtype, name }, i) => {
    const values = uniform(
      shape.reduce((product, n) => product * n, 3),
      -1,
      1,
      50 + i,
    );
    if (dtype !== "int32") return wg.tensor(values, [3, ...shape]);
    return wg.tensor(
      Int32Array.from(values, (value) => (name === "mask" ? Number(value > -0.5) : Math.floor(2.5 * (value + 1)))),
      [3, ...shape],
    );
  });
}

export const asGiven = (rows: readonly wg.Tensor[]): never => (rows.length === 1 ? rows[0] : rows) as never;

/** Holds outputs to the model's own. */
export function expectOutputs(
  found: readonly Output[],
  model: wg.BaseModel,
  rows: readonly wg.Tensor[],
  name: string,
): void {
  for (const [i, y] of model.predictAll(asGiven(rows)).entries()) {
    const { shape, values } = found[i] as Output;
    if (shape.join() !== y.shape.join()) throw new Error(`${name}, output ${i}: ${shape} instead of ${y.shape}`);
    const own = Array.from(y.toTypedArray());
    expectClose(values, own, 1e-5, 1e-5 * Math.max(...own.map(Math.abs)), `${name}, output ${i}`);
  }
}
