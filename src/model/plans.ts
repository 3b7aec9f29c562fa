import type { Arena } from "../backend/arena.js";
import { generation, kernels, memory, record } from "../backend/engine.js";
import type { Program } from "../backend/program.js";
import type { Weights } from "../nn/layer.js";
import { mean } from "../ops/reduce.js";
import { clipGradients } from "../optim/clipping.js";
import { DOT_PARTS } from "../optim/dot.js";
import { groupOf } from "../optim/groups.js";
import { hyperSize, partsOf, writeHyper } from "../optim/optimizer.js";
import { allocatingIn, Storage } from "../tensor/storage.js";
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

interface Plan {
  readonly kind: Kind;
  readonly x: Tensor;
  readonly y: Tensor | undefined;
  /** One weight a row. */
  readonly weight: Tensor | undefined;
  readonly output: Tensor;
  readonly loss: Tensor | undefined;
  /** Everything but the update of the weights. */
  readonly forward: Program;
}

/** More shapes than this in turn (a last batch, a test batch, single rows) are recorded anew. */
const MOST_PLANS = 16;

/**
 * The recorded steps of one model, one for each use and batch shape. They share one arena: only one runs at a time, and each writes all
 * that it reads, except weights and the cells below, which live in blocks.
 */
export class Plans {
  private readonly plans = new Map<string, Plan>();
  private readonly arena: Arena;
  /** The training step's number, which random layers read when they run. */
  readonly stepCell: Tensor;
  /** 1 / m, by which penalties in the course's convention are multiplied; see `penalized`. */
  private readonly perRow: Tensor;
  private readonly hyper: Storage;
  /** Doubles: the squared norms by which gradients are clipped, and scratch for their sums. */
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
    this.squares = Storage.block((Math.max(1, core.parameters.list.length) + DOT_PARTS) * sizeOf("float64"));
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

  /** Where kernels may put a result: a double, and DOT_PARTS more behind it. */
  get resultCell(): number {
    return this.squares.at;
  }

  /** Clips the gradients of the last `train` as the optimizer says. @returns false where a norm of theirs is not finite */
  clipGradients(): boolean {
    const clipping = this.compiled?.optimizer.clipping;
    if (!clipping) return true;
    if (this.clip && !this.compiled?.runEagerly) this.clip.run();
    else {
      const { parameters, dtype } = this.core;
      const weights = parameters.trained.map(({ offset, variable: { size } }) => [offset, offset + size] as const);
      this.clip = record(() => {
        const { gradientsAt } = parameters;
        const at = this.squares.at;
        this.norms = clipGradients(kernels(dtype), dtype, clipping, gradientsAt, at, weights, parameters.trainedRuns());
      });
    }
    return memory().view(this.squares.at, this.norms, "float64").every(Number.isFinite);
  }

  /** Moves the weights by the gradients of the last `train`. `step` counts from 1. */
  applyUpdate(step: number): void {
    writeHyper((this.compiled as Compiled).optimizer, step, this.hyper.at, this.core.dtype);
    if (this.update && !this.compiled?.runEagerly) this.update.run();
    else this.update = record(() => this.updateWeights());
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
    this.plans.clear();
    this.clip = undefined;
    this.update = undefined;
    this.madeIn = generation();
    this.trained = placed.map(({ layer }) => layer.trainable);
  }

  private run(kind: Kind, x: HostArray, y?: HostArray, weight?: HostArray): Plan {
    this.forgetStale();
    const key = `${kind} ${x.shape.join()} ${y ? `${this.targetType(y)} ${y.shape.join()}` : ""}${weight ? " weighted" : ""}`;
    const known = this.plans.get(key);
    if (known && !this.compiled?.runEagerly) {
      writeInto(known.x, x);
      if (y) writeInto(known.y as Tensor, y);
      if (weight) writeInto(known.weight as Tensor, weight);
      known.forward.run();
      return known;
    }
    const plan = this.make(kind, x, y, weight);
    if (this.plans.size >= MOST_PLANS) this.plans.delete(this.plans.keys().next().value as string);
    this.plans.set(key, plan);
    return plan;
  }

  /** Runs the step once through the layers' own code and keeps its kernel calls. */
  private make(kind: Kind, x: HostArray, y: HostArray | undefined, weight: HostArray | undefined): Plan {
    this.arena.release({ chunk: -1, top: 0 });
    return allocatingIn({ arena: this.arena, open: true }, () => {
      const { dtype } = this.core;
      const input = inputTensor(x, dtype);
      const labels = y && inputTensor(y, this.targetType(y));
      const weights = weight && inputTensor({ ...weight, shape: [x.shape[0] as number] }, dtype);
      let output: Tensor | undefined;
      let loss: Tensor | undefined;
      const body = () => {
        if (kind === "predict") output = this.forward(input, false, false);
        else ({ output, loss } = this.withLoss(input, labels as Tensor, weights, kind === "train"));
      };
      const forward = record(body);
      return { kind, x: input, y: labels, weight: weights, output: output as unknown as Tensor, loss, forward };
    });
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

function inputTensor(values: HostArray, dtype: DType): Tensor {
  const out = empty(values.shape as Shape, dtype);
  writeInto(out, values);
  return out;
}

/** Copies into a tensor without making a view. */
function writeInto(target: Tensor, { data }: HostArray): void {
  const { at, dtype } = target;
  if (dtype === "float32") memory().f32.set(data, at >>> 2);
  else if (dtype === "float64") memory().f64.set(data, at >>> 3);
  else memory().i32.set(data, at >>> 2);
}
