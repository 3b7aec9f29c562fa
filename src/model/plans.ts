import type { Arena } from "../backend/arena.js";
import { generation, kernels, memory, record } from "../backend/engine.js";
import type { Program } from "../backend/program.js";
import type { Weights } from "../nn/layer.js";
import { mean } from "../ops/reduce.js";
import { allocatingIn, type Region, Storage } from "../tensor/storage.js";
import { Tape, taping } from "../tensor/tape.js";
import { empty, Tensor } from "../tensor/tensor.js";
import { type DType, type FloatDType, sizeOf } from "../util/dtypes.js";
import type { HostArray } from "../util/host-array.js";
import { type Shape, sameShape } from "../util/shapes.js";
import type { Compiled } from "./compile.js";
import { rowLosses, rowLossesAndGradient } from "./head.js";
import { Meter } from "./metering.js";
import { callLayers, type Placed } from "./network.js";
import type { Parameters } from "./parameters.js";
import { penalized } from "./penalties.js";
import { weighted } from "./row-weights.js";
import { Update } from "./update.js";

/** What a step runs on. */
export interface Core {
  readonly placed: readonly Placed[];
  readonly weights: ReadonlyMap<string, Weights>;
  readonly parameters: Parameters;
  readonly dtype: FloatDType;
  readonly seed: number;
  /** Rows of the data that `fit` trained on last. */
  trainingRows(): number | undefined;
}

type Kind = "train" | "test" | "predict";

/** A batch where kernels read it. */
interface Inputs {
  readonly x: Tensor;
  readonly y: Tensor | undefined;
  /** One weight a row. */
  readonly weight: Tensor | undefined;
}

interface Step extends Inputs {
  readonly output: Tensor;
  readonly loss: Tensor | undefined;
}

interface Plan extends Step {
  readonly kind: Kind;
  /** Everything but the update of the weights. */
  readonly forward: Program;
}

/** More shapes than this in turn (a last batch, a test batch, single rows) are recorded anew. */
const MOST_PLANS = 16;

/**
 * The recorded steps of one model, one for each use and batch shape. Their workspaces share one place, as large as the largest of them: only
 * one runs at a time, and each writes all that it reads, except weights and the cells below, which live in blocks.
 */
export class Plans {
  private readonly plans: Plan[] = [];
  private readonly arena: Arena;
  /** Where every workspace begins. */
  private base = 0;
  /** Of the last step that ran eagerly. */
  private region: Region | undefined;
  /** The training step's number, which random layers read when they run. */
  readonly stepCell: Tensor;
  /** 1 / m, by which penalties in the course's convention are multiplied; see `penalized`. */
  private readonly perRow: Tensor;
  /** The shapes of the last batch that was found to fit, and of the output for it. */
  checked: { readonly x: Shape; readonly y: Shape; readonly output: Shape } | undefined;
  readonly update: Update;
  /** Of `trainOnBatch`, for the batch that it is on. */
  readonly meter: Meter;
  private madeIn = generation();
  private trained: readonly boolean[] = [];

  constructor(
    private readonly core: Core,
    private readonly compiled: Compiled | undefined,
  ) {
    this.arena = memory().arenaFor(this);
    this.stepCell = new Tensor(Storage.block(sizeOf("int32")), [1], "int32");
    this.meter = new Meter(compiled?.metrics ?? []);
    this.update = new Update(core.parameters, core.dtype, compiled?.optimizer, compiled?.runEagerly ?? false);
    this.perRow = new Tensor(Storage.block(sizeOf(core.dtype)), [], core.dtype);
  }

  /** Forward and backward on one batch. The weights stay; `update` moves them. */
  train(x: HostArray, y: HostArray, step: number, weight?: HostArray): { loss: number; output: Tensor } {
    memory().u32[this.stepCell.at >>> 2] = step;
    this.divideBy(this.core.trainingRows() ?? (x.shape[0] as number));
    return this.withNumber(this.run("train", x, y, weight));
  }

