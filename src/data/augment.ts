import { show } from "../util/check.js";
import { newArray } from "../util/dtypes.js";
import { ValueError } from "../util/errors.js";
import { type HostArray, hostDType } from "../util/host-array.js";
import { type Shape, sameShape, sizeOfShape } from "../util/shapes.js";
import { type Plan, planOf } from "./augment/plan.js";
import { type Change, changedColumn, imageChange, targetChange } from "./augment/rows.js";
import type { Column, Moment } from "./column.js";
import { Dataset, type Tensors } from "./dataset.js";
import { type Element, type Layout, showLayout } from "./fields.js";
import type { Pass, View } from "./rows.js";
import { deriveRows } from "./source.js";

/** A number n, for −n … n (zoom and contrast: 1 − n … 1 + n), or the interval [low, high] itself. Each value in it is as likely. */
export type Range = number | readonly [low: number, high: number];

/** What lies outside of an image: a value, the nearest pixel of it, or its mirror image (d c b a | a b c d | d c b a). */
export type Outside = "constant" | "nearest" | "reflect";

/** What y is, where it goes with the image. */
export type Target = "image" | "mask" | "points" | "boxes";

export interface AugmentOptions {
  /** Mirrors every second image: left and right, top and bottom, or each of the two. */
  flip?: "horizontal" | "vertical" | "horizontalAndVertical";
  /** A window of `size` pixels (default: the image's) at a random place of the image with `padding` pixels around it (default 0). A number stands for both sides, a pair for [height, width]. */
  crop?: { size?: number | readonly [number, number]; padding?: number | readonly [number, number] };
  /** Degrees counter-clockwise about the middle: at most 180. */
  rotate?: Range;
  /** Factor about the middle, above 1 larger: 0.1 is 0.9 … 1.1. */
  zoom?: Range;
  /** Degrees by which vertical lines lean, their lower ends to the right: at most 80. */
  shear?: Range;
  /** In parts of the height and the width: 0.1 is −2.8 … 2.8 pixels of 28, down and across. */
  shift?: Range | { height?: Range; width?: Range };
  /** Displacements that are alike nearby: `alpha` pixels times noise smoothed over `sigma` pixels. Simard takes 34 and 4 for digits of 28 pixels. */
  elastic?: { alpha: number; sigma: number };
  /** Added to every pixel, in parts of `valueRange`. */
  brightness?: Range;
  /** Factor of each pixel's distance from the mean of its channel: 0.2 is 0.8 … 1.2. */
  contrast?: Range;
  /** Sides of a rectangle that is filled by `fillValue`, its middle anywhere in the image (so it may lie partly outside). */
  cutout?: number | readonly [height: number, width: number];
  /** What comes in from outside. Default `"constant"`. */
  fillMode?: Outside;
  /** The value of `"constant"` and of cutout. Default 0. */
  fillValue?: number;
  /** As `fillValue`, for masks. Default 0. */
  maskFillValue?: number;
  /** Darkest and brightest value, to which brightness and contrast keep. Default [0, 255] for bytes that are not scaled, else [0, 1]. */
  valueRange?: readonly [low: number, high: number];
  /**
   * y that goes with the image: an `"image"` as tall and wide, a `"mask"` (its values are kept), `"points"` [x, y] in pixels with the middle
   * of the first one at [0, 0], `"boxes"` [left, top, right, bottom] from 0 to width and height. Default: y stays, as a class does.
   */
  target?: Target;
  /** Default: the seed of `fit`, else that of `setSeed`. */
  seed?: number;
}

/**
 * Images of `x` in a new form each epoch: flipped, cropped, turned, zoomed, sheared, shifted, bent, brightened, with another contrast, with
 * a piece cut out. Batches are made as they are asked for; the images behind stay as they are (bytes stay bytes).
 *
 * What moves pixels is one map: out(p) = x(A⁻¹ p + displacement(p)), A = window ∘ shift ∘ rotation ∘ shear ∘ zoom ∘ flip about the middle
 * of the image, blended of the four pixels around the place, once. Then v ← (v − mean) · contrast + mean + brightness, kept to `valueRange`;
 * then the cutout. What an image draws is a matter of seed, epoch and row: neither the batch size nor the order, nor a resumed run changes it.
 * (Of rows that come one by one, its place in the pass counts as its row.) A second `augment` of the same data wants a seed of its own.
 *
 * Sources: Simard, Steinkraus, Platt (ICDAR 2003) for elastic distortion; DeVries and Taylor (arXiv:1708.04552) for cutout.
 *
 * @param dataset rows of x [height, width] or [height, width, channels]; the result is float32 (float64 where x is)
 * @returns a dataset with rows of x [crop height, crop width, …]
 * @throws ShapeError where rows are no images or a crop is larger than they are; ValueError for anything else
 * @example
 * const images = drawnDigits({ count: 100 });
 * const train = augment(images, { flip: "horizontal", crop: { padding: 2 }, rotate: 15, zoom: 0.1, seed: 1 });
 * const [batch] = [...((await train.batches({ batchSize: 100 })).sync ?? [])];
 * batch?.x[0]?.shape; // [100, 28, 28, 1]
 * @example
 * const picture = { data: Uint8Array.of(1, 2, 3, 4), shape: [1, 2, 2] };
 * const turned = augment(Dataset.fromArrays(picture), { rotate: [90, 90] });
 * for await (const { x } of turned) x.toArray(); // [[2, 4], [1, 3]]
 */
