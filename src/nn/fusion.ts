import type { ActivationName } from "../ops/activation.js";
import type { Tensor } from "../tensor/tensor.js";
import type { AnyLayer, CallContext, Layer, Weights } from "./layer.js";

/** A layer's call with a function applied to each element of the result in the same pass. */
type Activated = (
  layer: AnyLayer,
  x: Tensor,
  weights: Weights,
  context: CallContext,
  activation: ActivationName,
) => Tensor;

// By the function that a layer is called with, and not by the layer: where someone has put another one in its place, to look at what passes
// or to change it, nothing is known of it and nothing is fused.
const activated = /* @__PURE__ */ new WeakMap<Layer["call"], Activated>();
const elementwise = /* @__PURE__ */ new WeakMap<Layer["call"], ActivationName>();

/** Notes that a layer can do the work of an activation layer behind it. */
export function canActivate(layer: Layer, call: Activated): Layer {
  activated.set(layer.call, call);
  return layer;
}

/** Notes that a layer does nothing but apply this function to each element. */
export function onlyApplies(layer: Layer, activation: ActivationName): Layer {
  elementwise.set(layer.call, activation);
  return layer;
}

/** Both layers as one, with the bits of the two, where that is known to be possible. */
export function fusedCall(layer: AnyLayer, next: AnyLayer): Layer["call"] | undefined {
  const call = activated.get(layer.call);
  const activation = elementwise.get(next.call);
  if (!call || activation === undefined) return undefined;
  return (x, weights, context) => call(layer, x, weights, context, activation);
}
