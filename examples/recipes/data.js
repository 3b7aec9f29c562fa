// Where the programs of this folder find the published data sets: the folder that WASMGRAD_DATA names, else ../shared/data.

import { existsSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const folder = process.env.WASMGRAD_DATA ?? fileURLToPath(new URL("../../../shared/data", import.meta.url));

/** The path of a data file; where it is missing, a message that says where it comes from, and the end. */
export function dataFile(path, origin) {
  const file = join(folder, path);
  if (existsSync(file)) return file;
  console.error(`${file} is not there. Get it from ${origin}, or name the folder that holds ${path} by WASMGRAD_DATA.`);
  process.exit(1);
}

/** `0.9789 ± 0.0150` of a list of fractions: mean and standard deviation. */
export function meanAndDeviation(values) {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length;
  return `${mean.toFixed(4)} ± ${Math.sqrt(variance).toFixed(4)}`;
}
