import type { Shape } from "../../../util/shapes.js";
import type { Json } from "../../keras/export/config.js";
import { zerosAround } from "../../keras/export/padding.js";
import type { Helper, NamedArray, Written } from "../../keras/export/written.js";

/** A new shape beside another layer. */
export const reshaped = (suffix: string, shape: Shape): Helper => ({
  suffix,
  className: "Reshape",
  config: { target_shape: shape },
  shape,
});

// TensorFlow.js has some layers for images alone: a sequence, [steps, channels], is one that is one pixel wide.

/** What a class for steps is for pixels: its config in one axis more. */
const wider: Readonly<Record<string, (config: Json) => Json>> = {
  UpSampling1D: ({ size, ...config }) => ({ ...config, size: [size, 1], interpolation: "nearest" }),
  ZeroPadding1D: ({ padding, ...config }) => ({ ...config, padding: [padding, [0, 0]] }),
  Cropping1D: ({ cropping, ...config }) => ({ ...config, cropping: [cropping, [0, 0]] }),
  DepthwiseConv1D: (config) => ({ ...config, ...window(config, config.strides) }),
  SeparableConv1D: (config) => ({ ...config, ...window(config, config.strides) }),
  Conv1DTranspose: (config) => ({ ...config, ...window(config, 1) }),
};

/** @param across the stride along the axis of one pixel: windows of images may want one for both */
const window = ({ kernel_size, strides, dilation_rate, output_padding = null }: Json, across: unknown): Json => ({
  kernel_size: [kernel_size, 1],
  strides: [strides, across],
  dilation_rate: [dilation_rate, 1],
  output_padding: output_padding === null ? null : [output_padding, 0],
});

const CAUSAL = /^(Depthwise|Separable|)Conv1D$/;

/** The same over images, with a new shape in front and behind. */
export function overImages(written: Written, row: Shape, out: Shape): Written | undefined {
  const { className, config, before = [], behind = [], hold } = written;
  if (CAUSAL.test(className) && config.padding === "causal") {
    const [length, dilation] = [config.kernel_size, config.dilation_rate ?? 1] as number[] as [number, number];
    const zeros = zerosAround([[(length - 1) * dilation, 0]], row);
    return overImages({ ...written, config: { ...config, padding: "valid" }, before: [zeros] }, row, out) ?? written;
  }
  const first = throughImages(before, row);
  const last = throughImages(behind, written.shape ?? out);
  const widen = wider[className];
  if (!widen) return { ...written, before: first, behind: last };
  const fed = before.at(-1)?.shape ?? row;
  const shape = asImage(written.shape ?? out);
  return {
    className: className.replace("1D", "2D"),
    config: withAxes({ data_format: "channels_last", ...widen(config) }, (axes) => [...axes, axes.length]),
    before: [...first, reshaped("image", asImage(fed))],
    behind: [reshaped("steps", written.shape ?? out), ...last],
    shape,
    hold(arrays) {
      const { own, ...held } = hold(arrays);
      return { ...held, own: own.map(widened) };
    },
  };
}

const asImage = ([steps, channels]: Shape): Shape => [steps as number, 1, channels as number];

/** Helpers for steps as helpers for pixels. */
const throughImages = (helpers: readonly Helper[], row: Shape): readonly Helper[] =>
  helpers.flatMap((each, i) => {
    const widen = wider[each.className];
    if (!widen) return [each];
    const layer = {
      ...each,
      className: each.className.replace("1D", "2D"),
      config: { data_format: "channels_last", ...widen(each.config) },
      shape: asImage(each.shape),
    };
    return [
      reshaped(`${each.suffix}_image`, asImage(helpers[i - 1]?.shape ?? row)),
      layer,
      reshaped(`${each.suffix}_steps`, each.shape),
    ];
  });

/** A kernel, [length, …], with its window in two axes. */
const widened = ([name, array]: NamedArray): NamedArray => {
  const [length, ...rest] = array.shape;
  return [name, array.shape.length === 3 ? { ...array, shape: [length as number, 1, ...rest] } : array];
};

/** A config whose constraints of kernels take other axes together. */
export function withAxes(config: Json, change: (axes: readonly number[]) => readonly number[]): Json {
  return Object.fromEntries(
    Object.entries(config).map(([key, value]) => {
      const { class_name, config: options } = (value ?? {}) as { class_name?: string; config?: { axis?: unknown } };
      if (!key.endsWith("_constraint") || !Array.isArray(options?.axis)) return [key, value];
      return [key, { class_name, config: { ...options, axis: change(options.axis) } }];
    }),
  );
}
