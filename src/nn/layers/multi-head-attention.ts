import { attentionWeights } from "../../ops/attention.js";
import { notEqual } from "../../ops/compare.js";
import { dense } from "../../ops/dense.js";
import { dropoutAt } from "../../ops/dropout.js";
import { matmul } from "../../ops/matmul.js";
import { reshape } from "../../ops/shape.js";
import { transpose } from "../../ops/transpose.js";
import { stream } from "../../tensor/random.js";
import type { Tensor } from "../../tensor/tensor.js";
import type { Variable } from "../../tensor/variable.js";
import { checkBoolean, checkNumber, checkOptions } from "../../util/check.js";
import { ShapeError } from "../../util/errors.js";
import { broadcastShapes, type Shape, sameShape, showShape } from "../../util/shapes.js";
import type { RegularizerLike } from "../by-name.js";
import { type CallContext, type Layer, type LayerOptions, layerOptions, type Weights } from "../layer.js";
import { checkAxes, commonOf } from "./common.js";
import { biasPart, type KernelOptions, kernelOptions, kernelPart } from "./kernel-options.js";

export interface MultiHeadAttentionOptions extends LayerOptions, KernelOptions {
  /** How often it looks, each time with kernels of its own. */
  numHeads: number;
  /** Size of each head's queries and keys. */
  keyDim: number;
  /** Size of each head's values. Default: `keyDim`. */
  valueDim?: number;
  /** Features of what it puts out. Default: those of the query. */
  outputShape?: number;
  /** In training, the share of the attention weights that is dropped. Default: 0. */
  dropout?: number;
  /** Default: true. */
  useBias?: boolean;
  /** True: step i looks at no step behind i. Default: false. */
  causal?: boolean;
  /**
   * True: the last of what the layer is applied to says where a query may look, by numbers other than 0: `[batch, keys]` for the padding behind
   * short sequences, or `[batch, queries, keys]`. Default: false.
   */
  useMask?: boolean;
  /** Default: `"zeros"`. */
  biasInitializer?: KernelOptions["kernelInitializer"];
  /** Default: that of `compile`, else none. */
  biasRegularizer?: RegularizerLike;
}

const options = [
  "numHeads",
  "keyDim",
  "valueDim",
  "outputShape",
  "dropout",
  "useBias",
  "causal",
  "useMask",
  "biasInitializer",
  "biasRegularizer",
  ...kernelOptions,
  ...layerOptions,
];

const AXES = "[batch, steps, features]";

/** What the layer is applied to, by its meaning. */
interface Given<T> {
  readonly query: T;
  readonly value: T;
  readonly key: T;
  readonly mask: T | undefined;
}

/**
 * For each head h softmax(q · kᵀ / √keyDim) · v with q = query · queryKernel_h, k = key · keyKernel_h, v = value · valueKernel_h, and the heads side by
 * side times outputKernel; see `wg.attention`. Applied to `[query, value]`, to `[query, value, key]`, or to one tensor that is all three, each `[batch,
 * steps, features]`; it puts out `[batch, query steps, outputShape]`. A step that may look nowhere gets the output's bias alone.
 *
 * Weights as in Keras: queryKernel and keyKernel `[features, numHeads, keyDim]`, valueKernel `[features, numHeads, valueDim]`, outputKernel `[numHeads,
 * valueDim, outputShape]`, each with a bias behind it. Vaswani et al. 2017, section 3.2.2.
 *
 * @throws ValueError for an unknown or impossible option, ShapeError at `apply` where the inputs do not fit together
 * @example
 * const words = wg.input({ shape: [10, 16] });
 * const own = wg.layers.multiHeadAttention({ numHeads: 4, keyDim: 4, causal: true }).apply(words);
 * own.shape; // [null, 10, 16]
 * const isWord = wg.input({ shape: [10] });
 * wg.layers.multiHeadAttention({ numHeads: 2, keyDim: 8, useMask: true }).apply([own, words, isWord]).shape; // [null, 10, 16]
 */
