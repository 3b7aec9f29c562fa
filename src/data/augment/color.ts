import type { TypedArray } from "../../util/dtypes.js";
import { ValueError } from "../../util/errors.js";
import { type Draws, Word } from "./draws.js";
import type { Interval, Plan, Sizes } from "./plan.js";

/** @throws ValueError where values of image `row` lie outside of the range that brightness and contrast keep to. */
export function checkRange(
  values: TypedArray,
  [low, high]: Interval,
  size: number,
  rowOf: (i: number) => number,
): void {
  for (let i = 0; i < values.length; i++) {
    const v = values[i] as number;
    if (!(v < low || v > high)) continue;
    throw new ValueError(
      `augment: x expected values from ${low} to ${high} for brightness and contrast, got ${v} in row ${rowOf(Math.floor(i / size))}; ` +
        "name theirs by valueRange, or augment before the normalizer",
    );
  }
}

/** In one image: contrast about the mean of each channel, then brightness, kept to the range; then a rectangle is cut out. */
export function recolor(
  image: TypedArray,
  at: number,
  plan: Plan,
  { outHeight, outWidth, channels }: Sizes,
  draws: Draws,
  [low, high]: Interval,
): void {
  const size = outHeight * outWidth;
  if (plan.contrast || plan.brightness) {
    const factor = draws.within(Word.contrast, plan.contrast, 1);
    const more = draws.within(Word.brightness, plan.brightness, 0) * (high - low);
    for (let c = 0; c < channels; c++) {
      const first = at + c;
      const end = at + size * channels;
      let sum = 0;
      for (let i = first; i < end; i += channels) sum += image[i] as number;
      const mean = sum / size;
      for (let i = first; i < end; i += channels) {
        const v = ((image[i] as number) - mean) * factor + mean + more;
        image[i] = v < low ? low : v > high ? high : v;
      }
    }
  }
  if (!plan.cutout) return;
  const [tall, wide] = plan.cutout;
  const top = draws.below(Word.cutoutTop, outHeight) - (tall >> 1);
  const left = draws.below(Word.cutoutLeft, outWidth) - (wide >> 1);
  const [fromColumn, toColumn] = [Math.max(0, left), Math.min(outWidth, left + wide)];
  for (let i = Math.max(0, top); i < Math.min(outHeight, top + tall); i++) {
    const line = at + i * outWidth * channels;
    image.fill(plan.fillValue, line + fromColumn * channels, line + toColumn * channels);
  }
}
