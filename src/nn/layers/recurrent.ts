import { memory } from "../../backend/engine.js";
import { type ActivationName, activationNames } from "../../ops/activation.js";
import { mul } from "../../ops/arithmetic.js";
import { dropoutAt } from "../../ops/dropout.js";
import { stepActivation } from "../../ops/recurrent/steps.js";
import { gruStatesOf, lstmStates, type States, simpleRnnStates } from "../../ops/recurrent.js";
import { expandDims } from "../../ops/shape.js";
import { stream } from "../../tensor/random.js";
import { filled, type Tensor } from "../../tensor/tensor.js";
import { checkBoolean, checkNumber, checkOptions } from "../../util/check.js";
import { sizeOf } from "../../util/dtypes.js";
import { ShapeError } from "../../util/errors.js";
import { canonicalName, named, savedAs } from "../../util/named.js";
import { type Shape, sameShape, showShape } from "../../util/shapes.js";
import {
  type ConstraintLike,
  type InitializerLike,
  initializerFrom,
  type RegularizerLike,
  regularizerFrom,
} from "../by-name.js";
import type { Initializer } from "../initializers.js";
import {
  type CallContext,
  type Joint,
  type Layer,
  type LayerOptions,
  layerOptions,
  type WeightSpec,
  type Weights,
} from "../layer.js";
import type { SymbolicTensor } from "../symbolic.js";
import { checkAxes, commonOf, firstShape, firstTensor } from "./common.js";
import { type KernelOptions, kernelOptions, kernelPart } from "./kernel-options.js";

export interface SimpleRNNOptions extends LayerOptions, KernelOptions {
  /** Size of the state. */
  units: number;
  /** Default: `"tanh"`. It is one whose slope follows from its result, so not gelu, silu or softmax. */
  activation?: string;
  /** Default: true. */
  useBias?: boolean;
  /** True: every state, `[batch, steps, units]`; false (default): the last one, `[batch, units]`. */
  returnSequences?: boolean;
  /**
   * True: several outputs, the states behind the last step `[batch, units]` after what it puts out otherwise: `[y, h]`, of an LSTM `[y, h, c]`.
   * Default: false.
   */
  returnState?: boolean;
  /** True: from the last step to the first, and the sequence in that order. Default: false. */
  goBackwards?: boolean;
  /**
   * True: the states behind the last step of a batch are those before the first step of the next one, row for row, in `fit`, `evaluate` and
   * `predict` alike; the gradient stays within a batch. It needs a batch size that does not change, `wg.input({ shape, batchSize })`, and rows
   * in order, `fit(…, { shuffle: false })`; `resetStates()` of the layer or the model begins anew. Default: false.
   */
  stateful?: boolean;
  /** Default: `"orthogonal"`. */
  recurrentInitializer?: InitializerLike;
  /** Default: that of `compile`, else none. */
  recurrentRegularizer?: RegularizerLike;
  /** Holds of the recurrent kernel after each update. Default: none. */
  recurrentConstraint?: ConstraintLike;
  /** Default: `"zeros"`. */
  biasInitializer?: InitializerLike;
  /** Default: that of `compile`, else none. */
  biasRegularizer?: RegularizerLike;
  /** In training, the share of the inputs' features that each sequence loses, the same ones at every step. Default: 0. */
  dropout?: number;
  /** In training, the share of the state that each sequence's recurrent products lose, the same at every step. Default: 0. */
  recurrentDropout?: number;
}

export interface LSTMOptions extends SimpleRNNOptions {
  /** Of the gates. Default: `"sigmoid"`. */
  recurrentActivation?: string;
  /** True (default): the bias of the forget gate begins as 1, so that the cell keeps what it has. Jozefowicz et al. 2015. */
  unitForgetBias?: boolean;
  /** True: the gates see the cell, through a weight more, peepholes `[3, units]`, that begins as 0. Gers and Schmidhuber 2000. Default: false. */
  peepholes?: boolean;
}

export interface GRUOptions extends SimpleRNNOptions {
  /** Of the gates. Default: `"sigmoid"`. */
  recurrentActivation?: string;
  /** True (default): the reset gate works on the product of the state, which has a bias of its own; false: on the state. See `wg.gru`. */
  resetAfter?: boolean;
}

const options = [
  "units",
  "activation",
  "useBias",
  "returnSequences",
  "returnState",
  "goBackwards",
  "stateful",
  "recurrentInitializer",
  "recurrentRegularizer",
  "recurrentConstraint",
  "biasInitializer",
  "biasRegularizer",
  "dropout",
  "recurrentDropout",
  ...kernelOptions,
  ...layerOptions,
];

