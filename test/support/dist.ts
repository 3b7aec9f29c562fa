import { execFileSync } from "node:child_process";

/** Builds the package, once, before the tests that run it. */
export default function setup(): void {
  execFileSync(process.execPath, ["src/tools/prepare.mjs"], { stdio: "pipe" });
}
