import { version } from "../util/version.js";
import { dispatch, type Group } from "./commands.js";
import { convert } from "./convert.js";
import { inspectFile } from "./inspect.js";
import { predictFile } from "./predict.js";
import { search } from "./search/index.js";
import type { Terminal } from "./terminal.js";
import { exitCodes } from "./usage.js";

const wasmgrad: Group = {
  does: "",
  about: `${version}: opens, converts and runs models of every framework, and searches for hyper-parameters`,
  notes:
    "Exit codes: 0 done, 1 failed, 2 wrong command line, 3 the file has parts that no model can be made of (inspect), 130 ended by Ctrl-C (search)",
  commands: { inspect: inspectFile, convert, predict: predictFile, search },
};

/** Runs a command line. @returns one of `exitCodes` */
export async function run(args: readonly string[], terminal: Terminal): Promise<number> {
  if (args[0] !== "--version") return dispatch("wasmgrad", wasmgrad, args, terminal);
  terminal.print(version);
  return exitCodes.fine;
}
