import { execFile } from "node:child_process";
import { pathToFileURL } from "node:url";
import { promisify } from "node:util";
import type { Call } from "./page.js";

/** Calls a function of a module, by its path in the repository, in a Node of its own, so with the built package. */
export async function callInNode<T>(
  { module, name, args = [] }: Call,
  program = process.execPath,
  flags: readonly string[] = [],
): Promise<T> {
  const url = JSON.stringify(pathToFileURL(module).href);
  const code = `const said = await (await import(${url}))[${JSON.stringify(name)}](...${JSON.stringify(args)});
console.log(JSON.stringify(said));`;
  const { stdout } = await promisify(execFile)(program, [...flags, "--input-type=module", "--eval", code], {
    timeout: 50_000,
  });
  return JSON.parse(stdout);
}
