import { memory } from "../backend/engine.js";
import type { Constraint } from "../nn/constraints.js";
import type { WeightSpec } from "../nn/layer.js";
import type { Regularizer } from "../nn/regularizers.js";
import { stream } from "../tensor/random.js";
import { Storage } from "../tensor/storage.js";
import { Tensor } from "../tensor/tensor.js";
import { Variable } from "../tensor/variable.js";
import { type FloatDType, sizeOf } from "../util/dtypes.js";
import { sizeOfShape } from "../util/shapes.js";

/** A weight that a layer of a model asked for. */
export interface ParameterSpec {
  /** `layer/weight`. */
  readonly name: string;
  readonly spec: WeightSpec;
  /** Asked again at each use: a layer may be frozen later. */
  trainable(): boolean;
}

/** One weight, where it lies and what belongs to it. */
export interface Parameter {
  readonly variable: Variable;
  /** The layer's own. */
  readonly regularizer: Regularizer | undefined;
  readonly constraint: Constraint | undefined;
  /** Its first element in the flat block. */
  readonly offset: number;
  trainable(): boolean;
}

/** Each weight begins on a 64-byte line; what lies between stays 0 and changes no sum. */
const ALIGNED_ITEMS = 16;

/**
 * All weights of a model in one block, their gradients in a second, each optimizer moment in one more. So clearing is one fill, a norm
 * one reduction, an update one kernel over a flat range:
 *
 * ```
 * values     | dense/kernel | dense/bias | … trained | batch_normalization/movingMean … kept |
 * gradients  |      …       |     …      |     …     |
 * moment 1   |      …       |     …      |     …     |
 * ```
 */
export class Parameters {
  readonly list: readonly Parameter[];
  /** Elements of the part that has gradients. */
  readonly trainedSize: number;
  private readonly values: Storage;
  private gradientBlock: Storage | undefined;
  private averages: Storage | undefined;
  private readonly slots = new Map<string, Storage>();
  /** What an optimizer with a solver keeps beside its slots, as plain data. */
  solverState: unknown;

  constructor(
    specs: readonly ParameterSpec[],
    readonly dtype: FloatDType,
    seed: number,
  ) {
    let offset = 0;
    const place = (each: ParameterSpec) => {
      const at = offset;
      offset += Math.ceil(sizeOfShape(each.spec.shape) / ALIGNED_ITEMS) * ALIGNED_ITEMS;
      return { ...each, offset: at };
    };
    const trained = specs.filter(({ spec }) => spec.trainable).map(place);
    this.trainedSize = offset;
    const kept = specs.filter(({ spec }) => !spec.trainable).map(place);
    this.values = Storage.block(offset * sizeOf(dtype));
    clear(this.values, dtype);
    const placed = new Map([...trained, ...kept].map((each) => [each.name, each]));
    this.list = specs.map(({ name }) => {
      const { spec, offset: at, trainable } = placed.get(name) as ParameterSpec & { offset: number };
      const storage = this.values.part(at, sizeOfShape(spec.shape), dtype);
      const variable = new Variable(storage, spec.shape, dtype, name, spec.trainable);
      spec.initializer(variable, stream(name, seed));
      const { regularizer, constraint } = spec;
      return { variable, regularizer, constraint, offset: at, trainable: () => spec.trainable && trainable() };
    });
  }

  /** The weights that `fit` changes now. */
  get trained(): readonly Parameter[] {
    return this.list.filter((each) => each.trainable());
  }

  /** Runs of neighbouring weights that are trained (and that `takes` says yes to, by name), as element ranges. */
  trainedRuns(takes: (name: string) => boolean = () => true): [begin: number, end: number][] {
    const runs: [number, number][] = [];
    const taken = this.trained.filter(({ variable }) => takes(variable.name));
    const inOrder = taken.sort((a, b) => a.offset - b.offset);
    for (const { offset, variable } of inOrder) {
      const end = offset + Math.ceil(variable.size / ALIGNED_ITEMS) * ALIGNED_ITEMS;
      const last = runs[runs.length - 1];
      if (last && last[1] === offset) last[1] = end;
      else runs.push([offset, end]);
    }
    return runs;
  }

  /** Of all weights, trained and kept. */
  get bytes(): number {
    return this.values.bytes;
  }

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

  /** The address of an optimizer's moment, zeros at first. */
  slotAt(name: string): number {
    return this.slot(name).at;
  }

  /** The moments that exist, each as one tensor per trained weight, named `moment/layer/weight`. */
  slotTensors(names: readonly string[]): Map<string, Tensor> {
    const out = new Map<string, Tensor>();
    for (const name of names) {
      const withGradient = this.list.filter(({ variable }) => variable.trainable);
      for (const [variable, part] of this.over(this.slot(name), withGradient)) {
        out.set(`${name}/${(variable as Variable).name}`, part);
      }
    }
    return out;
  }

  dropSlots(): void {
    this.slots.clear();
    this.solverState = undefined;
  }

  /** A copy of all weights, trained and kept, as one array. */
  snapshot(): Float32Array | Float64Array {
    const { at, bytes } = this.values;
    return memory()
      .view(at, bytes / sizeOf(this.dtype), this.dtype)
      .slice() as Float32Array | Float64Array;
  }

  restore(snapshot: Float32Array | Float64Array): void {
    memory().view(this.values.at, snapshot.length, this.dtype).set(snapshot);
  }

  /** Copies what layers move by themselves in a step, such as moving averages, so that a failed step can be undone. */
  keepAverages(): void {
    const { keptFrom: from, keptBytes: bytes } = this;
    if (bytes === 0) return;
    this.averages ??= Storage.block(bytes);
    memory().u8.copyWithin(this.averages.at, from, from + bytes);
  }

  restoreAverages(): void {
    const { keptFrom: from, keptBytes: bytes } = this;
    if (this.averages) memory().u8.copyWithin(from, this.averages.at, this.averages.at + bytes);
  }

  /** What layers move by themselves, as it is now: the result puts it back. */
  averagesNow(): () => void {
    const { keptFrom: from, keptBytes: bytes } = this;
    const copy = memory().u8.slice(from, from + bytes);
    return () => memory().u8.set(copy, from);
  }

  /** The address of what has no gradients. */
  private get keptFrom(): number {
    return this.values.at + this.trainedSize * sizeOf(this.dtype);
  }

  private get keptBytes(): number {
    return this.values.bytes - this.trainedSize * sizeOf(this.dtype);
  }

  private slot(name: string): Storage {
    const found = this.slots.get(name);
    if (found) return found;
    const made = this.zeros();
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
