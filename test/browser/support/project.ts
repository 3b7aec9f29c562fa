import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join, resolve } from "node:path";
import { promisify } from "node:util";
import { build } from "esbuild";
import { build as buildWithVite, defaultClientConditions } from "vite";
import webpack from "webpack";
import { pages } from "./library.js";

/** A user's project: the pages, with the package installed beside them. */
export interface Project {
  readonly folder: string;
  remove(): void;
}

/** @param peers optional packages that are installed too; by default none, as npm leaves them */
export function project(peers: readonly string[] = []): Project {
  const folder = mkdtempSync(join(tmpdir(), "wasmgrad-project-"));
  const packages = join(folder, "node_modules");
  for (const part of ["package.json", "dist/browser", "dist/kernels"]) {
    cpSync(part, join(packages, "wasmgrad", part), { recursive: true });
  }
  for (const peer of peers) {
    mkdirSync(dirname(join(packages, peer)), { recursive: true });
    symlinkSync(resolve("node_modules", peer), join(packages, peer), "junction");
  }
  cpSync(pages, folder, { recursive: true });
  return { folder, remove: () => rmSync(folder, { recursive: true, force: true }) };
}

/** The script of threads, which esbuild puts beside the rest if it is told to. */
export const thread = "node_modules/wasmgrad/dist/browser/thread.js";

/** The condition under which a bundle has no kernels of its own. */
export const byUrl = "wasmgrad-url";

/** Bundles modules of a project, in pieces, as a page has them; the folder that it is served from. */
export async function withEsbuild(
  { folder }: Project,
  modules: readonly string[],
  conditions: string[] = [],
): Promise<string> {
  const outdir = join(folder, "esbuild");
  await build({
    entryPoints: modules.map((module) => ({ in: join(folder, module), out: basename(module, ".js") })),
    outdir,
    bundle: true,
    splitting: true,
    format: "esm",
    platform: "browser",
    conditions,
    minify: true,
    logLevel: "error",
  });
  return outdir;
}

/** Bundles the first of modules, and the workers that it starts, to main.js. */
export async function withVite(
  { folder }: Project,
  [module]: readonly [string, ...string[]],
  conditions: string[] = [],
): Promise<string> {
  const outDir = join(folder, "vite");
  await buildWithVite({
    root: folder,
    configFile: false,
    logLevel: "error",
    resolve: { conditions: [...conditions, ...defaultClientConditions] },
    worker: { format: "es" },
    build: { outDir, rolldownOptions: { input: join(folder, module), output: { entryFileNames: "main.js" } } },
  });
  return outDir;
}

/** The same. */
export async function withWebpack({ folder }: Project, [module]: readonly [string, ...string[]]): Promise<string> {
  const path = join(folder, "webpack");
  const compiler = webpack({
    mode: "production",
    optimization: { minimize: false },
    performance: false,
    context: folder,
    entry: `./${module}`,
    output: { path, filename: "main.js", publicPath: "/" },
  });
  const stats = await promisify(compiler.run.bind(compiler))();
  await promisify(compiler.close.bind(compiler))();
  const { errors = [], warnings = [] } = stats?.toJson({ all: false, errors: true, warnings: true }) ?? {};
  // It tells of each import of an optional package that is not there.
  const others = warnings.filter(({ message }) => !message.startsWith("Module not found: Error: Can't resolve"));
  if (errors.length + others.length > 0) {
    throw new Error([...errors, ...others].map(({ message }) => message).join("\n"));
  }
  return path;
}
