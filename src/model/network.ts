import { fittedTo } from "../nn/by-name.js";
import { fusedCall } from "../nn/fusion.js";
import type { CallContext, Layer, Weights } from "../nn/layer.js";
import type { Tensor } from "../tensor/tensor.js";
import type { Variable } from "../tensor/variable.js";
import { show } from "../util/check.js";
import { ShapeError, StateError, ValueError } from "../util/errors.js";
import type { Shape } from "../util/shapes.js";
import type { ParameterSpec } from "./parameters.js";

/** A layer in a model: its name there and the shapes of one row before and after it. */
export interface Placed {
  readonly layer: Layer;
  readonly name: string;
  readonly inputShape: Shape;
  readonly outputShape: Shape;
}

/** Gives each layer its name: its own, or its kind in Keras's spelling, numbered: `dense`, `dense_1`, `spatial_dropout1d`. */
export function nameLayers(layers: readonly Layer[]): string[] {
  const taken = new Set<string>();
  for (const { name } of layers) {
    if (name === undefined) continue;
    if (taken.has(name)) {
      throw new ValueError(`sequential: layer names expected to differ, got "${name}" twice; rename one of them`);
    }
    taken.add(name);
  }
  return layers.map(({ name, kind }) => {
    if (name !== undefined) return name;
    const base = kind.replace(/([a-z])([A-Z])/g, "$1_$2").toLowerCase();
    let unique = base;
    for (let i = 1; taken.has(unique); i++) unique = `${base}_${i}`;
    taken.add(unique);
    return unique;
  });
}

/**
 * The layers as a model uses them: one directly in front of batch normalization loses a bias that nobody asked for, as the mean that it
 * moves is subtracted again. A frozen normalization subtracts a mean of old and keeps the bias in front of it.
 */
export function withoutRedundantBiases(layers: readonly Layer[]): Layer[] {
  return layers.map((layer, i) => {
    const next = layers[i + 1];
    if (!layer.withoutBias || next?.kind !== "batchNormalization" || !next.trainable) return layer;
    const plain = layer.withoutBias();
    // Whoever holds the layer that was given can still freeze it.
    return Object.defineProperty(plain, "trainable", {
      get: () => layer.trainable,
      set: (trainable: boolean) => {
        layer.trainable = trainable;
      },
    });
  });
}

/** Works out every shape. @throws ShapeError that names the layer, StateError where the first input is unknown */
export function placeLayers(layers: readonly Layer[], names: readonly string[], inputShape?: Shape): Placed[] {
  const first = layers[0];
  if (!first) throw new StateError("sequential: layers expected at least one, got none; add one with model.add(layer)");
  let shape = first.inputShape ?? inputShape;
  if (!shape) {
    throw new StateError(
      `${first.kind} "${names[0]}": inputShape expected on the first layer, got none; write layers.${first.kind}({ inputShape: [features], … })`,
    );
  }
  return layers.map((layer, i) => {
    const name = names[i] as string;
    const input = shape as Shape;
    if (i > 0 && layer.inputShape && layer.inputShape.join() !== input.join()) {
      throw new ShapeError(
        `${layer.kind} "${name}": inputShape expected [${input.join(", ")}], what "${names[i - 1]}" puts out, got [${layer.inputShape.join(", ")}]; leave it out`,
      );
    }
    shape = layer.outputShape(input, name);
    return { layer, name, inputShape: input, outputShape: shape };
  });
}

export function parameterSpecs(placed: readonly Placed[]): ParameterSpec[] {
  return placed.flatMap(({ layer, name, inputShape }, i) =>
    layer.weights(inputShape).map((spec) => ({
      name: `${name}/${spec.name}`,
      spec: { ...spec, initializer: fittedTo(spec.initializer, () => activationBehind(placed, i)) },
      trainable: () => layer.trainable,
    })),
  );
}

/** The activation that a layer's weights feed: its own, or one behind layers that have neither a kernel nor an activation. */
function activationBehind(placed: readonly Placed[], i: number): string {
  for (const [after, { layer, inputShape }] of placed.slice(i).entries()) {
    const hasKernel = layer.weights(inputShape).some(({ name }) => /kernel$/i.test(name));
    if (after > 0 && hasKernel) break;
    const activation = layer.head?.activation ?? layer.config.activation;
    if (typeof activation === "string" && activation !== "linear") return activation;
  }
  return "linear";
}

/**
 * Runs layers one after the other, two as one where that has the same bits and nobody looks between them. With `logits`, the last one leaves its
 * activation to the loss.
 */
export function callLayers(
  placed: readonly Placed[],
  weights: ReadonlyMap<string, Weights>,
  x: Tensor,
  context: CallContext,
  { logits = false, each }: { logits?: boolean; each?: (name: string, y: Tensor) => void } = {},
): Tensor {
  // Where a layer stands that is to leave its activation to the loss.
  const end = logits ? placed.length - 1 : placed.length;
  let y = x;
  for (let i = 0; i < placed.length; i++) {
    const { layer, name } = placed[i] as Placed;
    const own = weights.get(name) as Weights;
    const fused = !each && i + 1 < end ? fusedCall(layer, (placed[i + 1] as Placed).layer) : undefined;
    if (i === end && layer.head) y = layer.head.logits(y, own, context, name);
    else y = (fused ?? layer.call).call(layer, y, own, context, name);
    if (fused) i++;
    each?.(name, y);
  }
  return y;
}

/** The variables of each layer by the layer's own names for them. */
export function weightsByLayer(placed: readonly Placed[], variables: readonly Variable[]): Map<string, Weights> {
  const out = new Map<string, Record<string, Variable>>(placed.map(({ name }) => [name, {}]));
  for (const variable of variables) {
    const cut = variable.name.indexOf("/");
    (out.get(variable.name.slice(0, cut)) as Record<string, Variable>)[variable.name.slice(cut + 1)] = variable;
  }
  return out;
}

export function checkLayer(layer: unknown): asserts layer is Layer {
  if (layer !== null && typeof layer === "object" && typeof (layer as Layer).call === "function" && "kind" in layer)
    return;
  throw new ValueError(`sequential: layers expected what layers.dense(…) and its kin return, got ${show(layer)}`);
}
