import { tanh } from "../../ops/activation.js";
import { add, mul } from "../../ops/arithmetic.js";
import { sharesOf } from "../../ops/attention.js";
import { cast } from "../../ops/cast.js";
import { dropoutAt } from "../../ops/dropout.js";
import { matmul } from "../../ops/matmul.js";
import { sum } from "../../ops/reduce.js";
import { expandDims } from "../../ops/shape.js";
import { stream } from "../../tensor/random.js";
import type { Tensor } from "../../tensor/tensor.js";
import { checkBoolean, checkName, checkNumber, checkOptions } from "../../util/check.js";
import type { FloatDType } from "../../util/dtypes.js";
import { ShapeError } from "../../util/errors.js";
import { type Shape, showShape } from "../../util/shapes.js";
import { glorotUniform, ones } from "../initializers.js";
import {
  type CallContext,
  type Layer,
  type LayerOptions,
  layerOptions,
  type WeightSpec,
  type Weights,
} from "../layer.js";
import { checkAxes, commonOf } from "./common.js";

interface LookingOptions extends LayerOptions {
  /** True: step i looks at no step behind i. Default: false. */
  causal?: boolean;
  /** In training, the share of the attention weights that is dropped. Default: 0. */
  dropout?: number;
}

export interface AttentionLayerOptions extends LookingOptions {
  /** True: the scores are multiplied by a number that is learnt, 1 at first. Default: false. */
  useScale?: boolean;
  /** `"dot"` (default): query · key; `"concat"`: a learnt number times Σ tanh(query + key), with `useScale` of their multiple. */
  scoreMode?: "dot" | "concat";
}

export interface AdditiveAttentionOptions extends LookingOptions {
  /** True (default): the features are weighed by numbers that are learnt, as in Bahdanau et al.; false: all by 1. */
  useScale?: boolean;
}

const shared = ["causal", "dropout", ...layerOptions];

/** What sets one kind apart. */
interface Parts {
  kind: string;
  config: LookingOptions;
  /** The options of its own, as they are saved. */
  saved: Record<string, unknown>;
  /** @param features of query and key */
  weights(features: number): WeightSpec[];
  /** How each query fits each key, `[batch, queries, keys]`. */
  scores(query: Tensor, key: Tensor, weights: Weights): Tensor;
}

const given = <T>([query, value, key]: readonly T[]) => ({
  query: query as T,
  value: (value ?? query) as T,
  key: (key ?? value ?? query) as T,
});

/** A layer that puts out, for each query, the mean of the values weighted by how their keys fit. */
function looking({ kind, config, saved, weights, scores }: Parts): Layer {
  const causal = checkBoolean(kind, "causal", config.causal ?? false);
  const rate = checkNumber(kind, "dropout", config.dropout ?? 0, { min: 0, below: 1 });
  const common = commonOf(kind, config);
  const outputShape = (inputs: readonly Shape[], name: string): Shape => {
    if (inputs.length > 3) {
      throw new ShapeError(`${kind} "${name}": apply expected query, value and key, got ${inputs.length} inputs`);
    }
    const { query, value, key } = given(inputs);
    for (const each of [query, value, key]) checkAxes(kind, name, each, "[batch, steps, features]");
    if (key[0] === value[0] && key[1] === query[1]) return [query[0] as number, value[1] as number];
    const [wanted, got] = [[value[0] as number, query[1] as number], key].map((shape) => showShape([null, ...shape]));
    throw new ShapeError(
      `${kind} "${name}": key expected the steps of value and the features of query, ${wanted}, got ${got}; put layers.dense in front of it`,
    );
  };
  const call = (x: readonly Tensor[], own: Weights, context: CallContext, name: string): Tensor => {
    const { query, value, key } = given(x);
    const [ofQuery, ofValue = x.length === 1 ? ofQuery : undefined] = context.masks ?? [];
    const shares = sharesOf(scores(query, key, own), { mask: ofValue ? expandDims(ofValue, 1) : null, causal });
    const drops = rate > 0 && context.training;
    const kept = drops ? dropoutAt(shares, rate, stream(`dropout/${name}`, context.seed), context.stepCell) : shares;
    const y = matmul(kept, value);
    return ofQuery ? mul(y, expandDims(cast(ofQuery, y.dtype as FloatDType), 2)) : y;
  };
  return {
    kind,
    ...common,
    config: { ...common.config, ...saved, causal, dropout: rate },
    outputShape: (input, name) => outputShape([input], name),
    weights: (input) => weights(input[1] as number),
    mask: "kept",
    call: (x, own, context, name) => call([x], own, context, name),
    joint: { outputShape, weights: ([query]) => weights((query as Shape)[1] as number), call },
  };
}

