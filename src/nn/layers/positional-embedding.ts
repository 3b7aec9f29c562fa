import { add, mul, pow } from "../../ops/arithmetic.js";
import { where } from "../../ops/compare.js";
import { slice } from "../../ops/slice.js";
import { cos, sin } from "../../ops/unary.js";
import { type Tensor, tensor } from "../../tensor/tensor.js";
import type { Variable } from "../../tensor/variable.js";
import { checkNumber, checkOptions } from "../../util/check.js";
import type { FloatDType } from "../../util/dtypes.js";
import { ShapeError } from "../../util/errors.js";
import { type Shape, showShape } from "../../util/shapes.js";
import type { ConstraintLike, InitializerLike, RegularizerLike } from "../by-name.js";
import { type Layer, type LayerOptions, layerOptions } from "../layer.js";
import { checkAxes, commonOf } from "./common.js";
import { kernelPart } from "./kernel-options.js";

export interface PositionalEmbeddingOptions extends LayerOptions {
  /** The most steps that an input may have. */
  sequenceLength: number;
  /** Default: `"glorotUniform"`. */
  embeddingsInitializer?: InitializerLike;
  /** Default: none. */
  embeddingsRegularizer?: RegularizerLike;
  /** Holds of the table after each update. Default: none. */
  embeddingsConstraint?: ConstraintLike;
}

const AXES = "[batch, steps, features]";

/**
 * Adds to each step a vector that stands for its position and is learnt: y[b, t] = x[b, t] + embeddings[t], embeddings `[sequenceLength,
 * features]`. Attention by itself does not see an order. Gehring et al. 2017.
 *
 * @throws ValueError for an unknown or impossible option, ShapeError at `compile` for other axes or more steps than `sequenceLength`
 * @example
 * wg.layers.positionalEmbedding({ sequenceLength: 50 }).outputShape([20, 16], "place"); // [20, 16]
 */
export function positionalEmbedding(config: PositionalEmbeddingOptions): Layer {
  const kind = "positionalEmbedding";
  const own = ["sequenceLength", "embeddingsInitializer", "embeddingsRegularizer", "embeddingsConstraint"];
  checkOptions(kind, config, [...own, ...layerOptions], true);
  const sequenceLength = checkNumber(kind, "sequenceLength", config.sequenceLength, { min: 1, whole: true });
  const table = kernelPart(kind, config, "embeddings", "embeddings");
  const common = commonOf(kind, config);
  return {
    kind,
    ...common,
    config: { ...common.config, sequenceLength, ...table.config },
    outputShape(input, name) {
      checkAxes(kind, name, input, AXES);
      if ((input[0] as number) <= sequenceLength) return input;
      throw new ShapeError(
        `${kind} "${name}": input expected at most ${sequenceLength} steps, got ${showShape([null, ...input])}; raise sequenceLength`,
      );
    },
    weights: ([, features]) => [table.weight([sequenceLength, features as number])],
    mask: "kept",
    call: (x, { embeddings }) => add(x, slice(embeddings as Variable, 0, x.shape[1] as number)),
  };
}

export interface SinusoidalPositionalEmbeddingOptions extends LayerOptions {
  /** The longest wave is 2π times as many steps long, the shortest 2π. Default: 10000. */
  maxWavelength?: number;
}

/**
 * Adds to each step waves of its position t, sin(t · ω) in the even features 2i and cos(t · ω) in the odd ones 2i + 1, with ω =
 * maxWavelength^(−2i / features). Nothing is learnt, and no number of steps is too large. Vaswani et al. 2017, section 3.5.
 *
 * @throws ValueError for an unknown or impossible option, ShapeError at `compile` for other axes
 * @example
 * wg.layers.sinusoidalPositionalEmbedding().outputShape([20, 16], "place"); // [20, 16]
 */
export function sinusoidalPositionalEmbedding(config: SinusoidalPositionalEmbeddingOptions = {}): Layer {
  const kind = "sinusoidalPositionalEmbedding";
  checkOptions(kind, config, ["maxWavelength", ...layerOptions]);
  const maxWavelength = checkNumber(kind, "maxWavelength", config.maxWavelength ?? 10000, { above: 0 });
  const common = commonOf(kind, config);
  return {
    kind,
    ...common,
    config: { ...common.config, maxWavelength },
    outputShape(input, name) {
      checkAxes(kind, name, input, AXES);
      return input;
    },
    weights: () => [],
    mask: "kept",
    call: (x) => add(x, waves(x.shape[1] as number, x.shape[2] as number, maxWavelength, x.dtype as FloatDType)),
  };
}

/** The waves of the first positions, `[steps, features]`. */
export function waves(steps: number, features: number, maxWavelength: number, dtype: FloatDType): Tensor {
  const numbers = (count: number, shape: Shape, of: (i: number) => number) =>
    tensor(
      Float64Array.from({ length: count }, (_, i) => of(i)),
      shape,
      dtype,
    );
  const exponents = numbers(features, [features], (i) => -(i - (i % 2)) / features);
  const positions = numbers(steps, [steps, 1], (t) => t);
  const angles = mul(
    positions,
    pow(
      numbers(1, [1], () => maxWavelength),
      exponents,
    ),
  );
  const odd = tensor(
    Uint8Array.from({ length: features }, (_, i) => i % 2),
    [features],
    "bool",
  );
  return where(odd, cos(angles), sin(angles));
}
