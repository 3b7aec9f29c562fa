// Bundles benchmark files and runs them one after the other, each in a process of its own.
//
//   node bench/run.mjs              all of bench/**/*.bench.ts
//   node bench/run.mjs gemm relu    those of these names

import { spawnSync } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import { basename } from "node:path";
import { build } from "esbuild";

const folder = "build/bench";
const files = readdirSync("bench", { recursive: true })
  .map((file) => `bench/${file.replaceAll("\\", "/")}`)
  .filter((file) => file.endsWith(".bench.ts") && !file.startsWith("bench/compare/"))
  .sort();
const nameOf = (file) => basename(file, ".bench.ts");
const wanted = process.argv.slice(2);
const unknown = wanted.find((name) => !files.some((file) => nameOf(file) === name));
if (unknown !== undefined) {
  console.error(`bench: no suite "${unknown}"; there are ${files.map(nameOf).join(", ")}`);
  process.exit(1);
}
if (!existsSync("build/kernels")) {
  console.error("bench: the kernels are not built; run npm run build first");
  process.exit(1);
}

let failed = false;
for (const file of files) {
  if (wanted.length > 0 && !wanted.includes(nameOf(file))) continue;
  const outfile = `${folder}/${nameOf(file)}.mjs`;
  await build({
    entryPoints: [file],
    outfile,
    bundle: true,
    platform: "node",
    format: "esm",
    target: "node20",
    conditions: ["node"],
    external: ["benny"],
    logLevel: "error",
  });
  console.log(`\n# ${nameOf(file)} (Node ${process.version})\n`);
  const { status } = spawnSync(process.execPath, [...process.execArgv, outfile], { stdio: "inherit" });
  failed ||= status !== 0;
}
process.exit(failed ? 1 : 0);
