// Windows over x [batch, height, width, channels]; y is [batch, outHeight, outWidth, channels]. A window of sizeHeight × sizeWidth pixels
// begins `top` lines above and `left` columns before the first pixel and moves by the strides; what lies outside of x does not count, and
// every window has a pixel inside. A range counts the rows of y; where windows overlap, a backward kernel's rows are added in their order.

import { all, loadSome, storeSome } from "./lanes";
import { LANES, SIZE, at } from "./vector";

/** Channels that share the walk over a window: 64 bytes, a cache line of each pixel, or half of one. */
const STRIP: usize = 4 * LANES;
const PAIR: usize = 2 * LANES;

/** The first line of x under the window of output line `i`. */
@inline
function opens(i: usize, stride: usize, before: usize): usize {
  const p = i * stride;
  return p > before ? p - before : 0;
}

/** The line behind its last. */
@inline
function closes(i: usize, stride: usize, before: usize, size: usize, limit: usize): usize {
  return min(limit, i * stride + size - before);
}

/** How many windows from one on are not cut and move on alike; 1 where the first is cut. `first` and `columns` are its place and its width. */
@inline
function alike(first: usize, columns: usize, size: usize, stride: usize, width: usize, left: usize): usize {
  return columns < size ? 1 : min(left, (width - first - size) / stride + 1);
}

/** All ones where x is NaN. */
@inline
function nans(x: v128): v128 {
  return v128.ne<real>(x, x);
}

/** The maximum over the pixels from `first`, `line` bytes from row to row up to `last`, `span` bytes a row, `pixel` bytes apart. */
@inline
function maxStrip(y: usize, first: usize, last: usize, line: usize, span: usize, pixel: usize): void {
  // pmax keeps the first of equals and passes over NaN, in one instruction where max takes eight: NaN is gathered beside it.
  let m0 = all(-Infinity);
  let m1 = m0;
  let m2 = m0;
  let m3 = m0;
  let n = i64x2.splat(0);
  let o = n;
  let q = n;
  let r = n;
  for (let row = first; row < last; row += line) {
    for (let p = row, end = row + span; p < end; p += pixel) {
      const a = v128.load(p);
      const b = v128.load(p, 16);
      const c = v128.load(p, 32);
      const d = v128.load(p, 48);
      m0 = v128.pmax<real>(m0, a);
      m1 = v128.pmax<real>(m1, b);
      m2 = v128.pmax<real>(m2, c);
      m3 = v128.pmax<real>(m3, d);
      n = v128.or(n, nans(a));
      o = v128.or(o, nans(b));
      q = v128.or(q, nans(c));
      r = v128.or(r, nans(d));
    }
  }
  v128.store(y, v128.or(m0, n));
  v128.store(y, v128.or(m1, o), 16);
  v128.store(y, v128.or(m2, q), 32);
  v128.store(y, v128.or(m3, r), 48);
}

@inline
function maxPair(y: usize, first: usize, last: usize, line: usize, span: usize, pixel: usize): void {
  let m0 = all(-Infinity);
  let m1 = m0;
  let n = i64x2.splat(0);
  let o = n;
  for (let row = first; row < last; row += line) {
    for (let p = row, end = row + span; p < end; p += pixel) {
      const a = v128.load(p);
      const b = v128.load(p, 16);
      m0 = v128.pmax<real>(m0, a);
      m1 = v128.pmax<real>(m1, b);
      n = v128.or(n, nans(a));
      o = v128.or(o, nans(b));
    }
  }
  v128.store(y, v128.or(m0, n));
  v128.store(y, v128.or(m1, o), 16);
}

@inline
function maxSome(y: usize, first: usize, last: usize, line: usize, span: usize, pixel: usize, count: usize): void {
  let m = all(-Infinity);
  let n = i64x2.splat(0);
  for (let row = first; row < last; row += line) {
    for (let p = row, end = row + span; p < end; p += pixel) {
      const v = loadSome(p, count);
      m = v128.pmax<real>(m, v);
      n = v128.or(n, nans(v));
    }
  }
  storeSome(y, v128.or(m, n), count);
}

