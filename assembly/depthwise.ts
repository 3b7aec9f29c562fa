// Depthwise convolution: each input channel has filters of its own. Letters as in conv.ts; f = c · m, and output channel o is made of the
// input channel o / m by kernel [kh, kw, c, m]:
//
//   y[n, oy, ox, o] = bias[o] + Σ over ky, kx of x[n, oy · sy + ky · dy − top, ox · sx + kx · dx − left, o / m] · kernel[ky, kx, o]
//
// Lanes are channels, and every element is one sum in the order of these loops.
import { activateRange } from "./activate";
import { Geometry, Taps, findTaps, floorDivide } from "./conv/geometry";
import { Field, stage } from "./conv/stage";
import { Loop, fewChannels, fourPixels, onePixel, oneTap, oneTapOfFew, threeTaps, threeWide } from "./depthwise/micro";
import { LANES, SIZE, at } from "./vector";

// Scratch: what a call remembers, four rows of f for the folding of m filters, the staged part.
@inline
const HEADER: usize = 256;
@inline
const FIELD: usize = 64;
@inline
const TAPS_Y: usize = 128;
@inline
const TAPS_X: usize = 192;
@inline
const ZEROS: usize = 256;

/** `columns` pixels in a row: c = start + Σ taps. `start` is an address of f elements; 0: what c holds; or ZEROS, read again for all. */
function row(c: usize, cStep: usize, start: usize, startStep: usize, kernel: usize, p: usize, pStep: usize, columns: isize, filters: usize, loop: Loop): void {
  const vectors = filters & ~(2 * LANES - 1);
  const isThree = loop.countX == 3 && loop.stepX == pStep;
  if (isThree) threeWide(c, cStep, start, startStep, kernel, p, pStep, columns >> 2, vectors * SIZE, loop);
  const begin = isThree ? columns & ~3 : 0;
  let o: usize = 0;
  for (; o < vectors; o += 2 * LANES) {
    const s = start ? start + o * startStep : 0;
    let to = at(c, o) + begin * cStep;
    let from = at(p, o) + begin * pStep;
    let x = begin;
    for (; x + 4 <= columns; x += 4) {
      const to2 = to + 2 * cStep;
      const from2 = from + 2 * pStep;
      fourPixels(to, to + cStep, to2, to2 + cStep, s, at(kernel, o), from, from + pStep, from2, from2 + pStep, loop);
      to = to2 + 2 * cStep;
      from = from2 + 2 * pStep;
    }
    for (; x < columns; x++) {
      onePixel(to, s, at(kernel, o), from, loop);
      to += cStep;
      from += pStep;
    }
  }
  for (; o < filters; o += LANES) {
    const width = min<usize>(LANES, filters - o);
    const s = start ? start + o * startStep : 0;
    let to = at(c, o);
    let from = at(p, o);
    for (let x: isize = 0; x < columns; x++) {
      fewChannels(to, width, s, at(kernel, o), from, loop);
      to += cStep;
      from += pStep;
    }
  }
}

function zeros(scratch: usize): usize {
  const z = scratch + ZEROS;
  v128.store(z, v128.splat<real>(0));
  v128.store(z, v128.splat<real>(0), 16);
  return z;
}

