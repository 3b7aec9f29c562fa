import { checkNumber } from "../util/check.js";
import { ShapeError, ValueError } from "../util/errors.js";
import type { HostArray } from "../util/host-array.js";
import { showShape } from "../util/shapes.js";
import { type DataArray, toHost } from "./arrays.js";

/**
 * Classes as rows with a 1 at the class and 0 elsewhere, float32.
 *
 * @param labels whole numbers from 0 to `classes` − 1, of shape [rows] or [rows, 1]
 * @returns `{ data, shape: [rows, classes] }`, as `Dataset.fromArrays` takes it
 * @throws ValueError that names the row where a label is out of range or not whole, ShapeError for another rank
 * @example
 * Array.from(oneHot([2, 0], 3).data); // [0, 0, 1, 1, 0, 0]
 */
export function oneHot(labels: DataArray, classes: number): HostArray {
  checkNumber("oneHot", "classes", classes, { min: 1, whole: true });
  const { data: from, shape } = toHost("oneHot", "labels", labels);
  if (shape.length !== 1 && !(shape.length === 2 && shape[1] === 1)) {
    throw new ShapeError(`oneHot: labels expected shape [rows] or [rows, 1], got ${showShape(shape)}`);
  }
  const data = new Float32Array(from.length * classes);
  for (let row = 0; row < from.length; row++) {
    const label = from[row] as number;
    if (!Number.isInteger(label) || label < 0 || label >= classes) {
      throw new ValueError(
        `oneHot: labels expected whole numbers from 0 to ${classes - 1}, got ${label} in row ${row}; check classes, or number the labels from 0`,
      );
    }
    data[row * classes + label] = 1;
  }
  return { data, shape: [from.length, classes] };
}