export function multiHeadAttention(config: MultiHeadAttentionOptions): Layer {
  const kind = "multiHeadAttention";
  checkOptions(kind, config, options, true);
  const whole = { min: 1, whole: true };
  const heads = checkNumber(kind, "numHeads", config.numHeads, whole);
  const keyDim = checkNumber(kind, "keyDim", config.keyDim, whole);
  const valueDim = checkNumber(kind, "valueDim", config.valueDim ?? keyDim, whole);
  const { outputShape: asked } = config;
  if (asked !== undefined) checkNumber(kind, "outputShape", asked, whole);
  const rate = checkNumber(kind, "dropout", config.dropout ?? 0, { min: 0, below: 1 });
  const causal = checkBoolean(kind, "causal", config.causal ?? false);
  const useMask = checkBoolean(kind, "useMask", config.useMask ?? false);
  const kernel = kernelPart(kind, config);
  const { useBias, biasInitializer, biasRegularizer } = config;
  const bias = biasPart(kind, definedOf({ useBias, biasInitializer, biasRegularizer }));
  const common = commonOf(kind, config);
  const { activation: _, ...biasConfig } = bias.config;

  const given = <T>(inputs: readonly T[]): Given<T> => {
    const tensors = useMask ? inputs.slice(0, -1) : inputs;
    const [query, value = query, key = value] = tensors as [T, T?, T?];
    return { query, value: value as T, key: key as T, mask: useMask ? inputs.at(-1) : undefined };
  };
  const outputShape = (inputs: readonly Shape[], name: string): Shape => {
    const most = useMask ? 4 : 3;
    if (inputs.length > most || inputs.length < most - 2) {
      const what = useMask
        ? "query, value, key and mask, of which value and key may be left out"
        : "query, value and key";
      throw new ShapeError(`${kind} "${name}": apply expected ${what}, got ${inputs.length} inputs`);
    }
    const { query, value, key, mask } = given(inputs);
    for (const each of [query, value, key]) checkAxes(kind, name, each, AXES);
    if (key[0] !== value[0]) {
      throw new ShapeError(
        `${kind} "${name}": key expected the ${value[0]} steps of value, got ${showShape([null, ...key])}`,
      );
    }
    if (mask) checkMask(`${kind} "${name}"`, mask, [heads, query[0] as number, key[0] as number]);
    return [query[0] as number, asked ?? (query[1] as number)];
  };
  const weights = (inputs: readonly Shape[]) => {
    const { query, value, key } = given(inputs);
    const parts: [string, number[], number[]][] = [
      ["query", [query[1] as number], [heads, keyDim]],
      ["key", [key[1] as number], [heads, keyDim]],
      ["value", [value[1] as number], [heads, valueDim]],
      ["output", [heads, valueDim], [asked ?? (query[1] as number)]],
    ];
    return parts.flatMap(([part, from, to]) => [
      { ...kernel.weight([...from, ...to]), name: `${part}Kernel` },
      ...bias.weights(1).map((spec) => ({ ...spec, shape: to, name: `${part}Bias` })),
    ]);
  };
  const call = (x: readonly Tensor[], own: Weights, { training, stepCell, seed }: CallContext, name: string) => {
    const { query, value, key, mask } = given(x);
    const [q, k, v] = [
      split(projected(query, own, "query", heads * keyDim), heads),
      split(projected(key, own, "key", heads * keyDim), heads),
      split(projected(value, own, "value", heads * valueDim), heads),
    ];
    const shown = attentionWeights(q, k, { causal, mask: mask ? shownBy(mask) : null });
    const kept = rate > 0 && training ? dropoutAt(shown, rate, stream(`dropout/${name}`, seed), stepCell) : shown;
    const joined = transpose(matmul(kept, v), [0, 2, 1, 3]);
    const rows = reshape(joined, [x[0]?.shape[0] as number, joined.shape[1] as number, heads * valueDim]);
    return projected(rows, own, "output", asked ?? (query.shape[2] as number));
  };
  return {
    kind,
    ...common,
    config: {
      ...common.config,
      numHeads: heads,
      keyDim,
      valueDim,
      ...(asked === undefined ? {} : { outputShape: asked }),
      dropout: rate,
      causal,
      useMask,
      ...kernel.config,
      ...biasConfig,
    },
    outputShape: (input, name) => outputShape([input], name),
    weights: (input) => weights([input]),
    call: (x, own, context, name) => call([x], own, context, name),
    joint: { outputShape, weights, call },
  };
}

/** The options that are given at all. */
const definedOf = <T extends object>(from: T): { [K in keyof T]?: Exclude<T[K], undefined> } =>
  Object.fromEntries(Object.entries(from).filter(([, value]) => value !== undefined)) as never;

/** x · kernel + bias, the kernel as a matrix of so many columns. */
function projected(x: Tensor, weights: Weights, part: string, columns: number): Tensor {
  const bias = weights[`${part}Bias`];
  const kernel = reshape(weights[`${part}Kernel`] as Variable, [x.shape[2] as number, columns]);
  return dense(x, kernel, bias ? reshape(bias, [columns]) : null);
}

/** [batch, steps, heads · depth] → [batch, heads, steps, depth] */
function split(x: Tensor, heads: number): Tensor {
  const [batch, steps, width] = x.shape as [number, number, number];
  return transpose(reshape(x, [batch, steps, heads, width / heads]), [0, 2, 1, 3]);
}

/** Booleans under the axes [batch, heads, queries, keys], of which the mask has the last. */
function shownBy(mask: Tensor): Tensor {
  const [batch, ...row] = mask.shape as [number, ...number[]];
  return notEqual(reshape(mask, [batch, ...[1, 1, 1].slice(row.length), ...row]), 0);
}

function checkMask(where: string, mask: Shape, scores: Shape): void {
  const fits = mask.length >= 1 && mask.length <= 3 && sameShape(broadcastShapes(where, mask, scores), scores);
  if (fits) return;
  throw new ShapeError(
    `${where}: mask expected [batch, keys] or [batch, queries, keys] of [batch, heads, queries, keys] ${showShape([null, ...scores])}, got ${showShape([null, ...mask])}`,
  );
}