/** y = f(x ∗ kernel + bias) for the rows begin ≤ image · oh + oy < end of y. Arguments as those of `conv_forward`. */
export function depthwise_forward(
  y: usize,
  x: usize,
  kernel: usize,
  bias: usize,
  shape: usize,
  accumulate: i32,
  activation: i32,
  alpha: real,
  scratch: usize,
  begin: usize,
  end: usize,
): void {
  const g = changetype<Geometry>(shape);
  const loop = changetype<Loop>(scratch);
  const field = changetype<Field>(scratch + FIELD);
  const zero = zeros(scratch);
  const outRow = <usize>g.outWidth * g.filters;
  const start = accumulate ? 0 : bias ? bias : zero;
  const startStep: usize = bias ? SIZE : 0;
  for (let unit = begin; unit < end; ) {
    const n = unit / g.outHeight;
    const top = <isize>(unit % g.outHeight);
    const rows = min<isize>(min<isize>(g.forwardRows, g.outHeight - top), <isize>(end - unit));
    stage(
      field,
      at(scratch, HEADER + 4 * g.filters),
      at(x, n * g.height * g.width * g.channels),
      g.height,
      g.width,
      g.channels,
      1,
      top * g.strideY - g.padTop,
      (rows - 1) * g.strideY + (g.kernelHeight - 1) * g.dilationY + 1,
      -g.padLeft,
      (g.outWidth - 1) * g.strideX + (g.kernelWidth - 1) * g.dilationX + 1,
      g.filters / g.channels,
    );
    loop.countX = g.kernelWidth;
    loop.stepX = g.dilationX * field.pixel;
    loop.kernelX = g.filters * SIZE;
    loop.countY = g.kernelHeight;
    loop.gapY = g.dilationY * field.row - g.kernelWidth * loop.stepX;
    loop.kernelY = 0;
    for (let i: isize = 0; i < rows; i++) {
      const from = field.at + i * g.strideY * field.row;
      row(at(y, (unit + i) * outRow), g.filters * SIZE, start, startStep, kernel, from, g.strideX * field.pixel, g.outWidth, g.filters, loop);
    }
    // While the block is in the cache.
    if (activation) activateRange(activation, alpha, y, unit * outRow, (unit + rows) * outRow);
    unit += rows;
  }
}

/** dx[…, c] += Σ over the m filters of c of dy ∗ the kernel turned round, for the rows begin ≤ image · h + iy < end of dx. */
export function depthwise_backward_input(
  dx: usize,
  dy: usize,
  kernel: usize,
  shape: usize,
  scratch: usize,
  begin: usize,
  end: usize,
): void {
  const g = changetype<Geometry>(shape);
  const loop = changetype<Loop>(scratch);
  const field = changetype<Field>(scratch + FIELD);
  const tapsY = changetype<Taps>(scratch + TAPS_Y);
  const tapsX = changetype<Taps>(scratch + TAPS_X);
  const zero = zeros(scratch);
  const rest = at(scratch, HEADER);
  const times: usize = g.filters / g.channels;
  const tapBytes = g.filters * SIZE;
  for (let unit = begin; unit < end; ) {
    const n = unit / g.height;
    const top = <isize>(unit % g.height);
    const rows = min<isize>(min<isize>(g.inputRows, g.height - top), <isize>(end - unit));
    const y0 = floorDivide(top + g.padTop - (g.kernelHeight - 1) * g.dilationY, g.strideY);
    const x0 = floorDivide(g.padLeft - (g.kernelWidth - 1) * g.dilationX, g.strideX);
    stage(
      field,
      rest + 4 * tapBytes,
      at(dy, n * g.outHeight * g.outWidth * g.filters),
      g.outHeight,
      g.outWidth,
      g.filters,
      1,
      y0,
      floorDivide(top + rows - 1 + g.padTop, g.strideY) - y0 + 1,
      x0,
      floorDivide(g.width - 1 + g.padLeft, g.strideX) - x0 + 1,
      1,
    );
    for (let i: isize = 0; i < rows; i++) {
      findTaps(tapsY, top + i, g.padTop, g.strideY, g.dilationY, g.kernelHeight);
      if (!tapsY.count) continue;
      for (let px: isize = 0; px < min<isize>(g.strideX, g.width); px++) {
        findTaps(tapsX, px, g.padLeft, g.strideX, g.dilationX, g.kernelWidth);
        if (!tapsX.count) continue;
        loop.countX = tapsX.count;
        loop.stepX = tapsX.dilation * field.pixel;
        loop.kernelX = -tapsX.step * tapBytes;
        loop.countY = tapsY.count;
        loop.gapY = tapsY.dilation * field.row - tapsX.count * loop.stepX;
        loop.kernelY = (tapsX.count * tapsX.step - tapsY.step * g.kernelWidth) * tapBytes;
        const last =
          (tapsY.first + (tapsY.count - 1) * tapsY.step) * g.kernelWidth + tapsX.first + (tapsX.count - 1) * tapsX.step;
        const k = kernel + last * tapBytes;
        const columns = (g.width - px + g.strideX - 1) / g.strideX;
        let from = field.at + (tapsY.start - y0) * field.row + (tapsX.start - x0) * field.pixel;
        let to = at(dx, ((unit + i) * g.width + px) * g.channels);
        const step = <usize>g.strideX * g.channels * SIZE;
        if (times == 1) {
          row(to, step, 0, 0, k, from, field.pixel, columns, g.filters, loop);
          continue;
        }
        for (let x: isize = 0; x < columns; x += 4) {
          const count = min<isize>(4, columns - x);
          row(rest, tapBytes, zero, 0, k, from, field.pixel, count, g.filters, loop);
          for (let j: isize = 0; j < count; j++) {
            fold(to, rest + j * tapBytes, g.channels, times);
            to += step;
          }
          from += 4 * field.pixel;
        }
      }
    }
    unit += rows;
  }
}

