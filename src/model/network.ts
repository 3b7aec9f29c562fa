import { fittedTo } from "../nn/by-name.js";
import { fusedCall } from "../nn/fusion.js";
import { type Initializer, zeros } from "../nn/initializers.js";
import type { AnyLayer, CallContext, Layer, Masks, WeightSpec, Weights } from "../nn/layer.js";
import { holdStates, statesOf } from "../nn/states.js";
import { SymbolicTensor } from "../nn/symbolic.js";
import type { Tensor } from "../tensor/tensor.js";
import type { Variable } from "../tensor/variable.js";
import { show } from "../util/check.js";
import type { FloatDType } from "../util/dtypes.js";
import { ShapeError, ValueError } from "../util/errors.js";
import { sameShape } from "../util/shapes.js";
import type { Graph, Placed, Step } from "./graph.js";
import { type ParameterSpec, Parameters, type StateParameter } from "./parameters.js";

/** A graph with its weights: what a model runs. */
export interface Network {
  readonly graph: Graph;
  readonly parameters: Parameters;
  /** The variables of each layer, by the layer's name in this model and the layer's own names for them. */
  readonly weights: ReadonlyMap<string, Weights>;
  /** The rows of every batch, where a layer carries states from batch to batch. */
  readonly batchSize: number | undefined;
}

/** The weights of layers that a model has built: another model with such a layer shares them. */
const built = /* @__PURE__ */ new WeakMap<AnyLayer, Weights>();

/** Weights that a file has: they begin as zeros, since drawn ones would be written over at once. */
const awaited = /* @__PURE__ */ new WeakMap<AnyLayer, ReadonlySet<string> | "all">();

/** Says that weights of a layer, which no model has built yet, are assigned as soon as one has: all, or those of these names. */
export function awaitWeights(layer: AnyLayer, names?: readonly string[]): void {
  awaited.set(layer, names ? new Set(names) : "all");
}

/** Makes the weights that no other model has made. @throws ValueError where one has another dtype */
export function networkOf(who: string, graph: Graph, dtype: FloatDType, seed: number): Network {
  const carrying = graph.placed.filter(({ layer }) => layer.states);
  const parameters = new Parameters(parameterSpecs(graph), dtype, seed, carrying.flatMap(stateSpecs));
  const wrong = [...parameters.list, ...parameters.states].find(({ variable }) => variable.dtype !== dtype);
  if (wrong) {
    throw new ValueError(
      `${who}: dtype expected "${wrong.variable.dtype}", that of the model from which "${wrong.name}" comes, got "${dtype}"; copy that model first: model.copy({ dtype: "${dtype}" })`,
    );
  }
  const weights = new Map<string, Weights>();
  let i = 0;
  for (const placed of graph.placed) {
    const own: Record<string, Variable> = {};
    for (const spec of specsOf(placed)) own[spec.name] = parameters.list[i++]?.variable as Variable;
    weights.set(placed.name, own);
    built.set(placed.layer, own);
  }
  for (const { layer, name } of carrying) {
    const own = parameters.states.filter((each) => each.name.startsWith(`${name}/`));
    holdStates(
      layer,
      own.map(({ variable }) => variable),
    );
  }
  return { graph, parameters, weights, batchSize: carrying[0]?.batchSize };
}

/** @throws ValueError where the size of a batch is not known, ShapeError where another model has it with another one */
function stateSpecs({ layer, name, batchSize }: Placed): StateParameter[] {
  const who = `${layer.kind} "${name}"`;
  if (batchSize === undefined) {
    throw new ValueError(
      `${who}: stateful expected a batchSize that is known, got none; give it to wg.input, or to the first layer of a stack: { batchSize: rows, inputShape }`,
    );
  }
  const known = statesOf(layer);
  return (layer.states?.(batchSize) ?? []).map((spec, i) => {
    const shared = known?.[i];
    if (shared && !sameShape(shared.shape, spec.shape)) {
      throw new ShapeError(
        `${who}: batchSize expected ${shared.shape[0]}, that of the model from which its states come, got ${batchSize}; make a second layer, and give it the weights with setWeights`,
      );
    }
    return { name: `${name}/${spec.name}`, spec, shared };
  });
}

/** The weights that a layer asks for where it stands. */
export const specsOf = ({ layer, inputShapes, inputShape }: Placed) =>
  layer.joint ? layer.joint.weights(inputShapes) : layer.weights(inputShape);

export function parameterSpecs(graph: Graph): ParameterSpec[] {
  return graph.placed.flatMap((placed) =>
    specsOf(placed).map((spec) => ({
      name: `${placed.name}/${spec.name}`,
      spec: { ...spec, initializer: initializerOf(graph, placed, spec) },
      shared: built.get(placed.layer)?.[spec.name],
      trainable: () => placed.layer.trainable,
    })),
  );
}

function initializerOf(graph: Graph, placed: Placed, { name, initializer }: WeightSpec): Initializer {
  const comes = awaited.get(placed.layer);
  if (comes === "all" || comes?.has(name)) return zeros();
  return fittedTo(initializer, () => activationBehind(graph, placed));
}

/** The activation that a layer's weights feed: its own, or one behind layers that have neither a kernel nor an activation. */
function activationBehind(graph: Graph, placed: Placed): string {
  let step = graph.steps.find(({ layer }) => layer === placed.layer);
  for (let first = true; step; first = false) {
    if (!first && specsOf(step).some(({ name }) => /kernel$/i.test(name))) break;
    const activation = step.layer.head?.activation ?? step.layer.config.activation;
    if (typeof activation === "string" && activation !== "linear") return activation;
    step = onlyReader(graph, step);
  }
  return "linear";
}

