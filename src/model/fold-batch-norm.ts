import type { AnyLayer, Layer, Weights } from "../nn/layer.js";
import { conv1d, conv2d } from "../nn/layers/conv.js";
import { conv1dTranspose, conv2dTranspose } from "../nn/layers/conv-transpose.js";
import { dense } from "../nn/layers/dense.js";
import { depthwiseConv1d, depthwiseConv2d, separableConv1d, separableConv2d } from "../nn/layers/depthwise.js";
import { tensor } from "../tensor/tensor.js";
import type { Variable } from "../tensor/variable.js";
import { show } from "../util/check.js";
import { ValueError } from "../util/errors.js";
import type { BaseModel } from "./base.js";
import { copyLayer } from "./copy.js";
import { applyGraph, Functional } from "./functional.js";
import { type Placed, type Step, stepOf } from "./graph.js";
import { onlyReader } from "./network.js";
import { Sequential } from "./sequential.js";

/** A layer that multiplies by a kernel and adds a bias, and whose weights may change on the way. */
interface Linear {
  readonly placed: Placed;
  /** The name of the kernel that makes the output's channels. */
  readonly kernelName: string;
  readonly channels: number;
  /** So many numbers of the kernel in a row belong to one channel of the output. */
  readonly run: number;
  readonly kernel: Float64Array;
  readonly bias: Float64Array | undefined;
}

/** y = factor · x + offset for each channel: what a batch normalization is in inference. */
interface Affine {
  readonly factor: Float64Array;
  readonly offset: Float64Array;
}

interface LinearKind {
  make(options: never): Layer;
  /** Default: `"kernel"`. */
  readonly kernelName?: string;
  /** True where the axis of the output's channels is not the kernel's last one but the one in front of it. */
  readonly isTransposed?: true;
}

const linearKinds: Readonly<Record<string, LinearKind>> = {
  dense: { make: dense },
  conv1d: { make: conv1d },
  conv2d: { make: conv2d },
  depthwiseConv1d: { make: depthwiseConv1d },
  depthwiseConv2d: { make: depthwiseConv2d },
  separableConv1d: { make: separableConv1d, kernelName: "pointwiseKernel" },
  separableConv2d: { make: separableConv2d, kernelName: "pointwiseKernel" },
  conv1dTranspose: { make: conv1dTranspose, isTransposed: true },
  conv2dTranspose: { make: conv2dTranspose, isTransposed: true },
};

/**
 * A new model for inference, without the `batchNormalization` layers that a layer beside them can do the work of; the given model, a stack or a
 * graph, stays as it is. With s = γ / √(σ² + ε), σ² and μ the moving averages:
 *
 * - behind a dense layer or a convolution of any kind, without activation and read by the normalization alone: kernel' = kernel · s (each output
 *   channel its own), bias' = (bias − μ) · s + β;
 * - otherwise, in front of a dense layer that alone reads it: kernel' = s · kernel (each row its own), bias' = bias + (β − μ · s) · kernel;
 * - any other stays, as does one beside a layer that is used several times, and one that is so itself.
 *
 * Outputs are the same up to rounding: weights are folded in float64 and rounded once. All layers keep their names; an output that came from a
 * folded normalization is called by the layer in front of it. The new model is not compiled; training it would be another thing, as nothing
 * normalizes any more.
 *
 * Jacob et al., "Quantization and Training of Neural Networks for Efficient Integer-Arithmetic-Only Inference", CVPR 2018, section 3.2.
 *
 * @throws ValueError where model is no model, StateError where it has no shapes yet
 * @example
 * const model = wg.sequential([
 *   wg.layers.dense({ units: 3, inputShape: [2] }),
 *   wg.layers.batchNormalization(),
 *   wg.layers.activation({ activation: "relu" }),
 * ]);
 * wg.foldBatchNorm(model).layers.map(({ kind }) => kind); // ["dense", "activation"]
 */
export function foldBatchNorm<M extends Sequential | Functional>(model: M): M {
  if (!(model instanceof Sequential || model instanceof Functional)) {
    throw new ValueError(`foldBatchNorm: model expected what wg.sequential or wg.model returns, got ${show(model)}`);
  }
  const { graph, weights } = model.network;
  const linears = new Map<AnyLayer, Linear>();
  const gone = new Set<AnyLayer>();
  /** The value that stands for what a normalization that is gone put out. */
  const instead = new Map<number, number>();
  const uses = new Map<AnyLayer, number>();
  for (const { layer } of graph.steps) uses.set(layer, (uses.get(layer) ?? 0) + 1);
  const linearAt = (step: Step | undefined): Linear | undefined => {
    if (!step || uses.get(step.layer) !== 1) return undefined;
    return linears.get(step.layer) ?? linearOf(step, weights.get(step.name) as Weights);
  };
  for (const step of graph.steps) {
    if (step.layer.kind !== "batchNormalization" || uses.get(step.layer) !== 1) continue;
    const [input, output] = [step.inputs[0], step.outputs[0]] as [number, number];
    const source = stepOf(graph, instead.get(input) ?? input);
    const front = graph.reads[input] === 1 ? linearAt(source) : undefined;
    const behind = onlyReader(graph, step);
    const next = behind?.layer.kind === "dense" ? linearAt(behind) : undefined;
    const affine = affineOf(step, weights.get(step.name) as Weights);
    if (front && front.placed.layer.config.activation === "linear") {
      linears.set(front.placed.layer, foldedBehind(front, affine));
      instead.set(output, (source as Step).outputs[0] as number);
    } else if (next) {
      linears.set(next.placed.layer, foldedBefore(next, affine));
    } else {
      continue;
    }
    gone.add(step.layer);
  }
  return assembled(model, linears, gone) as M;
}

