import { kernels, memory } from "../backend/engine.js";
import { Storage } from "../tensor/storage.js";
import { sizeOf, type TypedArray } from "../util/dtypes.js";
import { StateError, ValueError } from "../util/errors.js";
import { blocksOf } from "./blocks.js";
import type { Callback, CallbackState } from "./callback.js";
import type { Model } from "./model.js";

/** A callback that keeps a mean of the weights beside those that are trained. */
export interface WeightAveraging extends Callback {
  /** How many times the weights have been taken in. */
  readonly count: number;
  /**
   * Exchanges the model's weights with their mean; once more brings the others back. `fit` leaves the mean in the model at its end, and takes
   * the trained ones back when it goes on.
   *
   * @throws StateError before the first weights have been taken in
   */
  swap(): void;
}

/**
 * A running mean of all weights of a model, moving statistics among them, in one block beside theirs: taking in is one pass of one kernel.
 */
export class WeightAverage {
  count = 0;
  /** True while the model holds the mean and this the weights that are trained. */
  swapped = false;
  private block: Storage | undefined;
  private model: Model | undefined;
  private restored: { count: number; swapped: boolean; other: TypedArray } | undefined;

  constructor(private readonly operation: string) {}

  /** Goes on with the model that it has, or begins with another one; the trained weights come back into their place. */
  begin(model: Model): void {
    if (this.model !== model || this.restored) {
      this.model = model;
      this.count = this.restored?.count ?? 0;
      this.swapped = this.restored?.swapped ?? false;
      const blocks = blocksOf(model.parameters);
      this.block = Storage.block(blocks.bytes);
      const first = this.restored?.other ?? blocks.snapshot();
      memory().view(this.block.at, first.length, model.dtype).set(first);
      this.restored = undefined;
    }
    this.show(false);
  }

  /** Puts the mean, or the trained weights, into the model. */
  show(mean: boolean): void {
    if (this.count > 0 && this.swapped !== mean) this.swap();
  }

  /** mean += part · (weights − mean) */
  take(part: number): void {
    const { at, blocks, dtype } = this.held();
    for (const { at: weights, begin, end } of blocks.segments()) {
      kernels(dtype).move_towards(at + begin * sizeOf(dtype), weights, part, 0, end - begin);
    }
    this.count++;
  }

  /** Puts the mean in the place of the weights, or back. */
  swap(): void {
    const { at, blocks, dtype, size } = this.held();
    if (this.count === 0) {
      throw new StateError(
        `${this.operation}.swap: weights expected to have been taken in, got none yet; call it after the first`,
      );
    }
    const weights = blocks.snapshot();
    blocks.restore(memory().view(at, size, dtype).slice() as Float32Array);
    memory().view(at, size, dtype).set(weights);
    this.swapped = !this.swapped;
  }

  state(): CallbackState {
    const { at, dtype, size } = this.held();
    const { count, swapped } = this;
    return { json: { count, swapped }, arrays: { other: memory().view(at, size, dtype).slice() } };
  }

  restore({ json, arrays }: CallbackState): void {
    const { count, swapped } = json as { count: number; swapped: boolean };
    this.restored = { count, swapped, other: arrays?.other as TypedArray };
  }

  private held() {
    if (!this.model || !this.block) {
      throw new StateError(`${this.operation}.swap: a model expected, got none; give the callback to fit first`);
    }
    const { parameters, dtype } = this.model;
    const blocks = blocksOf(parameters);
    return { at: this.block.at, blocks, dtype, size: blocks.bytes / sizeOf(dtype) };
  }
}

/** Two averages in one run would each take the other's mean for the weights that are trained. @throws ValueError */
export function checkOneAverage(operation: string, callbacks: readonly Callback[]): void {
  const averages = callbacks.filter((callback) => "swap" in callback);
  if (averages.length <= 1) return;
  const names = averages.map(({ name }) => name).join(" and ");
  throw new ValueError(
    `${operation}: callbacks expected at most one average of the weights, got ${names}; train a model for each, from one seed`,
  );
}

/** The hooks that both kinds of averages share. The mean stays in the model from an epoch's last step to the beginning of the next. */
export function averagingHooks(
  name: string,
  average: WeightAverage,
  validate: boolean,
): Pick<
  Required<WeightAveraging>,
  "name" | "onTrainBegin" | "onTrainEnd" | "onEpochBegin" | "onEpochTrained" | "state" | "restore" | "swap"
> {
  return {
    name,
    onTrainBegin: ({ model }) => average.begin(model),
    onEpochBegin: () => average.show(false),
    onEpochTrained: () => average.show(validate),
    onTrainEnd: () => average.show(true),
    state: () => average.state(),
    restore: (state) => average.restore(state),
    swap: () => average.swap(),
  };
}
