import { type Arrangement, type DataArray, type Several, toHost, unpack } from "../data/arrays.js";
import { show } from "../util/check.js";
import { ShapeError, ValueError } from "../util/errors.js";
import { type HostArray, isHostArray } from "../util/host-array.js";
import { hasRows, type Shape, sameShape, showShape, sizeOfShape } from "../util/shapes.js";
import type { Model } from "./model.js";

/** Rows for a model: a tensor, a typed array (cut into rows by the model's input shape), `{ data, shape }` or nested arrays. */
export type Inputs = DataArray;

/** The same for each input or output of a model: where there are several, an array or a record by name. */
export type ModelInputs = Several<Inputs>;

/** One array for each input, or output, of the model. */
export type Fields = readonly HostArray[];

/** The names and row shapes of what goes into a model, and the names of what comes out. */
export type Ports = Pick<Model, "inputNames" | "inputShapes" | "outputNames">;

/** The arrays of x in the order of the model's inputs. @throws ShapeError, ValueError where they do not fit */
export function inputFields(operation: string, ports: Ports, value: ModelInputs, argument = "x"): Fields {
  const { inputNames, inputShapes } = ports;
  if (inputNames.length === 1) return [inputRows(operation, argument, value as Inputs, inputShapes[0])];
  return severalFields(operation, argument, "inputs", inputNames, value).map((each, i) =>
    inputRows(operation, `${argument}.${inputNames[i]}`, each as Inputs, inputShapes[i]),
  );
}

/** The arrays of y in the order of the model's outputs. */
export function targetFields(operation: string, { outputNames }: Ports, value: ModelInputs): Fields {
  if (outputNames.length === 1) return [inputRows(operation, "y", value as Inputs)];
  return severalFields(operation, "y", "outputs", outputNames, value).map((each, i) =>
    inputRows(operation, `y.${outputNames[i]}`, each as Inputs),
  );
}

function severalFields(
  operation: string,
  argument: string,
  what: string,
  names: readonly string[],
  value: unknown,
): readonly unknown[] {
  const usual = `${operation}: ${argument} expected the model's ${names.length} ${what} as an array or by the names ${show(names)}`;
  if (Array.isArray(value)) return inOrder(usual, value.length, value, names);
  if (
    value !== null &&
    typeof value === "object" &&
    Object.getPrototypeOf(value) === Object.prototype &&
    !isHostArray(value)
  ) {
    return inOrder(usual, ...unpack(operation, argument, value), names);
  }
  throw new ValueError(`${usual}, got ${show(value)}`);
}

/** Fields by name in the order of the names. */
export function inOrder<T>(
  usual: string,
  arrangement: Arrangement,
  fields: readonly T[],
  names: readonly string[],
): readonly T[] {
  const named = typeof arrangement === "object";
  if (fields.length !== names.length) {
    throw new ValueError(`${usual}, got ${named ? show(arrangement) : fields.length}`);
  }
  if (!named) return fields;
  return names.map((name) => {
    const at = arrangement.indexOf(name);
    if (at < 0) throw new ValueError(`${usual}, got ${show(arrangement)}`);
    return fields[at] as T;
  });
}

/**
 * Any form of rows as numbers with a shape; with `rowShape`, rows of that shape.
 *
 * @throws ShapeError where they are of another
 */
export function inputRows(operation: string, argument: string, value: Inputs, rowShape?: Shape): HostArray {
  const rows = rowsFrom(operation, argument, value, rowShape);
  if (rows.shape.length === 0) {
    throw new ShapeError(`${operation}: ${argument} expected [batch, …], got a scalar; wrap one row in an array`);
  }
  if (rowShape && !hasRows(rows.shape, rowShape)) {
    throw new ShapeError(
      `${operation}: ${argument} expected ${showShape([null, ...rowShape])}, got ${showShape(rows.shape)}${remedy(rows.shape, rowShape)}`,
    );
  }
  return rows;
}

/** Any form of rows as numbers; `rowShape` cuts a flat typed array into rows. */
export function rowsFrom(operation: string, argument: string, value: Inputs, rowShape: Shape | undefined): HostArray {
  const rows = toHost(operation, argument, value);
  if (rowShape && rows.shape.length === 1 && rowShape.length > 0 && ArrayBuffer.isView(value)) {
    const size = sizeOfShape(rowShape);
    if (size > 0 && rows.data.length % size === 0) return { ...rows, shape: [rows.data.length / size, ...rowShape] };
  }
  return rows;
}

/** What may help, at the end of an error's text. */
export function remedy(got: Shape, rowShape: Shape): string {
  const rows = got.slice(1);
  if (sizeOfShape(rows) === sizeOfShape(rowShape) && rows.length > rowShape.length)
    return "; add layers.flatten() before it";
  if (sameShape(got, rowShape)) return "; one row needs a batch axis too: [row]";
  if (sizeOfShape(rows) === sizeOfShape(rowShape)) return "; reshape the data";
  return "";
}
