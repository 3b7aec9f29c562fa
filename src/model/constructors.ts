import type { Layer } from "../nn/layer.js";
import type { SymbolicTensor } from "../nn/symbolic.js";
import { checkName, checkOptions, show } from "../util/check.js";
import { ValueError } from "../util/errors.js";
import type { ModelOptions } from "./base.js";
import { Functional } from "./functional.js";
import { symbolicList } from "./network.js";
import { Sequential, type SequentialOptions } from "./sequential.js";
import * as training from "./training.js";
import { provideTraining } from "./training-code.js";

export interface FunctionalOptions extends ModelOptions {
  /** What `wg.input` returned, or another layer's output to begin at; one or an array. */
  inputs: SymbolicTensor | readonly SymbolicTensor[];
  /** What the last layers' `apply` returned; one or an array. */
  outputs: SymbolicTensor | readonly SymbolicTensor[];
}

/**
 * A model that is a stack of layers.
 *
 * @param layers the first needs an `inputShape`
 * @throws ValueError where an entry is no layer or two have one name
 * @example
 * const model = wg.sequential([wg.layers.dense({ units: 3, inputShape: [4] }), wg.layers.dense({ units: 1 })]);
 * model.outputShape; // [1]
 */
export function sequential(
  layers: readonly Layer[] | (SequentialOptions & { layers?: readonly Layer[] }) = [],
  options: SequentialOptions = {},
): Sequential {
  if (layers === null || typeof layers !== "object") throw noLayers(layers);
  checkOptions("sequential", options, ["name", "dtype"]);
  const given = (Array.isArray(layers) ? { layers } : layers) as SequentialOptions & { layers?: readonly Layer[] };
  const { layers: list = [], ...rest } = { ...given, ...options };
  checkOptions("sequential", rest, ["name", "dtype"]);
  if (rest.dtype !== undefined) checkName("sequential", "dtype", rest.dtype, ["float32", "float64"]);
  if (rest.name !== undefined && typeof rest.name !== "string") {
    throw new ValueError(`sequential: name expected a string, got ${show(rest.name)}`);
  }
  if (!Array.isArray(list)) throw noLayers(list);
  provideTraining(training);
  return new Sequential(list, rest);
}

function noLayers(got: unknown): ValueError {
  return new ValueError(`sequential: layers expected an array of layers, got ${show(got)}`);
}

/**
 * A model that is the graph between inputs and outputs. A layer that another model has built keeps its weights, which are then the same in
 * both: train one, and the other has learnt it too; `copy` parts them.
 *
 * @throws ValueError where an output needs an input that is not given, or two layers have one name
 * @example
 * const [image, age] = [wg.input({ shape: [64], name: "image" }), wg.input({ shape: [1], name: "age" })];
 * const hidden = wg.layers.dense({ units: 8, activation: "relu" }).apply(image);
 * const joined = wg.layers.concatenate().apply([hidden, age]);
 * const risk = wg.layers.dense({ units: 1, activation: "sigmoid", name: "risk" }).apply(joined);
 * const model = wg.model({ inputs: [image, age], outputs: risk });
 * model.compile({ optimizer: "adam", loss: "binaryCrossentropy" });
 * model.predict({ image: wg.zeros([5, 64]), age: wg.zeros([5, 1]) }).shape; // [5, 1]
 */
export function model(options: FunctionalOptions): Functional {
  checkOptions("model", options, ["inputs", "outputs", "name", "dtype"], true);
  const { name = "model", dtype = "float32" } = options;
  checkName("model", "dtype", dtype, ["float32", "float64"]);
  if (typeof name !== "string" || name.includes("/")) {
    throw new ValueError(`model: name expected a string without "/", got ${show(name)}`);
  }
  const inputs = symbolicList("model", "inputs", options.inputs);
  const outputs = symbolicList("model", "outputs", options.outputs);
  provideTraining(training);
  return new Functional({ inputs, outputs }, { name, dtype });
}
