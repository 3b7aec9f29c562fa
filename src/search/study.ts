import { checkNumber, checkOptions, checkText, show } from "../util/check.js";
import { StateError, ValueError } from "../util/errors.js";
import { paramsOf, Trial, type TrialHost } from "./active-trial.js";
import { Draws } from "./draws.js";
import { type OptimizeOptions, optimize } from "./optimize.js";
import type { Params, Space, Values } from "./parameter.js";
import { paretoFront } from "./pareto.js";
import type { Direction } from "./sampler.js";
import { checkValues } from "./space.js";
import type { Storage, StoredStudy } from "./storage/storage.js";
import type { Objective, Outcome, Settings } from "./study-options.js";
import type { FrozenTrial } from "./trial.js";

/** The best complete trial. */
export interface Best<S extends Space> {
  readonly value: number;
  readonly params: Params<S>;
  readonly number: number;
}

/** A search for hyper-parameters; `study` makes it. */
export class Study<S extends Space = Space> {
  private known: readonly FrozenTrial[] = [];
  private readonly running = new Map<number, Trial<S>>();
  private asking: Promise<unknown> = Promise.resolve();
  private readonly host: TrialHost;

  constructor(
    private readonly settings: Settings<S>,
    private readonly storage: Storage,
    private readonly stored: StoredStudy,
  ) {
    this.host = {
      report: (number, step, value) => stored.report(number, step, value),
      setAttribute: (number, key, value) => stored.setAttribute(number, key, value),
      shouldPrune: (number) => this.#shouldPrune(number),
    };
  }

  get name(): string {
    return this.settings.name;
  }

  get space(): S {
    return this.settings.space;
  }

  get directions(): readonly Direction[] {
    return this.settings.directions;
  }

  get objective(): Objective<S> | undefined {
    return this.settings.objective;
  }

  /** Every trial by number, other processes' too, as of the last `tell`, `enqueue` or `refresh`, and `ask` where the sampler learns from them. */
  get trials(): readonly FrozenTrial[] {
    return this.known;
  }

  /**
   * The best complete trial of a study with one direction, the earlier of two that are as good.
   *
   * @throws StateError where no trial is complete, or the study has several directions
   */
  get best(): Best<S> {
    const { space, directions } = this.settings;
    if (directions.length > 1) {
      throw new StateError(`${this.title}: best expected one direction, got ${directions.length}; see front`);
    }
    const found = bestOf(this.known, directions[0] as Direction);
    if (!found) {
      const failure = this.known.findLast(({ state }) => state === "failed")?.attributes.failure;
      throw new StateError(
        `${this.title}: best expected a complete trial, got ${this.known.length} trials and none; ${failure === undefined ? "call optimize" : `the last one that failed: ${failure}`}`,
      );
    }
    return { value: found.values?.[0] as number, params: paramsOf(space, found.params), number: found.number };
  }

  /**
   * The complete trials that no other one beats in every direction at once (Pareto's front), in the order of their numbers; with one
   * direction the best ones.
   */
  get front(): readonly FrozenTrial[] {
    return paretoFront(this.known, this.settings.directions);
  }

  /** Reads from the storage what other processes have done. */
  async refresh(): Promise<void> {
    this.known = await this.stored.trials();
  }

  /**
   * Runs trials until so many have ended or the time is up. Each begins as after a `setSeed` of its own, which is a matter of the study's seed
   * and the trial's number: its weights are the same in every process and thread.
   *
   * @param options.trials how many are run here; default: until `total`, `timeout` or `signal`
   * @param options.total how many the study is to have, those of other processes too: waits for theirs, to take them over if they die
   * @param options.parallel runs so many at a time in worker threads, each with an engine of its own; needs `module` of `study`
   * @param options.timeout seconds for all of them; trials that still run then are stored as failed
   * @param options.trialTimeout seconds for one; a trial that takes longer is stored as failed, and the next begins
   * @param options.heartbeat seconds between signs of life, default 60: the trials of a process that was silent for twice as long are failed,
   *   and enqueued again
   * @param options.signal ends the search once the running trials have ended
   * @param options.callbacks called with each trial that has ended, and the study
   * @param options.progress a bar with the best so far, on a terminal; default true
   * @throws ValueError; StateError where the study has no objective, and in place of an eleventh trial where the first ten that it runs have all failed; PlatformError for
   *   `parallel` in a page. An objective that throws or returns no finite number fails its trial, and the others go on
   */
  async optimize(options: OptimizeOptions<S>): Promise<this> {
    const { objective, module, seed } = this.settings;
    if (!objective) {
      throw new StateError(`${this.title}: optimize expected an objective; give study one, or use ask and tell`);
    }
    await optimize(this, { objective, module, seed }, options);
    return this;
  }

