import type { Group } from "../commands.js";
import { best } from "./best.js";
import { deleteStudy } from "./delete.js";
import { exportTrials } from "./export.js";
import { report } from "./report.js";
import { runStudy } from "./run.js";
import { status } from "./status.js";
import { worker } from "./worker.js";

export const search: Group = {
  does: "finds good hyper-parameters, on one core or on many machines",
  about: "finds good hyper-parameters, on one core or on many machines",
  notes: `A study is a file of JavaScript or TypeScript whose default export is defineStudy({ name, space, objective, … }) of wasmgrad/search.
Its trials live in a storage: a SQLite file, such as digits.sqlite, or a PostgreSQL database, postgres://user@host/database with the
password in PGPASSWORD. Optuna and its dashboard read both.`,
  commands: {
    run: runStudy,
    worker,
    status,
    best,
    report,
    export: exportTrials,
    delete: deleteStudy,
  },
};
