import { blocksOf } from "../model/blocks.js";
import { checkBatch } from "../model/check-batch.js";
import { stepOf } from "../model/graph.js";
import type { Model } from "../model/model.js";
import { moveWeights } from "../model/train.js";
import type { AnyLayer, CallContext, Joint, Weights } from "../nn/layer.js";
import { customGrad } from "../tensor/grad.js";
import { Tensor, write } from "../tensor/tensor.js";
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
  const { graph } = copy.network;
  const { placed } = graph;
  const taps = new Map<string, Tap>();
  for (const { layer } of placed) tapLayer(layer, taps);
  const step = copy.position.step + 1;
  const { loss, outputs } = copy.plans.train(x, y, step, weight);
  const gradients = blocksOf(copy.parameters).gradients();
  const put = new Map(graph.outputs.map((value, i) => [stepOf(graph, value)?.name, outputs[i] as Tensor]));
  const seen = placed.flatMap(({ layer, name }) => {
    const tap = taps.get(name);
    if (!tap) return [];
    const shown = put.get(name) ?? tap.output;
    return {
      name,
      kind: layer.kind,
      activation: layer.head?.activation ?? (layer.config.activation as string | undefined),
      units: shown.shape.length < 2 ? 1 : (shown.shape.at(-1) as number),
      output: shown.toTypedArray(),
      gradient: tap.gradient?.toTypedArray(),
      weights: copy.parameters.trained
        .filter((parameter) => parameter.name.startsWith(`${name}/`))
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
    const [from, to] = [blocksOf(model.parameters), blocksOf(copy.parameters)];
    const { solverState } = from;
    to.solverState = structuredClone(solverState);
    const slots = model.requireCompiled("copy").slots(solverState);
    const own = from.slotTensors(slots);
    for (const [name, slot] of to.slotTensors(slots)) write(slot, (own.get(name) as Tensor).toTypedArray());
  }
  return copy;
}

/** Puts an identity behind a layer that notes what passes it in both directions. */
function tapLayer(layer: AnyLayer, taps: Map<string, Tap>): void {
  const noted = (output: Tensor, x: readonly Tensor[], name: string): Tensor => {
    if (x.some(({ storage }) => storage === output.storage)) return output;
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
  const noting =
    (run: AnyLayer["call"]): AnyLayer["call"] =>
    (x: Tensor, weights: Weights, context: CallContext, name: string) =>
      noted(run.call(layer, x, weights, context, name), [x], name);
  layer.call = noting(layer.call);
  const { head, joint } = layer;
  if (head) Object.assign(layer, { head: { ...head, logits: noting(head.logits) } });
  if (!joint) return;
  const several: Joint["call"] = (x, weights, context, name) => {
    const made = joint.call(x, weights, context, name);
    return made instanceof Tensor ? noted(made, x, name) : made;
  };
  Object.assign(layer, { joint: { ...joint, call: several } });
}
