import type { Arena } from "../backend/arena.js";
import { generation, kernels, memory, record } from "../backend/engine.js";
import type { Program } from "../backend/program.js";
import { add, mul } from "../ops/arithmetic.js";
import type { LossAndOutput } from "../ops/crossentropy.js";
import { mean } from "../ops/reduce.js";
import { allocatingIn, type Region, Storage } from "../tensor/storage.js";
import { Tape, taping } from "../tensor/tape.js";
import { empty, Tensor } from "../tensor/tensor.js";
import { type DType, type FloatDType, sizeOf } from "../util/dtypes.js";
import type { HostArray } from "../util/host-array.js";
import { type Shape, sameShape } from "../util/shapes.js";
import type { Compiled, Head } from "./compile.js";
import type { Placed } from "./graph.js";
import { rowLosses, rowLossesAndGradient } from "./head.js";
import type { Fields } from "./inputs.js";
import { Meter } from "./metering.js";
import { type Network, type Outputs, runMasked } from "./network.js";
import { penalized } from "./penalties.js";
import { lossWeights, weighted } from "./row-weights.js";
import { Update } from "./update.js";

/** What a step runs on. */
export interface Core extends Network {
  readonly dtype: FloatDType;
  readonly seed: number;
  /** Rows of the data that `fit` trained on last. */
  trainingRows(): number | undefined;
}

type Kind = "train" | "test" | "predict";

/** A batch where kernels read it. */
interface Inputs {
  readonly x: readonly Tensor[];
  readonly y: readonly Tensor[];
  /** One weight a row. */
  readonly weight: Tensor | undefined;
}

interface Step extends Inputs {
  readonly outputs: readonly Tensor[];
  readonly loss: Tensor | undefined;
  /** Of a model with several outputs: the loss of each. */
  readonly losses: readonly Tensor[];
}

/** What a step found. */
export interface Result {
  readonly loss: number;
  readonly outputs: readonly Tensor[];
  /** Of a model with several outputs: the loss of each, else empty. */
  readonly losses: readonly Tensor[];
}

