import type { Variable } from "../tensor/variable.js";
import type { AnyLayer } from "./layer.js";

const held = /* @__PURE__ */ new WeakMap<AnyLayer, readonly Variable[]>();

/** What a layer carries from batch to batch, once a model with it is built. Models that share the layer share it. */
export const statesOf = (layer: AnyLayer): readonly Variable[] | undefined => held.get(layer);

export function holdStates(layer: AnyLayer, states: readonly Variable[]): void {
  held.set(layer, states);
}
