import { FormatError } from "../../../util/errors.js";
import type { Database, Dialect, Run } from "./database.js";

// The tables of Optuna 3.2 to 5 (optuna/storages/_rdb/models.py), so that Optuna and its dashboard open what is written here.

const SCHEMA_VERSION = 12;
/** The revision of Alembic, by which Optuna tells what tables look like. */
const REVISION = "v3.2.0.a";
const EARLIER = /^v(0\.9|1\.2|1\.3|2\.4|2\.6|3\.0)\.0\.[a-d]$/;
/** Optuna shows it where a storage is too old for it. */
const LIBRARY_VERSION = "4.0.0";

/** A condition that lets the index of such trials be used: SQLite looks for it word by word. */
export const OPEN = "state IN ('WAITING', 'RUNNING')";

const NAME = "VARCHAR(512)";

const ENUMERATIONS = {
  studydirection: ["NOT_SET", "MINIMIZE", "MAXIMIZE"],
  trialstate: ["RUNNING", "COMPLETE", "PRUNED", "FAIL", "WAITING"],
  trialvaluetype: ["FINITE", "INF_POS", "INF_NEG"],
  trialintermediatevaluetype: ["FINITE", "INF_POS", "INF_NEG", "NAN"],
} as const;

/**
 * Whether the tables are there.
 *
 * @param makes them, where there are none
 * @throws FormatError where there are others than these
 */
export async function prepare(database: Database, makes: boolean): Promise<boolean> {
  const { dialect, name } = database;
  let found = await database.read((run) => versionOf(run, dialect));
  // Tables may be seen before their rows are, while somebody else makes them: who has the lock knows.
  if (found ? found.schema === undefined : makes) found = await database.write((run) => settle(run, dialect, makes));
  if (found) check(name, found);
  return found !== undefined;
}

interface Version {
  readonly schema: number | undefined;
  readonly revision: string | undefined;
}

/** Undefined where there is no table of these yet. */
async function versionOf(run: Run, { findTable }: Dialect): Promise<Version | undefined> {
  const has = async (table: string) => (await run(findTable, [table])).length > 0;
  if (!(await has("version_info")))
    return (await has("studies")) ? { schema: undefined, revision: undefined } : undefined;
  const [info] = await run("SELECT schema_version FROM version_info");
  const [stamp] = (await has("alembic_version")) ? await run("SELECT version_num FROM alembic_version") : [];
  return { schema: info?.schema_version as number | undefined, revision: stamp?.version_num as string | undefined };
}

function check(name: string, { schema, revision }: Version): void {
  if (schema === SCHEMA_VERSION && revision === REVISION) return;
  const expected = `${name}: tables of Optuna's revision ${REVISION} expected, got`;
  if (schema === undefined) {
    throw new FormatError(`${expected} a table "studies" of another program; take another file or database`);
  }
  if (schema < SCHEMA_VERSION || revision === undefined || EARLIER.test(revision)) {
    throw new FormatError(
      `${expected} those of an older one (${revision ?? `schema ${schema}`}); bring them up to date with: optuna storage upgrade --storage URL`,
    );
  }
  throw new FormatError(`${expected} those of a newer one (${revision}, schema ${schema}); update wasmgrad`);
}

async function settle(run: Run, dialect: Dialect, makes: boolean): Promise<Version | undefined> {
  if (dialect.lockSchema) await run(dialect.lockSchema);
  // Somebody else may have made them while the lock was waited for.
  const found = await versionOf(run, dialect);
  return found || !makes ? found : create(run, dialect);
}

async function create(run: Run, dialect: Dialect): Promise<Version> {
  for (const [type, names] of Object.entries(ENUMERATIONS)) {
    const statement = dialect.createEnumeration(type, names);
    if (statement) await run(statement);
  }
  for (const statement of tables(dialect)) await run(statement);
  await run("INSERT INTO version_info (version_info_id, schema_version, library_version) VALUES (1, $1, $2)", [
    SCHEMA_VERSION,
    LIBRARY_VERSION,
  ]);
  await run("INSERT INTO alembic_version (version_num) VALUES ($1)", [REVISION]);
  return { schema: SCHEMA_VERSION, revision: REVISION };
}