/** What a layer tells its operation in a call. */
interface How {
  activation: ActivationName;
  goBackwards: boolean;
  recurrentDropoutMask: Tensor | null;
  mask: Tensor | null;
}

/** @param initial the states before the first step, or none for zeros */
type Steps = (x: Tensor, weights: Weights, how: How, initial: readonly Tensor[]) => States;

/** What the kinds differ in. */
interface Cell {
  kind: string;
  gates: number;
  config: SimpleRNNOptions;
  /** Options of its own, as they are saved. */
  saved?: Record<string, unknown>;
  biasShape?: (units: number) => number[];
  /** What the bias begins as, beside its initializer. */
  startBias?: (initializer: Initializer, units: number) => Initializer;
  /** Weights behind those that every kind has. */
  more?: (units: number) => WeightSpec[];
  run: Steps;
}

/** An activation of a step in any of Keras's spellings. @throws ValueError */
function stepName(kind: string, argument: string, name: unknown): ActivationName {
  const known = canonicalName(name, activationNames) as ActivationName;
  stepActivation(kind, argument, known);
  return known;
}

/** What the features of each sequence are multiplied by at every step: 0 for the share that is dropped. */
function kept(like: Tensor, features: number, rate: number, key: string, { stepCell, seed }: CallContext): Tensor {
  const ones = filled([like.shape[0] as number, features], 1, like.dtype);
  return dropoutAt(ones, rate, stream(key, seed), stepCell);
}

/** Each sequence without the same features at every step. */
function dropped(x: Tensor, rate: number, name: string, context: CallContext): Tensor {
  return mul(x, expandDims(kept(x, x.shape[2] as number, rate, `dropout/${name}`, context), 1));
}

/** What the states of a kind are called, in the order in which they come in and go out. */
export const stateNames = (kind: string): readonly string[] => (kind === "lstm" ? ["h", "c"] : ["h"]);

/** @throws ShapeError where a batch has other rows than the states that are carried from batch to batch */
function checkRows(kind: string, name: string, { shape: [rows] }: Tensor, [state]: readonly Tensor[]): void {
  if (!state || state.shape[0] === rows) return;
  throw new ShapeError(
    `${kind} "${name}": stateful expected batches of ${state.shape[0]} rows, got ${rows}; for others make a model of another batchSize and give it the weights with setWeights`,
  );
}

/** @throws ShapeError where the inputs behind x are not the states before the first step */
function checkInitial(kind: string, name: string, initial: readonly Shape[], units: number): void {
  const states = stateNames(kind);
  const fits = initial.length === states.length && initial.every((shape) => sameShape(shape, [units]));
  if (fits || initial.length === 0) return;
  throw new ShapeError(
    `${kind} "${name}": apply expected x, or [x, ${states.join(", ")}] with states [batch, ${units}], got states ${initial.map((shape) => showShape([null, ...shape])).join(" and ")}; give those that a layer with returnState puts out`,
  );
}

