import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const folder = fileURLToPath(new URL("..", import.meta.url));

/** Whether node_modules holds every package of the lock file at its version. */
export function isInstalled() {
  const have = packagesIn("node_modules/.package-lock.json");
  const wanted = packagesIn("package-lock.json");
  return Object.entries(wanted).every(
    ([path, { version, optional }]) => path === "" || have[path]?.version === version || (optional && !have[path]),
  );
}

/** Installs what is missing, without install scripts: none of these packages needs its own. @throws Error with npm's words */
export function install() {
  if (isInstalled()) return;
  console.error("installing the other libraries …");
  const args = ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"];
  const { status, error, stderr } = spawnSync("npm", args, {
    cwd: folder,
    encoding: "utf8",
    shell: process.platform === "win32",
  });
  if (status !== 0) throw new Error(`compare: npm ci failed in bench/compare: ${error?.message ?? stderr.trim()}`);
}

function packagesIn(name) {
  const file = `${folder}${name}`;
  return existsSync(file) ? JSON.parse(readFileSync(file, "utf8")).packages : {};
}
