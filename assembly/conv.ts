// Convolution (correlation, as everywhere in deep learning) in two dimensions. Letters: x is [n, h, w, c], the kernel [kh, kw, c / groups, f],
// y [n, oh, ow, f], each of f's groups made of its own group of c:
//
//   y[n, oy, ox, f] = bias[f] + Σ over ky, kx, c of x[n, oy · sy + ky · dy − top, ox · sx + kx · dx − left, c] · kernel[ky, kx, c, f]
//
// Each pass is a product of matrices whose tiles read x (or the gradient of y) in place: of the im2col matrix nothing is ever written. Only
// where a window reaches outside are some rows copied with zeros around them. The kernel, or the gradient of y, is packed panel by panel.
//
// An element of y, and of x's gradient, is one sum in the order of the loops above (four of every fourth element where dots.ts makes it),
// whatever is computed beside it: neither threads nor the batch change a bit. The kernel's gradient adds sums over parts of the batch that depend on its sizes alone.
import { RELU, activateRange } from "./activate";
import { isNarrow, packColumns } from "./conv/dots";
import { Geometry, Taps, findTaps, floorDivide } from "./conv/geometry";
import { Piece, multiply, takesPlanes } from "./conv/gradient";
import { Loop, PANEL_STEP } from "./conv/micro";
import { Field, stage, stagePlanes } from "./conv/stage";
import { Grid, sweep } from "./conv/sweep";
import { TILE_COLUMNS } from "./gemm/micro";
import { copyPart, panelAcross, panelAlong } from "./gemm/pack";
import { SIZE, at } from "./vector";

// Scratch begins with what a call remembers, then a row to start from and a tile; behind HEADER elements are the panels and the staged part.
@inline
const HEADER: usize = 256;
@inline
const GRID: usize = 64;
@inline
const FIELD: usize = 192;
@inline
const TAPS_Y: usize = 224;
@inline
const TAPS_X: usize = 256;
@inline
const PIECE: usize = 704;
@inline
const START: usize = 320;
@inline
const BUFFER: usize = 384;

/** Taps one after another in memory are one run. `columns` are what the sums are of. */
function setLoop(loop: Loop, field: Field, columns: usize, run: usize, countY: isize, countX: isize, dilationY: usize, dilationX: usize): void {
  const stepX = dilationX * field.pixel;
  const stepY = dilationY * field.row;
  let bytes = run * SIZE;
  // Not by rows that follow each other: whether they do may differ between parts of one problem, which are to have the same sums.
  loop.isNarrow = isNarrow(columns, bytes);
  if (countX == 1 || bytes == stepX) {
    bytes *= countX;
    countX = 1;
    loop.isNarrow = isNarrow(columns, bytes);
    if (countY == 1 || bytes == stepY) {
      bytes *= countY;
      countY = 1;
    }
  }
  loop.step = SIZE;
  loop.bytes = bytes;
  loop.run = bytes * TILE_COLUMNS;
  loop.countX = countX;
  loop.gapX = countX == 1 ? 0 : stepX - bytes;
  loop.countY = countY;
  loop.gapY = countX == 1 ? stepY - bytes : stepY - countX * stepX;
}

/** The row that sums start from: the bias's, or 0; and the address 0 where they go on from what is there. */
function startRow(scratch: usize, bias: usize, column: usize, width: usize, accumulate: i32): usize {
  if (accumulate) return 0;
  const row = scratch + START;
  for (let i: usize = 0; i < PANEL_STEP; i += 16) v128.store(row + i, v128.splat<real>(0));
  if (bias) copyPart(row, at(bias, column), width);
  return row;
}

/**
 * y = f(x ∗ kernel + bias) for the rows begin ≤ image · oh + oy < end of y, or y += x ∗ kernel where `accumulate` is 1. A bias at address 0
 * is none; f has the number `activation` in activate.ts. `shape` is the address of a Geometry.
 */
