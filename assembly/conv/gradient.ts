// A block of the kernel's gradient: xᵀ · dy over the pixels of some images that are staged, for some rows of the kernel.
import { TILE_COLUMNS } from "../gemm/micro";
import { copyPart, panelAcross } from "../gemm/pack";
import { LANES, SIZE, at, loadTail, storeTail } from "../vector";
import { Geometry } from "./geometry";
import { Loop, PANEL_STEP, ROWS, tileOf } from "./micro";
import { Field } from "./stage";

/** What is being made, and where. */
@unmanaged
export class Piece {
  /** The sums [rows of the kernel, f] of a part; of them the rows begin ≤ r < end. */
  sums: usize;
  begin: isize;
  end: isize;
  /** 1: this block of pixels is the part's first, and what is in `sums` does not count. */
  isFirst: i32;
  /** Room for dy in panels, for ROWS channels of x, for a tile; and a row of zeros. */
  panels: usize;
  stripe: usize;
  tile: usize;
  zeros: usize;
}

/** sums += or = xᵀ · dy, with dy from `source`. */
export function multiply(work: Piece, loop: Loop, field: Field, g: Geometry, source: usize, rows: isize, images: isize): void {
  const inputs: usize = g.channels / g.groups;
  const outputs: usize = g.filters / g.groups;
  const whole = g.filters == <isize>TILE_COLUMNS && g.groups == 1;
  const pixels: usize = rows * g.outWidth * images;
  const step = g.strideX * field.pixel;
  const gapX = g.strideY * field.row - g.outWidth * step;
  const gapY = field.image - rows * g.strideY * field.row;
  const end: usize = work.end;
  loop.relu = 0;
  for (let group: usize = 0; group < <usize>g.groups; group++, source += outputs * SIZE) {
    if (!whole) {
      // Only rows of whole images follow each other.
      let y = work.panels;
      for (let j: usize = 0; j < outputs; j += TILE_COLUMNS) {
        panelAcross(y, at(source, j), g.filters * SIZE, min<usize>(TILE_COLUMNS, outputs - j), pixels);
        y += pixels * PANEL_STEP;
      }
    }
    const target = at(work.sums, group * outputs);
    for (let r: usize = work.begin; r < end; r += ROWS) {
      const count = min<usize>(ROWS, end - r);
      const from = at(field.at, group * inputs);
      let p0 = rowOfKernel(g, field, from, r, inputs);
      let p1 = rowOfKernel(g, field, from, min<usize>(r + 1, end - 1), inputs);
      let p2 = rowOfKernel(g, field, from, min<usize>(r + 2, end - 1), inputs);
      let p3 = rowOfKernel(g, field, from, min<usize>(r + 3, end - 1), inputs);
      // Four channels of one tap: worth a copy where several panels read them, since pixels may lie many cache lines apart.
      if (count == ROWS && outputs > 3 * TILE_COLUMNS && p3 - p0 == 3 * SIZE) {
        packPixels(work.stripe, p0, g.outWidth, step, rows, gapX, images, gapY);
        p0 = work.stripe;
        p1 = p0 + SIZE;
        p2 = p0 + 2 * SIZE;
        p3 = p0 + 3 * SIZE;
        loop.step = ROWS * SIZE;
        loop.run = pixels * PANEL_STEP;
        loop.countX = 1;
        loop.gapX = 0;
        loop.countY = 1;
        loop.gapY = 0;
      } else {
        loop.step = step;
        loop.run = g.outWidth * PANEL_STEP;
        loop.countX = rows;
        loop.gapX = gapX;
        loop.countY = images;
        loop.gapY = gapY;
      }
      let panel = whole ? source : work.panels;
      for (let j: usize = 0; j < outputs; j += TILE_COLUMNS) {
        tileOf(count, work.tile, PANEL_STEP, work.zeros, 0, panel, p0, p1, p2, p3, loop);
        const width = min<usize>(TILE_COLUMNS, outputs - j);
        for (let i: usize = 0; i < count; i++) {
          const y = at(target, (r + i) * g.filters + j);
          if (work.isFirst) copyPart(y, work.tile + i * PANEL_STEP, width);
          else addPart(y, work.tile + i * PANEL_STEP, width);
        }
        panel += pixels * PANEL_STEP;
      }
    }
  }
}

/** ROWS elements of each pixel, one pixel after the other. */
function packPixels(y: usize, p: usize, columns: isize, step: usize, rows: isize, gapX: usize, images: isize, gapY: usize): void {
  for (; images > 0; images--, p += gapY) {
    for (let i = rows; i > 0; i--, p += gapX) {
      for (let j = columns; j > 0; j--, p += step) {
        v128.store(y, v128.load(p));
        if (SIZE == 8) v128.store(y, v128.load(p, 16), 16);
        y += ROWS * SIZE;
      }
    }
  }
}

/** The first input that row `r` of the kernel meets. */
@inline
function rowOfKernel(g: Geometry, field: Field, from: usize, r: usize, inputs: usize): usize {
  const tap = r / inputs;
  const ky = tap / g.kernelWidth;
  const kx = tap % g.kernelWidth;
  return at(from + ky * g.dilationY * field.row + kx * g.dilationX * field.pixel, r % inputs);
}

/** `count` ≤ TILE_COLUMNS elements of `x` added to `y`. */
function addPart(y: usize, x: usize, count: usize): void {
  for (; count >= LANES; count -= LANES, x += 16, y += 16) {
    v128.store(y, v128.add<real>(v128.load(y), v128.load(x)));
  }
  if (count) storeTail(y, v128.add<real>(loadTail(y, count), loadTail(x, count)), count);
}
