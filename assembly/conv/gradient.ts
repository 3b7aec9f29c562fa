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
  /** Room for dy in panels and for a tile, and a row of zeros. */
  panels: usize;
  tile: usize;
  zeros: usize;
}

/**
 * Whether x is worth bringing into planes: then a tile's four rows, four channels of one tap, lie side by side, and the pixels of a row are
 * as near. Otherwise pixels may lie many cache lines apart.
 */
export function takesPlanes(g: Geometry): bool {
  const inputs = g.channels / g.groups;
  return inputs % <isize>ROWS == 0 && g.kernelHeight * g.kernelWidth * (g.filters / g.groups) > 2 * <isize>TILE_COLUMNS;
}

/** sums += or = xᵀ · dy, with dy from `source`. */
export function multiply(work: Piece, loop: Loop, field: Field, g: Geometry, source: usize, rows: isize, images: isize): void {
  const inputs: usize = g.channels / g.groups;
  const outputs: usize = g.filters / g.groups;
  const whole = g.filters == <isize>TILE_COLUMNS && g.groups == 1;
  const pixels: usize = rows * g.outWidth * images;
  loop.relu = 0;
  loop.step = g.strideX * field.pixel;
  loop.run = g.outWidth * PANEL_STEP;
  loop.countX = rows;
  loop.gapX = g.strideY * field.row - g.outWidth * loop.step;
  loop.countY = images;
  loop.gapY = field.image - rows * g.strideY * field.row;
  for (let group: usize = 0; group < <usize>g.groups; group++, source += outputs * SIZE) {
    const target = at(work.sums, group * outputs);
    const from = field.plane ? field.at + (group * inputs) / ROWS * field.plane : at(field.at, group * inputs);
    let panel = whole ? source : work.panels;
    for (let j: usize = 0; j < outputs; j += TILE_COLUMNS) {
      const width = min<usize>(TILE_COLUMNS, outputs - j);
      // Only rows of whole images follow each other.
      if (!whole) panelAcross(panel, at(source, j), g.filters * SIZE, width, pixels);
      if (field.plane) tilesOfPlanes(work, loop, field, g, from, inputs, panel, at(target, j), width);
      else tilesInPlace(work, loop, field, g, from, inputs, panel, at(target, j), width);
    }
  }
}

/** All rows of one panel; the panel stays in the first cache. */
function tilesOfPlanes(work: Piece, loop: Loop, field: Field, g: Geometry, from: usize, inputs: usize, panel: usize, target: usize, width: usize): void {
  const tapX = g.dilationX * field.pixel;
  const tapY = g.dilationY * field.row;
  const first = <usize>work.begin / inputs;
  let c = <usize>work.begin % inputs;
  let kx = first % g.kernelWidth;
  let line = from + (first / g.kernelWidth) * tapY;
  let p = line + kx * tapX + c / ROWS * field.plane;
  for (let r: usize = work.begin; r < <usize>work.end; r += ROWS) {
    tileOf(ROWS, work.tile, PANEL_STEP, work.zeros, 0, panel, p, p + SIZE, p + 2 * SIZE, p + 3 * SIZE, loop);
    put(work, target, r, ROWS, g.filters, width);
    p += field.plane;
    c += ROWS;
    if (c < inputs) continue;
    c = 0;
    if (++kx == g.kernelWidth) {
      kx = 0;
      line += tapY;
    }
    p = line + kx * tapX;
  }
}

/** The same where x is as it was, or padded: each of a tile's rows has an address of its own. */
function tilesInPlace(work: Piece, loop: Loop, field: Field, g: Geometry, from: usize, inputs: usize, panel: usize, target: usize, width: usize): void {
  const end: usize = work.end;
  for (let r: usize = work.begin; r < end; r += ROWS) {
    const p0 = rowOfKernel(g, field, from, r, inputs);
    const p1 = rowOfKernel(g, field, from, min<usize>(r + 1, end - 1), inputs);
    const p2 = rowOfKernel(g, field, from, min<usize>(r + 2, end - 1), inputs);
    const p3 = rowOfKernel(g, field, from, min<usize>(r + 3, end - 1), inputs);
    const count = min<usize>(ROWS, end - r);
    tileOf(count, work.tile, PANEL_STEP, work.zeros, 0, panel, p0, p1, p2, p3, loop);
    put(work, target, r, count, g.filters, width);
  }
}

/** A tile's rows from `r` on into the sums. */
function put(work: Piece, target: usize, r: usize, count: usize, filters: usize, width: usize): void {
  let y = at(target, r * filters);
  for (let i: usize = 0; i < count; i++) {
    if (work.isFirst) copyPart(y, work.tile + i * PANEL_STEP, width);
    else addPart(y, work.tile + i * PANEL_STEP, width);
    y += filters * SIZE;
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