export function conv_forward(
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
  const grid = changetype<Grid>(scratch + GRID);
  const field = changetype<Field>(scratch + FIELD);
  const panel = at(scratch, HEADER);
  const inputs: usize = g.channels / g.groups;
  const outputs: usize = g.filters / g.groups;
  const steps = inputs * g.kernelHeight * g.kernelWidth;
  const staged = panel + steps * PANEL_STEP;
  const outRow = <usize>g.outWidth * g.filters;
  loop.relu = activation == RELU ? 1 : 0;
  for (let unit = begin; unit < end; ) {
    const n = unit / g.outHeight;
    const top = <isize>(unit % g.outHeight);
    const left = <isize>(end - unit);
    const rows = min<isize>(min<isize>(g.forwardRows, g.outHeight - top), left);
    const images = rows == g.outHeight ? min<isize>(g.forwardImages, left / rows) : 1;
    stage(
      field,
      staged,
      at(x, n * g.height * g.width * g.channels),
      g.height,
      g.width,
      g.channels,
      images,
      top * g.strideY - g.padTop,
      (rows - 1) * g.strideY + (g.kernelHeight - 1) * g.dilationY + 1,
      -g.padLeft,
      (g.outWidth - 1) * g.strideX + (g.kernelWidth - 1) * g.dilationX + 1,
      1,
    );
    setLoop(loop, field, outputs, inputs, g.kernelHeight, g.kernelWidth, g.dilationY, g.dilationX);
    grid.columns = g.outWidth;
    grid.rows = rows;
    grid.images = images;
    grid.fromPixel = g.strideX * field.pixel;
    grid.fromRow = g.strideY * field.row;
    grid.fromImage = field.image;
    grid.toPixel = g.filters * SIZE;
    grid.toRow = outRow * SIZE;
    grid.toImage = grid.toRow * g.outHeight;
    for (let group: usize = 0; group < <usize>g.groups; group++) {
      grid.from = at(field.at, group * inputs);
      for (let j: usize = 0; j < outputs; j += TILE_COLUMNS) {
        const width = min<usize>(TILE_COLUMNS, outputs - j);
        const column = group * outputs + j;
        const whole = g.filters == <isize>TILE_COLUMNS && g.groups == 1;
        if (loop.isNarrow) packColumns(panel, at(kernel, column), g.filters * SIZE, width, steps);
        else if (!whole) panelAcross(panel, at(kernel, column), g.filters * SIZE, width, steps);
        grid.to = at(y, unit * outRow + column);
        sweep(grid, loop, whole ? kernel : panel, width, startRow(scratch, bias, column, width, accumulate), scratch + BUFFER);
      }
    }
    // While the block is in the cache.
    if (activation > RELU) activateRange(activation, alpha, y, unit * outRow, (unit + rows * images) * outRow);
    unit += rows * images;
  }
}

/**
 * dx += dy ∗ the kernel turned round, for the rows begin ≤ image · h + iy < end of dx; with `accumulate` 0 dx = f(… + bias), which makes it the
 * transposed convolution of dy. Inputs whose distance is a multiple of the stride see the same taps of the kernel: for them it is a
 * convolution with stride 1.
 */
export function conv_backward_input(
  dx: usize,
  dy: usize,
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
  const grid = changetype<Grid>(scratch + GRID);
  const field = changetype<Field>(scratch + FIELD);
  const tapsY = changetype<Taps>(scratch + TAPS_Y);
  const tapsX = changetype<Taps>(scratch + TAPS_X);
  const panel = at(scratch, HEADER);
  const inputs: usize = g.channels / g.groups;
  const outputs: usize = g.filters / g.groups;
  const staged = panel + outputs * g.kernelHeight * g.kernelWidth * PANEL_STEP;
  const inRow = <usize>g.width * g.channels;
  loop.relu = activation == RELU ? 1 : 0;
  for (let unit = begin; unit < end; ) {
    const n = unit / g.height;
    const top = <isize>(unit % g.height);
    const left = <isize>(end - unit);
    const rows = min<isize>(min<isize>(g.inputRows, g.height - top), left);
    const images = rows == g.height ? min<isize>(g.inputImages, left / rows) : 1;
    // What any of these inputs meets.
    const y0 = floorDivide(top + g.padTop - (g.kernelHeight - 1) * g.dilationY, g.strideY);
    const x0 = floorDivide(g.padLeft - (g.kernelWidth - 1) * g.dilationX, g.strideX);
    stage(
      field,
      staged,
      at(dy, n * g.outHeight * g.outWidth * g.filters),
      g.outHeight,
      g.outWidth,
      g.filters,
      images,
      y0,
      floorDivide(top + rows - 1 + g.padTop, g.strideY) - y0 + 1,
      x0,
      floorDivide(g.width - 1 + g.padLeft, g.strideX) - x0 + 1,
      1,
    );
    grid.images = images;
    grid.fromPixel = field.pixel;
    grid.fromRow = field.row;
    grid.fromImage = field.image;
    grid.toPixel = <usize>g.strideX * g.channels * SIZE;
    grid.toRow = g.strideY * inRow * SIZE;
    grid.toImage = g.height * inRow * SIZE;
    for (let py: isize = 0; py < min<isize>(g.strideY, rows); py++) {
      findTaps(tapsY, top + py, g.padTop, g.strideY, g.dilationY, g.kernelHeight);
      grid.rows = (rows - py + g.strideY - 1) / g.strideY;
      for (let px: isize = 0; px < min<isize>(g.strideX, g.width); px++) {
        findTaps(tapsX, px, g.padLeft, g.strideX, g.dilationX, g.kernelWidth);
        const met = tapsY.count != 0 && tapsX.count != 0;
        if (!met && accumulate) continue;
        grid.columns = (g.width - px + g.strideX - 1) / g.strideX;
        if (met) {
          setLoop(loop, field, inputs, outputs, tapsY.count, tapsX.count, tapsY.dilation, tapsX.dilation);
        } else {
          loop.isNarrow = 0;
          loop.countY = 0;
        }
        const first = met ? (tapsY.start - y0) * field.row + (tapsX.start - x0) * field.pixel : 0;
        for (let group: usize = 0; group < <usize>g.groups; group++) {
          grid.from = at(field.at + first, group * outputs);
          for (let j: usize = 0; j < inputs; j += TILE_COLUMNS) {
            const width = min<usize>(TILE_COLUMNS, inputs - j);
            const column = group * inputs + j;
            if (met) packTaps(panel, kernel, g, tapsY, tapsX, group * outputs, outputs, j, width, inputs, loop.isNarrow);
            grid.to = at(dx, (unit + py) * inRow + px * g.channels + column);
            sweep(grid, loop, panel, width, startRow(scratch, bias, column, width, accumulate), scratch + BUFFER);
          }
        }
      }
    }
    if (activation > RELU) activateRange(activation, alpha, dx, unit * inRow, (unit + rows * images) * inRow);
    unit += rows * images;
  }
}

