import { Functional } from "../../model/functional.js";
import type { Weights } from "../../nn/layer.js";
import type { SymbolicTensor } from "../../nn/symbolic.js";
import { tensor } from "../../tensor/tensor.js";
import type { Variable } from "../../tensor/variable.js";
import type { Builder } from "./builder.js";

/** The model of what a builder has put together, with its weights. */
export function finished(
  builder: Builder,
  inputs: readonly SymbolicTensor[],
  outputs: readonly SymbolicTensor[],
  name: string,
): Functional {
  const model = new Functional({ inputs, outputs }, { name, dtype: "float32" });
  const names = new Map(model.network.graph.placed.map((each) => [each.layer, each.name]));
  for (const { layer, weights } of builder.assignments) {
    const placed = names.get(layer);
    // A layer that no output needs is left out.
    if (placed === undefined) continue;
    const variables = model.network.weights.get(placed) as Weights;
    for (const [key, { data, shape }] of Object.entries(weights)) {
      (variables[key] as Variable).assign(tensor(data, shape, "float32"));
    }
  }
  return model;
}