interface Plan extends Step {
  readonly kind: Kind;
  /** The same each time, with another loss. */
  readonly result: { loss: number } & Pick<Result, "outputs" | "losses">;
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
  /** The shapes of the last batch that was found to fit, and of the outputs for it. */
  checked:
    | { readonly x: readonly Shape[]; readonly y: readonly Shape[]; readonly output: readonly Shape[] }
    | undefined;
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
    this.meter = new Meter(compiled?.heads ?? [], "metrics");
    this.update = new Update(core.parameters, core.dtype, compiled?.optimizer, compiled?.runEagerly ?? false);
    this.perRow = new Tensor(Storage.block(sizeOf(core.dtype)), [], core.dtype);
  }

  /** Forward and backward on one batch. The weights stay; `update` moves them. */
  train(x: Fields, y: Fields, step: number, weight?: HostArray): Result {
    memory().u32[this.stepCell.at >>> 2] = step;
    this.divideBy(this.core.trainingRows() ?? rowsOf(x));
    return withNumber(this.run("train", x, y, weight));
  }

  /** @param rows of all the data of which this is a batch, where there are more */
  test(x: Fields, y: Fields, rows = rowsOf(x), weight?: HostArray): Result {
    this.divideBy(this.core.trainingRows() ?? rows);
    return withNumber(this.run("test", x, y, weight));
  }

  predict(x: Fields): readonly Tensor[] {
    return this.run("predict", x, NONE).outputs;
  }

  /** What `predict` on such a batch does first. */
  prepare(x: Fields): void {
    this.forgetStale();
    this.make("predict", x, NONE);
  }

  private divideBy(rows: number): void {
    const { dtype } = this.core;
    memory().heap(dtype)[this.perRow.at / sizeOf(dtype)] = 1 / rows;
  }

  /** Forgets what was recorded where the backend has changed, or a layer was frozen or thawed. */
  private forgetStale(): void {
    const { placed } = this.core.graph;
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
  private run(kind: Kind, x: Fields, y: Fields, weight?: HostArray): Step {
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

  private fits(plan: Plan, kind: Kind, x: Fields, y: Fields, weight?: HostArray): boolean {
    if (plan.kind !== kind || !plan.weight !== !weight || plan.y.length !== y.length) return false;
    if (!sameShapes(plan.x, x) || !sameShapes(plan.y, y)) return false;
    for (let i = 0; i < y.length; i++) {
      if ((plan.y[i] as Tensor).dtype !== this.targetType(i, y[i] as HostArray)) return false;
    }
    return true;
  }

  /** The kernel calls of a step, as the layers' own code makes them, with a place to work in. */
  private make(kind: Kind, x: Fields, y: Fields, weight?: HostArray): Plan {
    let step: Step | undefined;
    const forward = record(({ workspace }) => {
      const region: Region = { of: "step", memory: workspace, open: true };
      try {
        step = allocatingIn(region, () => {
          const inputs = this.inputs(x, y, weight);
          for (const each of [...inputs.x, ...inputs.y, inputs.weight]) each?.storage.hold("throughout");
          const made = this.step(kind, inputs);
          for (const each of [...made.outputs, made.loss, ...made.losses]) each?.storage.hold("after");
          return made;
        });
      } finally {
        region.open = false;
      }
    });
    const { outputs, losses } = step as unknown as Step;
    const plan = { ...(step as unknown as Step), kind, forward, result: { loss: 0, outputs, losses } };
    if (this.plans.length >= MOST_PLANS) this.plans.shift();
    this.plans.push(plan);
    try {
      this.place(plan);
    } catch (error) {
      this.forgetPlans();
      throw error;
    }
    return plan;
  }

  /** Where a workspace is larger than those before it, all move to where there is room for it. */
  private place({ forward }: Plan): void {
    const { bytes } = forward.workspace;
    if (bytes <= this.arena.reserved) return forward.place(this.base);
    this.arena.close();
    this.base = this.arena.take(bytes);
    memory().notePeak();
    for (const each of this.plans) each.forward.place(this.base);
  }

  /** Nothing is recorded, and every tensor stays until the next step, for layers and callbacks to look at. */
  private runEagerly(kind: Kind, x: Fields, y: Fields, weight?: HostArray): Step {
    if (this.region) this.region.open = false;
    this.arena.release({ chunk: -1, top: 0 });
    this.region = { of: "step", memory: this.arena, open: true };
    return allocatingIn(this.region, () => {
      const inputs = this.inputs(x, y, weight);
      writeInputs(inputs, x, y, weight);
      return this.step(kind, inputs);
    });
  }

  private inputs(x: Fields, y: Fields, weight?: HostArray): Inputs {
    const { dtype, graph } = this.core;
    return {
      x: x.map(({ shape }, i) => empty(shape, graph.inputs[i]?.dtype ?? dtype)),
      y: y.map((each, i) => empty(each.shape, this.targetType(i, each))),
      weight: weight && empty([rowsOf(x)], dtype),
    };
  }

  private step(kind: Kind, inputs: Inputs): Step {
    if (kind === "predict") {
      return { ...inputs, outputs: this.forward(inputs.x, false, []).outputs, loss: undefined, losses: [] };
    }
    const found = kind === "train" ? this.withGradients(inputs) : this.withLoss(inputs);
    return { ...inputs, ...found };
  }

  /** Class numbers are integers, other targets as the output; to a user's own function they go as they came. */
  private targetType(i: number, { data }: HostArray): DType {
    const { targets } = ((this.compiled as Compiled).heads[i] as Head).loss;
    const integers =
      targets === "given" ? data instanceof Int32Array || data instanceof Uint8Array : targets === "classes";
    return integers ? "int32" : this.core.dtype;
  }

  private forward(x: readonly Tensor[], training: boolean, logits: readonly boolean[]): Outputs {
    return runMasked(this.core, x, { training, stepCell: this.stepCell, seed: this.core.seed }, { logits });
  }

  private get logits(): readonly boolean[] {
    return (this.compiled as Compiled).heads.map(({ fused }) => fused);
  }

  private withLoss({ x, y, weight }: Inputs): Pick<Step, "outputs" | "loss" | "losses"> {
    const { heads } = this.compiled as Compiled;
    const { outputs: raw, masks } = this.forward(x, false, this.logits);
    const weights = masks.map((mask) => lossWeights(mask, weight, this.core.dtype));
    const found = heads.map((head, i) => rowLosses(head, y[i] as Tensor, raw[i] as Tensor, weights[i]));
    return this.summed(found, x, weights);
  }

  /** The same in training, with the gradients of all weights in their block. */
  private withGradients({ x, y, weight }: Inputs): Pick<Step, "outputs" | "loss" | "losses"> {
    const { heads } = this.compiled as Compiled;
    const { parameters, dtype } = this.core;
    const gradients = parameters.gradients();
    kernels(dtype).fill(parameters.gradientsAt, 0, 0, parameters.trainedSize);
    const model = new Tape();
    const begun = taping(model, () => {
      const { outputs: raw, masks } = this.forward(x, true, this.logits);
      const weights = masks.map((mask) => lossWeights(mask, weight, dtype));
      const [head] = heads;
      // With one output the pass may begin at the loss's own gradient, from the kernel that makes both.
      if (heads.length === 1 && head?.weight === 1) {
        return { weights, one: rowLossesAndGradient(head, y[0] as Tensor, raw[0] as Tensor, weights[0]) };
      }
      const found = heads.map((each, i) => rowLosses(each, y[i] as Tensor, raw[i] as Tensor, weights[i]));
      return { weights, found, sum: this.weightedSum(found.map(({ loss }, i) => this.meanOf(loss, weights[i], i))) };
    });
    // Of the mean this tape knows nothing: it has the gradients of the penalties alone.
    const penalties = new Tape();
    const summed = taping(penalties, () => this.summed(begun.found ?? [begun.one], x, begun.weights));
    penalties.backward(summed.loss as Tensor, gradients);
    if (begun.found) model.backward(begun.sum, gradients);
    else model.backward(begun.one.of, gradients, begun.one.gradient, true);
    return summed;
  }

  /** The loss of the batch from those of its rows, with the penalties. */
  private summed(
    found: readonly LossAndOutput[],
    x: readonly Tensor[],
    weights: readonly (Tensor | undefined)[],
  ): Pick<Step, "outputs" | "loss" | "losses"> {
    const means = found.map(({ loss }, i) => this.meanOf(loss, weights[i], i));
    const { parameters } = this.core;
    const rows = (x[0] as Tensor).shape[0] as number;
    const loss = penalized(this.weightedSum(means), parameters, this.compiled as Compiled, rows, this.perRow);
    return { outputs: found.map(({ output }) => output), loss, losses: means.length > 1 ? means : [] };
  }

  private meanOf(loss: Tensor, weight: Tensor | undefined, i: number): Tensor {
    return mean(weight ? weighted(loss, weight, ((this.compiled as Compiled).heads[i] as Head).loss.name) : loss);
  }

  private weightedSum(means: readonly Tensor[]): Tensor {
    const { heads } = this.compiled as Compiled;
    return means
      .map((each, i) => (heads[i]?.weight === 1 ? each : mul(each, (heads[i] as Head).weight)))
      .reduce((sum, each) => add(sum, each));
  }
}

const NONE: Fields = [];

const rowsOf = (x: Fields): number => (x[0] as HostArray).shape[0] as number;

/** Of a recorded step it makes no garbage. */
function withNumber(step: Step | Plan): Result {
  const loss = (step.loss as Tensor).item();
  if (!("result" in step)) return { loss, outputs: step.outputs, losses: step.losses };
  step.result.loss = loss;
  return step.result;
}

/** It makes no garbage. */
function sameShapes(a: readonly Tensor[], b: Fields): boolean {
  for (let i = 0; i < a.length; i++) {
    if (!sameShape((a[i] as Tensor).shape, (b[i] as HostArray).shape)) return false;
  }
  return true;
}

function writeInputs(inputs: Inputs, x: Fields, y: Fields, weight?: HostArray): void {
  for (let i = 0; i < x.length; i++) writeInto(inputs.x[i] as Tensor, x[i] as HostArray);
  for (let i = 0; i < y.length; i++) writeInto(inputs.y[i] as Tensor, y[i] as HostArray);
  if (weight) writeInto(inputs.weight as Tensor, weight);
}

/** Copies into a tensor without making a view. */
function writeInto(target: Tensor, { data }: HostArray): void {
  const { at, dtype } = target;
  if (dtype === "float32") memory().f32.set(data, at >>> 2);
  else if (dtype === "float64") memory().f64.set(data, at >>> 3);
  else memory().i32.set(data, at >>> 2);
}