/** Σ tanh(query + key) over the features, which `each` may weigh before and behind: `[batch, queries, keys]` */
function summed(query: Tensor, key: Tensor, before: Tensor | undefined, behind: Tensor | undefined): Tensor {
  const both = add(expandDims(query, 2), expandDims(key, 1));
  const turned = tanh(before ? mul(both, before) : both);
  return sum(behind ? mul(turned, behind) : turned, -1);
}

/**
 * softmax(query · keyᵀ) · value: each query a mean of the values weighted by how its key fits, with no kernels and no division by √features; see
 * `multiHeadAttention` for those. Applied to `[query, value]`, to `[query, value, key]`, or to one tensor that is all three, each `[batch, steps,
 * features]`; it puts out `[batch, query steps, value features]`. Padding that a mask of the values marks is not looked at, and what a mask of the
 * queries marks becomes 0. Luong et al. 2015.
 *
 * @throws ValueError for an unknown or impossible option, ShapeError at `apply` where the inputs do not fit together
 * @example
 * const [query, value] = [wg.input({ shape: [4, 8] }), wg.input({ shape: [6, 8] })];
 * wg.layers.attention({ useScale: true }).apply([query, value]).shape; // [null, 4, 8]
 */
export function attention(config: AttentionLayerOptions = {}): Layer {
  const kind = "attention";
  checkOptions(kind, config, ["useScale", "scoreMode", ...shared]);
  const useScale = checkBoolean(kind, "useScale", config.useScale ?? false);
  const scoreMode = checkName(kind, "scoreMode", config.scoreMode ?? "dot", ["dot", "concat"]);
  const number = (name: string): WeightSpec => ({ name, shape: [], initializer: ones(), trainable: true });
  return looking({
    kind,
    config,
    saved: { useScale, scoreMode },
    weights: () => [
      ...(useScale ? [number("scale")] : []),
      ...(scoreMode === "concat" ? [number("concatScoreWeight")] : []),
    ],
    scores(query, key, { scale, concatScoreWeight }) {
      if (concatScoreWeight) return mul(summed(query, key, scale, undefined), concatScoreWeight);
      const product = matmul(query, key, false, true);
      return scale ? mul(product, scale) : product;
    },
  });
}

/**
 * softmax(Σ scale · tanh(query + key)) · value, scale `[features]`: as `attention`, with another measure of how a key fits. Bahdanau et al. 2015.
 *
 * @throws ValueError for an unknown or impossible option, ShapeError at `apply` where the inputs do not fit together
 * @example
 * const [query, value] = [wg.input({ shape: [4, 8] }), wg.input({ shape: [6, 8] })];
 * wg.layers.additiveAttention().apply([query, value]).shape; // [null, 4, 8]
 */
export function additiveAttention(config: AdditiveAttentionOptions = {}): Layer {
  const kind = "additiveAttention";
  checkOptions(kind, config, ["useScale", ...shared]);
  const useScale = checkBoolean(kind, "useScale", config.useScale ?? true);
  return looking({
    kind,
    config,
    saved: { useScale },
    weights: (features) =>
      useScale ? [{ name: "scale", shape: [features], initializer: glorotUniform(), trainable: true }] : [],
    scores: (query, key, { scale }) => summed(query, key, undefined, scale),
  });
}
