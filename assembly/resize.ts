// Images x [batch, height, width, channels] at another size, y [batch, outHeight, outWidth, channels]. The middle of pixel i of y lies at
// (i + ½) · height / outHeight − ½ of x; places are kept as whole numbers over 2 · outHeight, so that no rounding moves a pixel. A
// range counts the rows of y; those that go into one row of x are added in their order.

import { all, loadSome, storeSome } from "./lanes";
import { LANES, SIZE, at } from "./vector";

/** The pixel of x, of `size`, that holds the middle of pixel `i` of y, of `outSize`. */
@inline
function nearest(i: usize, size: usize, outSize: usize): usize {
  return <usize>(((2 * <u64>i + 1) * <u64>size) / (2 * <u64>outSize));
}

/** y = the pixel of x under the middle of each; begin, end count rows of y */
export function resize_nearest_forward(
  y: usize, x: usize, height: usize, width: usize, channels: usize, outHeight: usize, outWidth: usize, begin: usize, end: usize,
): void {
  const pixel = channels * SIZE;
  const bytes = outWidth * pixel;
  let before: usize = 0;
  for (let row = begin; row < end; row++) {
    const n = row / outHeight;
    const from = x + (n * height + nearest(row - n * outHeight, height, outHeight)) * width * pixel;
    const to = y + row * bytes;
    if (from == before) {
      memory.copy(to, to - bytes, bytes);
      continue;
    }
    before = from;
    for (let j: usize = 0; j < outWidth; j++) {
      const p = from + nearest(j, width, outWidth) * pixel;
      const q = to + j * pixel;
      for (let c: usize = 0; c < channels; c += LANES) storeSome(at(q, c), loadSome(at(p, c), channels - c), channels - c);
    }
  }
}

/** dx += dy of all pixels that were made of it; begin, end count rows of y */
export function resize_nearest_backward(
  dx: usize, dy: usize, height: usize, width: usize, channels: usize, outHeight: usize, outWidth: usize, begin: usize, end: usize,
): void {
  const pixel = channels * SIZE;
  for (let row = begin; row < end; row++) {
    const n = row / outHeight;
    const to = dx + (n * height + nearest(row - n * outHeight, height, outHeight)) * width * pixel;
    const from = dy + row * outWidth * pixel;
    for (let j: usize = 0; j < outWidth; j++) {
      const q = to + nearest(j, width, outWidth) * pixel;
      const p = from + j * pixel;
      for (let c: usize = 0; c < channels; c += LANES) {
        const count = channels - c;
        storeSome(at(q, c), v128.add<real>(loadSome(at(q, c), count), loadSome(at(p, c), count)), count);
      }
    }
  }
}

/** The place of pixel `i` in x, as a numerator over 2 · outSize, not before the first pixel's middle. */
@inline
function place(i: usize, size: usize, outSize: usize): u64 {
  const p = (2 * <i64>i + 1) * <i64>size - <i64>outSize;
  return p > 0 ? <u64>p : 0;
}

/** How far the place lies behind `lower`, the pixel before it: 0 to 1. */
@inline
function fraction(place: u64, lower: usize, outSize: usize): real {
  const whole = 2 * <u64>outSize;
  return <real>(place - <u64>lower * whole) / <real>whole;
}

@inline
function blend(a: v128, b: v128, t: v128): v128 {
  return madd(t, v128.sub<real>(b, a), a);
}

/** y between the four pixels of x around each place; begin, end count rows of y */
export function resize_bilinear_forward(
  y: usize, x: usize, height: usize, width: usize, channels: usize, outHeight: usize, outWidth: usize, begin: usize, end: usize,
): void {
  const pixel = channels * SIZE;
  const line = width * pixel;
  let to = y + begin * outWidth * pixel;
  for (let row = begin; row < end; row++) {
    const n = row / outHeight;
    const down = place(row - n * outHeight, height, outHeight);
    const upper = <usize>(down / (2 * <u64>outHeight));
    const v = all(fraction(down, upper, outHeight));
    const first = x + (n * height + upper) * line;
    const below = upper + 1 < height ? line : 0;
    for (let j: usize = 0; j < outWidth; j++, to += pixel) {
      const across = place(j, width, outWidth);
      const left = <usize>(across / (2 * <u64>outWidth));
      const u = all(fraction(across, left, outWidth));
      const p = first + left * pixel;
      const right = left + 1 < width ? pixel : 0;
      for (let c: usize = 0; c < channels; c += LANES) {
        const count = channels - c;
        const q = at(p, c);
        const above = blend(loadSome(q, count), loadSome(q + right, count), u);
        const under = blend(loadSome(q + below, count), loadSome(q + below + right, count), u);
        storeSome(at(to, c), blend(above, under, v), count);
      }
    }
  }
}

@inline
function share(dx: usize, g: v128, weight: v128, count: usize): void {
  storeSome(dx, madd(g, weight, loadSome(dx, count)), count);
}

/** dx += dy · weight for the four pixels that each was made of; begin, end count rows of y */
export function resize_bilinear_backward(
  dx: usize, dy: usize, height: usize, width: usize, channels: usize, outHeight: usize, outWidth: usize, begin: usize, end: usize,
): void {
  const pixel = channels * SIZE;
  const line = width * pixel;
  const one = all(1);
  let from = dy + begin * outWidth * pixel;
  for (let row = begin; row < end; row++) {
    const n = row / outHeight;
    const down = place(row - n * outHeight, height, outHeight);
    const upper = <usize>(down / (2 * <u64>outHeight));
    const v = all(fraction(down, upper, outHeight));
    const w = v128.sub<real>(one, v);
    const first = dx + (n * height + upper) * line;
    const below = upper + 1 < height ? line : 0;
    for (let j: usize = 0; j < outWidth; j++, from += pixel) {
      const across = place(j, width, outWidth);
      const left = <usize>(across / (2 * <u64>outWidth));
      const u = all(fraction(across, left, outWidth));
      const s = v128.sub<real>(one, u);
      const p = first + left * pixel;
      const right = left + 1 < width ? pixel : 0;
      for (let c: usize = 0; c < channels; c += LANES) {
        const count = channels - c;
        const g = loadSome(at(from, c), count);
        const q = at(p, c);
        share(q, g, v128.mul<real>(s, w), count);
        share(q + right, g, v128.mul<real>(u, w), count);
        share(q + below, g, v128.mul<real>(s, v), count);
        share(q + below + right, g, v128.mul<real>(u, v), count);
      }
    }
  }
}