export function augment<X extends Tensors, Y extends Tensors | undefined>(
  dataset: Dataset<X, Y>,
  options: AugmentOptions,
): Dataset<X, Y> {
  if (!(dataset instanceof Dataset)) {
    throw new ValueError(
      `augment: dataset expected a Dataset, got ${show(dataset)}; wrap images by Dataset.fromArrays`,
    );
  }
  const plan = planOf(options);
  const { source } = dataset;
  if (source.kind === "rows") {
    const rows = deriveRows(source, source.extent, (view) => augmentView(plan, view));
    rows.view(); // so that rows in memory that are no images are found here and now
    return new Dataset(rows);
  }
  const batched = source.batch !== undefined;
  return new Dataset({ ...source, open: (pass) => augmentStream(plan, source.open(pass), pass, batched) });
}

function augmentView(plan: Plan, view: View): View {
  const { columns, layout, rows } = view.store;
  if (rows === 0) return view;
  const changes = changesOf(plan, layout, columns);
  const changed = columns.map((column, i) => {
    const change = changes[i];
    return change ? changedColumn(column, change) : column;
  });
  return { ...view, store: { ...view.store, columns: changed } };
}

async function* augmentStream(
  plan: Plan,
  from: AsyncIterable<Element>,
  pass: Pass,
  batched: boolean,
): AsyncGenerator<Element, void, undefined> {
  const moment: Moment = { seed: pass.seed, epochs: pass.epoch };
  let row = 0;
  let shapes: Shape[] = [];
  let changes: readonly (Change | undefined)[] = [];
  for await (const element of from) {
    const fields = element.fields.map((field) => ({
      rowShape: batched ? field.shape.slice(1) : field.shape,
      dtype: hostDType(field),
    }));
    // Images of several sizes may come one by one: a crop makes them one.
    const alike =
      fields.length === shapes.length && fields.every((each, i) => sameShape(each.rowShape, shapes[i] ?? []));
    if (!alike) {
      changes = changesOf(plan, element.layout, fields);
      shapes = fields.map(({ rowShape }) => rowShape);
    }
    const rows = batched ? (element.fields[0]?.shape[0] ?? 0) : 1;
    const order = Array.from({ length: rows }, (_, i) => row + i);
    row += rows;
    yield {
      ...element,
      fields: element.fields.map((field, i) => changed(field, changes[i], order, moment, batched)),
    };
  }
}

function changed(
  field: HostArray,
  change: Change | undefined,
  order: readonly number[],
  moment: Moment,
  batched: boolean,
): HostArray {
  if (!change) return field;
  const { rowShape, dtype, chunk } = change;
  const size = sizeOfShape(rowShape);
  const data = newArray(dtype, order.length * size);
  const sizeIn = field.data.length / Math.max(1, order.length);
  for (let from = 0; from < order.length; from += chunk) {
    const to = Math.min(order.length, from + chunk);
    change.apply(data, from * size, field.data.subarray(from * sizeIn, to * sizeIn), order, from, to, moment);
  }
  return { data, shape: batched ? [order.length, ...rowShape] : rowShape, dtype };
}

/** What becomes of each field; undefined: it stays. @throws ValueError, ShapeError where they are no images with such targets */
function changesOf(
  plan: Plan,
  layout: Layout,
  fields: readonly Pick<Column, "rowShape" | "dtype">[],
): (Change | undefined)[] {
  const [x, y] = fields as [(typeof fields)[number], (typeof fields)[number] | undefined];
  if (layout.x !== "one" || (plan.target && layout.y !== "one")) {
    throw new ValueError(
      `augment: dataset expected ${plan.target ? `one array x and one y, as target "${plan.target}"` : "one array x"}, got ${showLayout(layout)}; ` +
        "augment before other inputs are added by map",
    );
  }
  const changes: (Change | undefined)[] = [imageChange(plan, x.rowShape, x.dtype)];
  if (plan.target && y) changes.push(targetChange(plan, x.rowShape, y.rowShape, y.dtype));
  return changes;
}
