import type { Arrangement } from "../../data/arrays.js";
import { Dataset } from "../../data/dataset.js";
import type { Arrays } from "../../data/store.js";
import { Words } from "../../data/words.js";
import { stream } from "../../tensor/random.js";
import type { DType } from "../../util/dtypes.js";
import { ShapeError, StateError, ValueError } from "../../util/errors.js";
import { hostDType } from "../../util/host-array.js";
import { type Shape, sizeOfShape } from "../../util/shapes.js";

/** Rows as one array of numbers for each feature. */
export interface FeatureTable {
  readonly names: readonly string[];
  readonly dtypes: readonly DType[];
  readonly columns: readonly Float64Array[];
  /** Rows in `columns`. */
  readonly rows: number;
  /** Rows that there were. */
  readonly of: number;
}

/**
 * The features of `x`; where there are more rows than `most`, a random sample of them (Vitter's algorithm R).
 *
 * @throws StateError where there is no row; ValueError, ShapeError for what are no rows
 */
export async function featureTable(
  operation: string,
  argument: string,
  data: unknown,
  { most, seed }: { most: number; seed: number },
): Promise<FeatureTable> {
  const dataset = datasetOf(operation, data);
  if (dataset.size === Number.POSITIVE_INFINITY) {
    throw new ValueError(`${operation}: ${argument} expected an end, got rows without end; use take`);
  }
  const words = new Words(stream(`${operation} ${argument}`, seed), 0);
  const rows: Float64Array[] = [];
  let features: { names: string[]; dtypes: DType[] } | undefined;
  let seen = 0;
  for await (const { x, layout, size } of await dataset.batches()) {
    features ??= featuresOf(
      layout.x,
      x.map((each) => ({ shape: each.shape.slice(1), dtype: hostDType(each) })),
    );
    const widths = x.map((each) => sizeOfShape(each.shape.slice(1)));
    for (let i = 0; i < size; i++) {
      const place = seen < most ? seen : words.below(seen + 1);
      seen++;
      if (place >= most) continue;
      const row = new Float64Array(features.names.length);
      let at = 0;
      x.forEach(({ data: values }, field) => {
        const width = widths[field] as number;
        for (let j = 0; j < width; j++) row[at++] = values[i * width + j] as number;
      });
      rows[place] = row;
    }
  }
  if (!features || rows.length === 0) {
    throw new StateError(`${operation}: ${argument} expected at least one row, got none; check filter, take and skip`);
  }
  const columns = features.names.map((_, j) => Float64Array.from(rows, (row) => row[j] as number));
  return { ...features, columns, rows: rows.length, of: seen };
}

function datasetOf(operation: string, data: unknown): Dataset {
  if (data instanceof Dataset) return data;
  const pair =
    data !== null && typeof data === "object" && Object.getPrototypeOf(data) === Object.prototype && "x" in data
      ? Object.keys(data).every((key) => key === "x" || key === "y")
      : false;
  const rows = pair ? (data as { x: unknown }).x : data;
  try {
    return Dataset.fromArrays(rows as Arrays) as Dataset;
  } catch (error) {
    if (!(error instanceof ValueError || error instanceof ShapeError)) throw error;
    const Kind = error.constructor as new (text: string) => Error;
    throw new Kind(error.message.replace(/^Dataset\.fromArrays/, operation));
  }
}

function featuresOf(
  arrangement: Arrangement,
  fields: readonly { shape: Shape; dtype: DType }[],
): { names: string[]; dtypes: DType[] } {
  const names: string[] = [];
  const dtypes: DType[] = [];
  fields.forEach(({ shape, dtype }, i) => {
    const own = typeof arrangement === "object" ? (arrangement[i] as string) : arrangement === "one" ? "x" : `x[${i}]`;
    const size = sizeOfShape(shape);
    for (let j = 0; j < size; j++) {
      names.push(shape.length === 0 ? own : `${own}[${placeIn(shape, j).join(", ")}]`);
      dtypes.push(dtype);
    }
  });
  return { names, dtypes };
}

/** Where the j-th element of a row lies; axes of one element are left out. */
function placeIn(shape: Shape, j: number): number[] {
  const place: number[] = [];
  let rest = j;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    const size = shape[axis] as number;
    if (size > 1 || shape.length === 1) place.unshift(rest % size);
    rest = Math.floor(rest / size);
  }
  return place;
}
