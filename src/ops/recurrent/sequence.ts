import { asTensor, type Tensor, type TensorLike } from "../../tensor/tensor.js";
import { sizeOf } from "../../util/dtypes.js";
import { ShapeError } from "../../util/errors.js";
import { sameShape, showShape } from "../../util/shapes.js";
import { notEqual } from "../compare.js";
import { accumulateStrided, copyStrided, type Layout } from "../layout.js";
import { op } from "../op.js";

/** y [steps, batch, …] from x [batch, steps, …], so that a step lies in one piece; its last step first where it is `reversed`. */
const byStepsOp = op<[x: unknown], { reversed: boolean }>("recurrent", {
  shape: ([[batch, steps, ...rest]]) => [steps as number, batch as number, ...rest],
  forward: (k, y, [x], { reversed }) => copyStrided(k, y, x, layoutOf(x, reversed)),
  backward: (k, [dx], dy, { attributes: { reversed } }) => {
    if (!dx) return;
    const { shape, x, xStart = 0 } = layoutOf(dx, reversed);
    accumulateStrided(k, dx, dy, { shape, ...(x ? { y: x } : {}), yStart: xStart });
  },
});

/** A walk in the order of the steps over what lies batch by batch. */
function layoutOf({ shape, size }: Tensor, reversed: boolean): Layout {
  const [batch, steps] = shape as [number, number];
  const width = size === 0 ? 0 : size / (batch * steps);
  const step = reversed ? -width : width;
  return { shape: [steps, batch, width], x: [step, steps * width, 1], xStart: reversed ? (steps - 1) * width : 0 };
}

export function bySteps(x: Tensor, reversed: boolean): Tensor {
  return byStepsOp([x], { reversed });
}

/** The mask [batch, steps] as a byte for each row of each step; null for none. @throws ShapeError */
export function maskBySteps(
  operation: string,
  mask: TensorLike | null | undefined,
  x: Tensor,
  reversed: boolean,
): Tensor | null {
  if (mask === null || mask === undefined) return null;
  const t = asTensor(mask, undefined, operation, "mask");
  const wanted = x.shape.slice(0, 2);
  if (!sameShape(t.shape, wanted)) {
    throw new ShapeError(
      `${operation}: mask expected [batch, steps] ${showShape(wanted)} as x ${showShape(x.shape)}, got ${showShape(t.shape)}`,
    );
  }
  return bySteps(t.dtype === "bool" || t.dtype === "uint8" ? t : notEqual(t, 0), reversed);
}

/** The sequence [batch, steps, units] from states [slots, batch, units] of which the first is the initial one. */
const sequenceOp = op<[states: unknown], { steps: number }>("recurrent", {
  shape: ([[, batch, units]], { steps }) => [batch as number, steps, units as number],
  forward: (k, y, [states], { steps }) => {
    const { shape, own, start } = sequenceLayout(states, steps);
    copyStrided(k, y, states, { shape, y: own, xStart: start });
  },
  backward: (k, [dstates], dy, { attributes: { steps } }) => {
    if (!dstates) return;
    const { shape, own, start } = sequenceLayout(dstates, steps);
    accumulateStrided(k, dstates, dy, { shape, yStart: start, x: own });
  },
});

/** A walk over the states in their order: its shape, the strides of the sequence, and where the first state behind the initial one lies. */
function sequenceLayout({ shape }: Tensor, steps: number) {
  const [, batch, units] = shape as [number, number, number];
  return { shape: [steps, batch, units], own: [units, steps * units, 1], start: batch * units };
}

/** One slot [batch, units] of states [slots, batch, units]. */
const slotOp = op<[states: unknown], { slot: number }>("recurrent", {
  shape: ([[, batch, units]]) => [batch as number, units as number],
  forward: (k, y, [states], { slot }) => k.copy(y.at, slotOf(states, slot), 0, y.size),
  backward: (k, [dstates], dy, { attributes: { slot } }) =>
    dstates && k.accumulate_into(slotOf(dstates, slot), dy.at, 0, dy.size),
});

/** The address of one slot. */
export function slotOf(states: Tensor, slot: number): number {
  const [, batch, units] = states.shape as [number, number, number];
  return states.at + slot * batch * units * sizeOf(states.dtype);
}

/** What a recurrent operation has gone through: each part is copied out when it is asked for. */
export interface States {
  /** [batch, steps, units], in the order in which the steps were taken. */
  sequence(): Tensor;
  /** The state [batch, units] behind the last step. */
  last(): Tensor;
  /** Of an LSTM, its cell [batch, units] behind the last step. */
  cell(): Tensor;
}

/** @param states [1 + steps, batch, units], the initial state first; of an LSTM with the last cell behind them */
export function statesOf(states: Tensor, steps: number): States {
  return {
    sequence: () => sequenceOp([states], { steps }),
    last: () => slotOp([states], { slot: steps }),
    cell: () => slotOp([states], { slot: steps + 1 }),
  };
}
