import type { Layer, Weights } from "../nn/layer.js";
import { type DenseOptions, dense } from "../nn/layers/dense.js";
import { tensor } from "../tensor/tensor.js";
import type { Variable } from "../tensor/variable.js";
import { show } from "../util/check.js";
import { ValueError } from "../util/errors.js";
import { copyLayer } from "./copy.js";
import type { Placed } from "./graph.js";
import { Sequential } from "./sequential.js";

/** A dense layer whose weights change on the way. */
interface Linear {
  readonly kind: "linear";
  readonly placed: Placed;
  readonly units: number;
  /** `[in, units]`. */
  readonly kernel: Float64Array;
  readonly bias: Float64Array | undefined;
}

/** Any other layer. */
interface Other {
  readonly kind: "other";
  readonly placed: Placed;
}

/** y = factor · x + offset for each channel: what a batch normalization is in inference. */
interface Affine {
  readonly factor: Float64Array;
  readonly offset: Float64Array;
}

/**
 * A new model for inference, without the `batchNormalization` layers that stand beside a dense one; the given model stays as it is. With
 * s = γ / √(σ² + ε), σ² and μ the moving averages:
 *
 * - directly behind a dense layer without activation: kernel' = kernel · s (each column its own), bias' = (bias − μ) · s + β;
 * - otherwise, directly in front of a dense layer: kernel' = s · kernel (each row its own), bias' = bias + (β − μ · s) · kernel;
 * - any other stays.
 *
 * Outputs are the same up to rounding: weights are folded in float64 and rounded once. All layers keep their names. The new model is
 * not compiled; training it would be another thing, as nothing normalizes any more.
 *
 * Jacob et al., "Quantization and Training of Neural Networks for Efficient Integer-Arithmetic-Only Inference", CVPR 2018, section 3.2.
 *
 * @throws ValueError where model is no sequential model, StateError where it has no shapes yet
 * @example
 * const model = wg.sequential([
 *   wg.layers.dense({ units: 3, inputShape: [2] }),
 *   wg.layers.batchNormalization(),
 *   wg.layers.activation({ activation: "relu" }),
 * ]);
 * wg.foldBatchNorm(model).layers.map(({ kind }) => kind); // ["dense", "activation"]
 */
export function foldBatchNorm(model: Sequential): Sequential {
  if (!(model instanceof Sequential)) {
    throw new ValueError(`foldBatchNorm: model expected what wg.sequential returns, got ${show(model)}`);
  }
  const { graph, weights } = model.network;
  const { placed } = graph;
  const steps: (Linear | Other)[] = [];
  let waiting: Affine | undefined;
  placed.forEach((each, i) => {
    const own = weights.get(each.name) as Weights;
    const last = steps[steps.length - 1];
    const { kind } = each.layer;
    if (kind === "dense") {
      const linear = linearOf(each, own);
      steps.push(waiting ? foldedBefore(linear, waiting) : linear);
      waiting = undefined;
    } else if (kind !== "batchNormalization") {
      steps.push({ kind: "other", placed: each });
    } else if (last?.kind === "linear" && last.placed.layer.config.activation === "linear") {
      steps[steps.length - 1] = foldedBehind(last, affineOf(each, own));
    } else if (placed[i + 1]?.layer.kind === "dense") {
      waiting = affineOf(each, own);
    } else {
      steps.push({ kind: "other", placed: each });
    }
  });
  return assembled(model, steps);
}

function linearOf(placed: Placed, { kernel, bias }: Weights): Linear {
  const [, units] = (kernel as Variable).shape as [number, number];
  return { kind: "linear", placed, units, kernel: numbers(kernel), bias: bias ? numbers(bias) : undefined };
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
  const { units, kernel, bias } = linear;
  return {
    ...linear,
    kernel: kernel.map((w, i) => w * (factor[i % units] as number)),
    bias: offset.map((o, u) => o + (bias?.[u] ?? 0) * (factor[u] as number)),
  };
}

/** (factor · x + offset) · kernel + bias */
function foldedBefore(linear: Linear, { factor, offset }: Affine): Linear {
  const { units, kernel, bias } = linear;
  const sums = Float64Array.from({ length: units }, (_, u) => bias?.[u] ?? 0);
  kernel.forEach((w, i) => {
    (sums[i % units] as number) += w * (offset[Math.floor(i / units)] as number);
  });
  return { ...linear, kernel: kernel.map((w, i) => w * (factor[Math.floor(i / units)] as number)), bias: sums };
}

function assembled(model: Sequential, steps: readonly (Linear | Other)[]): Sequential {
  const layers = steps.map((step) => layerOf(step));
  const out = new Sequential(layers, { name: model.name, dtype: model.dtype });
  out.seed = model.seed;
  out.build(model.inputShape);
  const held = new Map(model.variables.map((variable) => [variable.name, variable]));
  for (const step of steps) {
    const { name } = step.placed;
    for (const [key, variable] of Object.entries(out.network.weights.get(name) as Weights)) {
      if (step.kind === "other") variable.assign(held.get(variable.name) as Variable);
      else
        variable.assign(
          tensor(key === "kernel" ? step.kernel : (step.bias as Float64Array), variable.shape, model.dtype),
        );
    }
  }
  return out;
}

function layerOf(step: Linear | Other): Layer {
  const { layer, name } = step.placed;
  if (step.kind === "other") return Object.assign(copyLayer(layer as Layer), { name });
  const made = dense({ ...(layer.config as unknown as DenseOptions), name, useBias: step.bias !== undefined });
  made.trainable = layer.trainable;
  return made;
}

function numbers(variable: Variable | undefined): Float64Array {
  return Float64Array.from((variable as Variable).toTypedArray() as Float32Array);
}
