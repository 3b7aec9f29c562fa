import { build } from "esbuild";

/**
 * Makes sources programs of plain JavaScript, which processes and threads can run.
 *
 * @param entryPoints sources by the names of the programs
 */
export async function buildPrograms(folder: string, entryPoints: Readonly<Record<string, string>>): Promise<void> {
  await build({
    entryPoints: { ...entryPoints },
    outdir: folder,
    bundle: true,
    splitting: true,
    platform: "node",
    format: "esm",
    target: "es2022",
    conditions: ["node"],
    packages: "external",
    logLevel: "error",
    plugins: [
      {
        name: "kernels",
        setup({ onResolve }) {
          // The binaries are megabytes of text.
          onResolve({ filter: /^#kernels\// }, ({ path }) => ({
            path: `${process.cwd()}/build/kernels/${path.slice("#kernels/".length)}.js`,
            external: true,
          }));
        },
      },
    ],
  });
}
