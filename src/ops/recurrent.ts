import { asTensor, type Tensor, type TensorLike } from "../tensor/tensor.js";
import { checkBoolean, checkOptions } from "../util/check.js";
import { ShapeError } from "../util/errors.js";
import { sameShape, showShape } from "../util/shapes.js";
import { type GruOptions, gruKnown, gruStates } from "./recurrent/gru.js";
import { type LstmOptions, lstmStates } from "./recurrent/lstm.js";
import type { States } from "./recurrent/sequence.js";
import { type SimpleRnnOptions, simpleRnnStates } from "./recurrent/simple-rnn.js";
import { prepare, stepActivation } from "./recurrent/steps.js";
import { reshape } from "./shape.js";
import { slice } from "./slice.js";

export type { GruOptions } from "./recurrent/gru.js";
export { type LstmOptions, lstmStates } from "./recurrent/lstm.js";
export type { States } from "./recurrent/sequence.js";
export { type SimpleRnnOptions, simpleRnnStates } from "./recurrent/simple-rnn.js";

/** What a recurrent operation returns: every state, and the last one. */
export interface Recurrence {
  /** `[batch, steps, units]`, in the order in which the steps were taken. */
  sequence: Tensor;
  /** The state behind the last step, `[batch, units]`. */
  h: Tensor;
}

const both = (states: States): Recurrence => ({ sequence: states.sequence(), h: states.last() });

/**
 * A recurrent layer as one operation: hₜ = f(xₜ · kernel + bias + hₜ₋₁ · recurrentKernel), f the activation. Elman 1990. A step whose mask is 0 is
 * padding: hₜ = hₜ₋₁. The gradient goes back through all steps.
 *
 * @param x `[batch, steps, features]`
 * @param kernel `[features, units]`
 * @param recurrentKernel `[units, units]`
 * @param bias `[units]`, or null for none
 * @throws ShapeError for sizes that do not fit, DTypeError, ValueError for an unknown option or activation
 * @example
 * wg.simpleRnn([[[1], [2]]], [[1]], [[0.5]], null, { activation: "linear" }).sequence.toArray(); // [[[1], [2.5]]]
 */
export function simpleRnn(
  x: TensorLike,
  kernel: TensorLike,
  recurrentKernel: TensorLike,
  bias: TensorLike | null,
  options: SimpleRnnOptions = {},
): Recurrence {
  return both(simpleRnnStates(x, kernel, recurrentKernel, bias, options));
}

/**
 * An LSTM layer as one operation. With z = x · kernel + bias + h′ · recurrentKernel in the four parts i, f, g, o (Keras's order), s the recurrent
 * activation, f the other, h′ and c′ the state and the cell before: c = s(z_f) · c′ + s(z_i) · f(z_g), h = s(z_o) · f(c). With `peepholes` p the
 * gates see the cell: z_i + p₀ c′, z_f + p₁ c′, z_o + p₂ c. Hochreiter and Schmidhuber 1997; Gers and Schmidhuber 2000 for the peepholes.
 *
 * @param x `[batch, steps, features]`
 * @param kernel `[features, 4 · units]`
 * @param recurrentKernel `[units, 4 · units]`
 * @param bias `[4 · units]`, or null for none
 * @throws as `simpleRnn`
 * @example
 * const { sequence, h, c } = wg.lstm(wg.zeros([2, 3, 4]), wg.zeros([4, 20]), wg.zeros([5, 20]), null);
 * [sequence.shape, h.shape, c.shape]; // [[2, 3, 5], [2, 5], [2, 5]]
 */
export function lstm(
  x: TensorLike,
  kernel: TensorLike,
  recurrentKernel: TensorLike,
  bias: TensorLike | null,
  options: LstmOptions = {},
): Recurrence & {
  /** The cell behind the last step, `[batch, units]`. */
  c: Tensor;
} {
  const states = lstmStates(x, kernel, recurrentKernel, bias, options);
  return { ...both(states), c: states.cell() };
}

/**
 * A GRU layer as one operation. With x₀, x₁, x₂ the parts of x · kernel + bias, r₀, r₁, r₂ those of h′ · recurrentKernel + its own bias, s the
 * recurrent activation and f the other: z = s(x₀ + r₀), r = s(x₁ + r₁) (Keras's order), g = f(x₂ + r · r₂), h = z · h′ + (1 − z) · g. With
 * `resetAfter: false` r₂ is the product of r · h′, and the products of the state have no bias. Cho et al. 2014.
 *
 * @param x `[batch, steps, features]`
 * @param kernel `[features, 3 · units]`
 * @param recurrentKernel `[units, 3 · units]`
 * @param bias `[2, 3 · units]`, that of the inputs and that of the state; `[3 · units]` for the first alone; or null for none
 * @throws as `simpleRnn`
 * @example
 * wg.gru(wg.zeros([2, 3, 4]), wg.zeros([4, 15]), wg.zeros([5, 15]), null).sequence.shape; // [2, 3, 5]
 */
export function gru(
  x: TensorLike,
  kernel: TensorLike,
  recurrentKernel: TensorLike,
  bias: TensorLike | null,
  options: GruOptions = {},
): Recurrence {
  return both(gruStatesOf(x, kernel, recurrentKernel, bias, options));
}

/** `gru` of which nothing is copied out yet. */
export function gruStatesOf(
  x: TensorLike,
  kernel: TensorLike,
  recurrentKernel: TensorLike,
  bias: TensorLike | null,
  options: GruOptions,
): States {
  const operation = "gru";
  checkOptions(operation, options, gruKnown);
  const { resetAfter = true, recurrentActivation = "sigmoid", initialState } = options;
  checkBoolean(operation, "resetAfter", resetAfter);
  const t = asTensor(x, undefined, operation, "x");
  const [ofInputs, ofState] = biasesOf(bias, t, resetAfter);
  const given = { operation, gates: 3, x: t, kernel, recurrentKernel, bias: ofInputs, options, known: gruKnown };
  const prepared = prepare(given);
  const recurrent = stepActivation(operation, "recurrentActivation", recurrentActivation);
  return gruStates(prepared, recurrent, initialState, ofState, resetAfter);
}

/** The bias of the inputs and that of the state. */
function biasesOf(bias: TensorLike | null, x: Tensor, resetAfter: boolean): readonly [Tensor | null, Tensor | null] {
  if (bias === null) return [null, null];
  const t = asTensor(bias, x.dtype, "gru", "bias");
  if (t.rank !== 2) return [t, null];
  const width = t.shape[1] as number;
  if (!resetAfter || !sameShape(t.shape, [2, width])) {
    throw new ShapeError(
      `gru: bias expected ${resetAfter ? "[2, 3 · units] or " : ""}[3 · units]${resetAfter ? "" : " without resetAfter"}, got ${showShape(t.shape)}`,
    );
  }
  const row = (i: number) => reshape(slice(t, i, 1), [width]);
  return [row(0), row(1)];
}