/** What `apply` makes of it depends on `returnState`: the factories say. */
function recurrent({ kind, gates, config, saved = {}, run, ...bias }: Cell): Layer<never> {
  const units = checkNumber(kind, "units", config.units, { min: 1, whole: true });
  const activation = stepName(kind, "activation", config.activation ?? "tanh");
  const useBias = checkBoolean(kind, "useBias", config.useBias ?? true);
  const returnSequences = checkBoolean(kind, "returnSequences", config.returnSequences ?? false);
  const returnState = checkBoolean(kind, "returnState", config.returnState ?? false);
  const goBackwards = checkBoolean(kind, "goBackwards", config.goBackwards ?? false);
  const stateful = checkBoolean(kind, "stateful", config.stateful ?? false);
  const rate = checkNumber(kind, "dropout", config.dropout ?? 0, { min: 0, below: 1 });
  const recurrentRate = checkNumber(kind, "recurrentDropout", config.recurrentDropout ?? 0, { min: 0, below: 1 });
  const kernel = kernelPart(kind, config);
  const recurrentInitializer = config.recurrentInitializer ?? "orthogonal";
  const own = kernelPart(kind, { ...config, recurrentInitializer }, "recurrent", "recurrentKernel");
  const biasInitializer = initializerFrom(`${kind}: biasInitializer`, config.biasInitializer ?? "zeros");
  const biasRegularizer = regularizerFrom(`${kind}: biasRegularizer`, config.biasRegularizer);
  const common = commonOf<never>(kind, config);
  const { biasShape = (n: number) => [gates * n], startBias = (initializer: Initializer) => initializer } = bias;
  const { more = () => [] } = bias;
  const weights = ([, features]: Shape): WeightSpec[] => [
    kernel.weight([features as number, gates * units]),
    own.weight([units, gates * units]),
    ...(useBias
      ? [
          {
            name: "bias",
            shape: biasShape(units),
            initializer: startBias(biasInitializer, units),
            trainable: true,
            ...(biasRegularizer ? { regularizer: biasRegularizer } : {}),
          },
        ]
      : []),
    ...more(units),
  ];
  const joint: Joint = {
    outputShape([x, ...initial], name) {
      const input = x as Shape;
      checkAxes(kind, name, input, "[batch, steps, features]");
      checkInitial(kind, name, initial, units);
      const y = returnSequences ? [input[0] as number, units] : [units];
      return returnState ? [y, ...stateNames(kind).map(() => [units])] : y;
    },
    weights: ([x]) => weights(x as Shape),
    call([x, ...initial], own, context, name) {
      const given = x as Tensor;
      const mask = context.masks?.[0] ?? null;
      const drops = (share: number) => share > 0 && context.training;
      const input = drops(rate) ? dropped(given, rate, name, context) : given;
      const key = `recurrentDropout/${name}`;
      const recurrentDropoutMask = drops(recurrentRate) ? kept(given, units, recurrentRate, key, context) : null;
      const { states: carried = [] } = context;
      checkRows(kind, name, given, carried);
      const begin = initial.length > 0 ? initial : carried;
      const states = run(input, own, { activation, goBackwards, recurrentDropoutMask, mask }, begin);
      const y = returnSequences ? states.sequence() : states.last();
      if (!returnState && carried.length === 0) return y;
      const behind = [states.last(), ...(stateNames(kind).length > 1 ? [states.cell()] : [])];
      for (const [i, state] of carried.entries()) state.assign(behind[i] as Tensor);
      return returnState ? [y, ...behind] : y;
    },
  };
  return {
    kind,
    ...common,
    config: {
      ...common.config,
      units,
      activation,
      useBias,
      returnSequences,
      returnState,
      goBackwards,
      stateful,
      dropout: rate,
      recurrentDropout: recurrentRate,
      ...saved,
      ...kernel.config,
      ...own.config,
      biasInitializer: savedAs(biasInitializer),
      ...(biasRegularizer ? { biasRegularizer: savedAs(biasRegularizer) } : {}),
    },
    outputShape: (input, name) => firstShape(joint.outputShape([input], name)),
    weights,
    ...(returnSequences ? { mask: "kept" as const } : {}),
    call: (x, own, context, name) => firstTensor(joint.call([x], own, context, name)),
    joint,
    ...(stateful
      ? { states: (rows: number) => stateNames(kind).map((state) => ({ name: state, shape: [rows, units] })) }
      : {}),
  };
}

const weightsIn = ({ kernel, recurrentKernel, bias }: Weights) =>
  [kernel as Tensor, recurrentKernel as Tensor, bias ?? null] as const;

/**
 * hₜ = activation(xₜ · kernel + hₜ₋₁ · recurrentKernel + bias) over the steps of x `[batch, steps, features]`, from zeros, or from
 * h where it is applied to `[x, h]`. Elman 1990.
 *
 * @throws ValueError for an unknown or impossible option, ShapeError at `compile` where the input has other axes
 * @example
 * wg.layers.simpleRNN({ units: 4, returnSequences: true }).outputShape([10, 3], "rnn"); // [10, 4]
 * // Two long sequences, five steps at a time.
 * const layer = wg.layers.simpleRNN({ units: 1, activation: "linear", kernelInitializer: "ones", recurrentInitializer: "ones",
 *   stateful: true, inputShape: [5, 1], batchSize: 2 });
 * const model = wg.sequential([layer]);
 * [model.predict(wg.ones([2, 5, 1])).toArray(), model.predict(wg.ones([2, 5, 1])).toArray()]; // [[[5], [5]], [[10], [10]]]
 * model.resetStates();
 * model.predict(wg.ones([2, 5, 1])).toArray(); // [[5], [5]]
 */
export function simpleRNN(
  config: SimpleRNNOptions & { returnState: true },
): Layer<[y: SymbolicTensor, h: SymbolicTensor]>;
export function simpleRNN(config: SimpleRNNOptions): Layer;
export function simpleRNN(config: SimpleRNNOptions): Layer<never> {
  const kind = "simpleRNN";
  checkOptions(kind, config, options, true);
  const run: Steps = (x, weights, how, [h = null]) =>
    simpleRnnStates(x, ...weightsIn(weights), { ...how, initialState: h });
  return recurrent({ kind, gates: 1, config, run });
}

