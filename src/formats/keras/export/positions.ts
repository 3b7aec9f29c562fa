import { waves } from "../../../nn/layers/positional-embedding.js";
import { fromHost } from "../../../util/file-array.js";
import type { Shape } from "../../../util/shapes.js";
import type { Json, OwnConfig } from "./config.js";
import { direct, type Helper, type Writer, type Written } from "./written.js";

// Keras has no layer of positions (KerasHub has). Their vectors are an embedding's all the same, of the numbers 0, 1, … that layers make of any
// sequence: its largest features, [batch, steps], times 0, plus the steps' own numbers.

function atPositions(
  c: OwnConfig,
  [steps, features]: Shape,
  count: number,
): Pick<Written, "className" | "config" | "before" | "behind" | "shape"> {
  if (c.isFedMasked) throw c.unsupported("behind a mask, which the sum that it becomes in Keras does not pass on");
  const [length, width] = [steps as number, features as number];
  const helper = (suffix: string, className: string, config: Json, shape: Shape): Helper => ({
    suffix,
    className,
    config,
    shape,
  });
  const numbers = Array.from({ length }, (_, step) => step);
  return {
    className: "Embedding",
    config: { input_dim: count, output_dim: width, mask_zero: false },
    before: [
      helper("features", "Permute", { dims: [2, 1] }, [width, length]),
      helper("steps", "GlobalMaxPooling1D", { data_format: "channels_last" }, [length]),
      helper("positions", "Rescaling", { scale: 0, offset: numbers }, [length]),
    ],
    behind: [{ ...helper("sum", "Add", {}, [length, width]), takesInput: true }],
    shape: [length, width],
  };
}

export const positionalEmbedding: Writer = (c, row) => {
  const { config, ...written } = atPositions(c, row, c.get("sequenceLength"));
  return { ...written, config: { ...config, ...c.ofWeight("embeddings", 2) }, hold: direct };
};

/** The waves are a table that is not trained. */
export const sinusoidalPositionalEmbedding: Writer = (c, row) => {
  const [steps, features] = row as [number, number];
  const { config, ...written } = atPositions(c, row, steps);
  const table = () => waves(steps, features, c.get("maxWavelength"), "float32");
  return {
    ...written,
    config: { ...config, trainable: false },
    hold: () => direct([["embeddings", fromHost("save", { data: table().toTypedArray(), shape: [steps, features] })]]),
  };
};
