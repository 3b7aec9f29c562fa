import type { Arena } from "../backend/arena.js";
import { generation, kernels, memory, record } from "../backend/engine.js";
import type { Program } from "../backend/program.js";
import type { Weights } from "../nn/layer.js";
import { mean } from "../ops/reduce.js";
import { clipGradients } from "../optim/clipping.js";
import { groupOf } from "../optim/groups.js";
import { hyperSize, partsOf, writeHyper } from "../optim/optimizer.js";
import { allocatingIn, type Region, Storage } from "../tensor/storage.js";
import { Tape, taping } from "../tensor/tape.js";
import { empty, Tensor } from "../tensor/tensor.js";
import { type DType, type FloatDType, sizeOf } from "../util/dtypes.js";
import type { HostArray } from "../util/host-array.js";
import type { Shape } from "../util/shapes.js";
import type { Compiled } from "./compile.js";
import { callLayers, type Placed } from "./network.js";
import type { Parameters } from "./parameters.js";
import { penalized } from "./penalties.js";
import { weighted } from "./row-weights.js";

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
  private readonly plans = new Map<string, Plan>();
  private readonly arena: Arena;
  /** Where every workspace begins. */
  private base = 0;
  /** Of the last step that ran eagerly. */
  private region: Region | undefined;
  /** The training step's number, which random layers read when they run. */
  readonly stepCell: Tensor;
  /** 1 / m, by which penalties in the course's convention are multiplied; see `penalized`. */
  private readonly perRow: Tensor;
  private readonly hyper: Storage;
  /** Doubles: the squared norms by which gradients are clipped. */
  private readonly squares: Storage;
  private norms = 0;
  private clip: Program | undefined;
  private update: Program | undefined;
  private madeIn = generation();
  private trained: readonly boolean[] = [];

  constructor(
    private readonly core: Core,
    private readonly compiled: Compiled | undefined,
  ) {
    this.arena = memory().arenaFor(this);
    this.stepCell = new Tensor(Storage.block(sizeOf("int32")), [1], "int32");
    this.hyper = Storage.block((compiled ? hyperSize(compiled.optimizer) : 0) * sizeOf(core.dtype));
    this.squares = Storage.block(Math.max(1, core.parameters.list.length) * sizeOf("float64"));
    this.perRow = new Tensor(Storage.block(sizeOf(core.dtype)), [], core.dtype);
  }

  /** Forward and backward on one batch. The weights stay; `applyUpdate` moves them. */
  train(x: HostArray, y: HostArray, step: number, weight?: HostArray): { loss: number; output: Tensor } {
    memory().u32[this.stepCell.at >>> 2] = step;
    this.divideBy(this.core.trainingRows() ?? (x.shape[0] as number));
    const plan = this.run("train", x, y, weight);
    return { loss: (plan.loss as Tensor).item(), output: plan.output };
  }

  /** @param rows of all the data of which this is a batch, where there are more */
  test(x: HostArray, y: HostArray, rows = x.shape[0] as number, weight?: HostArray): { loss: number; output: Tensor } {
    this.divideBy(this.core.trainingRows() ?? rows);
    const plan = this.run("test", x, y, weight);
    return { loss: (plan.loss as Tensor).item(), output: plan.output };
  }

  predict(x: HostArray): Tensor {
    return this.run("predict", x).output;
  }

  /** A double that kernels may put a result into. */
  get resultCell(): number {
    return this.squares.at;
  }

  /** Clips the gradients of the last `train` as the optimizer says. @returns false where a norm of theirs is not finite */
  clipGradients(): boolean {
    const clipping = this.compiled?.optimizer.clipping;
    if (!clipping) return true;
    const clip = () => {
      const { parameters, dtype } = this.core;
      const weights = parameters.trained.map(({ offset, variable: { size } }) => [offset, offset + size] as const);
      const { gradientsAt } = parameters;
      const at = this.squares.at;
      this.norms = clipGradients(kernels(dtype), dtype, clipping, gradientsAt, at, weights, parameters.trainedRuns());
    };
    if (this.compiled?.runEagerly) clip();
    else {
      this.clip ??= record(clip);
      this.clip.run();
    }
    return memory().view(this.squares.at, this.norms, "float64").every(Number.isFinite);
  }

  /** Moves the weights by the gradients of the last `train`. `step` counts from 1. */
  applyUpdate(step: number): void {
    writeHyper((this.compiled as Compiled).optimizer, step, this.hyper.at, this.core.dtype);
    if (this.compiled?.runEagerly) return this.updateWeights();
    this.update ??= record(() => this.updateWeights());
    this.update.run();
  }

  private divideBy(rows: number): void {
    const { dtype } = this.core;
    const heap = dtype === "float32" ? memory().f32 : memory().f64;
    heap[this.perRow.at / sizeOf(dtype)] = 1 / rows;
  }

  /** Forgets what was recorded where the backend has changed, or a layer was frozen or thawed. */
  private forgetStale(): void {
    const { placed } = this.core;
    const same = this.trained.length === placed.length && placed.every((p, i) => p.layer.trainable === this.trained[i]);
    if (same && this.madeIn === generation()) return;
    this.forgetPlans();
    this.clip = undefined;
    this.update = undefined;
    this.madeIn = generation();
    this.trained = placed.map(({ layer }) => layer.trainable);
  }

  private forgetPlans(): void {
    this.plans.clear();
    this.arena.close();
  }

  private run(kind: Kind, x: HostArray, y?: HostArray, weight?: HostArray): Step {
    this.forgetStale();
    if (this.compiled?.runEagerly) return this.runEagerly(kind, x, y, weight);
    const key = `${kind} ${x.shape.join()} ${y ? `${this.targetType(y)} ${y.shape.join()}` : ""}${weight ? " weighted" : ""}`;
    const plan = this.plans.get(key) ?? this.make(key, kind, x, y, weight);
    writeInputs(plan, x, y, weight);
    plan.forward.run();
    return plan;
  }

  /** The kernel calls of a step, as the layers' own code makes them, with a place to work in. */
  private make(key: string, kind: Kind, x: HostArray, y?: HostArray, weight?: HostArray): Plan {
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
    const plan = { ...(step as unknown as Step), forward };
    if (this.plans.size >= MOST_PLANS) this.plans.delete(this.plans.keys().next().value as string);
    this.plans.set(key, plan);
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
    for (const each of this.plans.values()) each.forward.place(this.base);
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
    return { ...inputs, ...this.withLoss(x, y as Tensor, weight, kind === "train") };
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

  private withLoss(
    x: Tensor,
    labels: Tensor,
    weights: Tensor | undefined,
    training: boolean,
  ): { output: Tensor; loss: Tensor } {
    const { parameters, dtype } = this.core;
    if (!training) return this.lossOf(x, labels, weights, false);
    const tape = new Tape();
    const gradients = parameters.gradients();
    kernels(dtype).fill(parameters.gradientsAt, 0, 0, parameters.trainedSize);
    const result = taping(tape, () => this.lossOf(x, labels, weights, true));
    tape.backward(result.loss, gradients);
    return result;
  }

  private lossOf(
    x: Tensor,
    labels: Tensor,
    weights: Tensor | undefined,
    training: boolean,
  ): { output: Tensor; loss: Tensor } {
    const compiled = this.compiled as Compiled;
    const { loss, fused } = compiled;
    const raw = this.forward(x, training, fused);
    const { loss: perRow, output } =
      fused && loss.fused ? loss.fused.perSample(labels, raw) : { loss: loss.perSample(labels, raw), output: raw };
    const batchRows = x.shape[0] as number;
    return {
      output,
      loss: penalized(
        mean(weights ? weighted(perRow, weights, loss.name) : perRow),
        this.core.parameters,
        compiled,
        batchRows,
        this.perRow,
      ),
    };
  }

  /** Brings the trained weights back to where their constraints want them. */
  constrain(): void {
    const { parameters, dtype } = this.core;
    for (const { variable, constraint } of parameters.trained) {
      constraint?.apply(kernels(dtype), variable.at, variable.shape);
    }
  }

  private updateWeights(): void {
    const { parameters, dtype } = this.core;
    const { optimizer } = this.compiled as Compiled;
    const { valuesAt, gradientsAt } = parameters;
    let hyperAt = this.hyper.at;
    partsOf(optimizer).forEach((part, i) => {
      const slots = part.slots.map((name) => parameters.slotAt(name));
      for (const [begin, end] of parameters.trainedRuns((name) => groupOf(optimizer, name) === i - 1)) {
        part.update(kernels(dtype), valuesAt, gradientsAt, slots, hyperAt, begin, end);
      }
      hyperAt += part.hyperCount * sizeOf(dtype);
    });
    this.constrain();
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