/**
 * A panel of the kernel turned round: for the taps, from the last to the first, and each output channel the `width` input channels from `j`.
 * Of a narrow one each input channel is a column by itself.
 */
function packTaps(panel: usize, kernel: usize, g: Geometry, tapsY: Taps, tapsX: Taps, output: usize, outputs: usize, j: usize, width: usize, inputs: usize, narrow: i32): void {
  const step = g.filters * SIZE;
  const column = outputs * tapsY.count * tapsX.count * SIZE;
  for (let ty = tapsY.count - 1; ty >= 0; ty--) {
    for (let tx = tapsX.count - 1; tx >= 0; tx--) {
      const tap = (tapsY.first + ty * tapsY.step) * g.kernelWidth + tapsX.first + tx * tapsX.step;
      const from = at(kernel, (tap * inputs + j) * g.filters + output);
      if (narrow) {
        for (let i: usize = 0; i < width; i++) memory.copy(panel + i * column, from + i * step, outputs * SIZE);
        panel += outputs * SIZE;
      } else {
        panelAlong(panel, from, step, width, outputs);
        panel += outputs * PANEL_STEP;
      }
    }
  }
}

/**
 * sums[part] = xᵀ · dy over the pixels of a part, of which a stripe is some rows (ky · kw + kx) · c / groups + c of the kernel: for the pieces
 * begin ≤ part · stripes + stripe < end. The kernel's gradient is the sum of all parts.
 */
export function conv_backward_kernel(
  sums: usize,
  x: usize,
  dy: usize,
  shape: usize,
  scratch: usize,
  begin: usize,
  end: usize,
): void {
  const g = changetype<Geometry>(shape);
  const field = changetype<Field>(scratch + FIELD);
  const kernelRows = g.kernelHeight * g.kernelWidth * (g.channels / g.groups);
  const stripes = (kernelRows + g.stripeRows - 1) / g.stripeRows;
  const work = changetype<Piece>(scratch + PIECE);
  work.panels = at(scratch, HEADER);
  work.zeros = startRow(scratch, 0, 0, 0, 0);
  work.tile = scratch + BUFFER;
  const staged = work.panels + g.kernelRows * g.outWidth * g.kernelImages * PANEL_STEP;
  const planes = takesPlanes(g);
  for (let piece = <isize>begin; piece < <isize>end; ) {
    const part = piece / stripes;
    const stripe = piece % stripes;
    const last = min<isize>(stripes, stripe + <isize>end - piece);
    work.begin = stripe * g.stripeRows;
    work.end = min<isize>(last * g.stripeRows, kernelRows);
    work.sums = at(sums, part * kernelRows * g.filters);
    work.isFirst = 1;
    piece += last - stripe;
    const stop = min<isize>((part + 1) * g.partRows, g.batch * g.outHeight);
    for (let unit = part * g.partRows; unit < stop; ) {
      const n = unit / g.outHeight;
      const top = unit % g.outHeight;
      const left = stop - unit;
      const rows = min<isize>(min<isize>(g.kernelRows, g.outHeight - top), left);
      const images = rows == g.outHeight ? min<isize>(g.kernelImages, left / rows) : 1;
      const source = at(x, n * g.height * g.width * g.channels);
      const y0 = top * g.strideY - g.padTop;
      const height = (rows - 1) * g.strideY + (g.kernelHeight - 1) * g.dilationY + 1;
      const width = (g.outWidth - 1) * g.strideX + (g.kernelWidth - 1) * g.dilationX + 1;
      if (planes) stagePlanes(field, staged, source, g.height, g.width, g.channels, images, y0, height, -g.padLeft, width);
      else stage(field, staged, source, g.height, g.width, g.channels, images, y0, height, -g.padLeft, width, 1);
      multiply(work, changetype<Loop>(scratch), field, g, at(dy, unit * g.outWidth * g.filters), rows, images);
      work.isFirst = 0;
      unit += rows * images;
    }
  }
}
