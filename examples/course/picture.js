// Where the programs of the course leave their pictures: docs/course/, or the folder that WASMGRAD_PICTURES names.

import { mkdir, writeFile } from "node:fs/promises";
import { join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";

const folder = process.env.WASMGRAD_PICTURES ?? fileURLToPath(new URL("../../docs/course", import.meta.url));

/** Writes an SVG text to NAME.svg and says where. */
export async function picture(name, svg) {
  await mkdir(folder, { recursive: true });
  const path = join(folder, `${name}.svg`);
  await writeFile(path, svg);
  const near = relative(process.cwd(), path);
  console.log(`picture: ${near.startsWith("..") ? resolve(path) : near}`);
}
