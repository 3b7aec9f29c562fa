// What TensorFlow.js 4.22 lacks of Keras 2, by its source: it refuses such layers, or runs them as something else.

type Json = { readonly [name: string]: unknown };

const classes = [
  "Subtract",
  "SpatialDropout2D",
  "UpSampling1D",
  "ZeroPadding1D",
  "Cropping1D",
  "DepthwiseConv1D",
  "SeparableConv1D",
  "Conv1DTranspose",
  "Attention",
  "AdditiveAttention",
  "Normalization",
  "Resizing",
  "GroupNormalization",
  "UnitNormalization",
];

const activations = ["leaky_relu"];

const isOne = (value: unknown): boolean => JSON.stringify(value ?? 1).replace(/[[\],1]/g, "") === "";

/** In words for an error; undefined where it lacks nothing. */
export function lacksInTfjs(className: string, config: Json): string | undefined {
  const without = (what: string) => `TensorFlow.js has no ${what}`;
  if (classes.includes(className)) return without(`layer ${className}`);
  for (const key of ["activation", "recurrent_activation"]) {
    if (activations.includes(config[key] as string)) return without(`activation "${config[key]}"`);
  }
  if (!isOne(config.groups)) return without("convolution in groups");
  if (className === "Rescaling" && [config.scale, config.offset].some(Array.isArray)) {
    return without("Rescaling by a number for each channel");
  }
  if (config.padding === "causal") return without("causal padding");
  if (className === "GRU" && config.reset_after) return without("GRU with resetAfter: true");
  if (/^(DepthwiseConv2D|Conv2DTranspose)$/.test(className) && !isOne(config.dilation_rate)) {
    return without(`${className} with a dilationRate`);
  }
  if (className === "Conv2DTranspose" && config.output_padding) return without("Conv2DTranspose with outputPadding");
  if (config.keepdims) return without(`${className} with keepdims`);
  if (config.interpolation === "bilinear") return without("bilinear UpSampling2D with pixels' centres as here");
  return undefined;
}
