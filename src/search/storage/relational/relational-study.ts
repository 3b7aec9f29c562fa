import { show } from "../../../util/check.js";
import { StateError, ValueError } from "../../../util/errors.js";
import type { Choice, Parameter, Values } from "../../parameter.js";
import type { FrozenTrial, TrialState } from "../../trial.js";
import { checkEnd, checkOpen, lostReason, type Retry, retryOf, toJson } from "../rules.js";
import type { Begun, StoredStudy, StudyHead } from "../storage.js";
import { fromDate, fromNumber, fromState, toState } from "./columns.js";
import { type Cell, type Database, later, places, type Run } from "./database.js";
import { toDistribution, toNumber } from "./distributions.js";
import { OPEN } from "./schema.js";
import { FIRST, FIXED, RETRY, TrialRows, toAttributes, toParams } from "./trial-rows.js";

interface Inserted {
  readonly number: number;
  readonly id: number;
}

/** A study in Optuna's tables. */
export class RelationalStudy implements StoredStudy {
  readonly head: StudyHead;
  readonly #database: Database;
  readonly #id: number;
  readonly #rows: TrialRows;
  /** The keys of trials by their numbers; only of what is committed, since a transaction that made a trial may yet fail. */
  readonly #ids = new Map<number, number>();
  #reading: Promise<unknown> = Promise.resolve();

  constructor(database: Database, id: number, head: StudyHead) {
    this.head = head;
    this.#database = database;
    this.#id = id;
    this.#rows = new TrialRows(database.dialect, id);
  }

  async trials(): Promise<readonly FrozenTrial[]> {
    // One after the other: each begins where the last one ended.
    const read = this.#reading.then(() => this.#database.read((run) => this.#rows.read(run)));
    this.#reading = read.catch(() => undefined);
    return read;
  }

  async begin(): Promise<Begun>;
  async begin(total: number): Promise<Begun | undefined>;
  async begin(total = Number.POSITIVE_INFINITY): Promise<Begun | undefined> {
    const begun = await this.#database.write(async (run) => {
      const [waiting] = await run(
        `UPDATE trials SET state = 'RUNNING', datetime_start = $2 WHERE trial_id = (
           SELECT trial_id FROM trials WHERE study_id = $1 AND ${OPEN} AND state = 'WAITING' ORDER BY number LIMIT 1${this.#database.dialect.lockFree}
         ) RETURNING trial_id, number`,
        [this.#id, fromDate(new Date())],
      );
      if (!waiting) {
        const made = await this.#insert(run, "running", total);
        return made && { ...made, params: {} };
      }
      const id = waiting.trial_id as number;
      const [params] = await Promise.all([enqueued(run, id), this.#beat(run, id)]);
      return { number: waiting.number as number, id, params };
    });
    if (!begun) return undefined;
    this.#ids.set(begun.number, begun.id);
    return { number: begun.number, params: begun.params };
  }

  async enqueue(params: Values, attributes: Readonly<Record<string, unknown>> = {}): Promise<number> {
    return this.#database.write(async (run) => {
      const { number, id } = (await this.#insert(run, "waiting")) as Inserted;
      await setAttribute(run, "system", id, FIXED, toJson("enqueue", "params", params));
      for (const [key, value] of Object.entries(attributes)) {
        await setAttribute(run, "user", id, key, toJson("enqueue", `attributes.${key}`, value));
      }
      return number;
    });
  }

