import type { Arena } from "../backend/arena.js";
import { generation, memory } from "../backend/engine.js";
import type { Program } from "../backend/program.js";
import { recorded } from "../tensor/recorded.js";
import { allocatingIn, type Region, Storage } from "../tensor/storage.js";
import { empty, Tensor } from "../tensor/tensor.js";
import { type FloatDType, sizeOf } from "../util/dtypes.js";
import type { HostArray } from "../util/host-array.js";
import { type Shape, sameShape } from "../util/shapes.js";
import type { BaseModel } from "./base.js";
import type { Compiled } from "./compile.js";
import type { Fields } from "./fields.js";
import type { Placed } from "./graph.js";
import type { Meter } from "./metering.js";
import { type Network, type Outputs, runMasked } from "./network.js";
import { trainingCode } from "./training-code.js";
import type { TrainingSteps } from "./training-steps.js";
import type { Update } from "./update.js";

/** What a step runs on. */
export interface Core extends Network {
  readonly dtype: FloatDType;
  readonly seed: number;
}

type Kind = "train" | "test" | "predict";

/** A batch where kernels read it. */
export interface Inputs {
  readonly x: readonly Tensor[];
  readonly y: readonly Tensor[];
  /** One weight a row. */
  readonly weight: Tensor | undefined;
}

/** What a step makes of it. */
export interface Made {
  readonly outputs: readonly Tensor[];
  readonly loss: Tensor | undefined;
  /** Of a model with several outputs: the loss of each. */
  readonly losses: readonly Tensor[];
}

/** Runs the layers. @param logits which outputs leave their last activation to the loss */
export type Forward = (x: readonly Tensor[], training: boolean, logits: readonly boolean[]) => Outputs;

interface Step extends Inputs, Made {}

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
  /** The shapes of the last batch that was found to fit, and of the outputs for it. */
  checked:
    | { readonly x: readonly Shape[]; readonly y: readonly Shape[]; readonly output: readonly Shape[] }
    | undefined;
  private madeIn = generation();
  private trained: readonly boolean[] = [];

  /**
   * @param steps undefined before `compile`: then there are those of `predict` alone
   * @param eager true: nothing is recorded, see `CompileOptions.runEagerly`
   */
  constructor(
    private readonly core: Core,
    private readonly steps: TrainingSteps | undefined,
    private readonly eager: boolean,
  ) {
    this.arena = memory().arenaFor(this);
    this.stepCell = new Tensor(Storage.block(sizeOf("int32")), [1], "int32");
  }

  private get training(): TrainingSteps {
    return this.steps as TrainingSteps;
  }

  get update(): Update {
    return this.training.update;
  }

  /** Of `trainOnBatch`, for the batch that it is on. */
  get meter(): Meter {
    return this.training.meter;
  }

  /** Forward and backward on one batch. The weights stay; `update` moves them. */
  train(x: Fields, y: Fields, step: number, weight?: HostArray): Result {
    memory().u32[this.stepCell.at >>> 2] = step;
    this.training.countRows(rowsOf(x));
    return withNumber(this.run("train", x, y, weight));
  }

  /** @param rows of all the data of which this is a batch, where there are more */
  test(x: Fields, y: Fields, rows = rowsOf(x), weight?: HostArray): Result {
    this.training.countRows(rows);
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

  /** Forgets what was recorded where the backend has changed, or a layer was frozen or thawed. */
  private forgetStale(): void {
    const { placed } = this.core.graph;
    if (this.madeIn === generation() && this.trained.length === placed.length) {
      let i = 0;
      while (i < placed.length && (placed[i] as Placed).layer.trainable === this.trained[i]) i++;
      if (i === placed.length) return;
    }
    this.forgetPlans();
    this.steps?.update.forget();
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
    if (this.eager) return this.runEagerly(kind, x, y, weight);
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
      if ((plan.y[i] as Tensor).dtype !== this.training.targetType(i, y[i] as HostArray)) return false;
    }
    return true;
  }

  /** The kernel calls of a step, as the layers' own code makes them, with a place to work in. */
  private make(kind: Kind, x: Fields, y: Fields, weight?: HostArray): Plan {
    let step: Step | undefined;
    const forward = recorded(() => {
      const inputs = this.inputs(x, y, weight);
      for (const each of [...inputs.x, ...inputs.y, inputs.weight]) each?.storage.hold("throughout");
      step = this.step(kind, inputs);
      for (const each of [...step.outputs, step.loss, ...step.losses]) each?.storage.hold("after");
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
      y: y.map((each, i) => empty(each.shape, this.training.targetType(i, each))),
      weight: weight && empty([rowsOf(x)], dtype),
    };
  }

  private step(kind: Kind, inputs: Inputs): Step {
    if (kind === "predict") {
      return { ...inputs, outputs: this.forward(inputs.x, false, []).outputs, loss: undefined, losses: [] };
    }
    const { training, forward } = this;
    const made = kind === "train" ? training.withGradients(inputs, forward) : training.withLoss(inputs, forward);
    return { ...inputs, ...made };
  }

  private readonly forward: Forward = (x, training, logits) =>
    runMasked(this.core, x, { training, stepCell: this.stepCell, seed: this.core.seed }, { logits });
}

/** Those of a model as it is compiled. */
export function plansOf(model: BaseModel, compiled: Compiled | undefined): Plans {
  const { network, dtype, seed, compilation } = model;
  const core = { ...network, dtype, seed };
  const code = compiled && trainingCode();
  const steps = code && new code.TrainingSteps(core, compiled, () => model.trainingRows);
  return new Plans(core, steps, compilation?.options.runEagerly ?? false);
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
