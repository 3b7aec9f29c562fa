import { build } from "esbuild";

/** The sources that come with these in a page, or with `later` also those that they may ask for. */
export async function broughtBy(entryPoints: string[], later = false): Promise<string[]> {
  const { metafile } = await build({
    entryPoints,
    outdir: "none",
    bundle: true,
    splitting: true,
    format: "esm",
    platform: "browser",
    packages: "external",
    metafile: true,
    write: false,
  });
  const found = new Set(entryPoints);
  for (const path of found) {
    for (const { kind, external, path: next } of metafile.inputs[path]?.imports ?? []) {
      if (!external && (later || kind === "import-statement")) found.add(next);
    }
  }
  return [...found].sort();
}
