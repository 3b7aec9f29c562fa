import { empty, type Tensor, type TensorLike } from "../../tensor/tensor.js";
import { op } from "../op.js";
import { backInEveryStep, type Hidden, hiddenOf } from "./hidden.js";
import { type States, slotOf, statesOf } from "./sequence.js";
import {
  type Activation,
  inEveryStep,
  initialGradient,
  kernelGradient,
  masksOf,
  prepare,
  type RecurrentOptions,
  recurrentOptions,
  stepsOf,
} from "./steps.js";

export interface SimpleRnnOptions extends RecurrentOptions {
  /** h before the first step, `[batch, units]`; default: zeros. */
  initialState?: TensorLike | null;
}

interface Attributes {
  mask: Tensor | null;
  factors: Tensor | null;
  activation: Activation;
}

const simpleRnnOp = op<[z: unknown, recurrentKernel: unknown, h0: unknown], Attributes, Hidden>("simpleRnn", {
  shape: ([[steps, batch, units]]) => [1 + (steps as number), batch as number, units as number],

  forward(k, y, [z, kernel, h0], { mask, factors, activation }) {
    const [steps, batch, units] = z.shape as [number, number, number];
    const masks = masksOf(mask, batch);
    const from = stepsOf(z, batch * units);
    const r = empty([batch, units], y.dtype);
    const recur = inEveryStep(k, "gemm_nn", y, kernel.at, { m: batch, n: units, k: units });
    k.copy(y.at, h0.at, 0, h0.size);
    const hidden = hiddenOf(k, steps, y, (t) => slotOf(y, t), factors);
    for (let t = 0; t < steps; t++) {
      const before = slotOf(y, t);
      recur(r.at, hidden.take(t), false);
      k.simple_rnn_forward(slotOf(y, t + 1), from(t), r.at, before, masks(t), units, ...activation, 0, batch);
    }
    return hidden;
  },

  backward(k, [dz, dkernel, dh0], dy, { x: [z, kernel], y, attributes, saved: hidden, fresh: [fresh] }) {
    const { mask, factors, activation } = attributes;
    const [steps, batch, units] = z.shape as [number, number, number];
    const masks = masksOf(mask, batch);
    const own = dz && fresh ? dz : empty(z.shape, z.dtype);
    const into = stepsOf(own, batch * units);
    const dh = empty([batch, units], z.dtype);
    k.fill(dh.at, 0, 0, dh.size);
    const back = backInEveryStep(k, kernel, batch, factors);
    for (let t = steps - 1; t >= 0; t--) {
      const state = slotOf(y, t + 1);
      k.simple_rnn_backward(into(t), dh.at, slotOf(dy, t + 1), state, masks(t), units, ...activation, 0, batch);
      back(dh.at, into(t), true);
    }
    if (dz && !fresh) k.accumulate_into(dz.at, own.at, 0, dz.size);
    initialGradient(k, dh0, dh, dy);
    kernelGradient(k, dkernel, hidden.states, own);
  },
  assigns: [0],
});

/** `simpleRnn` of which nothing is copied out yet. */
export function simpleRnnStates(
  x: TensorLike,
  kernel: TensorLike,
  recurrentKernel: TensorLike,
  bias: TensorLike | null,
  options: SimpleRnnOptions,
): States {
  const given = {
    operation: "simpleRnn",
    gates: 1,
    x,
    kernel,
    recurrentKernel,
    bias,
    options,
    known: recurrentOptions,
  };
  const { z, recurrentKernel: own, mask, factors, activation, steps, state } = prepare(given);
  return statesOf(
    simpleRnnOp([z, own, state("initialState", options.initialState)], { mask, factors, activation }),
    steps,
  );
}
