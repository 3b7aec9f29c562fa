import { nearest } from "../util/check.js";
import { WasmgradError } from "../util/errors.js";
import { withoutPasswords } from "./passwords.js";
import type { Terminal } from "./terminal.js";
import { exitCodes, UsageError } from "./usage.js";

export interface Command {
  /** What `--help` prints. */
  readonly usage: string;
  /** What it is for, in the list of commands. */
  readonly does: string;
  /** @returns one of `exitCodes` */
  run(args: readonly string[], terminal: Terminal): Promise<number>;
}

/** Commands under a name. */
export interface Group {
  readonly does: string;
  /** Stands above the list of its commands, and below it. */
  readonly about: string;
  readonly notes?: string;
  readonly commands: Readonly<Record<string, Command | Group>>;
}

/**
 * Runs what the first of `args` names.
 *
 * @param path the words of the command line before them
 * @returns one of `exitCodes`
 */
export async function dispatch(
  path: string,
  group: Group,
  args: readonly string[],
  terminal: Terminal,
): Promise<number> {
  const [name = "", ...rest] = args;
  if (name === "" || name === "--help" || name === "-h" || name === "help") {
    terminal.print(overview(path, group, terminal));
    return name === "" ? exitCodes.usage : exitCodes.fine;
  }
  const { commands } = group;
  const command = Object.hasOwn(commands, name) ? commands[name] : undefined;
  if (!command) {
    const names = Object.keys(commands);
    const near = nearest(name, names);
    const remedy = near ? `; did you mean "${near}"?` : "";
    return refused(terminal, `command expected ${names.join(", ")}, got "${name}"${remedy}`, path);
  }
  return "commands" in command
    ? dispatch(`${path} ${name}`, command, rest, terminal)
    : execute(`${path} ${name}`, command, rest, terminal);
}

async function execute(path: string, command: Command, args: readonly string[], terminal: Terminal): Promise<number> {
  if (args.includes("--help") || args.includes("-h")) {
    terminal.print(command.usage);
    return exitCodes.fine;
  }
  try {
    return await command.run(args, terminal);
  } catch (error) {
    terminal.clear();
    if (error instanceof UsageError) return refused(terminal, error.message, path);
    // What is no error of ours is a fault of ours: its stack says where.
    const text = error instanceof WasmgradError ? error.message : String((error as Error).stack ?? error);
    terminal.note(withoutPasswords(`${terminal.style("red", "error")} ${text}`));
    return exitCodes.failed;
  }
}

function refused(terminal: Terminal, text: string, path: string): number {
  const end = text.endsWith("?") ? " See" : "; see";
  terminal.note(withoutPasswords(`${terminal.style("red", "error")} ${text}${end} ${path} --help`));
  return exitCodes.usage;
}

function overview(path: string, { about, notes, commands }: Group, { style }: Terminal): string {
  const width = Math.max(...Object.keys(commands).map((name) => name.length));
  const lines = Object.entries(commands).map(([name, { does }]) => `  ${style("cyan", name.padEnd(width))}  ${does}`);
  const parts = [
    `${style("bold", path)} ${about}`,
    `Usage: ${path} COMMAND …, each with --help`,
    lines.join("\n"),
    ...(notes ? [notes] : []),
  ];
  return parts.join("\n\n");
}
