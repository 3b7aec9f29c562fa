// One panel of B over the pixels of a part of the output, ROWS of them at a time. A tile may span the ends of rows and images.
import { TILE_COLUMNS } from "../gemm/micro";
import { copyPart } from "../gemm/pack";
import { SIZE } from "../vector";
import { dotsOf } from "./dots";
import { Loop, PANEL_STEP, ROWS, tileOf, tilesOfRow } from "./micro";

/** Where the pixels lie, for A (from …) and for C (to …): the first, and the steps in bytes. */
@unmanaged
export class Grid {
  columns: isize;
  rows: isize;
  images: isize;
  from: usize;
  fromPixel: usize;
  fromRow: usize;
  fromImage: usize;
  to: usize;
  toPixel: usize;
  toRow: usize;
  toImage: usize;
  // The addresses of a tile that spans rows.
  from0: usize;
  from1: usize;
  from2: usize;
  from3: usize;
  to0: usize;
  to1: usize;
  to2: usize;
  to3: usize;
  // Where the sweep is: the row of its image, and the first pixels of both.
  y: isize;
  rowFrom: usize;
  rowTo: usize;
  imageFrom: usize;
  imageTo: usize;
}

/** Moves on to the next row of pixels, or to the next image's first. */
function nextRow(grid: Grid): void {
  if (++grid.y < grid.rows) {
    grid.rowFrom += grid.fromRow;
    grid.rowTo += grid.toRow;
    return;
  }
  grid.y = 0;
  grid.imageFrom += grid.fromImage;
  grid.imageTo += grid.toImage;
  grid.rowFrom = grid.imageFrom;
  grid.rowTo = grid.imageTo;
}

/**
 * C = start + A·B for every pixel and `width` ≤ TILE_COLUMNS columns. `start` is the address of one row for all, or 0: what C holds.
 * `buffer` has room for a tile.
 */
export function sweep(grid: Grid, loop: Loop, panel: usize, width: usize, start: usize, buffer: usize): void {
  const columns = grid.columns;
  const step = grid.fromPixel;
  const toStep = grid.toPixel;
  const total = columns * grid.rows * grid.images;
  const isWhole = width == TILE_COLUMNS;
  // A tile that spans rows is written in place where its pixels follow each other.
  const gapless = grid.toRow == columns * toStep && (grid.images == 1 || grid.toImage == grid.rows * grid.toRow);
  const pointers = changetype<usize>(grid) + offsetof<Grid>("from0");
  grid.y = 0;
  grid.rowFrom = grid.from;
  grid.rowTo = grid.to;
  grid.imageFrom = grid.from;
  grid.imageTo = grid.to;
  let x: isize = 0;
  let p = grid.from;
  let q = grid.to;
  for (let i: isize = 0; i < total; ) {
    const tiles = (columns - x) / <isize>ROWS;
    if (isWhole && tiles) {
      tilesOfRow(tiles, q, toStep, start, panel, p, step, loop);
      const pixels = tiles * ROWS;
      i += pixels;
      x += pixels;
      p += pixels * step;
      q += pixels * toStep;
      if (x == columns) {
        x = 0;
        nextRow(grid);
        p = grid.rowFrom;
        q = grid.rowTo;
      }
      continue;
    }
    const rows = min<isize>(<isize>ROWS, total - i);
    const c = q;
    for (let r: isize = 0; r < rows; r++) {
      store<usize>(pointers + r * sizeof<usize>(), p);
      store<usize>(pointers + r * sizeof<usize>(), q, ROWS * sizeof<usize>());
      p += step;
      q += toStep;
      if (++x < columns) continue;
      x = 0;
      nextRow(grid);
      p = grid.rowFrom;
      q = grid.rowTo;
    }
    i += rows;
    if (isWhole && gapless) {
      tileOf(rows, c, toStep, start ? start : c, start ? 0 : toStep, panel, grid.from0, grid.from1, grid.from2, grid.from3, loop);
      continue;
    }
    if (!start) {
      for (let r: isize = 0; r < rows; r++) copyPart(buffer + r * PANEL_STEP, load<usize>(pointers + r * sizeof<usize>(), ROWS * sizeof<usize>()), width);
    }
    const from = start ? start : buffer;
    const fromStep: usize = start ? 0 : PANEL_STEP;
    if (loop.isNarrow) dotsOf(rows, width, buffer, from, fromStep, panel, grid.from0, grid.from1, grid.from2, grid.from3, loop);
    else tileOf(rows, buffer, PANEL_STEP, from, fromStep, panel, grid.from0, grid.from1, grid.from2, grid.from3, loop);
    for (let r: isize = 0; r < rows; r++) copyPart(load<usize>(pointers + r * sizeof<usize>(), ROWS * sizeof<usize>()), buffer + r * PANEL_STEP, width);
  }
}
