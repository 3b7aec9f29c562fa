// Resampling of images [batch, height, width, channels]. Multiply, then add, in both builds: a picture's bits should not depend on whether
// the processor fuses the two.
import { all, loadSome, storeSome } from "./lanes";
import { LANES, SIZE, at } from "./vector";

// What lies outside an image: a value, its border, or its mirror image (d c b a | a b c d | d c b a). Known to src/data/augment too.
@inline
const CONSTANT: i32 = 0;
@inline
const REFLECT: i32 = 2;

/** Lines around a framed image: one before it, two behind, since a pixel on the last line reads the next one too. */
@inline
const BEFORE: usize = 1;
@inline
const AROUND: usize = 3;

/** The head of scratch: offset, fraction across and fraction down of LANES pixels. Behind it the framed image. */
@inline
const ACROSS: usize = 16;
@inline
const DOWN: usize = 32;
@inline
const HEAD: usize = 64;

/** Copies an image to the middle of a frame of `fill`, or of the pixels on its border. */
function enclose(frame: usize, x: usize, height: usize, width: usize, channels: usize, outside: i32, fill: real): void {
  const row = width * channels;
  const step = (width + AROUND) * channels;
  if (outside == CONSTANT) {
    for (let i: usize = 0, n = (height + AROUND) * step; i < n; i++) store<real>(at(frame, i), fill);
  }
  for (let i: usize = 0; i < height; i++) {
    const start = at(frame, (i + BEFORE) * step);
    const first = at(start, channels);
    memory.copy(first, at(x, i * row), row * SIZE);
    if (outside == CONSTANT) continue;
    const last = at(first, row - channels);
    for (let c: usize = 0; c < channels; c++) {
      const end = load<real>(at(last, c));
      store<real>(at(start, c), load<real>(at(first, c)));
      store<real>(at(last, channels + c), end);
      store<real>(at(last, 2 * channels + c), end);
    }
  }
  if (outside == CONSTANT) return;
  memory.copy(frame, at(frame, step), step * SIZE);
  const bottom = at(frame, height * step);
  memory.copy(at(bottom, step), bottom, step * SIZE);
  memory.copy(at(bottom, 2 * step), bottom, step * SIZE);
}

@inline
function mulAdd(a: v128, b: v128, c: v128): v128 {
  return v128.add<real>(v128.mul<real>(a, b), c);
}

/** Places along an axis of `size` pixels, brought into the frame: [−1, size]. */
@inline
function inFrame(x: v128, size: v128, outside: i32): v128 {
  if (outside != REFLECT) return v128.min<real>(v128.max<real>(x, all(-1)), size);
  const half = all(<real>0.5);
  const period = v128.add<real>(size, size);
  const t = v128.add<real>(x, half);
  const folded = v128.sub<real>(t, v128.mul<real>(period, v128.floor<real>(v128.div<real>(t, period))));
  return v128.sub<real>(v128.min<real>(folded, v128.sub<real>(period, folded)), half);
}

/** Whole numbers as i32 lanes. */
@inline
function integers(x: v128): v128 {
  return sizeof<real>() == 4 ? v128.trunc_sat<i32>(x) : v128.trunc_sat_zero<i32>(x);
}

/** 0, 1, … in the lanes. */
@inline
function laneNumbers(): v128 {
  return sizeof<real>() == 4 ? f32x4(0, 1, 2, 3) : f64x2(0, 1);
}

/** Between `a` (t = 0) and `b`. */
@inline
function blend(a: v128, b: v128, t: v128): v128 {
  return mulAdd(t, v128.sub<real>(b, a), a);
}

/** For LANES pixels of one channel: between the elements at their offsets and the ones behind those. */
@inline
function blendPairs(base: usize, o: v128, t: v128): v128 {
  const first = at(base, usize(i32x4.extract_lane(o, 0)));
  const second = at(base, usize(i32x4.extract_lane(o, 1)));
  if (sizeof<real>() == 8) {
    const low = v128.load(first);
    const high = v128.load(second);
    return blend(v128.shuffle<f64>(low, high, 0, 2), v128.shuffle<f64>(low, high, 1, 3), t);
  }
  const third = at(base, usize(i32x4.extract_lane(o, 2)));
  const fourth = at(base, usize(i32x4.extract_lane(o, 3)));
  const low = v128.load_lane<f64>(second, v128.load64_zero(first), 1);
  const high = v128.load_lane<f64>(fourth, v128.load64_zero(third), 1);
  return blend(v128.shuffle<f32>(low, high, 0, 2, 4, 6), v128.shuffle<f32>(low, high, 1, 3, 5, 7), t);
}

/** All channels of one pixel, blended of the four around its place. */
@inline
function blendPixel(y: usize, p: usize, step: usize, channels: usize, across: real, down: real): void {
  const u = all(across);
  const v = all(down);
  const q = p + step;
  for (let c: usize = 0; c < channels; c += LANES) {
    const n = channels - c;
    const top = blend(loadSome(at(p, c), n), loadSome(at(p, channels + c), n), u);
    const bottom = blend(loadSome(at(q, c), n), loadSome(at(q, channels + c), n), u);
    storeSome(at(y, c), blend(top, bottom, v), n);
  }
}

