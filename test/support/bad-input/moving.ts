import * as wg from "../../../src/index.js";
import {
  and,
  anything,
  arg,
  arithmetic,
  axis,
  count,
  flag,
  floats,
  INTEGERS,
  labels,
  NOTHING,
  options,
  type Row,
  row,
  shape,
  text,
} from "./arguments.js";

const square = [
  [1, 2],
  [3, 4],
];
const entries = [...NOTHING, 1, "1", [0.5], [0, 0, 0], {}];
const column = wg.tensor([[1]], undefined, "int32");
const reduction = text("reduction", "add", "sum");

/** Operations that move, pick and order elements. */
export const movingRows: Record<string, Row> = {
  cumprod: row(wg.cumprod, floats("x"), axis, flag("exclusive"), flag("reverse")),
  cumsum: row(wg.cumsum, floats("x"), axis, flag("exclusive"), flag("reverse")),
  fmod: arithmetic(wg.fmod),
  gatherND: and(row(wg.gatherND, anything("x", square), labels("indices", column), count("batchDims", 0, 3)), [
    square,
    Int32Array.of(0, 1, 1),
  ]),
  mod: arithmetic(wg.mod),
  scatterElements: and(
    row(
      wg.scatterElements,
      anything("x", square),
      labels("indices", column),
      anything("updates", [[9]]),
      axis,
      reduction,
    ),
    [square, column, [[9, 9]]],
    [square, Int32Array.of(1), [1]],
    [square, column, INTEGERS],
    [Uint8Array.of(1, 2), Int32Array.of(1), Uint8Array.of(1), 0, "add"],
  ),
  scatterND: and(row(wg.scatterND, labels("indices", column), anything("updates", [[7, 8, 9]]), shape), [
    column,
    [9, 9],
    [2],
  ]),
  stridedSlice: row(
    wg.stridedSlice,
    anything("x"),
    arg("begin", [0, null], ...entries),
    arg("end", [1, null], ...entries),
    arg("strides", [1, -1], null, 1, "1", [0.5], [0], [1, 1, 1], {}),
  ),
  takeAlongAxis: and(row(wg.takeAlongAxis, anything("x", square), labels("indices", column), axis), [
    square,
    wg.tensor([0, 1, 0], [1, 3], "int32"),
    0,
  ]),
  tensorScatterUpdate: row(
    wg.tensorScatterUpdate,
    anything("x", square),
    labels("indices", column),
    anything("updates", [[8, 9]]),
    reduction,
  ),
  topk: row(wg.topk, floats("x"), count("k", 1, 3), options(arg("axis", 0, "0", 1.5, 9), flag("largest"))),
};
