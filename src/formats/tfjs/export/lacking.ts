import type { Json } from "../../keras/export/config.js";

// What TensorFlow.js 4.22 lacks of Keras 2, by its source: it refuses such layers, or runs them as something else. Some have an equal in other layers:
// see instead.ts.

/** Classes of which it has no equal at all. */
export const notInTfjs: ReadonlySet<string> = new Set(["Attention", "AdditiveAttention", "UnitNormalization"]);

/** Classes of which it has an equal in several layers, which one within another cannot be. */
const inSeveral: ReadonlySet<string> = new Set([
  "SpatialDropout2D",
  "UpSampling1D",
  "ZeroPadding1D",
  "Cropping1D",
  "DepthwiseConv1D",
  "SeparableConv1D",
  "Conv1DTranspose",
  "GroupNormalization",
  "Resizing",
]);

const isOne = (value: unknown): boolean => JSON.stringify(value ?? 1).replace(/[[\],1]/g, "") === "";

/** In words for an error; undefined where it lacks nothing. */
export function lacksInTfjs(className: string, config: Json): string | undefined {
  const without = (what: string) => `TensorFlow.js has no ${what}`;
  if (notInTfjs.has(className)) return without(`layer ${className}`);
  if (inSeveral.has(className)) return without(`layer ${className} there`);
  for (const key of ["activation", "recurrent_activation"]) {
    if (config[key] === "leaky_relu") return without(`activation "${config[key]}" there`);
  }
  if (!isOne(config.groups)) return without("convolution in groups");
  if (className === "GRU" && config.reset_after) return without("GRU with resetAfter: true");
  if (/^(DepthwiseConv2D|Conv2DTranspose)$/.test(className) && !isOne(config.dilation_rate)) {
    return without(`${className} with a dilationRate`);
  }
  if (className === "Conv2DTranspose" && config.output_padding)
    return without("Conv2DTranspose with such outputPadding");
  if (className === "Normalization") return without("Normalization along other axes than the last");
  if (config.padding === "causal") return without("causal padding there");
  if (config.keepdims) return without(`${className} with keepdims there`);
  if (config.interpolation === "bilinear") return without(`${className} with pixels' centres as here`);
  return undefined;
}
