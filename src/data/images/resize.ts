import { type Pixels, rearranged } from "./pixels.js";

export type Interpolation = "bilinear" | "nearest";

/** An image in another size. */
export function resized(image: Pixels, height: number, width: number, interpolation: Interpolation): Pixels {
  if (height === image.height && width === image.width) return image;
  return interpolation === "nearest" ? byNearest(image, height, width) : byBlending(image, height, width);
}

/** Each pixel from the one that its middle falls on. */
function byNearest(image: Pixels, height: number, width: number): Pixels {
  const place = (i: number, size: number, from: number) => Math.min(from - 1, Math.floor(((i + 0.5) * from) / size));
  const columns = Int32Array.from({ length: width }, (_, j) => place(j, width, image.width));
  const rows = Int32Array.from({ length: height }, (_, i) => place(i, height, image.height));
  return rearranged(image, height, width, (i, j) => (rows[i] as number) * image.width + (columns[j] as number));
}

/** Rows along the width, then columns; rounded once, at the end. */
function byBlending({ data, height: h, width: w, channels }: Pixels, height: number, width: number): Pixels {
  const across = filterOf(w, width);
  const wide = new Float32Array(h * width * channels);
  for (let i = 0; i < h; i++) {
    for (let j = 0; j < width; j++) {
      const { start, weights } = across[j] as Weights;
      for (let c = 0; c < channels; c++) {
        let sum = 0;
        for (let k = 0; k < weights.length; k++) {
          sum += (weights[k] as number) * (data[(i * w + start + k) * channels + c] as number);
        }
        wide[(i * width + j) * channels + c] = sum;
      }
    }
  }
  const row = width * channels;
  const out = new Uint8Array(height * row);
  const sums = new Float64Array(row);
  filterOf(h, height).forEach(({ start, weights }, i) => {
    sums.fill(0);
    weights.forEach((weight, k) => {
      const from = (start + k) * row;
      for (let j = 0; j < row; j++) (sums[j] as number) += weight * (wide[from + j] as number);
    });
    for (let j = 0; j < row; j++) out[i * row + j] = Math.round(sums[j] as number);
  });
  return { data: out, height, width, channels };
}

interface Weights {
  /** The first pixel that counts. */
  readonly start: number;
  /** Of sum 1. */
  readonly weights: Float64Array;
}

/**
 * What each of `to` pixels takes from `from`: a triangle about its middle, one pixel to each side, and as much wider as the image shrinks
 * (antialias), as PIL and TensorFlow's `antialias` have it.
 */
function filterOf(from: number, to: number): Weights[] {
  const scale = from / to;
  const reach = Math.max(1, scale);
  return Array.from({ length: to }, (_, i) => {
    const middle = (i + 0.5) * scale;
    const start = Math.max(0, Math.floor(middle - reach + 0.5));
    const end = Math.min(from, Math.floor(middle + reach + 0.5));
    const weights = Float64Array.from({ length: end - start }, (_, k) =>
      Math.max(0, 1 - Math.abs(start + k + 0.5 - middle) / reach),
    );
    const sum = weights.reduce((total, weight) => total + weight, 0);
    return { start, weights: weights.map((weight) => weight / sum) };
  });
}