/** y[c] += Σ over `times` of x[c, time] */
function fold(y: usize, x: usize, channels: isize, times: usize): void {
  for (let c: isize = 0; c < channels; c++, y += SIZE) {
    let sum: real = 0;
    for (let i: usize = 0; i < times; i++, x += SIZE) sum += load<real>(x);
    store<real>(y, load<real>(y) + sum);
  }
}

/** sums[part] = Σ over the pixels of a part of x · dy, for the parts begin ≤ part < end. The kernel's gradient is the sum of all parts. */
export function depthwise_backward_kernel(
  sums: usize,
  x: usize,
  dy: usize,
  shape: usize,
  scratch: usize,
  begin: usize,
  end: usize,
): void {
  const g = changetype<Geometry>(shape);
  const loop = changetype<Loop>(scratch);
  const field = changetype<Field>(scratch + FIELD);
  const taps = g.kernelHeight * g.kernelWidth;
  const tapBytes = g.filters * SIZE;
  for (let part = <isize>begin; part < <isize>end; part++) {
    const dkernel = sums + part * taps * tapBytes;
    memory.fill(dkernel, 0, taps * tapBytes);
    const stop = min<isize>((part + 1) * g.partRows, g.batch * g.outHeight);
    for (let unit = part * g.partRows; unit < stop; ) {
      const n = unit / g.outHeight;
      const top = unit % g.outHeight;
      const left = stop - unit;
      const rows = min<isize>(min<isize>(g.kernelRows, g.outHeight - top), left);
      const images = rows == g.outHeight ? min<isize>(g.kernelImages, left / rows) : 1;
      stage(
        field,
        at(scratch, HEADER + 4 * g.filters),
        at(x, n * g.height * g.width * g.channels),
        g.height,
        g.width,
        g.channels,
        images,
        top * g.strideY - g.padTop,
        (rows - 1) * g.strideY + (g.kernelHeight - 1) * g.dilationY + 1,
        -g.padLeft,
        (g.outWidth - 1) * g.strideX + (g.kernelWidth - 1) * g.dilationX + 1,
        g.filters / g.channels,
      );
      loop.countX = g.outWidth;
      loop.stepX = g.strideX * field.pixel;
      loop.kernelX = tapBytes;
      loop.countY = rows;
      loop.gapY = g.strideY * field.row - g.outWidth * loop.stepX;
      const imageGap = field.image - rows * g.strideY * field.row;
      const d = at(dy, unit * g.outWidth * g.filters);
      for (let o: isize = 0; o < g.filters; ) {
        const left = g.filters - o;
        const width: usize = left >= 2 * LANES ? 2 * LANES : min<usize>(LANES, left);
        let tap: isize = 0;
        for (; tap < taps; ) {
          const k = at(dkernel + tap * tapBytes, o);
          const p = tapAddress(g, field, tap, o);
          if (width <= LANES) {
            oneTapOfFew(k, width, at(d, o), p, images, imageGap, loop);
            tap++;
          } else if (tap + 3 <= taps) {
            const p1 = tapAddress(g, field, tap + 1, o);
            threeTaps(k, tapBytes, at(d, o), p, p1, tapAddress(g, field, tap + 2, o), images, imageGap, loop);
            tap += 3;
          } else {
            oneTap(k, at(d, o), p, images, imageGap, loop);
            tap++;
          }
        }
        o += width;
      }
      unit += rows * images;
    }
  }
}

function tapAddress(g: Geometry, field: Field, tap: isize, o: usize): usize {
  const ky = tap / g.kernelWidth;
  const kx = tap % g.kernelWidth;
  return at(field.at + ky * g.dilationY * field.row + kx * g.dilationX * field.pixel, o);
}
