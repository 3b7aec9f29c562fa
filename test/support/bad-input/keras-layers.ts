import * as wg from "../../../src/index.js";
import { type Argument, arg, count, flag, number, options, type Row, row, text } from "./arguments.js";
import { biased, filters, kernelOf, named } from "./factories.js";

const overSteps = (padding: Argument) => [
  count("kernelSize", 2, undefined, 0),
  count("strides", 2, 0),
  padding,
  count("dilationRate", 2, 0),
];
const padding = arg("padding", "causal", "sane", -1, 1.5, [1], {});
const numbers = (name: string, ...wrong: unknown[]) =>
  arg(name, [1, 2], null, "1", [], ["a"], Number.NaN, {}, ...wrong);
const looking = [flag("useScale"), flag("causal"), number("dropout", 0.5, -1, 1), ...named];

/** Layers that Keras has too. */
export const kerasLayerRows: Record<string, Row> = {
  "layers.additiveAttention": row(wg.layers.additiveAttention, options(...looking)),
  "layers.alphaDropout": row(wg.layers.alphaDropout, options(number("rate", 0.5, undefined, -1, 1), ...named)),
  "layers.attention": row(wg.layers.attention, options(text("scoreMode", "concat", "sum"), ...looking)),
  "layers.conv1dTranspose": row(
    wg.layers.conv1dTranspose,
    options(
      filters,
      ...overSteps(arg("padding", "same", "causal", "sane", -1, 1.5, [1], {})),
      arg("outputPadding", 1, -1, 1.5, 2, "1", [1]),
      ...kernelOf("kernel"),
      ...biased,
    ),
  ),
  "layers.depthwiseConv1d": row(
    wg.layers.depthwiseConv1d,
    options(...overSteps(padding), count("depthMultiplier", 2, 0), ...kernelOf("depthwise"), ...biased),
  ),
  "layers.separableConv1d": row(
    wg.layers.separableConv1d,
    options(
      filters,
      ...overSteps(padding),
      count("depthMultiplier", 2, 0),
      ...kernelOf("depthwise"),
      ...kernelOf("pointwise"),
      ...biased,
    ),
  ),
  "layers.normalization": row(
    (given: object) =>
      wg.layers.normalization(
        Array.isArray(given) || given !== Object(given) ? (given as never) : { mean: 1, variance: 1, ...given },
      ),
    options(
      arg("axis", [1, 2], "1", 1.5, {}, ["a"]),
      numbers("mean"),
      numbers("variance", -1, [1, -1]),
      flag("invert"),
      ...named,
    ),
  ),
  "layers.rescaling": row(wg.layers.rescaling, options(numbers("scale", undefined), numbers("offset"), ...named)),
};
