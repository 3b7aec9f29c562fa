import { existsSync, readFileSync } from "node:fs";

/**
 * The public entries by name, each with its source: what the `exports` of package.json lists is the one list. `"."` is `index`,
 * `"./data"` is `data` at src/data/index.ts.
 */
export function entries(): Record<string, string> {
  const { exports } = JSON.parse(readFileSync("package.json", "utf8")) as { exports: Record<string, unknown> };
  const paths = Object.keys(exports).filter((path) => path !== "./package.json");
  const pairs = paths.map((path): [string, string] =>
    path === "." ? ["index", "src/index.ts"] : [path.slice(2), `src/${path.slice(2)}/index.ts`],
  );
  return Object.fromEntries(pairs.filter(([, source]) => existsSync(source)));
}
