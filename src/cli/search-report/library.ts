import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { absent } from "../../util/peer.js";

/** The text of ECharts as a script that defines `echarts`: all of it, 1.1 MB, since no bundler stands between it and the page. */
export async function libraryText(operation: string): Promise<string> {
  try {
    return await readFile(createRequire(import.meta.url).resolve("echarts/dist/echarts.min.js"), "utf8");
  } catch (cause) {
    throw absent(operation, "echarts", cause);
  }
}