  /** @param rows of all the data of which this is a batch, where there are more */
  test(x: HostArray, y: HostArray, rows = x.shape[0] as number, weight?: HostArray): { loss: number; output: Tensor } {
    this.divideBy(this.core.trainingRows() ?? rows);
    return this.withNumber(this.run("test", x, y, weight));
  }

  predict(x: HostArray): Tensor {
    return this.run("predict", x).output;
  }

  private withNumber({ loss, output }: Step): { loss: number; output: Tensor } {
    return { loss: (loss as Tensor).item(), output };
  }

  private divideBy(rows: number): void {
    const { dtype } = this.core;
    memory().heap(dtype)[this.perRow.at / sizeOf(dtype)] = 1 / rows;
  }

  /** Forgets what was recorded where the backend has changed, or a layer was frozen or thawed. */
  private forgetStale(): void {
    const { placed } = this.core;
    if (this.madeIn === generation() && this.trained.length === placed.length) {
      let i = 0;
      while (i < placed.length && (placed[i] as Placed).layer.trainable === this.trained[i]) i++;
      if (i === placed.length) return;
    }
    this.forgetPlans();
    this.update.forget();
    this.madeIn = generation();
    this.trained = placed.map(({ layer }) => layer.trainable);
  }

  private forgetPlans(): void {
    this.plans.length = 0;
    this.arena.close();
  }

  /** A step that was recorded makes no garbage: neither does what looks for it. */
  private run(kind: Kind, x: HostArray, y?: HostArray, weight?: HostArray): Step {
    this.forgetStale();
    if (this.compiled?.runEagerly) return this.runEagerly(kind, x, y, weight);
    const { plans } = this;
    let place = 0;
    while (place < plans.length && !this.fits(plans[place] as Plan, kind, x, y, weight)) place++;
    const plan = plans[place] ?? this.make(kind, x, y, weight);
    writeInputs(plan, x, y, weight);
    plan.forward.run();
    return plan;
  }

  private fits(plan: Plan, kind: Kind, x: HostArray, y?: HostArray, weight?: HostArray): boolean {
    if (plan.kind !== kind || !sameShape(plan.x.shape, x.shape) || !plan.weight !== !weight) return false;
    if (!y || !plan.y) return !y && !plan.y;
    return plan.y.dtype === this.targetType(y) && sameShape(plan.y.shape, y.shape);
  }

  /** The kernel calls of a step, as the layers' own code makes them, with a place to work in. */
  private make(kind: Kind, x: HostArray, y?: HostArray, weight?: HostArray): Plan {
    let step: Step | undefined;
    const forward = record(({ workspace }) => {
      const region: Region = { of: "step", memory: workspace, open: true };
      try {
        step = allocatingIn(region, () => {
          const inputs = this.inputs(x, y, weight);
          for (const each of [inputs.x, inputs.y, inputs.weight]) each?.storage.hold("throughout");
          const made = this.step(kind, inputs);
          for (const each of [made.output, made.loss]) each?.storage.hold("after");
          return made;
        });
      } finally {
        region.open = false;
      }
    });
    const plan = { ...(step as unknown as Step), kind, forward };
    if (this.plans.length >= MOST_PLANS) this.plans.shift();
    this.plans.push(plan);
    this.place(plan);
    return plan;
  }

  /** Where a workspace is larger than those before it, all move to where there is room for it. */
  private place({ forward }: Plan): void {
    const { bytes } = forward.workspace;
    if (bytes <= this.arena.reserved) return forward.place(this.base);
    this.arena.close();
    try {
      this.base = this.arena.take(bytes);
    } catch (error) {
      this.forgetPlans();
      throw error;
    }
    memory().notePeak();
    for (const each of this.plans) each.forward.place(this.base);
  }

