import type { AnyLayer } from "../nn/layer.js";
import { applyLayer, type SymbolicTensor } from "../nn/symbolic.js";
import { BaseModel, type Ends, type ModelOptions } from "./base.js";
import { copyLayer } from "./copy.js";
import { type Graph, inputOf } from "./graph.js";
import { awaitWeights } from "./network.js";

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
    for (const layer of layers.values()) awaitWeights(layer);
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
