import type { AnyLayer } from "../nn/layer.js";
import { applyLayer, type SymbolicTensor } from "../nn/symbolic.js";
import { checkName, checkOptions, show } from "../util/check.js";
import { ValueError } from "../util/errors.js";
import { BaseModel, type Ends, type ModelOptions } from "./base.js";
import { copyLayer } from "./copy.js";
import { type Graph, inputOf } from "./graph.js";
import { symbolicList } from "./network.js";

export interface FunctionalOptions extends ModelOptions {
  /** What `wg.input` returned, or another layer's output to begin at; one or an array. */
  inputs: SymbolicTensor | readonly SymbolicTensor[];
  /** What the last layers' `apply` returned; one or an array. */
  outputs: SymbolicTensor | readonly SymbolicTensor[];
}

/** A graph of layers. Made by `model`. */
export class Functional extends BaseModel {
  readonly kind = "model";

  constructor(
    private readonly ends: Ends,
    { name, dtype }: Required<ModelOptions>,
  ) {
    super(name, dtype);
    // What is wrong with the graph is said where it is made.
    void this.network;
  }

  protected override connect(): Ends {
    return this.ends;
  }

  protected override emptyCopy(options: Required<ModelOptions>): Functional {
    const layers = new Map<AnyLayer, AnyLayer>(this.layers.map((layer) => [layer, copyLayer(layer)]));
    const { graph } = this.network;
    return new Functional(
      applyGraph(graph, (layer) => layers.get(layer) as AnyLayer),
      options,
    );
  }
}

/** The same graph over other layers. @param other undefined: the layer is left out, and what it was fed stands for what it put out */
export function applyGraph(graph: Graph, other: (layer: AnyLayer) => AnyLayer | undefined): Ends {
  const inputs = graph.inputs.map(inputOf);
  const values: SymbolicTensor[] = [...inputs];
  for (const step of graph.steps) {
    const from = step.inputs.map((value) => values[value] as SymbolicTensor);
    const layer = other(step.layer);
    const made = layer ? applyLayer(layer, from, step.name) : from;
    const list = Array.isArray(made) ? made : [made];
    for (const [i, value] of step.outputs.entries()) values[value] = list[i] as SymbolicTensor;
  }
  return { inputs, outputs: graph.outputs.map((value) => values[value] as SymbolicTensor) };
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
  return new Functional({ inputs, outputs }, { name, dtype });
}
