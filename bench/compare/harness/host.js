// The process of one library: reads requests as lines of JSON (`requests.js`), answers each with a line.

import { writeFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { pathToFileURL } from "node:url";
import { answering } from "./requests.js";

const [adapter, threads] = process.argv.slice(2);
const answer = answering({
  open: async () => (await import(pathToFileURL(adapter).href)).open({ threads: Number(threads) }),
  save: (file, arrays) =>
    writeFileSync(file, Buffer.concat(arrays.map((each) => Buffer.from(Float32Array.from(each).buffer)))),
  about: { node: process.version, flags: process.execArgv },
});

for await (const line of createInterface({ input: process.stdin })) {
  process.stdout.write(`${JSON.stringify(await answer(JSON.parse(line)))}\n`);
}
process.exit(0);
