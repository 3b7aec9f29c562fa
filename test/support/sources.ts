import { readdirSync, readFileSync } from "node:fs";

/** The TypeScript files of a folder, by path from the root. */
export function sourcesIn(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .map((name) => `${folder}/${name.replaceAll("\\", "/")}`)
    .filter((path) => path.endsWith(".ts"))
    .sort();
}

export function read(path: string): string {
  return readFileSync(path, "utf8");
}

/** The lines of a file that a pattern matches, comments aside, as `path:line: text`. */
export function linesWith(path: string, pattern: RegExp): string[] {
  return withoutComments(read(path))
    .split("\n")
    .flatMap((line, i) => (pattern.test(line) ? [`${path}:${i + 1}: ${line.trim()}`] : []));
}

/** The text with comments blanked, line for line. Good enough for code that has no `//` or `/*` in its strings. */
function withoutComments(text: string): string {
  return text.replace(/\/\*[\s\S]*?\*\/|(?<!:)\/\/[^\n]*/g, (comment) => comment.replace(/[^\n]/g, " "));
}
