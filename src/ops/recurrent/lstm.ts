import { asTensor, empty, type Tensor, type TensorLike } from "../../tensor/tensor.js";
import { show } from "../../util/check.js";
import { ValueError } from "../../util/errors.js";
import { addColumnSums } from "../column-sums.js";
import { op } from "../op.js";
import { backInEveryStep, type Hidden, hiddenOf } from "./hidden.js";
import { type States, slotOf, statesOf } from "./sequence.js";
import {
  type Activation,
  checkTensor,
  type GatedOptions,
  inEveryStep,
  initialGradient,
  kernelGradient,
  masksOf,
  prepare,
  recurrentOptions,
  stepActivation,
  stepsOf,
} from "./steps.js";

export interface LstmOptions extends GatedOptions {
  /** h and c before the first step, each `[batch, units]`; default: zeros. */
  initialState?: readonly [h: TensorLike, c: TensorLike] | null;
  /** `[3, units]`: what of the cell goes to the gates i, f (the cell before) and o (the cell behind). Default: none. */
  peepholes?: TensorLike | null;
}

const known = [...recurrentOptions, "recurrentActivation", "peepholes"];

interface Attributes {
  mask: Tensor | null;
  factors: Tensor | null;
  functions: readonly [...Activation, ...Activation];
}

/** The cells [1 + steps, batch, units], the initial one first, and each step's gates [steps, batch, 5 · units] as the kernel keeps them. */
interface Saved {
  cells: Tensor;
  gates: Tensor;
  hidden: Hidden;
}

/** y is the states, the initial one first, and the last cell behind them. */
const lstmOp = op<
  [z: unknown, recurrentKernel: unknown, h0: unknown, c0: unknown, ...peepholes: unknown[]],
  Attributes,
  Saved
>("lstm", {
  shape: ([[steps, batch], [units]]) => [2 + (steps as number), batch as number, units as number],

  forward(k, y, [z, kernel, h0, c0, peepholes], { mask, factors, functions }) {
    const [steps, batch, width] = z.shape as [number, number, number];
    const units = width / 4;
    const cells = empty([1 + steps, batch, units], y.dtype);
    const gates = empty([steps, batch, 5 * units], y.dtype);
    const [from, into, masks] = [stepsOf(z, batch * width), stepsOf(gates, batch * 5 * units), masksOf(mask, batch)];
    const r = empty([batch, width], y.dtype);
    const recur = inEveryStep(k, "gemm_nn", y, kernel.at, { m: batch, n: width, k: units });
    k.copy(y.at, h0.at, 0, h0.size);
    k.copy(cells.at, c0.at, 0, c0.size);
    const peep = (peepholes as Tensor | undefined)?.at ?? 0;
    const hidden = hiddenOf(k, steps, y, (t) => slotOf(y, t), factors);
    for (let t = 0; t < steps; t++) {
      const [before, cell] = [slotOf(y, t), slotOf(cells, t)];
      const [after, next] = [slotOf(y, t + 1), slotOf(cells, t + 1)];
      recur(r.at, hidden.take(t), false);
      const behind = [masks(t), units, ...functions, 0, batch] as const;
      k.lstm_forward(after, next, into(t), from(t), r.at, before, cell, peep, ...behind);
    }
    k.copy(slotOf(y, steps + 1), slotOf(cells, steps), 0, c0.size);
    return { cells, gates, hidden };
  },

  backward(k, gradients, dy, { x, attributes, saved: { cells, gates, hidden }, fresh: [fresh] }) {
    const { mask, factors, functions } = attributes;
    const [dz, dkernel, dh0, dc0] = gradients;
    const dpeepholes = gradients[4] as Tensor | null | undefined;
    const [z, kernel] = x;
    const peepholes = x[4] as Tensor | undefined;
    const [steps, batch, width] = z.shape as [number, number, number];
    const units = width / 4;
    const own = dz && fresh ? dz : empty(z.shape, z.dtype);
    const parts = empty([peepholes ? steps : 0, batch, 3 * units], z.dtype);
    const [from, into, masks] = [stepsOf(gates, batch * 5 * units), stepsOf(own, batch * width), masksOf(mask, batch)];
    const partsOf = peepholes ? stepsOf(parts, batch * 3 * units) : () => 0;
    const [dh, dc] = [empty([batch, units], z.dtype), empty([batch, units], z.dtype)];
    k.fill(dh.at, 0, 0, dh.size);
    k.copy(dc.at, slotOf(dy, steps + 1), 0, dc.size);
    const back = backInEveryStep(k, kernel, batch, factors);
    for (let t = steps - 1; t >= 0; t--) {
      const moved = [dh.at, dc.at, slotOf(dy, t + 1)] as const;
      const read = [from(t), slotOf(cells, t + 1), slotOf(cells, t), peepholes?.at ?? 0, masks(t)] as const;
      k.lstm_backward(into(t), partsOf(t), ...moved, ...read, units, ...functions, 0, batch);
      back(dh.at, into(t), true);
    }
    if (dz && !fresh) k.accumulate_into(dz.at, own.at, 0, dz.size);
    initialGradient(k, dh0, dh, dy);
    if (dc0) k.accumulate_into(dc0.at, dc.at, 0, dc.size);
    if (dpeepholes) addColumnSums(k, dpeepholes, parts);
    kernelGradient(k, dkernel, hidden.states, own);
  },
  assigns: [0],
});

/** `lstm` of which nothing is copied out yet. */
export function lstmStates(
  x: TensorLike,
  kernel: TensorLike,
  recurrentKernel: TensorLike,
  bias: TensorLike | null,
  options: LstmOptions,
): States {
  const operation = "lstm";
  const prepared = prepare({ operation, gates: 4, x, kernel, recurrentKernel, bias, options, known });
  const { z, mask, factors, activation, steps, units, state } = prepared;
  const recurrent = stepActivation(operation, "recurrentActivation", options.recurrentActivation ?? "sigmoid");
  const [h0, c0] = initialStates(options.initialState);
  const peepholes = options.peepholes ?? null;
  const inputs = [z, prepared.recurrentKernel, state("initialState[0]", h0), state("initialState[1]", c0)] as const;
  const attributes = { mask, factors, functions: [...activation, ...recurrent] as const };
  if (peepholes === null) return statesOf(lstmOp([...inputs], attributes), steps);
  const p = asTensor(peepholes, z.dtype, operation, "peepholes");
  checkTensor(operation, z.dtype)("peepholes", "[3, units]", p, [3, units]);
  return statesOf(lstmOp([...inputs, p], attributes), steps);
}

function initialStates(given: LstmOptions["initialState"]): readonly (TensorLike | undefined)[] {
  if (given === undefined || given === null) return [];
  if (Array.isArray(given) && given.length === 2) return given;
  throw new ValueError(`lstm: initialState expected [h, c], each [batch, units], got ${show(given)}`);
}
