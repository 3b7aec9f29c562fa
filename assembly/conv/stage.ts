// Brings a part of some images into reach of loops that do not look where an image ends. Where that part lies inside, nothing is copied.
//
//   source  | row: pixel pixel … |      staged  | 0 0 … |  | 0 pixel pixel … 0 |  | 0 0 … |      zeros for what lies outside
import { SIZE } from "../vector";

/** Where the part lies. Steps are in bytes. */
@unmanaged
export class Field {
  at: usize;
  pixel: usize;
  row: usize;
  image: usize;
  /** 0, or the part is in planes of four channels so many bytes long. */
  plane: usize;
}

/** `bytes` bytes, a multiple of an element. Short rows are many: a call of memory.copy takes longer than most of them. */
function copy(y: usize, x: usize, bytes: usize): void {
  const end = y + bytes;
  const whole = y + (bytes & ~15);
  for (; y < whole; y += 16, x += 16) v128.store(y, v128.load(x));
  for (; y < end; y += SIZE, x += SIZE) store<real>(y, load<real>(x));
}

function clear(y: usize, bytes: usize): void {
  const end = y + bytes;
  const whole = y + (bytes & ~15);
  const zero = v128.splat<real>(0);
  for (; y < whole; y += 16) v128.store(y, zero);
  for (; y < end; y += SIZE) store<real>(y, 0);
}

/** Every element `times` times in a row. */
function repeat(y: usize, x: usize, bytes: usize, times: isize): void {
  for (const end = x + bytes; x < end; x += SIZE) {
    const value = load<real>(x);
    for (let i: isize = 0; i < times; i++, y += SIZE) store<real>(y, value);
  }
}

/**
 * The `rows` × `columns` pixels from (y0, x0) of each of `images` images, the first at `source`, all [height, width, channels]; copied to
 * `scratch` where some lie outside, or where each channel is wanted `times` times.
 */
export function stage(
  field: Field,
  scratch: usize,
  source: usize,
  height: isize,
  width: isize,
  channels: isize,
  images: isize,
  y0: isize,
  rows: isize,
  x0: isize,
  columns: isize,
  times: isize,
): void {
  const from = <usize>channels * SIZE;
  const pixel = from * times;
  field.pixel = pixel;
  field.plane = 0;
  if (times == 1 && y0 >= 0 && x0 >= 0 && y0 + rows <= height && x0 + columns <= width) {
    field.row = width * pixel;
    field.image = height * width * pixel;
    field.at = source + y0 * field.row + x0 * pixel;
    return;
  }
  const row = columns * pixel;
  field.row = row;
  field.image = rows * row;
  field.at = scratch;
  const left = min<isize>(max<isize>(-x0, 0), columns);
  const right = max<isize>(min<isize>(width - x0, columns), left);
  let y = scratch;
  for (let n: isize = 0; n < images; n++) {
    for (let i = y0; i < y0 + rows; i++, y += row) {
      if (i < 0 || i >= height || left == right) {
        clear(y, row);
        continue;
      }
      const x = source + ((n * height + i) * width + x0 + left) * from;
      clear(y, left * pixel);
      if (times == 1) copy(y + left * pixel, x, (right - left) * pixel);
      else repeat(y + left * pixel, x, (right - left) * from, times);
      clear(y + right * pixel, (columns - right) * pixel);
    }
  }
}

/** As `stage`, always copied: planes [images, rows, columns, 4] one after the other, for channels that are a multiple of four. */
export function stagePlanes(
  field: Field,
  scratch: usize,
  source: usize,
  height: isize,
  width: isize,
  channels: isize,
  images: isize,
  y0: isize,
  rows: isize,
  x0: isize,
  columns: isize,
): void {
  const pixel: usize = 4 * SIZE;
  const from = <usize>channels * SIZE;
  const row = columns * pixel;
  const image = rows * row;
  const plane = images * image;
  field.at = scratch;
  field.pixel = pixel;
  field.row = row;
  field.image = image;
  field.plane = plane;
  const left = min<isize>(max<isize>(-x0, 0), columns);
  const right = max<isize>(min<isize>(width - x0, columns), left);
  let y = scratch;
  for (let n: isize = 0; n < images; n++) {
    for (let i = y0; i < y0 + rows; i++, y += row) {
      const isInside = i >= 0 && i < height && left < right;
      let x = source + ((n * height + i) * width + x0 + left) * from;
      let to = y;
      for (let c: isize = 0; c < channels; c += 4, to += plane, x += pixel) {
        if (!isInside) {
          clear(to, row);
          continue;
        }
        clear(to, left * pixel);
        let p = x;
        const end = to + right * pixel;
        for (let q = to + left * pixel; q < end; q += pixel, p += from) {
          v128.store(q, v128.load(p));
          if (SIZE == 8) v128.store(q, v128.load(p, 16), 16);
        }
        clear(end, (columns - right) * pixel);
      }
    }
  }
}
