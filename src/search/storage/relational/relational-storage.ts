import { checkText } from "../../../util/check.js";
import { ValueError } from "../../../util/errors.js";
import type { Space } from "../../parameter.js";
import type { Direction } from "../../sampler.js";
import { missingStudy, type Storage, type StudyHead } from "../storage.js";
import { type Database, places, type Run } from "./database.js";
import { checkDistribution } from "./distributions.js";
import { RelationalStudy } from "./relational-study.js";
import { prepare } from "./schema.js";
import { toAttributes } from "./trial-rows.js";

/** System attributes of a study for what Optuna does not know: scales and conditions, and the seed. */
const SPACE = "wasmgrad:space";
const SEED = "wasmgrad:seed";

/** Studies in Optuna's tables, which are made for the first one. @param connect called on first use */
export function relationalStorage(connect: () => Promise<Database>): Storage {
  let connected: Database | undefined;
  let hasTables = false;
  let last: Promise<unknown> = Promise.resolve();
  async function prepared(makes: boolean): Promise<Database | undefined> {
    const at = (connected ??= await connect());
    try {
      hasTables ||= await prepare(at, makes);
    } catch (error) {
      // What hindered it may be gone at the next call.
      connected = undefined;
      await at.close();
      throw error;
    }
    return hasTables ? at : undefined;
  }
  /** Undefined where there are no tables, and none are to be made: who only reads leaves nothing behind. */
  function database(makes: boolean): Promise<Database | undefined> {
    const next = last.then(() => prepared(makes));
    last = next.catch(() => undefined);
    return next;
  }
  return {
    async open(head) {
      checkText("open", "name", head.name);
      if (head.name.length > 512) {
        throw new ValueError(`open: name expected at most 512 characters, got ${head.name.length}`);
      }
      const at = (await database(true)) as Database;
      // A thousand workers open a study that is there and complete: none of them has to wait for the others.
      const found = await at.read((run) => findStudy(run, head.name));
      const isWhole = found && !lacks(found.stored, head);
      const { id, stored } = isWhole ? found : await at.write((run) => openStudy(run, at.dialect.lock, head));
      return new RelationalStudy(at, id, stored);
    },
    async find(name) {
      const at = await database(false);
      if (!at) return undefined;
      const found = await at.read(async (run) => {
        const [row] = await run("SELECT study_id FROM studies WHERE study_name = $1", [name]);
        return row && { id: row.study_id as number, head: await headOf(run, row.study_id as number, name) };
      });
      return found && new RelationalStudy(at, found.id, found.head);
    },
    names: async () => (await (await database(false))?.read(namesIn)) ?? [],
    async delete(name) {
      const at = await database(false);
      if (!at) throw missingStudy("delete: name", name, []);
      await at.write((run) => deleteStudy(run, name));
    },
    async close() {
      await last;
      const open = connected;
      connected = undefined;
      hasTables = false;
      await open?.close();
    },
  };
}

async function namesIn(run: Run): Promise<string[]> {
  return (await run("SELECT study_name FROM studies ORDER BY study_id")).map((row) => row.study_name as string);
}

interface Found {
  readonly id: number;
  readonly stored: StudyHead;
}

async function findStudy(run: Run, name: string): Promise<Found | undefined> {
  const [row] = await run("SELECT study_id FROM studies WHERE study_name = $1", [name]);
  if (!row) return undefined;
  const id = row.study_id as number;
  return { id, stored: await headOf(run, id, name) };
}

/** Whether what is stored is to get something of `head`. One of other directions is another study, as whoever opens it will find out. */
function lacks(stored: StudyHead, head: StudyHead): boolean {
  if (stored.directions.join() !== head.directions.join()) return false;
  return (!stored.space && head.space !== undefined) || (stored.seed === undefined && head.seed !== undefined);
}

async function openStudy(run: Run, lock: string, head: StudyHead): Promise<Found> {
  const [made] = await run("INSERT INTO studies (study_name) VALUES ($1) ON CONFLICT DO NOTHING RETURNING study_id", [
    head.name,
  ]);
  if (made) {
    const { directions } = head;
    await run(
      `INSERT INTO study_directions (study_id, objective, direction) VALUES ${places(directions.length, 3)}`,
      directions.flatMap((direction, i) => [made.study_id as number, i, direction.toUpperCase()]),
    );
  }
  const [row] = made ? [made] : await run(`SELECT study_id FROM studies WHERE study_name = $1${lock}`, [head.name]);
  const id = row?.study_id as number;
  const before = await headOf(run, id, head.name);
  if (!lacks(before, head)) return { id, stored: before };
  if (!before.space && head.space) {
    await checkTrials(run, id, head.name, head.space);
    await setAttribute(run, id, SPACE, head.space);
  }
  if (before.seed === undefined && head.seed !== undefined) await setAttribute(run, id, SEED, head.seed);
  return { id, stored: { ...before, space: before.space ?? head.space, seed: before.seed ?? head.seed } };
}

async function headOf(run: Run, id: number, name: string): Promise<StudyHead> {
  const directions = await run("SELECT direction FROM study_directions WHERE study_id = $1 ORDER BY objective", [id]);
  const attributes = toAttributes(
    await run(`SELECT "key", value_json FROM study_system_attributes WHERE study_id = $1 AND "key" IN ($2, $3)`, [
      id,
      SPACE,
      SEED,
    ]),
  );
  return {
    name,
    // NOT_SET is what Optuna called it before there was a choice.
    directions: directions.map(({ direction }): Direction => (direction === "MAXIMIZE" ? "maximize" : "minimize")),
    space: attributes[SPACE] as Space | undefined,
    seed: attributes[SEED] as number | undefined,
  };
}

/** Whether the trials that another program made are of the space. @throws ValueError */
async function checkTrials(run: Run, id: number, study: string, space: Space): Promise<void> {
  const rows = await run(
    "SELECT DISTINCT p.param_name, p.distribution_json FROM trial_params p JOIN trials t ON t.trial_id = p.trial_id WHERE t.study_id = $1",
    [id],
  );
  for (const row of rows) {
    const name = row.param_name as string;
    const parameter = space[name];
    if (parameter) checkDistribution(study, name, parameter, row.distribution_json as string);
  }
}

async function setAttribute(run: Run, id: number, key: string, value: unknown): Promise<void> {
  await run(`INSERT INTO study_system_attributes (study_id, "key", value_json) VALUES ($1, $2, $3)`, [
    id,
    key,
    JSON.stringify(value),
  ]);
}

const OF_TRIALS = [
  "trial_user_attributes",
  "trial_system_attributes",
  "trial_params",
  "trial_values",
  "trial_intermediate_values",
  "trial_heartbeats",
];
const OF_STUDY = ["trials", "study_directions", "study_user_attributes", "study_system_attributes", "studies"];

async function deleteStudy(run: Run, name: string): Promise<void> {
  const [study] = await run("SELECT study_id FROM studies WHERE study_name = $1", [name]);
  if (!study) throw missingStudy("delete: name", name, await namesIn(run));
  const id = study.study_id as number;
  for (const table of OF_TRIALS) {
    await run(`DELETE FROM ${table} WHERE trial_id IN (SELECT trial_id FROM trials WHERE study_id = $1)`, [id]);
  }
  for (const table of OF_STUDY) await run(`DELETE FROM ${table} WHERE study_id = $1`, [id]);
}
