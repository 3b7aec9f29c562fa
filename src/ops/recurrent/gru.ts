import type { Kernels } from "#kernels/kernels";
import { empty, type Tensor, type TensorLike } from "../../tensor/tensor.js";
import type { Shape } from "../../util/shapes.js";
import { addColumnSums } from "../column-sums.js";
import { accumulateStrided, copyStrided } from "../layout.js";
import { op } from "../op.js";
import { backInEveryStep, type Hidden, hiddenOf } from "./hidden.js";
import { type States, slotOf, statesOf } from "./sequence.js";
import {
  type Activation,
  type GatedOptions,
  inEveryStep,
  initialGradient,
  kernelGradient,
  masksOf,
  type Prepared,
  recurrentOptions,
  stepsOf,
} from "./steps.js";

export interface GruOptions extends GatedOptions {
  /** h before the first step, `[batch, units]`; default: zeros. */
  initialState?: TensorLike | null;
  /** True (default): the reset gate works on the product of the state, as in Keras, PyTorch and cuDNN; false: on the state, as in Cho et al. 2014. */
  resetAfter?: boolean;
}

export const gruKnown = [...recurrentOptions, "recurrentActivation", "resetAfter"];

interface Attributes {
  mask: Tensor | null;
  factors: Tensor | null;
  activation: Activation;
  recurrent: Activation;
}

/** Each step's gates [steps, batch, 3 · units] as the kernel keeps them. */
interface Saved {
  gates: Tensor;
  hidden: Hidden;
}

/** And the products [steps, batch, 3 · units] of the states. */
interface SavedAfter extends Saved {
  products: Tensor;
}

/** And what the reset leaves of the states [steps, batch, units], as the candidate's product takes it. */
interface SavedBefore extends Saved {
  left: Hidden;
}

/** Where one step of each part lies, over states [1 + steps, batch, units]. */
function placesOf(z: Tensor, gates: Tensor, mask: Tensor | null) {
  const [steps, batch, width] = z.shape as [number, number, number];
  const all = { steps, batch, width, units: width / 3 };
  return { ...all, z: stepsOf(z, batch * width), gates: stepsOf(gates, batch * width), masks: masksOf(mask, batch) };
}

/** The product in front of the reset: one in every step, with a bias of its own where there is a fourth input. */
const resetAfterOp = op<
  [z: unknown, recurrentKernel: unknown, h0: unknown, ...recurrentBias: unknown[]],
  Attributes,
  SavedAfter
>("gru", {
  shape: ([[steps, batch], [units]]) => [1 + (steps as number), batch as number, units as number],

  forward(k, y, [z, kernel, h0, bias], { mask, factors, activation, recurrent }) {
    const gates = empty(z.shape, z.dtype);
    const products = empty(z.shape, z.dtype);
    const at = placesOf(z, gates, mask);
    const { steps, batch, width, units } = at;
    const r = stepsOf(products, batch * width);
    const recur = inEveryStep(k, "gemm_nn", y, kernel.at, { m: batch, n: width, k: units });
    k.copy(y.at, h0.at, 0, h0.size);
    const hidden = hiddenOf(k, steps, y, (t) => slotOf(y, t), factors);
    for (let t = 0; t < steps; t++) {
      const [before, after] = [slotOf(y, t), slotOf(y, t + 1)];
      recur(r(t), hidden.take(t), false, (bias as Tensor | undefined)?.at);
      const behind = [at.masks(t), units, ...activation, ...recurrent, 0, batch] as const;
      k.gru_forward(after, at.gates(t), at.z(t), r(t), before, ...behind);
    }
    return { gates, products, hidden };
  },

  backward(k, gradients, dy, { x: [z, kernel], y, attributes, saved: { gates, products, hidden }, fresh: [fresh] }) {
    const [dz, dkernel, dh0] = gradients;
    const dbias = gradients[3] as Tensor | null | undefined;
    const { mask, factors, activation, recurrent } = attributes;
    const own = dz && fresh ? dz : empty(z.shape, z.dtype);
    const dproducts = empty(z.shape, z.dtype);
    const at = placesOf(own, gates, mask);
    const { steps, batch, width, units } = at;
    const [r, dr] = [stepsOf(products, batch * width), stepsOf(dproducts, batch * width)];
    const dh = empty([batch, units], z.dtype);
    k.fill(dh.at, 0, 0, dh.size);
    const back = backInEveryStep(k, kernel, batch, factors);
    for (let t = steps - 1; t >= 0; t--) {
      const read = [slotOf(dy, t + 1), at.gates(t), r(t), slotOf(y, t), at.masks(t)] as const;
      k.gru_backward(at.z(t), dr(t), dh.at, ...read, units, ...activation, ...recurrent, 0, batch);
      back(dh.at, dr(t), true);
    }
    if (dz && !fresh) k.accumulate_into(dz.at, own.at, 0, dz.size);
    initialGradient(k, dh0, dh, dy);
    if (dbias) addColumnSums(k, dbias, dproducts);
    kernelGradient(k, dkernel, hidden.states, dproducts);
  },
  assigns: [0],
});

/** The columns of the recurrent kernel from `first` on, as a matrix of their own. */
function columnsOf(k: Kernels, kernel: Tensor, first: number, count: number): Tensor {
  const [units, width] = kernel.shape as [number, number];
  const columns = empty([units, count], kernel.dtype);
  copyStrided(k, columns, kernel, { shape: columns.shape, x: [width, 1], xStart: first });
  return columns;
}

