// A thousand workers on one study of a hyper-parameter search, many of which die: throughput, latency, and whether anything is lost or
// done twice. Ends with 1 where it is.
//
//   node bench/simulate-search.mjs [--workers 1000] [--seconds 90] [--failures 0.05] [--storage postgres]
//
// `--help` tells the rest.

import { spawnSync } from "node:child_process";
import { build } from "esbuild";

const outdir = "build/bench/simulation";
await build({
  entryPoints: ["bench/simulation/main.ts", "bench/simulation/process.ts"],
  outdir,
  outExtension: { ".js": ".mjs" },
  bundle: true,
  platform: "node",
  format: "esm",
  target: "node20",
  conditions: ["node"],
  packages: "external",
  logLevel: "error",
});
const { status } = spawnSync(process.execPath, [`${outdir}/main.mjs`, ...process.argv.slice(2)], { stdio: "inherit" });
process.exit(status ?? 1);