  /** Begins a trial whose objective runs elsewhere; `tell` ends it. Enqueued values come first. */
  async ask(): Promise<Trial<S>>;
  /** The same; undefined where none waits and the study has `total` trials, those that follow dead ones not counted. */
  async ask(options: { readonly total: number }): Promise<Trial<S> | undefined>;
  async ask(options: { readonly total?: number } = {}): Promise<Trial<S> | undefined> {
    checkOptions(`${this.title}: ask`, options, ["total"], true);
    const { total = Number.POSITIVE_INFINITY } = options;
    if (total !== Number.POSITIVE_INFINITY) checkNumber(`${this.title}: ask`, "total", total, { min: 0 });
    // One after the other: the sampler is to know the values of each that runs.
    const asked = this.asking.then(() => this.#begin(total));
    this.asking = asked.catch(() => undefined);
    return asked;
  }

  /**
   * Ends a trial of `ask`: with what its objective reached, or as failed.
   *
   * @param trial what `ask` returned, or its number
   * @param outcome the value (one a direction), or `{ failure: reason }`
   * @returns the trial as it is stored
   * @throws ValueError for a value that is not finite; StateError where the trial has ended before
   */
  async tell(trial: Trial<S> | number, outcome: Outcome | { readonly failure: string }): Promise<FrozenTrial> {
    const number = trial instanceof Trial ? trial.number : trial;
    const operation = `${this.title}: tell`;
    checkNumber(operation, "trial", number, { min: 0, whole: true });
    const running = this.running.get(number);
    if (outcome !== null && typeof outcome === "object" && "failure" in outcome) {
      checkText(operation, "failure", outcome.failure);
      await this.stored.setAttribute(number, "failure", outcome.failure);
      await this.stored.finish(number, "failed");
    } else if (running?.isPruned) await this.stored.finish(number, "pruned");
    else await this.stored.finish(number, "complete", this.#valuesFrom(number, outcome));
    running?.end();
    this.running.delete(number);
    await this.refresh();
    return this.known[number] as FrozenTrial;
  }

  /**
   * Has a later trial try these values; what is left out the sampler chooses.
   *
   * @throws ValueError for a name or a value that the space does not have
   */
  async enqueue(params: Partial<Params<S>>): Promise<void> {
    await this.stored.enqueue(checkValues(`${this.title}: enqueue`, this.settings.space, params));
    await this.refresh();
  }

  /** Says that the trials that run here live, so that no other process takes them for dead. */
  async heartbeat(): Promise<void> {
    for (const number of this.running.keys()) await this.stored.heartbeat(number);
  }

  /** Fails and enqueues again the trials of processes that have said nothing for so many seconds. */
  async reap(seconds: number): Promise<readonly number[]> {
    return this.stored.reap(checkNumber(`${this.title}: reap`, "seconds", seconds, { above: 0 }));
  }

  /** Closes the storage that a text named. */
  async close(): Promise<void> {
    await this.storage.close();
  }

  private get title(): string {
    return `study "${this.name}"`;
  }

  async #begin(total: number): Promise<Trial<S> | undefined> {
    for (;;) {
      const begun = await this.stored.begin(total);
      if (!begun) return undefined;
      const { number, params: given } = begun;
      // A thousand workers would each read what all the others do.
      if (this.settings.sampler.learns !== false) await this.refresh();
      const params = this.#chosen(number, given);
      try {
        await this.stored.setParams(number, params);
      } catch (error) {
        // The storage was away for so long that another process took this one for dead, and has enqueued the trial again.
        if (error instanceof StateError) continue;
        throw error;
      }
      const trial = new Trial<S>(this.host, number, paramsOf(this.settings.space, params));
      this.running.set(number, trial);
      return trial;
    }
  }

  /** Enqueued values, and for the others what the sampler says. */
  #chosen(number: number, given: Values): Values {
    const { sampler, space, directions, seed } = this.settings;
    const trials = this.known.filter((each) => each.number !== number && each.state !== "waiting");
    const sampled = sampler.sample({
      space,
      directions,
      trials,
      number,
      seed,
      draws: new Draws(seed, number, `search ${sampler.name}`),
    });
    return Object.keys(given).length === 0 ? sampled : completed(space, sampled, given);
  }

  async #shouldPrune(number: number): Promise<boolean> {
    const { pruner, directions } = this.settings;
    if (!pruner) return false;
    await this.refresh();
    const trial = this.known[number] as FrozenTrial;
    return pruner.shouldPrune({ trial, trials: this.known, direction: directions[0] as Direction });
  }

  #valuesFrom(number: number, outcome: Outcome): readonly number[] {
    const values = typeof outcome === "number" ? [outcome] : outcome;
    const { length } = this.settings.directions;
    const fits = Array.isArray(values) && values.length === length && values.every(Number.isFinite);
    if (fits) return values;
    const wanted = length === 1 ? "a finite number" : `${length} finite numbers`;
    throw new ValueError(
      `${this.title}: trial ${number} expected its objective to return ${wanted}, got ${show(outcome)}`,
    );
  }
}

/** The best complete trial in a direction, the earlier of two that are as good. */
export function bestOf(trials: readonly FrozenTrial[], direction: Direction): FrozenTrial | undefined {
  const sign = direction === "maximize" ? -1 : 1;
  let best: FrozenTrial | undefined;
  for (const trial of trials) {
    if (trial.state !== "complete") continue;
    if (!best || sign * (trial.values?.[0] as number) < sign * (best.values?.[0] as number)) best = trial;
  }
  return best;
}

/** Enqueued values, completed by sampled ones where their conditions hold. */
function completed(space: Space, sampled: Values, given: Values): Values {
  const values: Record<string, Values[string]> = {};
  for (const [name, { when }] of Object.entries(space)) {
    const value = given[name] ?? sampled[name];
    const holds = !when || (values[when.parameter] !== undefined && when.is.includes(values[when.parameter] as never));
    if (value !== undefined && holds) values[name] = value;
  }
  return values;
}
