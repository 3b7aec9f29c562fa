import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

/** The folder of a package installed here, with its separator. */
export const folderOf = (name) => fileURLToPath(new URL(`../node_modules/${name}/`, import.meta.url));

export const versionOf = (name) => versionIn(`${folderOf(name)}package.json`);

/** Of wasmgrad itself. */
export const ownVersion = () => versionIn(new URL("../../../package.json", import.meta.url));

const versionIn = (file) => JSON.parse(readFileSync(file, "utf8")).version;
