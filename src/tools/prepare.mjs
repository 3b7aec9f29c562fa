// Brings a clone to where its programs run: installs the packages, builds the kernels, builds dist/ (unless told `--kernels`). What is
// up to date is skipped.
// Plain Node: it runs before anything is installed.

import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { fileURLToPath } from "node:url";

const STAMPS = "build/.stamp";

process.chdir(fileURLToPath(new URL("../..", import.meta.url)));
if (Number(process.versions.node.split(".")[0]) < 20)
  fail(`wasmgrad needs Node 20 or newer, this is ${process.version}`);
install();
const stamps = readStamps();
const tools = hashOf(["package-lock.json"]);
const kernels = hashOf(["assembly", "asconfig.json", "src/tools/kernels.mjs"], tools);
step("kernels", kernels, "build/kernels/kernels.d.ts", "building the kernels", () => {
  runNode(["src/tools/kernels.mjs"]);
});
if (!process.argv.includes("--kernels")) {
  const sources = hashOf(["src", "package.json", "tsconfig.json"], kernels);
  step("dist", sources, "dist/types/index.d.cts", "building dist", () => {
    rmSync("dist", { recursive: true, force: true });
    runNode(["node_modules/tsup/dist/cli-default.js", "--config", "src/tools/tsup.config.ts"]);
  });
}

/** Runs `build` unless its inputs are those of the last time and its last output is there. */
function step(name, hash, output, title, build) {
  if (stamps[name] === hash && existsSync(output)) return;
  console.log(`${title} …`);
  delete stamps[name];
  writeStamps();
  build();
  stamps[name] = hash;
  writeStamps();
}

/**
 * npm writes what it has installed into node_modules/.package-lock.json, last of all: where that has every version of
 * package-lock.json, an installation is whole and current, whoever made it.
 */
function install() {
  if (isInstalled()) return;
  if (isLink("node_modules")) {
    fail(`node_modules is a link to ${realpathSync("node_modules")}, which is out of date: run npm ci there`);
  }
  console.log("installing packages …");
  // No package that is used here needs its install script.
  const flags = ["ci", "--ignore-scripts", "--include=dev", "--no-audit", "--no-fund", "--loglevel=error"];
  const viaNpm = process.env.npm_execpath?.endsWith(".js");
  const result = viaNpm
    ? spawnSync(process.execPath, [process.env.npm_execpath, ...flags], { encoding: "utf8" })
    : spawnSync("npm", flags, { encoding: "utf8", shell: process.platform === "win32" });
  if (result.error || result.status === 127) {
    fail("npm was not found: it comes with Node, https://nodejs.org");
  }
  if (result.signal) process.exit(130);
  if (result.status === 0) return;
  const said = result.stderr.trim();
  const offline = /ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH|ENOTCACHED|network/i.exec(said);
  if (offline) {
    fail(
      `the packages could not be fetched (${offline[0]}): connect to the network, or set npm's proxy, and run this again`,
    );
  }
  console.error(said);
  fail("the packages could not be installed: npm says why above");
}

function isInstalled() {
  if (!existsSync("node_modules/.package-lock.json")) return false;
  const wanted = packagesIn("package-lock.json");
  const have = packagesIn("node_modules/.package-lock.json");
  return Object.entries(wanted).every(
    ([path, { version, optional, link }]) =>
      path === "" || link || have[path]?.version === version || (optional && !have[path]),
  );
}

function packagesIn(file) {
  return JSON.parse(readFileSync(file, "utf8")).packages;
}

function isLink(path) {
  return existsSync(path) && lstatSync(path).isSymbolicLink();
}

/** A hash of the names and contents of files and folders. */
function hashOf(paths, ...more) {
  const hash = createHash("sha256");
  for (const text of more) hash.update(text);
  const visit = (path) => {
    hash.update(`\n${path}\n`);
    hash.update(readFileSync(path));
  };
  for (const path of paths) {
    if (!lstatSync(path).isDirectory()) visit(path);
    else for (const file of filesIn(path)) visit(file);
  }
  return hash.digest("hex");
}

function filesIn(folder) {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => `${entry.parentPath ?? entry.path}/${entry.name}`.replaceAll("\\", "/"))
    .sort();
}

function readStamps() {
  try {
    return JSON.parse(readFileSync(STAMPS, "utf8"));
  } catch {
    return {};
  }
}

function writeStamps() {
  mkdirSync("build", { recursive: true });
  writeFileSync(STAMPS, JSON.stringify(stamps));
}

function runNode(args) {
  const { status, signal } = spawnSync(process.execPath, args, { stdio: "inherit" });
  if (signal) process.exit(130);
  if (status !== 0) fail(`${args[0]} failed: it says why above`);
}

function fail(message) {
  console.error(`prepare: ${message}`);
  process.exit(1);
}
