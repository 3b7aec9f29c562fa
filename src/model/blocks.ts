import { memory } from "../backend/engine.js";
import { Storage } from "../tensor/storage.js";
import { Tensor } from "../tensor/tensor.js";
import { type FloatDType, sizeOf } from "../util/dtypes.js";
import { ALIGNED_ITEMS, clear, type Parameter, type Parameters, type Placed } from "./parameters.js";

/** Neighbours, where they lie. */
export interface Segment {
  readonly at: number;
  /** The first, and the one after the last. */
  readonly begin: number;
  readonly end: number;
}

const known = /* @__PURE__ */ new WeakMap<Parameters, Blocks>();

/** The blocks of these parameters, always the same ones. */
export function blocksOf(parameters: Parameters): Blocks {
  const found = known.get(parameters) ?? new Blocks(parameters);
  known.set(parameters, found);
  return found;
}

/**
 * What training keeps beside the weights, each in one block that lies as theirs does: the gradients, and each moment of the optimizer. So
 * clearing is one fill, a norm one reduction, an update one kernel over a flat range:
 *
 * ```
 * values     | dense/kernel | dense/bias | … trained | batch_normalization/movingMean … kept | lstm/h … states |
 * gradients  |      …       |     …      |     …     |
 * moment 1   |      …       |     …      |     …     |
 * ```
 */
export class Blocks {
  private places: Map<number, number> | undefined;
  private keptSegments: readonly Segment[] | undefined;
  private gradientBlock: Storage | undefined;
  private averages: Storage | undefined;
  private readonly slots = new Map<string, Storage>();
  /** What the numbers of a moment begin at where that is not 0. */
  private starts: Readonly<Record<string, number>> = {};
  /** What an optimizer with a solver keeps beside its slots, as plain data. */
  solverState: unknown;

  private readonly dtype: FloatDType;
  private readonly item: number;

  constructor(private readonly parameters: Parameters) {
    this.dtype = parameters.dtype;
    this.item = sizeOf(parameters.dtype);
  }

  /** Runs of neighbouring weights that are trained (and that `takes` says yes to, by name), as element ranges. */
  trainedRuns(takes: (name: string) => boolean = () => true): [begin: number, end: number][] {
    return this.runsOf(this.parameters.trained.filter(({ name }) => takes(name)));
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
    const { list, states } = this.parameters;
    this.places ??= new Map([...list, ...states].map(({ offset: at, variable }) => [at, variable.at]));
    return this.places.get(offset) as number;
  }

  /** All weights where they lie. */
  segments(): Segment[] {
    return this.runsOf(this.parameters.list).map(([begin, end]) => ({ at: this.addressOf(begin), begin, end }));
  }

  /** Whether all of them lie in one block. */
  get isWhole(): boolean {
    const { list, values } = this.parameters;
    return list.every(({ offset, variable }) => variable.at === values.at + offset * this.item);
  }

  /** Of all weights, trained and kept. */
  get bytes(): number {
    return this.parameters.size * this.item;
  }

  /** Of the block, which has them all where none is shared. */
  get valuesAt(): number {
    return this.parameters.values.at;
  }

  get gradientsAt(): number {
    this.gradientBlock ??= this.zeros();
    return this.gradientBlock.at;
  }

  /** The gradient of each trained weight, as a tensor over the gradient block. */
  gradients(): Map<Tensor, Tensor> {
    this.gradientBlock ??= this.zeros();
    return this.over(this.gradientBlock, this.parameters.trained);
  }

  /** The address of an optimizer's moment, at first zeros or what `dropSlots` was told. */
  slotAt(name: string): number {
    return this.slot(name).at;
  }

  /** The moments that exist, each as one tensor per trained weight, named `moment/layer/weight`. */
  slotTensors(names: readonly string[]): Map<string, Tensor> {
    const out = new Map<string, Tensor>();
    const { list } = this.parameters;
    const nameOf = new Map<Tensor, string>(list.map(({ name, variable }) => [variable, name]));
    for (const name of names) {
      const withGradient = list.filter(({ variable }) => variable.trainable);
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
    const { size } = this.parameters;
    const out = this.dtype === "float32" ? new Float32Array(size) : new Float64Array(size);
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
    this.averages ??= Storage.block((this.parameters.wholeSize - this.parameters.trainedSize) * this.item);
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
    const { item } = this;
    const { list, states, trainedSize } = this.parameters;
    const kept = [...list.filter(({ offset }) => offset >= trainedSize), ...states];
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
    if (start !== undefined) memory().view(made.at, this.parameters.trainedSize, this.dtype).fill(start);
    this.slots.set(name, made);
    return made;
  }

  private zeros(): Storage {
    const storage = Storage.block(this.parameters.trainedSize * this.item);
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
