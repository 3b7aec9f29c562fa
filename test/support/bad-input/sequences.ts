import * as wg from "../../../src/index.js";
import { type Argument, and, arg, flag, floats, INTEGERS, NOTHING, options, type Row, row, text } from "./arguments.js";

/** Of a recurrent operation with so many gates, on one sequence of two steps. */
const recurrent = (call: Row["call"], gates: number, initialState: unknown, ...own: Argument[]) =>
  row(
    call,
    floats("x", [[[1], [2]]]),
    floats("kernel", [Array(gates).fill(1)]),
    floats("recurrentKernel", [Array(gates).fill(1)]),
    arg("bias", Array(gates).fill(1), "text", [1, 2], wg.tensor([1], [1], "int32")),
    options(
      arg("mask", [[true, false]], [true, false], "text", {}),
      arg("recurrentDropoutMask", [[1]], [1], "text", {}),
      text("activation", "relu", "rellu", "gelu"),
      flag("goBackwards"),
      arg("initialState", initialState, [1, 2], "text", {}),
      ...own,
    ),
  );
const looking = options(arg("mask", [[true]], [[1]], "text", [true, false, true]), flag("causal"));

export const sequenceRows: Record<string, Row> = {
  attention: and(
    row(wg.attention, floats("q"), floats("k"), floats("v"), looking),
    [[[1, 2]], [[1]], [[1]]],
    [[[1]], [[1]], [[1], [2]]],
  ),
  attentionWeights: and(row(wg.attentionWeights, floats("q"), floats("k"), looking), [[[1, 2]], [[1]]]),
  gru: recurrent(wg.gru, 3, [[1]], text("recurrentActivation", "hardSigmoid", "hard", "silu"), flag("resetAfter")),
  lstm: recurrent(
    wg.lstm,
    4,
    [[[1]], [[1]]],
    text("recurrentActivation", "hardSigmoid", "hard", "silu"),
    arg("peepholes", [[1], [1], [1]], [1], "text", {}),
  ),
  prelu: and(
    row(wg.prelu, floats("x"), arg("alpha", [1, 1], ...NOTHING, "text", INTEGERS)),
    [
      [1, 2],
      [1, 2, 3],
    ],
    [[1], [1, 2]],
  ),
  simpleRnn: recurrent(wg.simpleRnn, 1, [[1]]),
};
