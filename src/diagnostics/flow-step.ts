import { checkBatch } from "../model/inputs.js";
import type { Model } from "../model/model.js";
import { moveWeights } from "../model/train.js";
import type { CallContext, Layer, Weights } from "../nn/layer.js";
import { slotsOf } from "../optim/optimizer.js";
import { customGrad } from "../tensor/grad.js";
import { type Tensor, write } from "../tensor/tensor.js";
import type { TypedArray } from "../util/dtypes.js";
import type { Batch } from "./probe.js";

/** What a layer put out for a batch, and the gradient that came back to it. */
export interface Passage {
  readonly name: string;
  readonly kind: string;
  /** The name of the layer's activation, where it has one. */
  readonly activation: string | undefined;
  /** Numbers along the last axis: units, or channels. */
  readonly units: number;
  readonly output: TypedArray;
  /** Undefined before the first weights. */
  readonly gradient: TypedArray | undefined;
  readonly weights: readonly Move[];
}

/** A trained weight, its gradient, and the weight after the update; the latter undefined where the loss is not finite. */
export interface Move {
  readonly before: TypedArray;
  readonly gradient: TypedArray;
  readonly after: TypedArray | undefined;
}

interface Tap {
  output: Tensor;
  gradient: Tensor | undefined;
}

/** The next training step, done in a copy of the model, with all that passes between its layers. Layers that only reshape are left out. */
export function flowStep(
  operation: string,
  model: Model,
  { x, y, weight }: Batch,
): { loss: number; passages: Passage[] } {
  checkBatch(operation, model, x, y);
  const copy = copyWithState(model);
  const { placed } = copy.parts;
  const taps = new Map<string, Tap>();
  for (const { layer } of placed) tapLayer(layer, taps);
  const step = copy.position.step + 1;
  const { loss, output } = copy.plans.train(x, y, step, weight);
  const gradients = copy.parameters.gradients();
  const last = placed[placed.length - 1]?.name;
  const seen = placed.flatMap(({ layer, name }) => {
    const tap = taps.get(name);
    if (!tap) return [];
    const shown = name === last ? output : tap.output;
    return {
      name,
      kind: layer.kind,
      activation: layer.head?.activation ?? (layer.config.activation as string | undefined),
      units: shown.shape.length < 2 ? 1 : (shown.shape.at(-1) as number),
      output: shown.toTypedArray(),
      gradient: tap.gradient?.toTypedArray(),
      weights: copy.parameters.trained
        .filter(({ variable }) => variable.name.startsWith(`${name}/`))
        .map(({ variable }) => ({
          variable,
          before: variable.toTypedArray(),
          gradient: (gradients.get(variable) as Tensor).toTypedArray(),
        })),
    };
  });
  const updated = Number.isFinite(loss);
  if (updated) moveWeights(operation, copy, { x, y, weight: undefined, loss, step });
  const passages = seen.map((each) => ({
    ...each,
    weights: each.weights.map(({ variable, before, gradient }) => ({
      before,
      gradient,
      after: updated ? variable.toTypedArray() : undefined,
    })),
  }));
  return { loss, passages };
}

/** A copy that goes on where the model stands: its step and the moments of its optimizer too. */
function copyWithState(model: Model): Model {
  const copy = model.copy();
  Object.assign(copy.position, model.position);
  if (model.position.step > 0) {
    const { solverState } = model.parameters;
    copy.parameters.solverState = structuredClone(solverState);
    const slots = slotsOf(model.requireCompiled("copy").optimizer, solverState);
    const own = model.parameters.slotTensors(slots);
    for (const [name, slot] of copy.parameters.slotTensors(slots))
      write(slot, (own.get(name) as Tensor).toTypedArray());
  }
  return copy;
}

/** Puts an identity behind a layer that notes what passes it in both directions. */
function tapLayer(layer: Layer, taps: Map<string, Tap>): void {
  const noting =
    (run: Layer["call"]): Layer["call"] =>
    (x: Tensor, weights: Weights, context: CallContext, name: string) => {
      const output = run.call(layer, x, weights, context, name);
      if (output.storage === x.storage) return output;
      const tap: Tap = { output, gradient: undefined };
      output.storage.hold("after");
      taps.set(name, tap);
      return customGrad((passing: Tensor) => ({
        value: passing,
        gradient: (dy) => {
          tap.gradient = dy;
          dy.storage.hold("after");
          return dy;
        },
      }))(output);
    };
  layer.call = noting(layer.call);
  const { head } = layer;
  if (head) Object.assign(layer, { head: { ...head, logits: noting(head.logits) } });
}