/** y = the greatest of each window; NaN where the window has one; begin, end count rows of y */
export function max_pool_forward(
  y: usize, x: usize, height: usize, width: usize, channels: usize, outHeight: usize, outWidth: usize,
  sizeHeight: usize, sizeWidth: usize, strideHeight: usize, strideWidth: usize, top: usize, left: usize, begin: usize, end: usize,
): void {
  const pixel = channels * SIZE;
  const line = width * pixel;
  const step = strideWidth * pixel;
  const strips = channels - (channels % STRIP);
  const pairs = channels - (channels % PAIR);
  const whole = channels - (channels % LANES);
  let to = y + begin * outWidth * pixel;
  for (let row = begin; row < end; row++) {
    const n = row / outHeight;
    const i = row - n * outHeight;
    const image = x + n * height * line;
    const above = opens(i, strideHeight, top);
    const tall = (closes(i, strideHeight, top, sizeHeight, height) - above) * line;
    for (let j: usize = 0, run: usize = 0; j < outWidth; j += run) {
      const from = opens(j, strideWidth, left);
      const columns = closes(j, strideWidth, left, sizeWidth, width) - from;
      run = alike(from, columns, sizeWidth, strideWidth, width, outWidth - j);
      const span = columns * pixel;
      const until = to + run * pixel;
      const first = image + above * line + from * pixel;
      let c: usize = 0;
      for (; c < strips; c += STRIP) {
        for (let y = to, p = first; y < until; y += pixel, p += step) {
          maxStrip(at(y, c), at(p, c), at(p, c) + tall, line, span, pixel);
        }
      }
      for (; c < pairs; c += PAIR) {
        for (let y = to, p = first; y < until; y += pixel, p += step) {
          maxPair(at(y, c), at(p, c), at(p, c) + tall, line, span, pixel);
        }
      }
      for (; c < whole; c += LANES) {
        for (let y = to, p = first; y < until; y += pixel, p += step) {
          maxSome(at(y, c), at(p, c), at(p, c) + tall, line, span, pixel, LANES);
        }
      }
      if (c < channels) {
        for (let y = to, p = first; y < until; y += pixel, p += step) {
          maxSome(at(y, c), at(p, c), at(p, c) + tall, line, span, pixel, channels - c);
        }
      }
      to = until;
    }
  }
}

@inline
function maxGradient(
  into: usize, dy: usize, y: usize, first: usize, last: usize, line: usize, span: usize, pixel: usize, count: usize,
): void {
  const g = loadSome(dy, count);
  const best = loadSome(y, count);
  let open = i64x2.splat(-1);
  for (let row = first; row < last; row += line) {
    for (let p = row, end = row + span; p < end; p += pixel) {
      const v = loadSome(p, count);
      const hit = v128.and(open, v128.or(v128.eq<real>(v, best), nans(v)));
      open = v128.andnot(open, hit);
      storeSome(into + p, v128.add<real>(loadSome(into + p, count), v128.and(g, hit)), count);
    }
  }
}

