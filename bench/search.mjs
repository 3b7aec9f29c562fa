// What the samplers reach on functions whose minimum is known and in training a network on digits, beside random search and Optuna's, whose
// results bench/search/compare.py writes to bench/search/optuna.json; how many epochs the pruners take to find the best of 64 configurations
// on Fashion-MNIST; how long bayesian() takes to choose.
//
//   node bench/search.mjs                       all, and the picture bench/search/search.svg
//   node bench/search.mjs Branin digits         these problems: Branin, Hartmann-6, "Rosenbrock-5 with noise", digits
//   node bench/search.mjs pruning | time        these parts

import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { build } from "esbuild";

const { peerDependencies } = JSON.parse(readFileSync("package.json", "utf8"));
const outfile = "build/bench/search.mjs";
await build({
  entryPoints: ["bench/search/main.ts"],
  outfile,
  bundle: true,
  platform: "node",
  format: "esm",
  target: "node20",
  conditions: ["node"],
  external: Object.keys(peerDependencies),
  logLevel: "error",
});
const { status } = spawnSync(process.execPath, [outfile, ...process.argv.slice(2)], { stdio: "inherit" });
process.exit(status ?? 1);