function linearOf(placed: Placed, own: Weights): Linear | undefined {
  const kind = linearKinds[placed.layer.kind];
  if (!kind) return undefined;
  const { kernelName = "kernel", isTransposed } = kind;
  const kernel = own[kernelName] as Variable;
  const channels = placed.outputShape.at(-1) as number;
  const run = isTransposed ? (kernel.shape.at(-1) as number) : 1;
  return {
    placed,
    kernelName,
    channels,
    run,
    kernel: numbers(kernel),
    bias: own.bias ? numbers(own.bias) : undefined,
  };
}

function affineOf({ layer }: Placed, { gamma, beta, movingMean, movingVariance }: Weights): Affine {
  const epsilon = layer.config.epsilon as number;
  const [mean, variance] = [numbers(movingMean), numbers(movingVariance)];
  const [scale, shift] = [gamma && numbers(gamma), beta && numbers(beta)];
  const factor = variance.map((v, c) => (scale?.[c] ?? 1) / Math.sqrt(v + epsilon));
  return { factor, offset: mean.map((m, c) => (shift?.[c] ?? 0) - m * (factor[c] as number)) };
}

/** factor · (x · kernel + bias) + offset */
function foldedBehind(linear: Linear, { factor, offset }: Affine): Linear {
  const { channels, run, kernel, bias } = linear;
  return {
    ...linear,
    kernel: kernel.map((w, i) => w * (factor[Math.floor(i / run) % channels] as number)),
    bias: offset.map((o, c) => o + (bias?.[c] ?? 0) * (factor[c] as number)),
  };
}

/** (factor · x + offset) · kernel + bias, of a dense layer */
function foldedBefore(linear: Linear, { factor, offset }: Affine): Linear {
  const { channels, kernel, bias } = linear;
  const sums = Float64Array.from({ length: channels }, (_, u) => bias?.[u] ?? 0);
  kernel.forEach((w, i) => {
    (sums[i % channels] as number) += w * (offset[Math.floor(i / channels)] as number);
  });
  return { ...linear, kernel: kernel.map((w, i) => w * (factor[Math.floor(i / channels)] as number)), bias: sums };
}

/** The model with these layers' weights and without the layers that are gone. */
function assembled(
  model: Sequential | Functional,
  linears: ReadonlyMap<AnyLayer, Linear>,
  gone: ReadonlySet<AnyLayer>,
): BaseModel {
  const { graph } = model.network;
  const kept = graph.placed.filter(({ layer }) => !gone.has(layer));
  const layers = new Map(kept.map((placed) => [placed.layer, layerOf(placed, linears.get(placed.layer))]));
  const options = { name: model.name, dtype: model.dtype };
  const out =
    model instanceof Sequential
      ? new Sequential([...layers.values()] as Layer[], options)
      : new Functional(
          applyGraph(graph, (layer) => layers.get(layer)),
          options,
        );
  out.seed = model.seed;
  out.preprocessing = model.preprocessing;
  if (out instanceof Sequential) out.build(model.inputShape);
  const held = new Map(model.variables.map((variable) => [variable.name, variable]));
  for (const { layer, name } of kept) {
    const linear = linears.get(layer);
    for (const [key, variable] of Object.entries(out.network.weights.get(name) as Weights)) {
      const folded = key === linear?.kernelName ? linear.kernel : key === "bias" ? linear?.bias : undefined;
      variable.assign(folded ? tensor(folded, variable.shape, model.dtype) : (held.get(variable.name) as Variable));
    }
  }
  return out;
}

function layerOf({ layer, name }: Placed, linear: Linear | undefined): AnyLayer {
  if (!linear) return Object.assign(copyLayer(layer), { name });
  const { make } = linearKinds[layer.kind] as LinearKind;
  const made = make({ ...layer.config, name, useBias: linear.bias !== undefined } as never);
  made.trainable = layer.trainable;
  return made;
}

function numbers(variable: Variable | undefined): Float64Array {
  return Float64Array.from((variable as Variable).toTypedArray() as Float32Array);
}
