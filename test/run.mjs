// Runs everything that must hold: lint, formatting and types, then every test; with arguments, only the test files that they match
// (`npm test -- test/ops`). Says why tests were skipped, and ends with the line `N passed, N failed`, `, N skipped` where some were.

import { spawn } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, rmSync } from "node:fs";
import { resolve } from "node:path";
import { fileURLToPath } from "node:url";

process.chdir(fileURLToPath(new URL("..", import.meta.url)));

const BIOME = "node_modules/@biomejs/biome/bin/biome";
const checks = [
  ["lint", [BIOME, "lint", "--error-on-warnings", "."]],
  ["formatting", [BIOME, "check", "--linter-enabled=false", "."]],
  ["types", ["node_modules/typescript/bin/tsc", "--noEmit"]],
];
const filters = process.argv.slice(2);
const total = { passed: 0, failed: [], skipped: [] };

// The terminal sends Ctrl-C to the running child too; its end is awaited, so that the last line is still printed.
let interrupted = false;
process.on("SIGINT", () => {
  interrupted = true;
});

await main();
for (const line of total.skipped) console.log(`skipped: ${line}`);
// What they say is far up by now.
for (const line of total.failed) console.log(`failed: ${line}`);
const skipped = total.skipped.length ? `, ${total.skipped.length} skipped` : "";
console.log(`${total.passed} passed, ${total.failed.length} failed${skipped}`);
process.exitCode = interrupted ? 130 : total.failed.length === 0 ? 0 : 1;

async function main() {
  // One file's tests need the kernels only; those of the package build dist/ themselves.
  if ((await run(["src/tools/prepare.mjs", ...(filters.length ? ["--kernels"] : [])])) !== 0) {
    console.log("✗ build");
    total.failed.push("build");
    if (!existsSync("build/kernels/kernels.d.ts")) return;
  }
  if (filters.length === 0) {
    const codes = await Promise.all(checks.map(([, command]) => run(command)));
    checks.forEach(([name], i) => {
      console.log(`${codes[i] === 0 ? "✓" : "✗"} ${name}`);
      if (codes[i] === 0) total.passed++;
      else total.failed.push(name);
    });
  }
  if (!interrupted) await runTests();
}

async function runTests() {
  const file = resolve("build/test-summary.json");
  mkdirSync("build", { recursive: true });
  rmSync(file, { force: true });
  const reporters = ["--reporter=default", "--reporter=./test/support/summary.ts"];
  const command = ["node_modules/vitest/vitest.mjs", "run", "--config", "test/vitest.config.ts", ...reporters];
  const code = await run([...command, ...filters], { WASMGRAD_TEST_SUMMARY: file });
  const summary = readSummary(file);
  total.passed += summary.passed;
  total.failed.push(...summary.failed);
  total.skipped.push(...summary.skipped);
  if (code !== 0 && summary.failed.length === 0) {
    total.failed.push(`the test runner ended with ${code} and no failed test: see above`);
  }
}

/** Nothing, where the runner ended before it could write. */
function readSummary(file) {
  try {
    return JSON.parse(readFileSync(file, "utf8"));
  } catch {
    return { passed: 0, failed: [], skipped: [] };
  }
}

/** Runs a Node program; its exit code, or the signal that ended it. */
function run(args, environment = {}) {
  const child = spawn(process.execPath, args, { stdio: "inherit", env: { ...process.env, ...environment } });
  return new Promise((done) => child.on("close", (code, signal) => done(code ?? signal)));
}
