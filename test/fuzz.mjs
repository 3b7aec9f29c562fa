// Feeds every reader damaged files: `npm run fuzz -- [ROUNDS] [SEED]`, rounds for each reader (default: a million), a seed for other damage.

import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";

process.chdir(fileURLToPath(new URL("..", import.meta.url)));
const [rounds = "1000000", seed = "1"] = process.argv.slice(2);
for (const [name, value] of Object.entries({ ROUNDS: rounds, SEED: seed })) {
  if (!/^\d+$/.test(value)) {
    console.error(`fuzz: ${name} expected a whole number, got "${value}"`);
    process.exit(2);
  }
}
const env = { ...process.env, FUZZ_ROUNDS: rounds, FUZZ_SEED: seed };
process.exitCode =
  spawnSync(process.execPath, ["test/run.mjs", "test/formats/fuzz"], { stdio: "inherit", env }).status ?? 1;