function tables({ serial, double, time, enumeration }: Dialect): string[] {
  const type = (name: keyof typeof ENUMERATIONS) => enumeration(name, ENUMERATIONS[name]);
  const table = (name: string, key: string, ...rest: string[]) =>
    `CREATE TABLE ${name} (${[`${key} ${serial} NOT NULL`, ...rest, `PRIMARY KEY (${key})`].join(", ")})`;
  const ofStudy = "FOREIGN KEY(study_id) REFERENCES studies (study_id)";
  const ofTrial = "FOREIGN KEY(trial_id) REFERENCES trials (trial_id)";
  const attributes = (of: string, kind: string, foreign: string) =>
    table(
      `${of}_${kind}_attributes`,
      `${of}_${kind}_attribute_id`,
      `${of}_id INTEGER`,
      `"key" ${NAME}`,
      "value_json TEXT",
      `UNIQUE (${of}_id, "key")`,
      foreign,
    );
  return [
    table("studies", "study_id", `study_name ${NAME} NOT NULL`),
    "CREATE UNIQUE INDEX ix_studies_study_name ON studies (study_name)",
    "CREATE TABLE version_info (version_info_id INTEGER NOT NULL, schema_version INTEGER, library_version VARCHAR(256), PRIMARY KEY (version_info_id), CHECK (version_info_id=1))",
    table(
      "study_directions",
      "study_direction_id",
      `direction ${type("studydirection")} NOT NULL`,
      "study_id INTEGER NOT NULL",
      "objective INTEGER NOT NULL",
      "UNIQUE (study_id, objective)",
      ofStudy,
    ),
    attributes("study", "user", ofStudy),
    attributes("study", "system", ofStudy),
    table(
      "trials",
      "trial_id",
      "number INTEGER",
      "study_id INTEGER",
      `state ${type("trialstate")} NOT NULL`,
      `datetime_start ${time}`,
      `datetime_complete ${time}`,
      ofStudy,
    ),
    "CREATE INDEX ix_trials_study_id ON trials (study_id)",
    // Not one of Optuna's, which does not mind: the next waiting trial among a hundred thousand that have ended.
    `CREATE INDEX ix_trials_open ON trials (study_id, number) WHERE ${OPEN}`,
    attributes("trial", "user", ofTrial),
    attributes("trial", "system", ofTrial),
    table(
      "trial_params",
      "param_id",
      "trial_id INTEGER",
      `param_name ${NAME}`,
      `param_value ${double}`,
      "distribution_json TEXT",
      "UNIQUE (trial_id, param_name)",
      ofTrial,
    ),
    table(
      "trial_values",
      "trial_value_id",
      "trial_id INTEGER NOT NULL",
      "objective INTEGER NOT NULL",
      `value ${double}`,
      `value_type ${type("trialvaluetype")} NOT NULL`,
      "UNIQUE (trial_id, objective)",
      ofTrial,
    ),
    table(
      "trial_intermediate_values",
      "trial_intermediate_value_id",
      "trial_id INTEGER NOT NULL",
      "step INTEGER NOT NULL",
      `intermediate_value ${double}`,
      `intermediate_value_type ${type("trialintermediatevaluetype")} NOT NULL`,
      "UNIQUE (trial_id, step)",
      ofTrial,
    ),
    table(
      "trial_heartbeats",
      "trial_heartbeat_id",
      "trial_id INTEGER NOT NULL",
      `heartbeat ${time} NOT NULL`,
      "UNIQUE (trial_id)",
      ofTrial,
    ),
    "CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL, CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num))",
  ];
}
