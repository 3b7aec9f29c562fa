import { kernels, record } from "../backend/engine.js";
import type { Program } from "../backend/program.js";
import {
  addSquares,
  areFinite,
  type Clipping,
  clearSums,
  clipBytes,
  clipCell,
  type Range,
  unitsOf,
  writeLimits,
} from "../optim/clipping.js";
import { DOT_PARTS } from "../optim/dot.js";
import { groupOf } from "../optim/groups.js";
import { hyperSize, leastOf, type Optimizer, partsOf, slotsOf, writeHyper } from "../optim/optimizer.js";
import { Storage } from "../tensor/storage.js";
import { type FloatDType, sizeOf } from "../util/dtypes.js";
import { type Blocks, blocksOf } from "./blocks.js";
import type { Parameters } from "./parameters.js";

/** Updates between two looks at what decays: a mean of gradients of 0 falls by 0.9 in each, and by 30 in so many. */
const UPKEEP = 32;

/** The recorded update of a model's weights by the gradients in their block. What changes from step to step lies in blocks of its own. */
export class Update {
  private readonly blocks: Blocks;
  private readonly hyper: Storage;
  /** How gradients are clipped, unit by unit, see `writeLimits`; and scratch for their sums. */
  private readonly cells: Storage;
  private units: readonly (readonly Range[])[] | undefined;
  private norms: Program | undefined;
  private program: Program | undefined;
  private upkeep: Program | undefined;

  constructor(
    private readonly parameters: Parameters,
    private readonly dtype: FloatDType,
    private readonly optimizer: Optimizer | undefined,
    private readonly eager: boolean,
  ) {
    this.blocks = blocksOf(parameters);
    this.hyper = Storage.block((optimizer ? hyperSize(optimizer) : 0) * sizeOf(dtype));
    this.cells = Storage.block(clipBytes(Math.max(1, parameters.list.length)) + DOT_PARTS * sizeOf("float64"));
  }

  /** Where kernels may put a result: a double, and DOT_PARTS more behind it. */
  get resultCell(): number {
    return this.cells.at;
  }

  /** Forgets what was recorded for other kernels or other trained weights. */
  forget(): void {
    this.units = undefined;
    this.norms = undefined;
    this.program = undefined;
    this.upkeep = undefined;
  }

  /**
   * Finds the norms by which `apply` is to clip the gradients, as the optimizer says.
   *
   * @returns false where one of them is not finite
   */
  measure(): boolean {
    const clipping = this.optimizer?.clipping;
    if (!clipping) return true;
    this.units ??= this.limitedUnits(clipping);
    if (clipping.by === "clipValue") return true;
    const { cells, units } = this;
    clearSums(cells.at, units.length);
    if (this.eager) this.addSquares(units);
    else {
      this.norms ??= this.recordSquares(units);
      this.norms.run();
    }
    return areFinite(cells.at, units.length);
  }

  private limitedUnits(clipping: Clipping): readonly (readonly Range[])[] {
    const { parameters, blocks } = this;
    const weights = parameters.trained.map(({ offset, variable: { size } }) => [offset, offset + size] as const);
    const units = unitsOf(clipping, weights, blocks.trainedRuns());
    writeLimits(clipping, this.cells.at, units.length);
    return units;
  }

  private recordSquares(units: readonly (readonly Range[])[]): Program {
    return record(() => this.addSquares(units));
  }

  private addSquares(units: readonly (readonly Range[])[]): void {
    addSquares(kernels(this.dtype), this.blocks.gradientsAt, this.cells.at, units);
  }

  /** Moves the weights. `step` counts from 1. */
  apply(step: number): void {
    writeHyper(this.optimizer as Optimizer, step, this.hyper.at, this.dtype);
    if (step % UPKEEP === 0) this.keepNormal();
    if (this.eager) return this.moveWeights();
    this.program ??= this.recordMove();
    this.program.run();
  }

  private recordMove(): Program {
    return record(() => this.moveWeights());
  }

  private moveWeights(): void {
    const { blocks, dtype } = this;
    const optimizer = this.optimizer as Optimizer;
    const { gradientsAt } = blocks;
    let hyperAt = this.hyper.at;
    partsOf(optimizer).forEach((part, i) => {
      const slots = part.slots.map((name) => blocks.slotAt(name));
      for (const { clip, runs } of this.clippedRuns((name) => groupOf(optimizer, name) === i - 1)) {
        for (const [begin, end] of runs) {
          const shift = begin * sizeOf(dtype);
          const moments = slots.map((slot) => slot + shift);
          const weightsAt = blocks.addressOf(begin);
          part.update(kernels(dtype), weightsAt, gradientsAt + shift, moments, hyperAt, clip, 0, end - begin);
        }
      }
      hyperAt += part.hyperCount * sizeOf(dtype);
    });
    this.constrain();
  }

  /** The ranges of the weights that `takes` says yes to, by name, each with the address of how its gradients are clipped. */
  private clippedRuns(takes: (name: string) => boolean): { clip: number; runs: readonly Range[] }[] {
    const { parameters, blocks, cells } = this;
    const by = this.optimizer?.clipping?.by;
    if (by !== "clipNorm") return [{ clip: by ? cells.at : 0, runs: blocks.trainedRuns(takes) }];
    return parameters.trained.map(({ name }, i) => ({
      clip: clipCell(cells.at, i),
      runs: blocks.trainedRuns((each) => each === name && takes(name)),
    }));
  }

  /** Brings the trained weights back to where their constraints want them. */
  constrain(): void {
    for (const { variable, constraint } of this.parameters.trained) {
      constraint?.apply(kernels(this.dtype), variable.at, variable.shape);
    }
  }

  /** Keeps what decays in the optimizer's slots from the denormals. */
  private keepNormal(): void {
    this.upkeep ??= this.recordUpkeep();
    this.upkeep.run();
  }

  private recordUpkeep(): Program {
    const { blocks, dtype } = this;
    return record(() => {
      for (const name of slotsOf(this.optimizer as Optimizer, undefined)) {
        for (const [begin, end] of blocks.trainedRuns()) {
          kernels(dtype).keep_normal(blocks.slotAt(name), leastOf(name, dtype), begin, end);
        }
      }
    });
  }
}
