import { memory } from "../backend/engine.js";
import type { BaseModel } from "../model/base.js";
import { blocksOf } from "../model/blocks.js";
import type { Position } from "../model/model.js";
import { partsOf } from "../optim/optimizer.js";
import type { TypedArray } from "../util/dtypes.js";
import type { Config } from "../util/named.js";

/** All that training changes in a model. */
export interface State {
  readonly weights: Float32Array | Float64Array;
  /** What the optimizer keeps, by name. */
  readonly slots: Readonly<Record<string, TypedArray>>;
  readonly solverState: unknown;
  /** What layers carry from batch to batch. */
  readonly carried: readonly TypedArray[];
  readonly position: Position;
  readonly trainingRows: number | undefined;
}

export function stateOf(model: BaseModel): State {
  const { parameters, compiled, dtype, position } = model;
  const blocks = blocksOf(parameters);
  const { solverState } = blocks;
  const slots = compiled && position.step > 0 ? compiled.slots(solverState) : [];
  const read = (at: number, size: number) => memory().view(at, size, dtype).slice();
  return {
    weights: blocks.snapshot(),
    slots: Object.fromEntries(slots.map((name) => [name, read(blocks.slotAt(name), parameters.trainedSize)])),
    solverState,
    carried: parameters.states.map(({ variable: { at, size } }) => read(at, size)),
    position: { ...position },
    trainingRows: model.trainingRows,
  };
}

export function putState(model: BaseModel, state: State): void {
  const { parameters, dtype } = model;
  const write = (at: number, values: TypedArray) => memory().view(at, values.length, dtype).set(values);
  const blocks = blocksOf(parameters);
  blocks.restore(state.weights as Float32Array);
  blocks.solverState = state.solverState;
  for (const [name, values] of Object.entries(state.slots)) write(blocks.slotAt(name), values);
  for (const [i, values] of state.carried.entries()) write(parameters.states[i]?.variable.at as number, values);
  Object.assign(model.position, state.position);
  model.trainingRows = state.trainingRows;
}

/** What callbacks and users turn while a model trains: it goes from the page to the worker alone. */
export interface Settings {
  /** Of the optimizer and its groups, as they are saved. */
  readonly rates: readonly unknown[];
  /** Of each layer. */
  readonly trainable: readonly boolean[];
}

export function settingsOf({ compiled, layers }: BaseModel): Settings {
  return {
    rates: compiled ? partsOf(compiled.optimizer).map(rateOf) : [],
    trainable: layers.map(({ trainable }) => trainable),
  };
}

export function putSettings({ compiled, layers }: BaseModel, { rates, trainable }: Settings): void {
  const parts = compiled ? partsOf(compiled.optimizer) : [];
  for (const [i, part] of parts.entries()) {
    // A schedule takes its saved form too; one that is the same stays.
    if (JSON.stringify(rates[i]) !== JSON.stringify(rateOf(part))) part.learningRate = rates[i] as number;
  }
  for (const [i, layer] of layers.entries()) {
    if (layer.trainable !== trainable[i]) layer.trainable = trainable[i] as boolean;
  }
}

/** As plain data: a saved schedule may have getters. */
const rateOf = ({ config }: { readonly config: Config }): unknown => JSON.parse(JSON.stringify(config.learningRate));
