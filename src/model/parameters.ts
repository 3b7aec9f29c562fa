import { memory } from "../backend/engine.js";
import type { Constraint } from "../nn/constraints.js";
import type { StateSpec, WeightSpec } from "../nn/layer.js";
import type { Regularizer } from "../nn/regularizers.js";
import { stream } from "../tensor/random.js";
import { Storage } from "../tensor/storage.js";
import { Tensor } from "../tensor/tensor.js";
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
interface Placed {
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

/** Neighbours, where they lie. */
export interface Segment {
  readonly at: number;
  /** The first, and the one after the last. */
  readonly begin: number;
  readonly end: number;
}

/** Each weight begins on a 64-byte line; what lies between stays 0 and changes no sum. */
const ALIGNED_ITEMS = 16;

/**
 * All weights of a model in one block, their gradients in a second, each optimizer moment in one more. So clearing is one fill, a norm
 * one reduction, an update one kernel over a flat range:
 *
 * ```
 * values     | dense/kernel | dense/bias | … trained | batch_normalization/movingMean … kept | lstm/h … states |
 * gradients  |      …       |     …      |     …     |
 * moment 1   |      …       |     …      |     …     |
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
  private readonly wholeSize: number;
  private readonly values: Storage;
  private places: Map<number, number> | undefined;
  private keptSegments: readonly Segment[] | undefined;
  private gradientBlock: Storage | undefined;
  private averages: Storage | undefined;
  private readonly slots = new Map<string, Storage>();
  /** What the numbers of a moment begin at where that is not 0. */
  private starts: Readonly<Record<string, number>> = {};
  /** What an optimizer with a solver keeps beside its slots, as plain data. */
  solverState: unknown;

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

  /** Runs of neighbouring weights that are trained (and that `takes` says yes to, by name), as element ranges. */
  trainedRuns(takes: (name: string) => boolean = () => true): [begin: number, end: number][] {
    return this.runsOf(this.trained.filter(({ name }) => takes(name)));
  }

  private runsOf(parameters: readonly Pick<Placed, "offset" | "variable">[]): [begin: number, end: number][] {
    const runs: [number, number][] = [];
    for (const { offset, variable } of [...parameters].sort((a, b) => a.offset - b.offset)) {
      const end = offset + Math.ceil(variable.size / ALIGNED_ITEMS) * ALIGNED_ITEMS;
      const last = runs[runs.length - 1];
      const follows = last?.[1] === offset && this.addressOf(last[0]) + (offset - last[0]) * this.item === variable.at;
      if (last && follows) last[1] = end;
      else runs.push([offset, end]);
    }
    return runs;
  }

  /** The address of the weight that begins at this element. */
  addressOf(offset: number): number {
    this.places ??= new Map([...this.list, ...this.states].map(({ offset: at, variable }) => [at, variable.at]));
    return this.places.get(offset) as number;
  }

  /** All weights where they lie. */
  segments(): Segment[] {
    return this.runsOf(this.list).map(([begin, end]) => ({ at: this.addressOf(begin), begin, end }));
  }

  /** Whether all of them lie in one block. */
  get isWhole(): boolean {
    return this.list.every(({ offset, variable }) => variable.at === this.values.at + offset * this.item);
  }

  private get item(): number {
    return sizeOf(this.dtype);
  }

  /** Of all weights, trained and kept. */
  get bytes(): number {
    return this.size * this.item;
  }

  /** Of the block, which has them all where none is shared. */
  get valuesAt(): number {
    return this.values.at;
  }

  get gradientsAt(): number {
    this.gradientBlock ??= this.zeros();
    return this.gradientBlock.at;
  }

  /** The gradient of each trained weight, as a tensor over the gradient block. */
  gradients(): Map<Tensor, Tensor> {
    this.gradientBlock ??= this.zeros();
    return this.over(this.gradientBlock, this.trained);
  }

  /** The address of an optimizer's moment, at first zeros or what `dropSlots` was told. */
  slotAt(name: string): number {
    return this.slot(name).at;
  }

