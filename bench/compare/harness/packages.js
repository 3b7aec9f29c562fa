import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

/** The folder of a package installed here, with its separator. */
export const folderOf = (name) => fileURLToPath(new URL(`../node_modules/${name}/`, import.meta.url));

export const versionOf = (name) => JSON.parse(readFileSync(`${folderOf(name)}package.json`, "utf8")).version;