/** dx += dy where x is the first greatest of its window (or the first NaN); begin, end count rows of y */
export function max_pool_backward(
  dx: usize, dy: usize, x: usize, y: usize, height: usize, width: usize, channels: usize, outHeight: usize, outWidth: usize,
  sizeHeight: usize, sizeWidth: usize, strideHeight: usize, strideWidth: usize, top: usize, left: usize, begin: usize, end: usize,
): void {
  const pixel = channels * SIZE;
  const line = width * pixel;
  const step = strideWidth * pixel;
  const whole = channels - (channels % LANES);
  const into = dx - x;
  const other = dy - y;
  let from = y + begin * outWidth * pixel;
  for (let row = begin; row < end; row++) {
    const n = row / outHeight;
    const i = row - n * outHeight;
    const image = x + n * height * line;
    const above = opens(i, strideHeight, top);
    const tall = (closes(i, strideHeight, top, sizeHeight, height) - above) * line;
    for (let j: usize = 0, run: usize = 0; j < outWidth; j += run) {
      const start = opens(j, strideWidth, left);
      const columns = closes(j, strideWidth, left, sizeWidth, width) - start;
      run = alike(start, columns, sizeWidth, strideWidth, width, outWidth - j);
      const span = columns * pixel;
      const until = from + run * pixel;
      const first = image + above * line + start * pixel;
      let c: usize = 0;
      for (; c < whole; c += LANES) {
        for (let s = from, p = first; s < until; s += pixel, p += step) {
          maxGradient(into, at(s, c) + other, at(s, c), at(p, c), at(p, c) + tall, line, span, pixel, LANES);
        }
      }
      if (c < channels) {
        for (let s = from, p = first; s < until; s += pixel, p += step) {
          maxGradient(into, at(s, c) + other, at(s, c), at(p, c), at(p, c) + tall, line, span, pixel, channels - c);
        }
      }
      from = until;
    }
  }
}

@inline
function averageStrip(y: usize, first: usize, last: usize, line: usize, span: usize, pixel: usize, n: v128): void {
  let s0 = all(0);
  let s1 = s0;
  let s2 = s0;
  let s3 = s0;
  for (let row = first; row < last; row += line) {
    for (let p = row, end = row + span; p < end; p += pixel) {
      s0 = v128.add<real>(s0, v128.load(p));
      s1 = v128.add<real>(s1, v128.load(p, 16));
      s2 = v128.add<real>(s2, v128.load(p, 32));
      s3 = v128.add<real>(s3, v128.load(p, 48));
    }
  }
  v128.store(y, v128.div<real>(s0, n));
  v128.store(y, v128.div<real>(s1, n), 16);
  v128.store(y, v128.div<real>(s2, n), 32);
  v128.store(y, v128.div<real>(s3, n), 48);
}

@inline
function averagePair(y: usize, first: usize, last: usize, line: usize, span: usize, pixel: usize, n: v128): void {
  let s0 = all(0);
  let s1 = s0;
  for (let row = first; row < last; row += line) {
    for (let p = row, end = row + span; p < end; p += pixel) {
      s0 = v128.add<real>(s0, v128.load(p));
      s1 = v128.add<real>(s1, v128.load(p, 16));
    }
  }
  v128.store(y, v128.div<real>(s0, n));
  v128.store(y, v128.div<real>(s1, n), 16);
}

@inline
function averageSome(y: usize, first: usize, last: usize, line: usize, span: usize, pixel: usize, n: v128, count: usize): void {
  let sum = all(0);
  for (let row = first; row < last; row += line) {
    for (let p = row, end = row + span; p < end; p += pixel) sum = v128.add<real>(sum, loadSome(p, count));
  }
  storeSome(y, v128.div<real>(sum, n), count);
}

