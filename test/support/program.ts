import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { build } from "esbuild";
import { afterAll, beforeAll } from "vitest";

/**
 * Runs programs in a process of their own, which must end by itself, with the library bundled as `wg` and Node's `gc` exposed.
 *
 * @returns a function from the text of a program to what it prints
 */
export function programs(): (text: string, options?: { flags?: string[]; timeout?: number }) => Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), "wasmgrad-program-"));
  beforeAll(() =>
    build({
      entryPoints: ["src/index.ts"],
      bundle: true,
      platform: "node",
      format: "esm",
      conditions: ["node"],
      outfile: join(folder, "wasmgrad.mjs"),
      logLevel: "error",
    }),
  );
  afterAll(() => rmSync(folder, { recursive: true }));
  return async (text, { flags = [], timeout = 30_000 } = {}) => {
    const file = join(folder, "program.mjs");
    writeFileSync(file, `import * as wg from "./wasmgrad.mjs";\n${text}`);
    return (await promisify(execFile)(process.execPath, ["--expose-gc", ...flags, file], { timeout })).stdout;
  };
}
