import type { Values } from "../parameter.js";
import type { FrozenTrial } from "../trial.js";
import { checkEnd, checkOpen, lostReason, type Retry, retryOf, toJson } from "./rules.js";
import { type Begun, missingStudy, type Storage, type StoredStudy, type StudyHead } from "./storage.js";

/**
 * Studies that live as long as the process does.
 *
 * @example
 * const study = await memoryStorage().open({ name: "first", directions: ["minimize"] });
 * const { number } = await study.begin();
 * await study.finish(number, "complete", [0.25]);
 * (await study.trials()).map(({ state }) => state); // ["complete"]
 */
export function memoryStorage(): Storage {
  const studies = new Map<string, MemoryStudy>();
  return {
    async open(head) {
      const found = studies.get(head.name);
      if (found) {
        found.add(head);
        return found;
      }
      const made = new MemoryStudy(head);
      studies.set(head.name, made);
      return made;
    },
    find: async (name) => studies.get(name),
    names: async () => [...studies.keys()],
    async delete(name) {
      if (!studies.delete(name)) throw missingStudy("delete: name", name, [...studies.keys()]);
    },
    async close() {},
  };
}

class MemoryStudy implements StoredStudy {
  head: StudyHead;
  readonly #trials: FrozenTrial[] = [];
  readonly #beats = new Map<number, number>();

  constructor(head: StudyHead) {
    this.head = head;
  }

  add({ directions, space, seed }: StudyHead): void {
    if (directions.join() !== this.head.directions.join()) return;
    this.head = { space, seed, ...defined(this.head) };
  }

  async trials(): Promise<readonly FrozenTrial[]> {
    return [...this.#trials];
  }

  async begin(): Promise<Begun>;
  async begin(total: number): Promise<Begun | undefined>;
  async begin(total = Number.POSITIVE_INFINITY): Promise<Begun | undefined> {
    const waiting = this.#trials.find(({ state }) => state === "waiting")?.number;
    if (waiting === undefined && this.#trials.length >= total) {
      const retries = this.#trials.filter(({ attributes }) => "failed_trial" in attributes).length;
      if (this.#trials.length - retries >= total) return undefined;
    }
    const number = waiting ?? this.#append({ state: "running", params: {}, attributes: {} });
    this.#change(number, { state: "running", started: new Date() });
    await this.heartbeat(number);
    return { number, params: this.#at(number).params };
  }

  async enqueue(params: Values, attributes: Readonly<Record<string, unknown>> = {}): Promise<number> {
    return this.#append({
      state: "waiting",
      params: { ...params },
      attributes: JSON.parse(toJson("enqueue", "attributes", attributes)),
    });
  }

  async setParams(number: number, params: Values): Promise<void> {
    const before = this.#open("setParams", number).params;
    this.#change(number, { params: { ...before, ...params } });
  }

  async setAttribute(number: number, key: string, value: unknown): Promise<void> {
    const { attributes } = this.#open("setAttribute", number);
    this.#change(number, { attributes: { ...attributes, [key]: JSON.parse(toJson("setAttribute", key, value)) } });
  }

  async report(number: number, step: number, value: number): Promise<void> {
    const others = this.#open("report", number).intermediate.filter((each) => each.step !== step);
    this.#change(number, { intermediate: [...others, { step, value }].sort((a, b) => a.step - b.step) });
  }

  async finish(number: number, state: "complete" | "pruned" | "failed", values?: readonly number[]): Promise<void> {
    checkEnd(state, values, this.head.directions.length);
    this.#open("finish", number, true);
    this.#change(number, { state, ...(values ? { values: [...values] } : {}), ended: new Date() });
  }

  async heartbeat(number: number): Promise<void> {
    this.#beats.set(number, performance.now());
  }

  async silences(): Promise<ReadonlyMap<number, number>> {
    const running = this.#trials.filter(({ state }) => state === "running");
    return new Map(
      running.map(({ number }) => [number, (performance.now() - (this.#beats.get(number) as number)) / 1000]),
    );
  }

  async reap(seconds: number, retries = Number.POSITIVE_INFINITY): Promise<readonly number[]> {
    const latest = performance.now() - seconds * 1000;
    const dead = this.#trials.filter(
      ({ number, state }) => state === "running" && (this.#beats.get(number) as number) < latest,
    );
    for (const { number, params, attributes } of dead) {
      const retry = retryOf(number, attributes as Partial<Retry>, retries);
      this.#change(number, {
        state: "failed",
        attributes: { ...attributes, failure: lostReason(seconds, retry) },
        ended: new Date(),
      });
      if (retry) this.#append({ state: "waiting", params, attributes: { ...attributes, ...retry } });
    }
    return dead.map(({ number }) => number);
  }

  #append(trial: Pick<FrozenTrial, "state" | "params" | "attributes">): number {
    return this.#trials.push({ number: this.#trials.length, intermediate: [], ...trial }) - 1;
  }

  #open(operation: string, number: number, running = false): FrozenTrial {
    checkOpen(operation, number, this.#trials[number]?.state, running);
    return this.#at(number);
  }

  /** Trials are not written to: whoever has got one keeps what it was. */
  #change(number: number, change: Partial<FrozenTrial>): void {
    this.#trials[number] = { ...this.#at(number), ...change };
  }

  #at(number: number): FrozenTrial {
    return this.#trials[number] as FrozenTrial;
  }
}

/** An object without its keys that hold undefined. */
function defined<T extends object>(object: T): T {
  return Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined)) as T;
}