/** The step that reads what this one puts out, where nothing else does. */
export function onlyReader({ readers, reads }: Graph, { outputs }: Step): Step | undefined {
  const [value] = outputs;
  return outputs.length > 1 || value === undefined || reads[value] !== 1 ? undefined : readers.get(value);
}

export interface RunOptions {
  /** Which outputs leave their last activation to the loss. */
  readonly logits?: readonly boolean[];
  /** Told of each layer's output; then every layer runs by itself. */
  readonly each?: (name: string, y: Tensor) => void;
  /** Ends before this step, with what it is fed. */
  readonly before?: Step;
}

/** What a network puts out, and which steps of it count. */
export interface Outputs {
  readonly outputs: readonly Tensor[];
  readonly masks: Masks;
}

/** `runMasked` for those who ask for the outputs alone. */
export function run(
  network: Pick<Network, "graph" | "weights">,
  inputs: readonly Tensor[],
  context: CallContext,
  options: RunOptions = {},
): readonly Tensor[] {
  return runMasked(network, inputs, context, options).outputs;
}

/** Runs the layers in order, two as one where that has the same bits and nobody looks between them. */
export function runMasked(
  { graph, weights }: Pick<Network, "graph" | "weights">,
  inputs: readonly Tensor[],
  context: CallContext,
  { logits = [], each, before }: RunOptions = {},
): Outputs {
  const values: (Tensor | undefined)[] = [...inputs];
  const masks: (Tensor | undefined)[] = [];
  const maskOf = (value: number) => masks[value];
  const raw = new Set(graph.outputs.filter((_, i) => logits[i]));
  const done = new Set<Step>();
  const take = (value: number) => values[value] as Tensor;
  for (const step of graph.steps) {
    if (step === before) return { outputs: step.inputs.map(take), masks: step.inputs.map(maskOf) };
    if (done.has(step)) continue;
    const { layer, name } = step;
    const x = step.inputs.map(take);
    const own = weights.get(name) as Weights;
    const given = step.inputs.map(maskOf);
    const states = statesOf(layer);
    const masked = given.some((mask) => mask) ? { ...context, masks: given } : context;
    const called = states ? { ...masked, states } : masked;
    let passed = masksBehind(layer, x, given);
    let last = step;
    if (raw.has(step.outputs[0] as number) && layer.head) {
      values[step.outputs[0] as number] = layer.head.logits(x[0] as Tensor, own, called, name);
    } else {
      const next = each || before ? undefined : onlyReader(graph, step);
      const leavesHead = next?.outputs.some((value) => raw.has(value));
      const fused = next && !leavesHead ? fusedCall(layer, next.layer) : undefined;
      if (fused) {
        last = next as Step;
        done.add(last);
        passed = masksBehind(last.layer, x, passed);
        values[last.outputs[0] as number] = fused.call(layer as Layer, x[0] as Tensor, own, called, name);
      } else if (layer.joint) {
        const made = layer.joint.call(x, own, called, name);
        const list = Array.isArray(made) ? (made as readonly Tensor[]) : [made as Tensor];
        for (const [i, value] of step.outputs.entries()) values[value] = list[i];
      } else {
        values[step.outputs[0] as number] = layer.call(x[0] as Tensor, own, called, name);
      }
    }
    for (const [i, mask] of passed.entries()) if (mask) masks[last.outputs[i] as number] = mask;
    each?.(name, take(step.outputs[0] as number));
  }
  return { outputs: graph.outputs.map(take), masks: graph.outputs.map(maskOf) };
}

const NO_MASKS: Masks = [];

/** The masks of what a layer puts out. */
function masksBehind({ mask }: AnyLayer, x: readonly Tensor[], given: Masks): Masks {
  if (mask === undefined) return NO_MASKS;
  return mask === "kept" ? given.slice(0, 1) : mask(x, given);
}

const plain = /* @__PURE__ */ new WeakMap<Layer, Layer>();

/**
 * The layers as a model uses them: one directly in front of batch normalization loses a bias that nobody asked for, as the mean that it
 * moves is subtracted again. A frozen normalization subtracts a mean of old and keeps the bias in front of it.
 */
export function withoutRedundantBiases(layers: readonly Layer[]): Layer[] {
  return layers.map((layer, i) => {
    const next = layers[i + 1];
    if (!layer.withoutBias || next?.kind !== "batchNormalization" || !next.trainable) return layer;
    const made = plain.get(layer) ?? layer.withoutBias();
    plain.set(layer, made);
    // Whoever holds the layer that was given can still freeze it.
    return Object.defineProperty(made, "trainable", {
      configurable: true,
      get: () => layer.trainable,
      set: (trainable: boolean) => {
        layer.trainable = trainable;
      },
    });
  });
}

export function checkLayer(who: string, layer: unknown): asserts layer is Layer {
  if (layer !== null && typeof layer === "object" && typeof (layer as Layer).call === "function" && "kind" in layer)
    return;
  throw new ValueError(`${who}: layers expected what layers.dense(…) and its kin return, got ${show(layer)}`);
}

/** @throws ValueError where one is no symbolic tensor */
export function symbolicList(who: string, argument: string, value: unknown): SymbolicTensor[] {
  const list: readonly unknown[] = Array.isArray(value) ? value : [value];
  const wrong = list.findIndex((each) => !(each instanceof SymbolicTensor));
  if (wrong < 0 && list.length > 0) return list as SymbolicTensor[];
  throw new ValueError(
    `${who}: ${argument} expected what wg.input or a layer's apply returns, or an array of them, got ${show(wrong < 0 ? value : list[wrong])}`,
  );
}
