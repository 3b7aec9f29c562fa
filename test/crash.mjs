// Eight processes on one study in a SQLite file, and eight on one in PostgreSQL, killed at random for two minutes: `npm run crash`.
// WASMGRAD_CRASH_SECONDS and WASMGRAD_CRASH_PROCESSES change that.

import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";

const env = { WASMGRAD_CRASH_SECONDS: "120", WASMGRAD_CRASH_PROCESSES: "8", ...process.env };
const run = fileURLToPath(new URL("run.mjs", import.meta.url));
process.exitCode =
  spawnSync(process.execPath, [run, "test/search/storage/crash"], { stdio: "inherit", env }).status ?? 1;