  async setParams(number: number, params: Values): Promise<void> {
    const rows = Object.entries(params).map(([name, value]) => {
      const parameter = this.#parameter(name, value);
      return [name, toNumber(parameter, value), toDistribution(parameter)];
    });
    await this.#change("setParams", number, async (run, id) => {
      if (rows.length === 0) return;
      await run(
        `INSERT INTO trial_params (trial_id, param_name, param_value, distribution_json) VALUES ${places(rows.length, 4)}
         ON CONFLICT (trial_id, param_name) DO UPDATE SET param_value = excluded.param_value, distribution_json = excluded.distribution_json`,
        rows.flatMap((row) => [id, ...row]),
      );
    });
  }

  async setAttribute(number: number, key: string, value: unknown): Promise<void> {
    const json = toJson("setAttribute", key, value);
    await this.#change("setAttribute", number, (run, id) => setAttribute(run, "user", id, key, json));
  }

  async report(number: number, step: number, value: number): Promise<void> {
    await this.#change("report", number, async (run, id) => {
      await run(
        `INSERT INTO trial_intermediate_values (trial_id, step, intermediate_value, intermediate_value_type) VALUES ($1, $2, $3, $4)
         ON CONFLICT (trial_id, step) DO UPDATE SET intermediate_value = excluded.intermediate_value, intermediate_value_type = excluded.intermediate_value_type`,
        [id, step, ...fromNumber(value)],
      );
    });
  }

  async finish(number: number, state: "complete" | "pruned" | "failed", values?: readonly number[]): Promise<void> {
    checkEnd(state, values, this.head.directions.length);
    const end = async (run: Run, id: number) => {
      const ending = later(setEnd(run, id, state));
      if (values?.length) {
        await run(
          `INSERT INTO trial_values (trial_id, objective, value, value_type) VALUES ${places(values.length, 4)}
           ON CONFLICT (trial_id, objective) DO UPDATE SET value = excluded.value, value_type = excluded.value_type`,
          values.flatMap((value, i) => [id, i, ...fromNumber(value)]),
        );
      }
      await ending;
    };
    await this.#change("finish", number, end, state);
  }

  async heartbeat(number: number): Promise<void> {
    await this.#database.write(async (run) => this.#beat(run, await this.#idOf(run, "heartbeat", number)));
  }

  async silences(): Promise<ReadonlyMap<number, number>> {
    const age = this.#database.dialect.age("h.heartbeat");
    const rows = await this.#database.read((run) =>
      run(
        `SELECT t.number, ${age} AS seconds FROM trials t JOIN trial_heartbeats h ON h.trial_id = t.trial_id
         WHERE t.study_id = $1 AND ${OPEN} AND state = 'RUNNING' ORDER BY t.number`,
        [this.#id],
      ),
    );
    return new Map(rows.map((row) => [row.number as number, Number(row.seconds)]));
  }

  async reap(seconds: number, retries = Number.POSITIVE_INFINITY): Promise<readonly number[]> {
    const { age, lockFree } = this.#database.dialect;
    // Looked up for each that runs: there is a heartbeat of every trial that ever was.
    const dead = `SELECT trial_id, number FROM trials WHERE study_id = $1 AND ${OPEN} AND state = 'RUNNING'
      AND (SELECT ${age("heartbeat")} FROM trial_heartbeats h WHERE h.trial_id = trials.trial_id) > $2 ORDER BY number`;
    const values = [this.#id, seconds];
    // Nearly always nobody has died: that is found out without a lock.
    if ((await this.#database.read((run) => run(dead, values))).length === 0) return [];
    return this.#database.write(async (run) => {
      const rows = await run(`${dead}${lockFree}`, values);
      for (const row of rows) {
        const [id, number] = [row.trial_id as number, row.number as number];
        const before = toAttributes(await attributesOf(run, id, RETRY)) as Partial<Retry>;
        const retry = retryOf(number, before, retries);
        if (retry) await this.#enqueueAgain(run, id, retry);
        await setAttribute(run, "user", id, "failure", JSON.stringify(lostReason(seconds, retry)));
        await setEnd(run, id, "failed");
      }
      return rows.map((row) => row.number as number);
    });
  }

  /** In the way of Optuna's RetryHeartbeatStaleTrialCallback. */
  async #enqueueAgain(run: Run, id: number, retry: Retry): Promise<void> {
    const { id: again } = (await this.#insert(run, "waiting")) as Inserted;
    const copy = (table: string, key: string, columns: string) =>
      run(
        `INSERT INTO ${table} (trial_id, ${columns}) SELECT CAST($1 AS INTEGER), ${columns} FROM ${table} WHERE trial_id = $2 ORDER BY ${key}`,
        [again, id],
      );
    await copy("trial_params", "param_id", "param_name, param_value, distribution_json");
    await copy("trial_user_attributes", "trial_user_attribute_id", '"key", value_json');
    await copy("trial_system_attributes", "trial_system_attribute_id", '"key", value_json');
    for (const [key, value] of Object.entries(retry)) {
      await setAttribute(run, "system", again, key, JSON.stringify(value));
    }
  }

  /**
   * A new trial, of the next number, unless there are `total`: nobody else makes one of this study until the transaction ends. What is sent
   * while the study is locked goes at once: all who begin a trial wait for each other there.
   */
  async #insert(run: Run, state: TrialState, total = Number.POSITIVE_INFINITY): Promise<Inserted | undefined> {
    const { lock, now } = this.#database.dialect;
    const last = "FROM trials WHERE study_id = $1 ORDER BY trial_id DESC LIMIT 1";
    const locking = run(`SELECT study_id FROM studies WHERE study_id = $1${lock}`, [this.#id]);
    if (total < Number.POSITIVE_INFINITY) {
      await locking;
      const [newest] = await run(`SELECT number ${last}`, [this.#id]);
      const count = newest ? (newest.number as number) + 1 : 0;
      if (count >= total && count - (await this.#retries(run)) >= total) return undefined;
    }
    const inserting = later(
      run(
        `INSERT INTO trials (study_id, number, state, datetime_start)
         VALUES ($1, COALESCE((SELECT number + 1 ${last}), 0), $2, $3) RETURNING trial_id, number`,
        [this.#id, fromState(state), state === "running" ? fromDate(new Date()) : null],
      ),
    );
    const beat = `INSERT INTO trial_heartbeats (trial_id, heartbeat) SELECT trial_id, ${now} ${last}`;
    const beating = state === "running" ? later(run(beat, [this.#id])) : undefined;
    const [study] = await locking;
    if (!study) {
      throw new StateError(
        `${this.#database.name}: study "${this.head.name}" expected, got none; it was deleted meanwhile`,
      );
    }
    const [made] = await inserting;
    await beating;
    return { number: made?.number as number, id: made?.trial_id as number };
  }

  /** How many trials follow dead ones. */
  async #retries(run: Run): Promise<number> {
    const [row] = await run(
      `SELECT COUNT(*) AS retries FROM trial_system_attributes a JOIN trials t ON t.trial_id = a.trial_id
       WHERE t.study_id = $1 AND a."key" = $2`,
      [this.#id, FIRST],
    );
    return Number(row?.retries);
  }

  async #beat(run: Run, id: number): Promise<void> {
    await run(
      `INSERT INTO trial_heartbeats (trial_id, heartbeat) VALUES ($1, ${this.#database.dialect.now})
       ON CONFLICT (trial_id) DO UPDATE SET heartbeat = excluded.heartbeat`,
      [id],
    );
  }

  /** Changes a trial that has not ended, which nobody else ends meanwhile. @param end what it becomes, where that ends it */
  async #change(operation: string, number: number, change: (run: Run, id: number) => Promise<void>, end?: TrialState) {
    await this.#database.write(async (run, isDoubtful) => {
      const id = await this.#idOf(run, operation, number);
      const looking = run(`SELECT state FROM trials WHERE trial_id = $1${this.#database.dialect.lock}`, [id]);
      // Sent behind it at once: where the trial has ended, all of it is taken back.
      const changing = later(change(run, id));
      const [row] = await looking;
      const state = row && toState(row.state as string);
      const hasEndedSo = isDoubtful && end !== undefined && state === end;
      if (!hasEndedSo) checkOpen(operation, number, state, end !== undefined);
      await changing;
    });
  }

  async #idOf(run: Run, operation: string, number: number): Promise<number> {
    const known = this.#ids.get(number);
    if (known !== undefined) return known;
    const [row] = await run("SELECT trial_id FROM trials WHERE study_id = $1 AND number = $2", [this.#id, number]);
    if (!row) checkOpen(operation, number, undefined);
    this.#ids.set(number, row?.trial_id as number);
    return row?.trial_id as number;
  }

  #parameter(name: string, value: Choice): Parameter {
    const parameter = this.head.space?.[name];
    if (!parameter) {
      throw new ValueError(
        `setParams: params expected names of the study's space, got ${show(name)}; it has ${Object.keys(this.head.space ?? {}).join(", ") || "none: open the study with a space"}`,
      );
    }
    if (parameter.type === "choice" ? parameter.choices.includes(value) : typeof value === "number") return parameter;
    throw new ValueError(`setParams: params.${name} expected a value of the study's space, got ${show(value)}`);
  }
}

async function setEnd(run: Run, id: number, state: TrialState): Promise<void> {
  await run("UPDATE trials SET state = $1, datetime_complete = $2 WHERE trial_id = $3", [
    fromState(state),
    fromDate(new Date()),
    id,
  ]);
}

async function setAttribute(run: Run, kind: "user" | "system", id: number, key: string, json: string): Promise<void> {
  await run(
    `INSERT INTO trial_${kind}_attributes (trial_id, "key", value_json) VALUES ($1, $2, $3)
     ON CONFLICT (trial_id, "key") DO UPDATE SET value_json = excluded.value_json`,
    [id, key, json],
  );
}

const attributesOf = (run: Run, id: number, keys: readonly string[]) =>
  run(
    `SELECT "key", value_json FROM trial_system_attributes WHERE trial_id = $1 AND "key" IN (${keys.map((_, i) => `$${i + 2}`).join(", ")})`,
    [id, ...keys] as Cell[],
  );

/** What is settled for a trial that was waiting: what was enqueued, and what the dead trial had that it follows. */
async function enqueued(run: Run, id: number): Promise<Values> {
  const fixed = toAttributes(await attributesOf(run, id, [FIXED]))[FIXED] as Values | undefined;
  const params = await run(
    "SELECT param_name, param_value, distribution_json FROM trial_params WHERE trial_id = $1 ORDER BY param_id",
    [id],
  );
  return { ...fixed, ...toParams(params) };
}
