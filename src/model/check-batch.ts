import { ShapeError } from "../util/errors.js";
import type { HostArray } from "../util/host-array.js";
import { hasRows, type Shape, sameShape, showShape } from "../util/shapes.js";
import type { Head } from "./compile.js";
import { type Fields, remedy } from "./fields.js";
import { type GraphInput, stepOf } from "./graph.js";
import type { Model } from "./model.js";

/**
 * Shapes are looked at where they are not those of the batch before, values each time.
 *
 * @throws ShapeError, ValueError where a batch does not fit the model or the loss
 */
export function checkBatch(operation: string, model: Model, x: Fields, y: Fields): void {
  const { heads } = model.requireCompiled(operation);
  const { plans } = model;
  let known = plans.checked;
  if (!known || !haveShapes(x, known.x) || !haveShapes(y, known.y)) {
    checkShapes(operation, model, x, y);
    const rows = x[0]?.shape[0] as number;
    known = {
      x: x.map(({ shape }) => [...shape]),
      y: y.map(({ shape }) => [...shape]),
      output: model.outputShapes.map((shape) => [rows, ...shape]),
    };
    plans.checked = known;
  }
  for (let i = 0; i < heads.length; i++) {
    (heads[i] as Head).loss.checkValues((y[i] as HostArray).data, known.output[i] as Shape);
  }
}

/** It makes no garbage. */
function haveShapes(fields: readonly { readonly shape: Shape }[], shapes: readonly Shape[]): boolean {
  if (fields.length !== shapes.length) return false;
  for (let i = 0; i < fields.length; i++) {
    if (!sameShape((fields[i] as HostArray).shape, shapes[i] as Shape)) return false;
  }
  return true;
}

/** @throws ShapeError where a batch does not fit the model or the loss */
function checkShapes(operation: string, model: Model, x: Fields, y: Fields): void {
  const { graph } = model.network;
  const several = x.length > 1;
  const rows = x[0]?.shape[0] as number;
  for (const [i, { shape }] of x.entries()) {
    const { name, shape: wanted } = graph.inputs[i] as GraphInput;
    if (!hasRows(shape, wanted)) {
      const reader = graph.steps.find(({ inputs }) => inputs.includes(i));
      const who = reader && !several ? `${reader.layer.kind} "${reader.name}": input` : `${operation}: x.${name}`;
      throw new ShapeError(
        `${who} expected ${showShape([null, ...wanted])}, got ${showShape(shape)}${remedy(shape, wanted)}`,
      );
    }
    if (shape[0] !== rows) {
      throw new ShapeError(`${operation}: x.${name} expected ${rows} rows like the other inputs, got ${shape[0]}`);
    }
  }
  const { heads } = model.requireCompiled(operation);
  for (const [i, { name, loss }] of heads.entries()) {
    const { shape } = y[i] as HostArray;
    if (shape[0] !== rows) {
      throw new ShapeError(
        `${operation}: ${heads.length > 1 ? `y.${name}` : "y"} expected ${rows} rows like x, got ${shape[0]}`,
      );
    }
    if (rows === 0) {
      throw new ShapeError(`${operation}: x expected at least one row, got ${showShape((x[0] as HostArray).shape)}`);
    }
    const last = stepOf(graph, graph.outputs[i] as number);
    const who = last ? `${last.layer.kind} "${last.name}"` : `output "${name}"`;
    loss.checkTargets(shape, [rows, ...(graph.outputShapes[i] as Shape)], who);
  }
}
