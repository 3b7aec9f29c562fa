import { checkNumber, checkText, show } from "../util/check.js";
import { StateError, ValueError } from "../util/errors.js";
import type { Params, Space } from "./parameter.js";
import type { FrozenTrial } from "./trial.js";

/** What a running trial needs of its study, which may live in another thread. */
export interface TrialHost {
  report(number: number, step: number, value: number): Promise<void>;
  shouldPrune(number: number): Promise<boolean>;
  setAttribute(number: number, key: string, value: unknown): Promise<void>;
}

/** A trial that runs: what the objective gets. */
export class Trial<S extends Space = Space> {
  private last: number | undefined;
  private pruned = false;
  private ended = false;

  constructor(
    private readonly host: TrialHost,
    /** From 0. */
    readonly number: number,
    /** The values to try, by the names of the space. */
    readonly params: Params<S>,
  ) {}

  /**
   * Notes the value that the objective has reached after a step, such as the loss on the dev set after an epoch. Steps count from 0; of two
   * reports of one step the first counts.
   *
   * @throws ValueError where `value` is no number; NaN and infinity are allowed, and count as the worst
   */
  async report(step: number, value: number): Promise<void> {
    this.#checkRuns("report");
    checkNumber(`trial ${this.number}: report`, "step", step, { min: 0, whole: true });
    if (typeof value !== "number") {
      throw new ValueError(`trial ${this.number}: report: value expected a number, got ${show(value)}`);
    }
    if (this.last !== undefined && step <= this.last) {
      if (step === this.last) return;
      throw new ValueError(
        `trial ${this.number}: report: step expected more than ${this.last}, the last one, got ${step}; report in the order of the steps`,
      );
    }
    this.last = step;
    await this.host.report(this.number, step, value);
  }

  /**
   * Whether the study's pruner gives the trial up, after a `report`. Once it says so the trial is stored as pruned, whatever the objective
   * returns then: `if (await trial.shouldPrune()) return loss;`
   */
  async shouldPrune(): Promise<boolean> {
    this.#checkRuns("shouldPrune");
    if (!this.pruned && this.last !== undefined) this.pruned = await this.host.shouldPrune(this.number);
    return this.pruned;
  }

  /** Keeps something with the trial, in the storage too: anything that JSON holds. */
  async setAttribute(key: string, value: unknown): Promise<void> {
    this.#checkRuns("setAttribute");
    checkText(`trial ${this.number}: setAttribute`, "key", key);
    if (value === undefined || JSON.stringify(value) === undefined) {
      throw new ValueError(`trial ${this.number}: setAttribute: value expected what JSON holds, got ${show(value)}`);
    }
    await this.host.setAttribute(this.number, key, value);
  }

  /** Whether `shouldPrune` has said so. */
  get isPruned(): boolean {
    return this.pruned;
  }

  /** From now on the trial takes nothing more: its study has stored its end. */
  end(): void {
    this.ended = true;
  }

  #checkRuns(call: string): void {
    if (!this.ended) return;
    throw new StateError(
      `trial ${this.number}: ${call} expected a running trial, got one that has ended; an objective that its timeout has ended should stop`,
    );
  }
}

/** A trial's values as its objective gets them: every name of the space, `undefined` where it has none. */
export function paramsOf<S extends Space>(space: S, params: FrozenTrial["params"]): Params<S> {
  return Object.freeze(Object.fromEntries(Object.keys(space).map((name) => [name, params[name]]))) as Params<S>;
}
