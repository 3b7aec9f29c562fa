import { kernels, memory } from "../../backend/engine.js";
import { withMemory } from "../../backend/hold.js";
import { type FloatDType, sizeOf, type TypedArray } from "../../util/dtypes.js";
import { exp } from "../../util/math.js";
import type { Outside } from "../augment.js";
import { MAP } from "./geometry.js";
import type { Plan, Sizes } from "./plan.js";

/** As the kernel numbers them. */
const outsides: Record<Outside, number> = { constant: 0, nearest: 1, reflect: 2 };

/** Bytes of images that are worked on at a time: what stays in a processor's second-level cache with its results. */
const CHUNK = 256 * 1024;

/** Rows whose images fit into CHUNK. */
export function chunkRows({ height, width, channels, outHeight, outWidth }: Sizes): number {
  return Math.max(1, Math.floor(CHUNK / (4 * channels * (height * width + outHeight * outWidth))));
}

/** How pixels are taken from an image. */
export interface Sampling {
  /** The nearest pixel rather than a blend of four. */
  readonly whole: boolean;
  readonly fillMode: Outside;
  readonly fillValue: number;
}

/** Writes `rows` images of `from`, each by its map (and field), to `out` from element `at` on. Memory is held during the call only. */
export function warp(
  out: TypedArray,
  at: number,
  from: TypedArray,
  rows: number,
  sizes: Sizes,
  maps: Float64Array,
  fields: Float32Array | Float64Array | undefined,
  { whole, fillMode, fillValue }: Sampling,
  dtype: FloatDType,
): void {
  const { height, width, channels, outHeight, outWidth } = sizes;
  const sizeIn = height * width * channels;
  const sizeOut = outHeight * outWidth * channels;
  const lengths = [rows * sizeOut, 8 + 64 + (height + 3) * (width + 3) * channels, rows * sizeIn, rows * MAP];
  withMemory([...lengths, fields?.length ?? 0], dtype, (...places) => {
    const [y, scratch, x, map, field] = places as [number, number, number, number, number];
    const heap = () => (dtype === "float32" ? memory().f32 : memory().f64);
    const place = (address: number) => address / sizeOf(dtype);
    heap().set(from.subarray(0, rows * sizeIn), place(x));
    heap().set(maps.subarray(0, rows * MAP), place(map));
    if (fields) heap().set(fields, place(field));
    kernels(dtype).warp_images(
      y,
      scratch,
      x,
      map,
      fields ? field : 0,
      height,
      width,
      channels,
      outHeight,
      outWidth,
      outsides[fillMode],
      fillValue,
      whole ? 1 : 0,
      0,
      rows,
    );
    out.set(heap().subarray(place(y), place(y) + rows * sizeOut), at);
  });
}

/** The filter of a Gaussian, of sum 1: three deviations to each side. */
function gaussian(sigma: number): Float64Array {
  const radius = Math.ceil(3 * sigma);
  const weights = Float64Array.from({ length: 2 * radius + 1 }, (_, k) => {
    const x = (k - radius) / sigma;
    return exp(-0.5 * x * x);
  });
  const sum = weights.reduce((total, w) => total + w, 0);
  return weights.map((w) => w / sum);
}

type Places = [number, number, number, number, number, number];

/**
 * Elastic distortion (Simard, Steinkraus, Platt, "Best practices for convolutional neural networks applied to visual document analysis",
 * ICDAR 2003, section 2): for each pixel a displacement across and one down, α · (G_σ ∗ u) with u uniform in (−1, 1). The noise goes on
 * beyond the border, so displacements are as large there as elsewhere.
 *
 * @param keys two words for each row
 * @returns [rows, 2, outHeight, outWidth]
 */
export function elasticFields(
  { alpha, sigma }: NonNullable<Plan["elastic"]>,
  { outHeight, outWidth }: Sizes,
  keys: readonly (readonly [number, number])[],
  dtype: FloatDType,
): Float32Array | Float64Array {
  const weights = gaussian(sigma);
  const taps = weights.length;
  const [high, wide] = [outHeight + taps - 1, outWidth + taps - 1];
  const plane = outHeight * outWidth;
  const size = 2 * plane * keys.length;
  const lengths = [2 * high * wide, high * outWidth, size, taps, taps, 2];
  let fields: Float32Array | Float64Array = new Float32Array(0);
  withMemory(lengths, dtype, (...places) => {
    const [noise, rows, field, along, down, step] = places as Places;
    const bytes = sizeOf(dtype);
    const heap = dtype === "float32" ? memory().f32 : memory().f64;
    heap.set(weights, along / bytes);
    heap.set(
      weights.map((w) => alpha * w),
      down / bytes,
    );
    memory().u32[step >>> 2] = 0;
    const k = kernels(dtype);
    keys.forEach(([key0, key1], row) => {
      k.random_uniform(noise, -1, 1, key0, key1, step, 0, 2 * high * wide);
      for (let axis = 0; axis < 2; axis++) {
        k.filter_lines(rows, noise + axis * high * wide * bytes, along, taps, 1, outWidth, wide, 0, high);
        const to = field + (2 * row + axis) * plane * bytes;
        k.filter_lines(to, rows, down, taps, outWidth, outWidth, outWidth, 0, outHeight);
      }
    });
    fields = heap.slice(field / bytes, field / bytes + size);
  });
  return fields;
}
