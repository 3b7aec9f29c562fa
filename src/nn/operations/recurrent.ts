import * as ops from "../../ops/recurrent.js";
import type { Tensor } from "../../tensor/tensor.js";
import { type Operation, operationOf } from "./operation.js";

/**
 * The sequence, and with `returnState` the states behind it. Tensors behind the bias are the options that `more` names, in its order: `"peepholes"`,
 * `"mask"`, and the states `"h"` and `"c"` before the first step.
 *
 * @param usual what stands there where nothing names it
 * @__NO_SIDE_EFFECTS__
 */
function recurrent(
  name: string,
  run: (
    x: Tensor,
    kernel: Tensor,
    own: Tensor,
    bias: Tensor,
    options: object,
  ) => ops.Recurrence & { readonly c?: Tensor },
  usual: readonly string[] = [],
): Operation {
  return operationOf(name, ([x, kernel, own, bias, ...behind], { more = usual, returnState, ...options }) => {
    const { h, c, ...tensors } = Object.fromEntries(behind.map((each, i) => [(more as readonly string[])[i], each]));
    const begun = h ? { initialState: c ? [h, c] : h } : {};
    const given = { ...options, ...tensors, ...begun };
    const made = run(x as Tensor, kernel as Tensor, own as Tensor, bias as Tensor, given);
    return returnState ? [made.sequence, made.h, ...(made.c ? [made.c] : [])] : made.sequence;
  });
}

export const simpleRnn = recurrent("simpleRnn", ops.simpleRnn);
export const gru = recurrent("gru", ops.gru);
export const lstm = recurrent("lstm", ops.lstm, ["peepholes"]);