/** y = the mean of each window's pixels inside of x; begin, end count rows of y */
export function average_pool_forward(
  y: usize, x: usize, height: usize, width: usize, channels: usize, outHeight: usize, outWidth: usize,
  sizeHeight: usize, sizeWidth: usize, strideHeight: usize, strideWidth: usize, top: usize, left: usize, begin: usize, end: usize,
): void {
  const pixel = channels * SIZE;
  const line = width * pixel;
  const step = strideWidth * pixel;
  const strips = channels - (channels % STRIP);
  const pairs = channels - (channels % PAIR);
  const whole = channels - (channels % LANES);
  let to = y + begin * outWidth * pixel;
  for (let row = begin; row < end; row++) {
    const n = row / outHeight;
    const i = row - n * outHeight;
    const image = x + n * height * line;
    const above = opens(i, strideHeight, top);
    const below = closes(i, strideHeight, top, sizeHeight, height);
    const tall = (below - above) * line;
    for (let j: usize = 0, run: usize = 0; j < outWidth; j += run) {
      const from = opens(j, strideWidth, left);
      const columns = closes(j, strideWidth, left, sizeWidth, width) - from;
      run = alike(from, columns, sizeWidth, strideWidth, width, outWidth - j);
      const count = all(<real>((below - above) * columns));
      const span = columns * pixel;
      const until = to + run * pixel;
      const first = image + above * line + from * pixel;
      let c: usize = 0;
      for (; c < strips; c += STRIP) {
        for (let y = to, p = first; y < until; y += pixel, p += step) {
          averageStrip(at(y, c), at(p, c), at(p, c) + tall, line, span, pixel, count);
        }
      }
      for (; c < pairs; c += PAIR) {
        for (let y = to, p = first; y < until; y += pixel, p += step) {
          averagePair(at(y, c), at(p, c), at(p, c) + tall, line, span, pixel, count);
        }
      }
      for (; c < whole; c += LANES) {
        for (let y = to, p = first; y < until; y += pixel, p += step) {
          averageSome(at(y, c), at(p, c), at(p, c) + tall, line, span, pixel, count, LANES);
        }
      }
      if (c < channels) {
        for (let y = to, p = first; y < until; y += pixel, p += step) {
          averageSome(at(y, c), at(p, c), at(p, c) + tall, line, span, pixel, count, channels - c);
        }
      }
      to = until;
    }
  }
}

@inline
function averageGradient(
  dx: usize, last: usize, dy: usize, line: usize, span: usize, pixel: usize, n: v128, count: usize,
): void {
  const g = v128.div<real>(loadSome(dy, count), n);
  for (let row = dx; row < last; row += line) {
    for (let p = row, end = row + span; p < end; p += pixel) storeSome(p, v128.add<real>(loadSome(p, count), g), count);
  }
}

/** dx += dy / (pixels of the window) over each window; begin, end count rows of y */
export function average_pool_backward(
  dx: usize, dy: usize, height: usize, width: usize, channels: usize, outHeight: usize, outWidth: usize,
  sizeHeight: usize, sizeWidth: usize, strideHeight: usize, strideWidth: usize, top: usize, left: usize, begin: usize, end: usize,
): void {
  const pixel = channels * SIZE;
  const line = width * pixel;
  const step = strideWidth * pixel;
  const whole = channels - (channels % LANES);
  let from = dy + begin * outWidth * pixel;
  for (let row = begin; row < end; row++) {
    const n = row / outHeight;
    const i = row - n * outHeight;
    const image = dx + n * height * line;
    const above = opens(i, strideHeight, top);
    const below = closes(i, strideHeight, top, sizeHeight, height);
    const tall = (below - above) * line;
    for (let j: usize = 0, run: usize = 0; j < outWidth; j += run) {
      const start = opens(j, strideWidth, left);
      const columns = closes(j, strideWidth, left, sizeWidth, width) - start;
      run = alike(start, columns, sizeWidth, strideWidth, width, outWidth - j);
      const count = all(<real>((below - above) * columns));
      const span = columns * pixel;
      const until = from + run * pixel;
      const first = image + above * line + start * pixel;
      let c: usize = 0;
      for (; c < whole; c += LANES) {
        for (let s = from, p = first; s < until; s += pixel, p += step) {
          averageGradient(at(p, c), at(p, c) + tall, at(s, c), line, span, pixel, count, LANES);
        }
      }
      if (c < channels) {
        for (let s = from, p = first; s < until; s += pixel, p += step) {
          averageGradient(at(p, c), at(p, c) + tall, at(s, c), line, span, pixel, count, channels - c);
        }
      }
      from = until;
    }
  }
}
