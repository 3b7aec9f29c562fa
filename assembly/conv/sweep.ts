// One panel of B over the pixels of a part of the output, ROWS of them at a time. A tile may span the ends of rows and images.
import { TILE_COLUMNS } from "../gemm/micro";
import { copyPart } from "../gemm/pack";
import { SIZE } from "../vector";
import { Loop, PANEL_STEP, ROWS, tileOf } from "./micro";

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
  // Whole panels of pixels that follow each other are written in place, all others through the buffer.
  const gapless = grid.toRow == columns * toStep && (grid.images == 1 || grid.toImage == grid.rows * grid.toRow);
  const direct = gapless && width == TILE_COLUMNS;
  const pointers = changetype<usize>(grid) + offsetof<Grid>("from0");
  let x: isize = 0;
  let y: isize = 0;
  let p = grid.from;
  let q = grid.to;
  let row = p;
  let toRow = q;
  let image = p;
  let toImage = q;
  for (let i: isize = 0; i < total; i += <isize>ROWS) {
    const rows = min<isize>(<isize>ROWS, total - i);
    const c = q;
    if (direct && x + rows < columns) {
      const p1 = p + step;
      const p2 = p1 + step;
      tileOf(rows, c, toStep, start ? start : c, start ? 0 : toStep, panel, p, p1, p2, p2 + step, loop);
      x += rows;
      p += rows * step;
      q += rows * toStep;
      continue;
    }
    for (let r: isize = 0; r < rows; r++) {
      store<usize>(pointers + r * sizeof<usize>(), p);
      store<usize>(pointers + r * sizeof<usize>(), q, ROWS * sizeof<usize>());
      p += step;
      q += toStep;
      if (++x < columns) continue;
      x = 0;
      if (++y < grid.rows) {
        p = row += grid.fromRow;
        q = toRow += grid.toRow;
      } else {
        y = 0;
        p = row = image += grid.fromImage;
        q = toRow = toImage += grid.toImage;
      }
    }
    if (direct) {
      tileOf(rows, c, toStep, start ? start : c, start ? 0 : toStep, panel, grid.from0, grid.from1, grid.from2, grid.from3, loop);
      continue;
    }
    if (!start) {
      for (let r: isize = 0; r < rows; r++) copyPart(buffer + r * PANEL_STEP, load<usize>(pointers + r * sizeof<usize>(), ROWS * sizeof<usize>()), width);
    }
    tileOf(rows, buffer, PANEL_STEP, start ? start : buffer, start ? 0 : PANEL_STEP, panel, grid.from0, grid.from1, grid.from2, grid.from3, loop);
    for (let r: isize = 0; r < rows; r++) copyPart(load<usize>(pointers + r * sizeof<usize>(), ROWS * sizeof<usize>()), buffer + r * PANEL_STEP, width);
  }
}
