import { cast } from "../../ops/cast.js";
import { notEqual } from "../../ops/compare.js";
import { gatherRows } from "../../ops/gather.js";
import { checkIndices } from "../../tensor/indices.js";
import type { Tensor } from "../../tensor/tensor.js";
import type { Variable } from "../../tensor/variable.js";
import { checkBoolean, checkNumber, checkOptions } from "../../util/check.js";
import type { ConstraintLike, InitializerLike, RegularizerLike } from "../by-name.js";
import { type Layer, type LayerOptions, layerOptions } from "../layer.js";
import { commonOf } from "./common.js";
import { kernelPart } from "./kernel-options.js";

export interface EmbeddingOptions extends LayerOptions {
  /** How many there are to choose from: indices are whole numbers from 0 to inputDim − 1. */
  inputDim: number;
  /** Size of the vector that stands for each. */
  outputDim: number;
  /** True: index 0 is padding, which the layers behind leave out; see `masking`. Default: false. */
  maskZero?: boolean;
  /** Default: `"randomUniform"`, even over [−0.05, 0.05), as in Keras. */
  embeddingsInitializer?: InitializerLike;
  /** Default: none. */
  embeddingsRegularizer?: RegularizerLike;
  /** Holds of the table after each update. Default: none. */
  embeddingsConstraint?: ConstraintLike;
}

const options = [
  "inputDim",
  "outputDim",
  "maskZero",
  "embeddingsInitializer",
  "embeddingsRegularizer",
  "embeddingsConstraint",
  ...layerOptions,
];

/**
 * A vector of its own for each index: `[batch, …]` of whole numbers → `[batch, …, outputDim]`, rows of the table embeddings `[inputDim,
 * outputDim]`, which is learnt. Indices may come as floats, as a model's inputs do; what is behind the point is cut off.
 *
 * @throws ValueError for an unknown or impossible option, and in a call for an index out of range
 * @example
 * wg.layers.embedding({ inputDim: 1000, outputDim: 16 }).outputShape([20], "words"); // [20, 16]
 */
export function embedding(config: EmbeddingOptions): Layer {
  const kind = "embedding";
  checkOptions(kind, config, options, true);
  const inputDim = checkNumber(kind, "inputDim", config.inputDim, { min: 1, whole: true });
  const outputDim = checkNumber(kind, "outputDim", config.outputDim, { min: 1, whole: true });
  const maskZero = checkBoolean(kind, "maskZero", config.maskZero ?? false);
  const embeddingsInitializer = config.embeddingsInitializer ?? "randomUniform";
  const table = kernelPart(kind, { ...config, embeddingsInitializer }, "embeddings", "embeddings");
  const common = commonOf(kind, config);
  return {
    kind,
    ...common,
    config: { ...common.config, inputDim, outputDim, ...(maskZero ? { maskZero } : {}), ...table.config },
    outputShape: (input) => [...input, outputDim],
    weights: () => [table.weight([inputDim, outputDim])],
    ...(maskZero ? { mask: ([x]) => [notEqual(cast(x as Tensor, "int32"), 0)] } : {}),
    call: (x, { embeddings }, _context, name) =>
      gatherRows(embeddings as Variable, checkIndices(`${kind} "${name}"`, cast(x, "int32"), inputDim)),
  };
}
