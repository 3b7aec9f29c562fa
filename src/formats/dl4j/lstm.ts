import { activation as activationLayer } from "../../nn/layers/activation.js";
import { dense } from "../../nn/layers/dense.js";
import { add, concatenate, multiply } from "../../nn/layers/merge.js";
import { operationLayer, weightName } from "../../nn/layers/operation-layer.js";
import { lstm as lstmLayer } from "../../nn/layers/recurrent.js";
import { reshape } from "../../nn/layers/reshape.js";
import { mul } from "../../nn/operations/arithmetic.js";
import { reverse, split, stridedSlice } from "../../nn/operations/parts.js";
import type { Regularizer } from "../../nn/regularizers.js";
import type { HostArray } from "../../util/host-array.js";
import type { Builder } from "../graph/builder.js";
import type { Flow, Known } from "../graph/values.js";
import { type Activation, isOfSteps } from "./config.js";

/** An LSTM with its parameters in our order: input, forget, candidate, output. */
export interface Lstm {
  readonly units: number;
  readonly kernel: Known["array"];
  readonly recurrentKernel: Known["array"];
  readonly bias: HostArray;
  /** `[3, units]`: of the input, the forget and the output gate. */
  readonly peepholes?: HostArray;
  readonly activation: Activation;
  readonly gate: Activation;
  readonly goBackwards: boolean;
  readonly options: { readonly kernelRegularizer?: Regularizer; readonly recurrentRegularizer?: Regularizer };
}

/** Every state, in the order of the input. */
export function lstm(builder: Builder, x: Flow, cell: Lstm): Flow {
  const states = sequence(builder, x, cell);
  return cell.goBackwards ? (builder.one(reverse, [states], { axis: [1] }) as Flow) : states;
}

function sequence(builder: Builder, x: Flow, cell: Lstm): Flow {
  const { units, kernel, recurrentKernel, bias, peepholes, activation, gate, goBackwards, options } = cell;
  if (!isOfSteps(activation) || !isOfSteps(gate)) return unrolled(builder, x, cell);
  const names = { activation: activation.name, recurrentActivation: gate.name };
  const layer = lstmLayer({
    ...options,
    ...names,
    units,
    goBackwards,
    returnSequences: true,
    peepholes: peepholes !== undefined,
  });
  return builder.through(layer, x, { kernel, recurrentKernel, bias, ...(peepholes ? { peepholes } : {}) });
}

/** Step by step, for activations that the kernels of recurrent layers do not have. */
function unrolled(builder: Builder, x: Flow, cell: Lstm): Flow {
  const { units, kernel, recurrentKernel, bias, peepholes, goBackwards, options } = cell;
  const steps = x.dims[1] as number;
  const { kernelRegularizer, recurrentRegularizer } = options;
  const ofInput = builder.through(dense({ units: 4 * units, kernelRegularizer }), x, { kernel, bias });
  const recurrent = dense({ units: 4 * units, useBias: false, kernelRegularizer: recurrentRegularizer });
  const recur = sharedOf(builder, recurrent, { kernel: recurrentKernel });
  const peep = [0, 1, 2].map((gate) => {
    if (!peepholes) return undefined;
    const operands = [{ kind: "input" }, { kind: "weight", shape: [units], trainable: true }] as const;
    const row = peepholes.data.slice(gate * units, (gate + 1) * units);
    const layer = operationLayer(mul, {}, operands);
    return sharedOf(builder, layer, { [weightName(1)]: { data: row, shape: [units] } });
  });
  const sum = (a: Flow, b: Flow): Flow => ({ ...a, x: builder.layer(add(), [a, b]) });
  const times = (a: Flow, b: Flow): Flow => ({ ...a, x: builder.layer(multiply(), [a, b]) });
  const seen = (z: Flow, gate: number, c: Flow | undefined) => {
    const through = peep[gate];
    return through && c ? sum(z, through(c)) : z;
  };
  const [f, s] = [applied(builder, cell.activation), applied(builder, cell.gate)];
  let [h, c]: (Flow | undefined)[] = [];
  const states: Flow[] = [];
  for (let i = 0; i < steps; i++) {
    const t = goBackwards ? steps - 1 - i : i;
    const range = { begin: [null, t, null], end: [null, t + 1, null], strides: [1, 1, 1] };
    const step = builder.one(stridedSlice, [ofInput], range) as Flow;
    const row = builder.through(reshape({ targetShape: [4 * units] }), step);
    const whole = h ? sum(row, recur(h)) : row;
    const parts = builder.operate(split, [whole], { sizes: [units, units, units, units], axis: 1 });
    const [zi, zf, zg, zo] = parts as [Flow, Flow, Flow, Flow];
    const taken = times(s(seen(zi, 0, c)), f(zg));
    const next: Flow = c ? sum(times(s(seen(zf, 1, c)), c), taken) : taken;
    h = times(s(seen(zo, 2, next)), f(next));
    c = next;
    states.push(builder.through(reshape({ targetShape: [1, units] }), h));
  }
  const [first, ...others] = states as [Flow, ...Flow[]];
  if (others.length === 0) return first;
  const joined = builder.layer(concatenate({ axis: 1 }), states);
  return { ...first, x: joined, dims: [-1, steps, units] };
}

/** A layer that is applied many times, with one set of weights. */
function sharedOf(builder: Builder, layer: ReturnType<typeof dense>, weights: Readonly<Record<string, HostArray>>) {
  let given = weights;
  return (x: Flow): Flow => {
    const made = builder.through(layer, x, given);
    given = {};
    return made;
  };
}

/** An activation by itself. */
export const applied =
  (builder: Builder, { name, behind }: Activation) =>
  (x: Flow): Flow => {
    const made = name === "linear" ? x : builder.through(activationLayer({ activation: name }), x);
    return behind ? behind(builder, made) : made;
  };
