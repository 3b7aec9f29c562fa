import { memory } from "../backend/engine.js";
import type { Constraint } from "../nn/constraints.js";
import type { StateSpec, WeightSpec } from "../nn/layer.js";
import type { Regularizer } from "../nn/regularizers.js";
import { stream } from "../tensor/random.js";
import { Storage } from "../tensor/storage.js";
import { Variable } from "../tensor/variable.js";
import { type FloatDType, sizeOf } from "../util/dtypes.js";
import { type Shape, sizeOfShape } from "../util/shapes.js";

/** A weight that a layer of a model asked for. */
export interface ParameterSpec {
  /** `layer/weight`. */
  readonly name: string;
  readonly spec: WeightSpec;
  /** What it is where another model has made it. */
  readonly shared?: Variable | undefined;
  /** Asked again at each use: a layer may be frozen later. */
  trainable(): boolean;
}

/** Something that a layer of a model carries from batch to batch. */
export interface StateParameter {
  /** `layer/state`. */
  readonly name: string;
  readonly spec: StateSpec;
  /** What it is where another model has made it. */
  readonly shared: Variable | undefined;
}

/** A variable, and its first element in the flat block. */
export interface Placed {
  readonly name: string;
  readonly variable: Variable;
  readonly offset: number;
}

/** One weight, where it lies and what belongs to it. */
export interface Parameter {
  /** `layer/weight` in this model; a variable that it shares has the name that it got where it was made. */
  readonly name: string;
  readonly variable: Variable;
  /** The layer's own. */
  readonly regularizer: Regularizer | undefined;
  readonly constraint: Constraint | undefined;
  /** Its first element in the flat block; of a shared one, that of its gradient and moments alone. */
  readonly offset: number;
  trainable(): boolean;
}

/** Each weight begins on a 64-byte line; what lies between stays 0 and changes no sum. */
export const ALIGNED_ITEMS = 16;

/**
 * All weights of a model in one block. So its values are one range, and what training keeps of them (blocks.ts) lies as they do:
 *
 * ```
 * values     | dense/kernel | dense/bias | … trained | batch_normalization/movingMean … kept | lstm/h … states |
 * ```
 *
 * States are what layers carry from batch to batch: no weights, but a step moves them as it moves what is kept.
 *
 * A weight of a layer that another model has built stays in that model's block, and is the same weight in both: its place here stays empty.
 */
export class Parameters {
  readonly list: readonly Parameter[];
  readonly states: readonly Placed[];
  /** Elements of the part that has gradients. */
  readonly trainedSize: number;
  /** Elements of all weights, trained and kept. */
  readonly size: number;
  /** The same with the states. */
  readonly wholeSize: number;
  /** All of them, but those that another model has made. */
  readonly values: Storage;

  constructor(
    specs: readonly ParameterSpec[],
    readonly dtype: FloatDType,
    seed: number,
    stateSpecs: readonly StateParameter[] = [],
  ) {
    let offset = 0;
    const place = <T extends { readonly spec: { readonly shape: Shape } }>(each: T) => {
      const at = offset;
      offset += Math.ceil(sizeOfShape(each.spec.shape) / ALIGNED_ITEMS) * ALIGNED_ITEMS;
      return { ...each, offset: at };
    };
    const trained = specs.filter(({ spec }) => spec.trainable).map(place);
    this.trainedSize = offset;
    const kept = specs.filter(({ spec }) => !spec.trainable).map(place);
    this.size = offset;
    const states = stateSpecs.map(place);
    this.wholeSize = offset;
    this.values = Storage.block(offset * sizeOf(dtype));
    clear(this.values, dtype);
    const placed = new Map([...trained, ...kept].map((each) => [each.name, each]));
    this.list = specs.map(({ name }) => {
      const { spec, shared, offset: at, trainable } = placed.get(name) as ParameterSpec & { offset: number };
      const { regularizer, constraint } = spec;
      const variable = shared ?? this.made(name, spec, at, seed);
      return { name, variable, regularizer, constraint, offset: at, trainable: () => spec.trainable && trainable() };
    });
    this.states = states.map(({ name, spec: { shape }, shared, offset: at }) => ({
      name,
      offset: at,
      variable: shared ?? new Variable(this.values.part(at, sizeOfShape(shape), dtype), shape, dtype, name, false),
    }));
  }

  private made(name: string, spec: WeightSpec, offset: number, seed: number): Variable {
    const storage = this.values.part(offset, sizeOfShape(spec.shape), this.dtype);
    const variable = new Variable(storage, spec.shape, this.dtype, name, spec.trainable);
    spec.initializer(variable, stream(name, seed));
    return variable;
  }

  /** The weights that `fit` changes now. */
  get trained(): readonly Parameter[] {
    return this.list.filter((each) => each.trainable());
  }
}

/** Sets a block to zeros. Not by a kernel: a step that is being recorded would clear it again each time. */
export function clear({ at, bytes }: Storage, dtype: FloatDType): void {
  memory()
    .view(at, bytes / sizeOf(dtype), dtype)
    .fill(0);
}
