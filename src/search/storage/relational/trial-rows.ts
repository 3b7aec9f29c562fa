import type { Choice } from "../../parameter.js";
import type { FrozenTrial } from "../../trial.js";
import { isOver } from "../rules.js";
import { toDate, toNumber, toState } from "./columns.js";
import type { Cell, Dialect, Row, Run } from "./database.js";
import { fromNumber } from "./distributions.js";
import { parsePythonJson } from "./python-json.js";

/** System attributes of Optuna that a trial shows among its own: see `Retry`. */
/** In a trial that follows a dead one: the number of the first of them. */
export const FIRST = "failed_trial";
export const RETRY = [FIRST, "retry_history"];
/** What was enqueued for a trial, which has no parameters until it is begun. */
export const FIXED = "fixed_params";

/**
 * The trials of a study as they are now. A trial that has ended never changes, so each is read once: what a study of ten thousand trials
 * costs at every question would grow with it otherwise.
 */
export class TrialRows {
  readonly #dialect: Dialect;
  readonly #study: number;
  readonly #trials: FrozenTrial[] = [];
  /** Of trials that had not ended when they were read last. */
  #open: readonly number[] = [];
  #last = 0;

  constructor(dialect: Dialect, study: number) {
    this.#dialect = dialect;
    this.#study = study;
  }

  async read(run: Run): Promise<readonly FrozenTrial[]> {
    const { text, oneOf } = this.#dialect;
    const columns = `trial_id, number, state, ${text("datetime_start")} AS started, ${text("datetime_complete")} AS ended`;
    const trials = await run(
      `SELECT ${columns} FROM trials WHERE study_id = $1 AND trial_id > $2
       UNION ALL SELECT ${columns} FROM trials WHERE ${oneOf("trial_id", "$3")} ORDER BY trial_id`,
      [this.#study, this.#last, JSON.stringify(this.#open)],
    );
    if (trials.length > 0) {
      const parts = await partsOf(
        run,
        this.#dialect,
        trials.map((row) => row.trial_id as number),
      );
      for (const row of trials) this.#trials[row.number as number] = toTrial(row, parts(row.trial_id as number));
      this.#open = trials.filter(({ state }) => !isOver(toState(state as string))).map((row) => row.trial_id as number);
      this.#last = Math.max(this.#last, trials.at(-1)?.trial_id as number);
    }
    return [...this.#trials];
  }
}

/** What other tables hold of a trial. */
interface Parts {
  readonly params: Record<string, Choice>;
  readonly values: number[];
  readonly intermediate: { readonly step: number; readonly value: number }[];
  readonly user: Record<string, unknown>;
  readonly system: Record<string, unknown>;
}

/**
 * Rows that differ only in the trial and one value come as one, with a list of each: a study's thousand trials have a few parameters and
 * steps, whose names and distributions would else be sent a thousand times. To read it so takes a client a fifth of the time.
 */
async function partsOf(run: Run, dialect: Dialect, ids: readonly number[]): Promise<(trial: number) => Parts> {
  const wanted = JSON.stringify(ids);
  const parts = new Map<number, Parts>();
  const of = (id: number): Parts => {
    const found = parts.get(id);
    if (found) return found;
    const made = { params: {}, values: [], intermediate: [], user: {}, system: {} };
    parts.set(id, made);
    return made;
  };
  type Add = (parts: Parts, labels: Row, value: Cell) => void;
  const gather = async (table: string, labels: string, value: string, order: string, add: Add, more = "") => {
    const rows = await run(
      `SELECT ${labels}, ${dialect.list("p.trial_id")} AS ids, ${value} AS list FROM trial_${table} p
       WHERE ${dialect.oneOf("p.trial_id", "$1")}${more} GROUP BY ${labels} ORDER BY ${order}`,
      [wanted],
    );
    for (const row of rows) {
      const ids = JSON.parse(row.ids as string) as number[];
      const list = JSON.parse(row.list as string) as Cell[];
      ids.forEach((id, i) => add(of(id), row, list[i] as Cell));
    }
  };
  const attributes = (kind: "user" | "system", more?: string) =>
    gather(
      `${kind}_attributes`,
      'p."key"',
      dialect.list("p.value_json"),
      `MIN(p.trial_${kind}_attribute_id)`,
      (parts, row, json) => (parts[kind][row.key as string] = parsePythonJson(json as string)),
      more,
    );
  const system = [...RETRY, FIXED].map((key) => `'${key}'`).join(", ");
  await Promise.all([
    gather(
      "params",
      "p.param_name, p.distribution_json",
      dialect.listOfDoubles("p.param_value"),
      "MIN(p.param_id)",
      (parts, row, value) =>
        (parts.params[row.param_name as string] = fromNumber(row.distribution_json as string, Number(value))),
    ),
    gather(
      "values",
      "p.objective, p.value_type",
      dialect.listOfDoubles("p.value"),
      "p.objective",
      (parts, row, value) => (parts.values[row.objective as number] = toNumber(Number(value), row.value_type as Cell)),
    ),
    gather(
      "intermediate_values",
      "p.step, p.intermediate_value_type",
      dialect.listOfDoubles("p.intermediate_value"),
      "p.step",
      (parts, row, value) =>
        parts.intermediate.push({
          step: row.step as number,
          value: toNumber(Number(value), row.intermediate_value_type as Cell),
        }),
    ),
    attributes("user"),
    attributes("system", ` AND p."key" IN (${system})`),
  ]);
  return of;
}

function toTrial(row: Row, { params, values, intermediate, user, system }: Parts): FrozenTrial {
  const state = toState(row.state as string);
  const { [FIXED]: fixed, ...retry } = system;
  const started = toDate(row.started as string | null);
  const ended = toDate(row.ended as string | null);
  return {
    number: row.number as number,
    state,
    params: { ...(isOver(state) ? {} : (fixed as Record<string, Choice>)), ...params },
    ...(values.length ? { values } : {}),
    intermediate,
    attributes: { ...retry, ...user },
    ...(started ? { started } : {}),
    ...(ended ? { ended } : {}),
  };
}

export const toParams = (rows: readonly Row[]): Record<string, Choice> =>
  Object.fromEntries(
    rows.map((row) => [
      row.param_name as string,
      fromNumber(row.distribution_json as string, row.param_value as number),
    ]),
  );

export const toAttributes = (rows: readonly Row[]): Record<string, unknown> =>
  Object.fromEntries(rows.map((row) => [row.key as string, parsePythonJson(row.value_json as string)]));