  /** Nothing is recorded, and every tensor stays until the next step, for layers and callbacks to look at. */
  private runEagerly(kind: Kind, x: HostArray, y?: HostArray, weight?: HostArray): Step {
    if (this.region) this.region.open = false;
    this.arena.release({ chunk: -1, top: 0 });
    this.region = { of: "step", memory: this.arena, open: true };
    return allocatingIn(this.region, () => {
      const inputs = this.inputs(x, y, weight);
      writeInputs(inputs, x, y, weight);
      return this.step(kind, inputs);
    });
  }

  private inputs(x: HostArray, y?: HostArray, weight?: HostArray): Inputs {
    const { dtype } = this.core;
    return {
      x: empty(x.shape as Shape, dtype),
      y: y && empty(y.shape as Shape, this.targetType(y)),
      weight: weight && empty([x.shape[0] as number], dtype),
    };
  }

  private step(kind: Kind, inputs: Inputs): Step {
    const { x, y, weight } = inputs;
    if (kind === "predict") return { ...inputs, output: this.forward(x, false, false), loss: undefined };
    const run = kind === "train" ? this.withGradients : this.withLoss;
    return { ...inputs, ...run.call(this, x, y as Tensor, weight) };
  }

  /** Class numbers are integers, other targets as the output; to a user's own function they go as they came. */
  private targetType({ data }: HostArray): DType {
    const { targets } = (this.compiled as Compiled).loss;
    const integers =
      targets === "given" ? data instanceof Int32Array || data instanceof Uint8Array : targets === "classes";
    return integers ? "int32" : this.core.dtype;
  }

  private forward(x: Tensor, training: boolean, logits: boolean): Tensor {
    const { placed, weights, seed } = this.core;
    return callLayers(placed, weights, x, { training, stepCell: this.stepCell, seed }, { logits });
  }

  private withLoss(x: Tensor, labels: Tensor, weights: Tensor | undefined): { output: Tensor; loss: Tensor } {
    const compiled = this.compiled as Compiled;
    const { loss, output } = rowLosses(compiled, labels, this.forward(x, false, compiled.fused));
    return { output, loss: this.total(loss, x, weights) };
  }

  /** The same in training, with the gradients of all weights in their block. */
  private withGradients(x: Tensor, labels: Tensor, weights: Tensor | undefined): { output: Tensor; loss: Tensor } {
    const compiled = this.compiled as Compiled;
    const { parameters, dtype } = this.core;
    const gradients = parameters.gradients();
    kernels(dtype).fill(parameters.gradientsAt, 0, 0, parameters.trainedSize);
    const model = new Tape();
    const { loss, output, of, gradient } = taping(model, () => {
      return rowLossesAndGradient(compiled, labels, this.forward(x, true, compiled.fused), weights);
    });
    // Of the mean this tape knows nothing: it has the gradients of the penalties alone.
    const penalties = new Tape();
    const total = taping(penalties, () => this.total(loss, x, weights));
    penalties.backward(total, gradients);
    model.backward(of, gradients, gradient, true);
    return { output, loss: total };
  }

  /** The loss of the batch from those of its rows. */
  private total(loss: Tensor, x: Tensor, weights: Tensor | undefined): Tensor {
    const compiled = this.compiled as Compiled;
    const rows = mean(weights ? weighted(loss, weights, compiled.loss.name) : loss);
    return penalized(rows, this.core.parameters, compiled, x.shape[0] as number, this.perRow);
  }
}

function writeInputs(inputs: Inputs, x: HostArray, y?: HostArray, weight?: HostArray): void {
  writeInto(inputs.x, x);
  if (y) writeInto(inputs.y as Tensor, y);
  if (weight) writeInto(inputs.weight as Tensor, weight);
}

/** Copies into a tensor without making a view. */
function writeInto(target: Tensor, { data }: HostArray): void {
  const { at, dtype } = target;
  if (dtype === "float32") memory().f32.set(data, at >>> 2);
  else if (dtype === "float64") memory().f64.set(data, at >>> 3);
  else memory().i32.set(data, at >>> 2);
}
