import { WasmgradError } from "../util/errors.js";
import { version } from "../util/version.js";
import { convert } from "./convert.js";
import { inspectFile } from "./inspect.js";
import { predictFile } from "./predict.js";
import type { Terminal } from "./terminal.js";
import { exitCodes, UsageError } from "./usage.js";

interface Command {
  readonly usage: string;
  readonly does: string;
  run(args: readonly string[], terminal: Terminal): Promise<number>;
}

const commands: Readonly<Record<string, Command>> = {
  inspect: inspectFile,
  convert,
  predict: predictFile,
};

/** Runs a command line. @returns one of `exitCodes` */
export async function run(args: readonly string[], terminal: Terminal): Promise<number> {
  const [name = "", ...rest] = args;
  if (name === "--version") {
    terminal.print(version);
    return exitCodes.fine;
  }
  if (name === "" || name === "--help" || name === "-h" || name === "help") {
    terminal.print(overview(terminal));
    return name === "" ? exitCodes.usage : exitCodes.fine;
  }
  const command = Object.hasOwn(commands, name) ? commands[name] : undefined;
  if (!command) {
    return refused(terminal, `command expected ${Object.keys(commands).join(", ")}, got "${name}"`, "wasmgrad --help");
  }
  if (rest.includes("--help") || rest.includes("-h")) {
    terminal.print(command.usage);
    return exitCodes.fine;
  }
  try {
    return await command.run(rest, terminal);
  } catch (error) {
    terminal.clear();
    if (error instanceof UsageError) return refused(terminal, error.message, `wasmgrad ${name} --help`);
    // What is no error of ours is a fault of ours: its stack says where.
    const text = error instanceof WasmgradError ? error.message : String((error as Error).stack ?? error);
    terminal.note(`${terminal.style("red", "error")} ${text}`);
    return exitCodes.failed;
  }
}

function refused(terminal: Terminal, text: string, help: string): number {
  terminal.note(`${terminal.style("red", "error")} ${text}; see ${help}`);
  return exitCodes.usage;
}

function overview({ style }: Terminal): string {
  const width = Math.max(...Object.keys(commands).map((name) => name.length));
  const lines = Object.entries(commands).map(([name, { does }]) => `  ${style("cyan", name.padEnd(width))}  ${does}`);
  return `${style("bold", "wasmgrad")} ${version}: opens, converts and runs models of every framework

Usage: wasmgrad COMMAND …, each with --help

${lines.join("\n")}

Exit codes: 0 done, 1 failed, 2 wrong command line, 3 the file has parts that no model can be made of (inspect)`;
}
