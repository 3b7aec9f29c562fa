import * as wg from "wasmgrad";
import { augment, Dataset, type HostArray, minMaxScale, standardize } from "wasmgrad/data";
import type { DataView2D, Images, Own } from "../protocol.js";
import type { DataSettings, Settings, Task } from "../settings.js";
import { imagesOf } from "./images.js";
import { isImage, type Rows, rowsOf } from "./rows.js";
import { type Source, sourceOf } from "./source.js";

/** Data as a network takes them. */
export interface Prepared {
  readonly task: Task;
  readonly classes: readonly string[];
  /** Of a row. */
  readonly inputShape: readonly number[];
  /** What `fit` trains on: each epoch shows other images where they are augmented. */
  readonly train: Dataset;
  /** What the errors are measured on, the images of training as they are. */
  readonly measured: { readonly train: Dataset; readonly dev: Dataset; readonly test: Dataset };
  /** The dev part as a network takes it, where its rows are images. */
  readonly images: Rows | undefined;
  /** A few rows of training, for histograms. */
  readonly sample: Rows;
  /** The targets of regression are trained on as (target − middle) / deviation. */
  readonly middle: number;
  readonly deviation: number;
  readonly view: DataView2D;
  /** The points over the picture, row by row from the top; none where the data are images. */
  readonly grid: { readonly side: number; readonly rows: HostArray } | undefined;
}

/** Points on a side of the picture. */
const SIDE = 64;
/** Rows that the errors of training are measured on, that are drawn, that histograms count. */
const MEASURED = 2000;
const DRAWN = 3000;
const SAMPLE = 128;

/**
 * Draws or reads the data, cuts them, and normalizes them by what the training part alone says.
 *
 * @throws what the library says of a table
 */
export async function prepare(settings: Settings, own: Own): Promise<Prepared> {
  const source = await sourceOf(settings, own);
  const [train, dev, test] = (await Promise.all(source.parts.map(rowsOf))) as [Rows, Rows, Rows];
  const x = inputScale(settings.data, train.x);
  const y = targetScale(source.task, train.y);
  const dataset = (rows: Rows) => Dataset.fromArrays(x.transform(rows.x), y.transform(rows.y));
  const plain = dataset(train);
  const other = isImage(train) && settings.data.augment ? varied(train, settings.training.seed) : undefined;
  const images = isImage(train) ? await imagesOf(train, dev, other) : undefined;
  const view = viewOf(source, [train, dev, test], images);
  return {
    task: source.task,
    classes: source.classes,
    inputShape: train.x.shape.slice(1),
    train: other ? x.transformRows(other) : plain,
    measured: { train: plain.take(MEASURED), dev: dataset(dev), test: dataset(test) },
    images: images && { x: x.transform(dev.x), y: dev.y },
    sample: await rowsOf(plain.take(SAMPLE)),
    middle: y.middle,
    deviation: y.deviation,
    view,
    grid: isImage(train) ? undefined : { side: SIDE, rows: x.transform(gridOf(view, train.x)) },
  };
}

const asTheyAre = { transform: (rows: HostArray) => rows, transformRows: (rows: Dataset) => rows };

function inputScale({ normalize }: DataSettings, train: HostArray) {
  if (normalize === "none") return asTheyAre;
  // Pixels share one scale: those at the rim, nearly always 0, would be blown up by one of their own.
  const options = train.shape.length > 2 ? { axis: null } : {};
  const fitted = normalize === "standardize" ? standardize(train, options) : minMaxScale(train, options);
  return {
    transform: (rows: HostArray) => fitted.transform(rows),
    transformRows: (rows: Dataset) => fitted.transform(rows),
  };
}

/** Targets of any size are brought to one that usual learning rates fit; classes stay. */
function targetScale(task: Task, train: HostArray) {
  if (task === "classification") return { ...asTheyAre, middle: 0, deviation: 1 };
  const fitted = standardize(train);
  return {
    transform: (rows: HostArray) => fitted.transform(rows),
    middle: fitted.mean[0] as number,
    deviation: fitted.std[0] || 1,
  };
}

/** Digits turned by 10 degrees at most, and moved by two pixels. */
function varied({ x, y }: Rows, seed: number): Dataset {
  return augment(Dataset.fromArrays(x, y), { rotate: 10, shift: 0.07, seed });
}

function viewOf({ task, classes, features }: Source, parts: readonly Rows[], images: Images | undefined): DataView2D {
  const all = parts.reduce((sum, { x }) => sum + (x.shape[0] as number), 0);
  const kept = Math.min(1, DRAWN / all);
  const drawn = parts.flatMap((rows, part) => {
    if (isImage(rows)) return [];
    const count = Math.ceil(kept * (rows.x.shape[0] as number));
    return Array.from({ length: count }, (_, i) => ({ point: pointAt(rows.x, i), target: rows.y.data[i], part }));
  });
  const points = Float32Array.from(drawn.flatMap(({ point }) => point));
  return {
    task,
    classes,
    points,
    targets: Float32Array.from(drawn, ({ target }) => target as number),
    parts: Uint8Array.from(drawn, ({ part }) => part),
    bounds: [...boundsOf(points, 0), ...boundsOf(points, 1)],
    features,
    ...(images ? { images } : {}),
  };
}

/** The first two features of a row; of one, a point on the axis. */
function pointAt({ data, shape }: HostArray, row: number): [number, number] {
  const width = shape[1] as number;
  return [data[row * width] as number, width > 1 ? (data[row * width + 1] as number) : 0];
}

/** Room around the points. */
const MARGIN = 0.08;

function boundsOf(points: Float32Array, axis: number): [number, number] {
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (let i = axis; i < points.length; i += 2) {
    low = Math.min(low, points[i] as number);
    high = Math.max(high, points[i] as number);
  }
  if (!(low < high)) return Number.isFinite(low) ? [low - 1, low + 1] : [0, 1];
  const margin = MARGIN * (high - low);
  return [low - margin, high + margin];
}

/** Points in the middle of each cell of the picture. Features that are not drawn have their mean over the rows of training. */
function gridOf({ bounds: [left, right, bottom, top] }: DataView2D, train: HostArray): HostArray {
  const width = train.shape[1] as number;
  const means = wg.scope(() => wg.mean(wg.tensor(train.data, train.shape), 0).toTypedArray());
  const data = new Float32Array(SIDE * SIDE * width);
  for (let i = 0; i < SIDE * SIDE; i++) {
    const [column, row] = [i % SIDE, Math.floor(i / SIDE)];
    data.set(means, i * width);
    data[i * width] = left + ((column + 0.5) / SIDE) * (right - left);
    if (width > 1) data[i * width + 1] = top - ((row + 0.5) / SIDE) * (top - bottom);
  }
  return { data, shape: [SIDE * SIDE, width] };
}