function zeroed(k: Kernels, shape: Shape, like: Tensor): Tensor {
  const made = empty(shape, like.dtype);
  k.fill(made.at, 0, 0, made.size);
  return made;
}

/** The reset in front of the product: the gates need one product, and the candidate, of the state that is left, one more. */
const resetBeforeOp = op<[z: unknown, recurrentKernel: unknown, h0: unknown], Attributes, SavedBefore>("gru", {
  shape: ([[steps, batch], [units]]) => [1 + (steps as number), batch as number, units as number],

  forward(k, y, [z, kernel, h0], { mask, factors, activation, recurrent }) {
    const gates = empty(z.shape, z.dtype);
    const at = placesOf(z, gates, mask);
    const { steps, batch, units } = at;
    const products = empty([steps, batch, units], z.dtype);
    const m = stepsOf(products, batch * units);
    const left = hiddenOf(k, steps, products, m, factors);
    const [ofGates, ofCandidate] = [columnsOf(k, kernel, 0, 2 * units), columnsOf(k, kernel, 2 * units, units)];
    const [r, s] = [empty([batch, 2 * units], z.dtype), empty([batch, units], z.dtype)];
    const gate = inEveryStep(k, "gemm_nn", y, ofGates.at, { m: batch, n: 2 * units, k: units });
    const candidate = inEveryStep(k, "gemm_nn", y, ofCandidate.at, { m: batch, n: units, k: units });
    k.copy(y.at, h0.at, 0, h0.size);
    const hidden = hiddenOf(k, steps, y, (t) => slotOf(y, t), factors);
    for (let t = 0; t < steps; t++) {
      const [before, after] = [slotOf(y, t), slotOf(y, t + 1)];
      gate(r.at, hidden.take(t), false);
      k.gru_reset_forward(m(t), at.gates(t), at.z(t), r.at, before, units, ...recurrent, 0, batch);
      candidate(s.at, left.take(t), false);
      const behind = [at.masks(t), units, ...activation, 0, batch] as const;
      k.gru_candidate_forward(after, at.gates(t), at.z(t), s.at, before, ...behind);
    }
    return { gates, left, hidden };
  },

  backward(
    k,
    [dz, dkernel, dh0],
    dy,
    { x: [z, kernel], y, attributes, saved: { gates, left, hidden }, fresh: [fresh] },
  ) {
    const { mask, factors, activation, recurrent } = attributes;
    const own = dz && fresh ? dz : empty(z.shape, z.dtype);
    const at = placesOf(own, gates, mask);
    const { steps, batch, units } = at;
    const [dgates, dcandidate] = [
      empty([steps, batch, 2 * units], z.dtype),
      empty([steps, batch, units], z.dtype),
    ] as const;
    const [dr, ds] = [stepsOf(dgates, batch * 2 * units), stepsOf(dcandidate, batch * units)];
    const [ofGates, ofCandidate] = [columnsOf(k, kernel, 0, 2 * units), columnsOf(k, kernel, 2 * units, units)];
    const [dh, dm] = [empty([batch, units], z.dtype), empty([batch, units], z.dtype)];
    k.fill(dh.at, 0, 0, dh.size);
    const throughGates = backInEveryStep(k, ofGates, batch, factors);
    const throughCandidate = backInEveryStep(k, ofCandidate, batch, factors);
    for (let t = steps - 1; t >= 0; t--) {
      const read = [at.gates(t), slotOf(y, t), at.masks(t), units] as const;
      k.gru_candidate_backward(at.z(t), ds(t), dh.at, slotOf(dy, t + 1), ...read, ...activation, 0, batch);
      throughCandidate(dm.at, ds(t), false);
      k.gru_reset_backward(at.z(t), dr(t), dh.at, dm.at, ...read, ...recurrent, 0, batch);
      throughGates(dh.at, dr(t), true);
    }
    if (dz && !fresh) k.accumulate_into(dz.at, own.at, 0, dz.size);
    initialGradient(k, dh0, dh, dy);
    if (!dkernel) return;
    const [first, last] = [zeroed(k, [units, 2 * units], z), zeroed(k, [units, units], z)];
    kernelGradient(k, first, hidden.states, dgates);
    kernelGradient(k, last, left.states, dcandidate);
    accumulateStrided(k, dkernel, first, { shape: first.shape, y: [3 * units, 1] });
    accumulateStrided(k, dkernel, last, { shape: last.shape, y: [3 * units, 1], yStart: 2 * units });
  },
  assigns: [0],
});

/** The states of a GRU of checked arguments; `bias` is the one of the recurrent products, which only the reset behind them can have. */
export function gruStates(
  { z, recurrentKernel, mask, factors, activation, steps, state }: Prepared,
  recurrent: Activation,
  initialState: TensorLike | null | undefined,
  bias: Tensor | null,
  resetAfter: boolean,
): States {
  const attributes = { mask, factors, activation, recurrent };
  const inputs = [z, recurrentKernel, state("initialState", initialState)] as const;
  if (!resetAfter) return statesOf(resetBeforeOp([...inputs], attributes), steps);
  return statesOf(resetAfterOp(bias ? [...inputs, bias] : [...inputs], attributes), steps);
}
