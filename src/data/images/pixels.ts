/** A decoded image in bytes, row by row: grey, grey and alpha, RGB, or RGBA. */
export interface Pixels {
  readonly data: Uint8Array;
  readonly height: number;
  readonly width: number;
  readonly channels: number;
}

/** Another image, pixel by pixel: `from(i, j)` is the source's pixel number for row i, column j. */
export function rearranged(
  { data, channels }: Pixels,
  height: number,
  width: number,
  from: (i: number, j: number) => number,
): Pixels {
  const out = new Uint8Array(height * width * channels);
  for (let i = 0; i < height; i++) {
    for (let j = 0; j < width; j++) {
      const source = from(i, j) * channels;
      const target = (i * width + j) * channels;
      for (let c = 0; c < channels; c++) out[target + c] = data[source + c] as number;
    }
  }
  return { data: out, height, width, channels };
}

/** Turned and mirrored upright, by the orientation that a camera noted (Exif 2.3, tag 0x0112: 1 … 8). */
export function upright(image: Pixels, orientation: number): Pixels {
  const { height: h, width: w } = image;
  const at = (i: number, j: number) => i * w + j;
  const sources: Record<number, (i: number, j: number) => number> = {
    2: (i, j) => at(i, w - 1 - j),
    3: (i, j) => at(h - 1 - i, w - 1 - j),
    4: (i, j) => at(h - 1 - i, j),
    5: (i, j) => at(j, i),
    6: (i, j) => at(h - 1 - j, i),
    7: (i, j) => at(h - 1 - j, w - 1 - i),
    8: (i, j) => at(j, w - 1 - i),
  };
  const source = sources[orientation];
  if (!source) return image;
  return orientation > 4 ? rearranged(image, w, h, source) : rearranged(image, h, w, source);
}

export type Channels = 1 | 3 | 4;

/** Luma of Rec. 601, 0.299 R + 0.587 G + 0.114 B, in 16-bit fixed point as PIL has it. */
function luma(r: number, g: number, b: number): number {
  return (r * 19595 + g * 38470 + b * 7471 + 0x8000) >> 16;
}

/**
 * Grey (1), RGB (3) or RGBA (4). Where alpha goes, it is dropped, or the image is laid over a background.
 *
 * @param channels default: 1 for grey images, else 3
 */
export function withChannels(
  { data, height, width, channels: from }: Pixels,
  channels: Channels | undefined,
  background?: readonly [number, number, number],
): Pixels {
  const grey = from < 3;
  const to = channels ?? (grey ? 1 : 3);
  const alphaAt = from === 2 ? 1 : from === 4 ? 3 : undefined;
  const overlaid = alphaAt !== undefined && background !== undefined && to !== 4;
  if (from === to && !overlaid) return { data, height, width, channels: to };
  const out = new Uint8Array(height * width * to);
  for (let p = 0, q = 0; q < out.length; p += from, q += to) {
    let r = data[p] as number;
    let g = grey ? r : (data[p + 1] as number);
    let b = grey ? r : (data[p + 2] as number);
    const alpha = alphaAt === undefined ? 255 : (data[p + alphaAt] as number);
    if (overlaid) {
      const over = (value: number, under: number) => Math.round((value * alpha + under * (255 - alpha)) / 255);
      r = over(r, background[0]);
      g = over(g, background[1]);
      b = over(b, background[2]);
    }
    if (to === 1) out[q] = r === g && g === b ? r : luma(r, g, b);
    else {
      out[q] = r;
      out[q + 1] = g;
      out[q + 2] = b;
      if (to === 4) out[q + 3] = alpha;
    }
  }
  return { data: out, height, width, channels: to };
}

export interface Box {
  readonly top: number;
  readonly left: number;
  readonly height: number;
  readonly width: number;
}

/** The part of an image in a box, which lies within it. */
export function cropped(image: Pixels, { top, left, height, width }: Box): Pixels {
  if (top === 0 && left === 0 && height === image.height && width === image.width) return image;
  return rearranged(image, height, width, (i, j) => (top + i) * image.width + left + j);
}

/** The largest box of height to width as `size` has it, in the middle. */
export function aspectBox({ height: h, width: w }: Pixels, [tall, wide]: readonly [number, number]): Box {
  const height = Math.max(1, Math.min(h, Math.floor((w * tall) / wide)));
  const width = Math.max(1, Math.min(w, Math.floor((h * wide) / tall)));
  return { top: (h - height) >> 1, left: (w - width) >> 1, height, width };
}