/**
 * y[n, i, j] is x[n] at the place (across, down) = (a·j + b·i + c + dx, d·j + e·i + f + dy), in pixels with the first one's middle at 0:
 * blended of the four pixels around it, or, with `whole`, the nearest one. Outside of x lies what `outside` says, with `fill` as its value.
 *
 *   maps  [batch, 6]: a … f     fields  [batch, 2, outHeight, outWidth]: dx, dy; or 0: none
 *   y  [batch, outHeight, outWidth, channels]     scratch  64 bytes and (height + 3) · (width + 3) · channels elements
 */
export function warp_images(
  y: usize,
  scratch: usize,
  x: usize,
  maps: usize,
  fields: usize,
  height: usize,
  width: usize,
  channels: usize,
  outHeight: usize,
  outWidth: usize,
  outside: i32,
  fill: real,
  whole: i32,
  begin: usize,
  end: usize,
): void {
  const frame = scratch + HEAD;
  const step = (width + AROUND) * channels * SIZE;
  const stepLanes = i32x4.splat(i32((width + AROUND) * channels));
  const channelLanes = i32x4.splat(i32(channels));
  const before = i32x4.splat(i32(BEFORE));
  const columns = all(<real>width);
  const rows = all(<real>height);
  const rounding = all(whole ? <real>0.5 : <real>0);
  const plane = outHeight * outWidth;
  for (let n = begin; n < end; n++) {
    enclose(frame, at(x, n * height * width * channels), height, width, channels, outside, fill);
    const map = at(maps, n * 6);
    const field = fields ? at(fields, n * 2 * plane) : 0;
    const a = all(load<real>(map));
    const d = all(load<real>(at(map, 3)));
    for (let i: usize = 0; i < outHeight; i++) {
      const acrossRow = all(load<real>(at(map, 1)) * <real>i + load<real>(at(map, 2)));
      const downRow = all(load<real>(at(map, 4)) * <real>i + load<real>(at(map, 5)));
      for (let j: usize = 0; j < outWidth; j += LANES) {
        const count = min<usize>(LANES, outWidth - j);
        const pixel = i * outWidth + j;
        const numbers = v128.add<real>(laneNumbers(), all(<real>j));
        let across = mulAdd(a, numbers, acrossRow);
        let down = mulAdd(d, numbers, downRow);
        if (field) {
          across = v128.add<real>(across, loadSome(at(field, pixel), count));
          down = v128.add<real>(down, loadSome(at(field, plane + pixel), count));
        }
        across = v128.add<real>(inFrame(across, columns, outside), rounding);
        down = v128.add<real>(inFrame(down, rows, outside), rounding);
        const left = v128.floor<real>(across);
        const top = v128.floor<real>(down);
        const line = i32x4.mul(i32x4.add(integers(top), before), stepLanes);
        const o = i32x4.add(line, i32x4.mul(i32x4.add(integers(left), before), channelLanes));
        across = v128.sub<real>(across, left);
        down = v128.sub<real>(down, top);
        const to = at(y, (n * plane + pixel) * channels);
        if (channels == 1 && !whole) {
          storeSome(to, blend(blendPairs(frame, o, across), blendPairs(frame + step, o, across), down), count);
          continue;
        }
        v128.store(scratch, o);
        v128.store(scratch + ACROSS, across);
        v128.store(scratch + DOWN, down);
        for (let k: usize = 0; k < count; k++) {
          const p = at(frame, usize(load<i32>(scratch + 4 * k)));
          const q = at(to, k * channels);
          if (whole) memory.copy(q, p, channels * SIZE);
          else blendPixel(q, p, step, channels, load<real>(at(scratch + ACROSS, k)), load<real>(at(scratch + DOWN, k)));
        }
      }
    }
  }
}

/**
 * y[i, j] = Σ w[k] · x[i · xStep + j + k · tapStep], k < taps, j < columns: a filter along rows (tapStep 1) or down columns (tapStep xStep)
 * where it covers x whole.
 */
export function filter_lines(
  y: usize,
  x: usize,
  w: usize,
  taps: usize,
  tapStep: usize,
  columns: usize,
  xStep: usize,
  begin: usize,
  end: usize,
): void {
  for (let i = begin; i < end; i++) {
    for (let j: usize = 0; j < columns; j += LANES) {
      const n = columns - j;
      const from = at(x, i * xStep + j);
      let sum = all(0);
      for (let k: usize = 0; k < taps; k++) {
        sum = mulAdd(all(load<real>(at(w, k))), loadSome(at(from, k * tapStep), n), sum);
      }
      storeSome(at(y, i * columns + j), sum, n);
    }
  }
}