  /** The moments that exist, each as one tensor per trained weight, named `moment/layer/weight`. */
  slotTensors(names: readonly string[]): Map<string, Tensor> {
    const out = new Map<string, Tensor>();
    const nameOf = new Map<Tensor, string>(this.list.map(({ name, variable }) => [variable, name]));
    for (const name of names) {
      const withGradient = this.list.filter(({ variable }) => variable.trainable);
      for (const [variable, part] of this.over(this.slot(name), withGradient)) {
        out.set(`${name}/${nameOf.get(variable)}`, part);
      }
    }
    return out;
  }

  /** Forgets all moments, for an optimizer whose own begin so. */
  dropSlots(starts: Readonly<Record<string, number>> = {}): void {
    this.slots.clear();
    this.starts = starts;
    this.solverState = undefined;
  }

  /** A copy of all weights, trained and kept, as one array. */
  snapshot(): Float32Array | Float64Array {
    const out = this.dtype === "float32" ? new Float32Array(this.size) : new Float64Array(this.size);
    for (const { at, begin, end } of this.segments()) out.set(memory().view(at, end - begin, this.dtype), begin);
    return out;
  }

  restore(snapshot: Float32Array | Float64Array): void {
    for (const { at, begin, end } of this.segments()) {
      memory()
        .view(at, end - begin, this.dtype)
        .set(snapshot.subarray(begin, end));
    }
  }

  /** Copies what layers move by themselves in a step, such as moving averages and states, so that a failed step can be undone. */
  keepAverages(): void {
    const { kept } = this;
    if (kept.length === 0) return;
    this.averages ??= Storage.block((this.wholeSize - this.trainedSize) * this.item);
    for (let i = 0; i < kept.length; i++) {
      const { at, begin, end } = kept[i] as Segment;
      memory().u8.copyWithin(this.averages.at + begin, at, at + end - begin);
    }
  }

  restoreAverages(): void {
    if (!this.averages) return;
    for (const { at, begin, end } of this.kept) {
      memory().u8.copyWithin(at, this.averages.at + begin, this.averages.at + end);
    }
  }

  /** What layers move by themselves, as it is now: the result puts it back. */
  averagesNow(): () => void {
    const copies = this.kept.map(({ at, begin, end }) => [at, memory().u8.slice(at, at + end - begin)] as const);
    return () => {
      for (const [at, bytes] of copies) memory().u8.set(bytes, at);
    };
  }

  /** What has no gradients, in bytes behind what has. */
  private get kept(): readonly Segment[] {
    if (this.keptSegments) return this.keptSegments;
    const { item, trainedSize } = this;
    const kept = [...this.list.filter(({ offset }) => offset >= trainedSize), ...this.states];
    this.keptSegments = this.runsOf(kept).map(([begin, end]) => ({
      at: this.addressOf(begin),
      begin: (begin - trainedSize) * item,
      end: (end - trainedSize) * item,
    }));
    return this.keptSegments;
  }

  private slot(name: string): Storage {
    const found = this.slots.get(name);
    if (found) return found;
    const made = this.zeros();
    const start = this.starts[name];
    if (start !== undefined) memory().view(made.at, this.trainedSize, this.dtype).fill(start);
    this.slots.set(name, made);
    return made;
  }

  private zeros(): Storage {
    const storage = Storage.block(this.trainedSize * sizeOf(this.dtype));
    clear(storage, this.dtype);
    return storage;
  }

  private over(block: Storage, parameters: readonly Parameter[]): Map<Tensor, Tensor> {
    return new Map(
      parameters.map(({ variable, offset }) => [
        variable,
        new Tensor(block.part(offset, variable.size, this.dtype), variable.shape, this.dtype),
      ]),
    );
  }
}

/** Not by a kernel: a step that is being recorded would clear it again each time. */
function clear({ at, bytes }: Storage, dtype: FloatDType): void {
  memory()
    .view(at, bytes / sizeOf(dtype), dtype)
    .fill(0);
}
