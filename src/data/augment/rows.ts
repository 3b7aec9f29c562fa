import { type DType, isFloat, newArray, type TypedArray } from "../../util/dtypes.js";
import { ShapeError } from "../../util/errors.js";
import { type Shape, sameShape, showShape, sizeOfShape } from "../../util/shapes.js";
import { type Column, epochAt, type Moment } from "../column.js";
import { checkRange, recolor } from "./color.js";
import { Draws, Word } from "./draws.js";
import { drawMap, MAP } from "./geometry.js";
import { type Plan, type Sizes, sizesOf } from "./plan.js";
import { checkPlaces, moveBoxes, movePoints } from "./targets.js";
import { chunkRows, elasticFields, warp } from "./warp.js";

/** What becomes of one field of rows: images, or targets that go with them. */
export interface Change {
  readonly rowShape: Shape;
  readonly dtype: DType;
  /** Rows that are best handed over at a time. */
  readonly chunk: number;
  /** Writes what becomes of rows `order[from]` … `order[to − 1]`, whose values are `values`, to `out` from element `at` on. */
  apply(
    out: TypedArray,
    at: number,
    values: TypedArray,
    order: ArrayLike<number>,
    from: number,
    to: number,
    moment: Moment,
  ): void;
}

/** How images change. @throws ShapeError where rows of that shape are none */
export function imageChange(plan: Plan, rowShape: Shape, dtype: DType): Change {
  const sizes = sizesOf(plan, rowShape);
  const real = dtype === "float64" ? dtype : "float32";
  const { fillMode, fillValue } = plan;
  const sampling = { whole: false, fillMode, fillValue };
  const range = plan.valueRange ?? (dtype === "uint8" ? [0, 255] : [0, 1]);
  const [size, sizeOut] = [sizeOfShape(rowShape), outSize(sizes)];
  const motions = new Motions(plan, sizes, real);
  return {
    rowShape: outShape(sizes, rowShape),
    dtype: real,
    chunk: chunkRows(sizes),
    apply(out, at, values, order, from, to, moment) {
      const rows = to - from;
      if (plan.brightness || plan.contrast) {
        checkRange(values.subarray(0, rows * size), range, size, (i) => order[from + i] as number);
      }
      motions.draw(order, from, to, moment);
      warp(out, at, values, rows, sizes, motions.maps, motions.fields, sampling, real);
      if (!plan.brightness && !plan.contrast && !plan.cutout) return;
      const draws = new Draws(plan.seed ?? moment.seed);
      for (let i = 0; i < rows; i++) {
        draws.of(order[from + i] as number, epochAt(moment, from + i));
        recolor(out, at + i * sizeOut, plan, sizes, draws, range);
      }
    },
  };
}

/** How targets go with the images of `imageShape`. @throws ShapeError where rows of y do not fit */
export function targetChange(plan: Plan, imageShape: Shape, rowShape: Shape, dtype: DType): Change {
  const sizes = sizesOf(plan, imageShape);
  const { target } = plan;
  return target === "points" || target === "boxes"
    ? placesChange(plan, target, sizes, rowShape, dtype)
    : pictureChange(plan, sizes, rowShape, dtype);
}

function placesChange(plan: Plan, target: "points" | "boxes", sizes: Sizes, rowShape: Shape, from: DType): Change {
  checkPlaces(target, rowShape);
  const move = target === "points" ? movePoints : moveBoxes;
  const size = sizeOfShape(rowShape);
  const plane = 2 * sizes.outHeight * sizes.outWidth;
  const motions = new Motions(plan, sizes, from === "float64" ? from : "float32");
  return {
    rowShape,
    dtype: isFloat(from) ? from : "float32",
    chunk: chunkRows(sizes),
    apply(out, at, values, order, from, to, moment) {
      motions.draw(order, from, to, moment);
      const { maps, fields } = motions;
      for (let i = 0; i < to - from; i++) {
        const field = fields?.subarray(i * plane, (i + 1) * plane);
        move(out, at + i * size, values.subarray(i * size, (i + 1) * size), { maps, at: i * MAP, field }, sizes);
      }
    },
  };
}

/** Masks keep their values, taken from the nearest pixel; images are blended as those of x. */
function pictureChange(plan: Plan, imageSizes: Sizes, rowShape: Shape, from: DType): Change {
  const { height, width } = imageSizes;
  if ((rowShape.length !== 2 && rowShape.length !== 3) || !sameShape(rowShape.slice(0, 2), [height, width])) {
    throw new ShapeError(
      `augment: y expected rows as tall and wide as the images, ${showShape([height, width])}, for target "${plan.target}", got ${showShape(rowShape)}`,
    );
  }
  const sizes = { ...imageSizes, channels: rowShape[2] ?? 1 };
  const mask = plan.target === "mask";
  const real = from === "float64" ? from : "float32";
  const motions = new Motions(plan, sizes, real);
  const sampling = {
    whole: mask,
    fillMode: plan.fillMode,
    fillValue: mask ? plan.maskFillValue : plan.fillValue,
  };
  return {
    rowShape: outShape(sizes, rowShape),
    dtype: mask ? from : real,
    chunk: chunkRows(sizes),
    apply(out, at, values, order, from, to, moment) {
      motions.draw(order, from, to, moment);
      warp(out, at, values, to - from, sizes, motions.maps, motions.fields, sampling, real);
    },
  };
}

/** The maps and displacements of some rows: the same for images and for what goes with them. */
class Motions {
  maps = new Float64Array(0);
  fields: Float32Array | Float64Array | undefined;

  constructor(
    private readonly plan: Plan,
    private readonly sizes: Sizes,
    private readonly dtype: "float32" | "float64",
  ) {}

  draw(order: ArrayLike<number>, from: number, to: number, moment: Moment): void {
    const { plan, sizes } = this;
    const rows = to - from;
    const draws = new Draws(plan.seed ?? moment.seed);
    if (this.maps.length < rows * MAP) this.maps = new Float64Array(rows * MAP);
    const keys: [number, number][] = [];
    for (let i = 0; i < rows; i++) {
      draws.of(order[from + i] as number, epochAt(moment, from + i));
      drawMap(this.maps, i * MAP, plan, sizes, draws);
      if (plan.elastic) keys.push([draws.word(Word.elastic0), draws.word(Word.elastic1)]);
    }
    this.fields = plan.elastic && elasticFields(plan.elastic, sizes, keys, this.dtype);
  }
}

/** Rows of a column, changed as they are gathered. */
export function changedColumn(inner: Column, change: Change): Column {
  const size = sizeOfShape(inner.rowShape);
  const sizeOut = sizeOfShape(change.rowShape);
  let scratch = newArray(inner.dtype, 0);
  return {
    rows: inner.rows,
    rowShape: change.rowShape,
    dtype: change.dtype,
    gather(out, at, order, from, to, moment) {
      for (let start = from; start < to; start += change.chunk) {
        const end = Math.min(to, start + change.chunk);
        if (scratch.length < (end - start) * size) scratch = newArray(inner.dtype, (end - start) * size);
        inner.gather(scratch, 0, order, start, end, moment);
        change.apply(out, (at + start - from) * sizeOut, scratch, order, start, end, moment);
      }
    },
  };
}

function outSize({ outHeight, outWidth, channels }: Sizes): number {
  return outHeight * outWidth * channels;
}

function outShape({ outHeight, outWidth }: Sizes, row: Shape): Shape {
  return [outHeight, outWidth, ...row.slice(2)];
}