/**
 * An LSTM over the steps of x `[batch, steps, features]`, from zeros, or from h and c where it is applied to `[x, h, c]`; see `wg.lstm` for the formulas. Weights: kernel `[features, 4 · units]`,
 * recurrentKernel `[units, 4 · units]`, bias `[4 · units]`, their parts in Keras's order: input, forget, candidate, output; with `peepholes` one
 * `[3, units]` more, of the input, the forget and the output gate. Hochreiter and Schmidhuber 1997.
 *
 * @throws ValueError for an unknown or impossible option, ShapeError at `compile` where the input has other axes
 * @example
 * wg.layers.lstm({ units: 4 }).outputShape([10, 3], "lstm"); // [4]
 * // A decoder goes on from where the encoder ends.
 * const [source, target] = [wg.input({ shape: [7, 3] }), wg.input({ shape: [5, 2] })];
 * const [, h, c] = wg.layers.lstm({ units: 4, returnState: true }).apply(source);
 * const decoded = wg.layers.lstm({ units: 4, returnSequences: true }).apply([target, h, c]);
 * wg.model({ inputs: [source, target], outputs: decoded }).outputShape; // [5, 4]
 */
export function lstm(
  config: LSTMOptions & { returnState: true },
): Layer<[y: SymbolicTensor, h: SymbolicTensor, c: SymbolicTensor]>;
export function lstm(config: LSTMOptions): Layer;
export function lstm(config: LSTMOptions): Layer<never> {
  const kind = "lstm";
  checkOptions(kind, config, ["recurrentActivation", "unitForgetBias", "peepholes", ...options], true);
  const recurrentActivation = stepName(kind, "recurrentActivation", config.recurrentActivation ?? "sigmoid");
  const unitForgetBias = checkBoolean(kind, "unitForgetBias", config.unitForgetBias ?? true);
  const peepholes = checkBoolean(kind, "peepholes", config.peepholes ?? false);
  return recurrent({
    kind,
    gates: 4,
    config,
    saved: { recurrentActivation, unitForgetBias, ...(peepholes ? { peepholes } : {}) },
    ...(unitForgetBias ? { startBias: remembering } : {}),
    ...(peepholes ? { more: blind } : {}),
    run: (x, weights, how, [h, c]) =>
      lstmStates(x, ...weightsIn(weights), {
        ...how,
        recurrentActivation,
        peepholes: weights.peepholes ?? null,
        initialState: h && c ? [h, c] : null,
      }),
  });
}

/** Peepholes that begin as an LSTM without them. */
const blind = (units: number): WeightSpec[] => [
  { name: "peepholes", shape: [3, units], initializer: initializerFrom("lstm", "zeros"), trainable: true },
];

/** The same with 1 in the part of the forget gate. */
function remembering(initializer: Initializer, units: number): Initializer {
  return named("unitForgetBias", {}, (target, stream) => {
    initializer(target, stream);
    memory()
      .view(target.at + units * sizeOf(target.dtype), units, target.dtype)
      .fill(1);
  });
}

/**
 * A GRU over the steps of x `[batch, steps, features]`, from zeros, or from h where it is applied to `[x, h]`; see `wg.gru` for the formulas. Weights: kernel `[features, 3 · units]`,
 * recurrentKernel `[units, 3 · units]`, bias `[2, 3 · units]` (without `resetAfter` `[3 · units]`), their parts in Keras's order: update, reset,
 * candidate. Cho et al. 2014.
 *
 * @throws ValueError for an unknown or impossible option, ShapeError at `compile` where the input has other axes
 * @example
 * wg.layers.gru({ units: 4 }).outputShape([10, 3], "gru"); // [4]
 */
export function gru(config: GRUOptions & { returnState: true }): Layer<[y: SymbolicTensor, h: SymbolicTensor]>;
export function gru(config: GRUOptions): Layer;
export function gru(config: GRUOptions): Layer<never> {
  const kind = "gru";
  checkOptions(kind, config, ["recurrentActivation", "resetAfter", ...options], true);
  const recurrentActivation = stepName(kind, "recurrentActivation", config.recurrentActivation ?? "sigmoid");
  const resetAfter = checkBoolean(kind, "resetAfter", config.resetAfter ?? true);
  return recurrent({
    kind,
    gates: 3,
    config,
    saved: { recurrentActivation, resetAfter },
    biasShape: (units) => (resetAfter ? [2, 3 * units] : [3 * units]),
    run: (x, weights, how, [h = null]) =>
      gruStatesOf(x, ...weightsIn(weights), { ...how, recurrentActivation, resetAfter, initialState: h }),
  });
}
