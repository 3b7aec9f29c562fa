import { applyLayer, SymbolicTensor } from "../nn/symbolic.js";
import { show } from "../util/check.js";
import { ValueError } from "../util/errors.js";
import type { Model } from "./model.js";

/** See `BaseModel.apply`. @param who names the model in errors */
export function applyModel(
  model: Pick<Model, "name" | "network">,
  who: string,
  to: SymbolicTensor | readonly SymbolicTensor[],
): SymbolicTensor | readonly SymbolicTensor[] {
  const { graph } = model.network;
  const given: readonly unknown[] = Array.isArray(to) ? to : [to];
  if (given.length !== graph.inputs.length || given.some((each) => !(each instanceof SymbolicTensor))) {
    throw new ValueError(
      `${who}: apply expected ${graph.inputs.length} of what wg.input or a layer's apply returns, got ${show(to)}`,
    );
  }
  const values = [...given] as SymbolicTensor[];
  for (const { layer, name, inputs, outputs } of graph.steps) {
    const from = inputs.map((value) => values[value] as SymbolicTensor);
    const made = applyLayer(layer, from, `${model.name}.${name}`);
    const list = Array.isArray(made) ? made : [made];
    for (const [i, value] of outputs.entries()) values[value] = list[i] as SymbolicTensor;
  }
  const out = graph.outputs.map((value) => values[value] as SymbolicTensor);
  return out.length === 1 ? (out[0] as SymbolicTensor) : out;
}
