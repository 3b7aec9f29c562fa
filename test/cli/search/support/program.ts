import { type ChildProcess, spawn } from "node:child_process";
import { buildPrograms } from "../../../support/node-programs.js";

const FOLDER = "build/search-cli";
/** What `npx wasmgrad` runs. */
export const PROGRAM = `${FOLDER}/cli.js`;
/** What a study's module imports as `wasmgrad/search`. */
export const SEARCH = `${process.cwd()}/${FOLDER}/search.js`;

/** Makes the command line a program, with its threads and with what a study imports. */
export const buildProgram = (): Promise<void> =>
  buildPrograms(FOLDER, {
    cli: "src/cli/index.ts",
    search: "src/search/index.ts",
    "search-thread": "src/search/parallel/script.ts",
  });

/** A command line in a process of its own. */
export class Process {
  out = "";
  error = "";
  readonly child: ChildProcess;
  readonly #ended: Promise<number | null>;

  constructor(args: readonly string[], cwd: string, env: NodeJS.ProcessEnv = {}, node = process.execPath) {
    this.child = spawn(node, [`${process.cwd()}/${PROGRAM}`, ...args], {
      cwd,
      env: { ...process.env, ...env },
      stdio: ["ignore", "pipe", "pipe"],
    });
    this.child.stdout?.on("data", (text) => (this.out += text));
    this.child.stderr?.on("data", (text) => (this.error += text));
    this.#ended = new Promise((resolve) => this.child.on("close", (code) => resolve(code)));
  }

  /** @returns the exit code; null where a signal ended it */
  end(): Promise<number | null> {
    return this.#ended;
  }

  /** Waits until it has said something on standard error. */
  async said(what: RegExp): Promise<void> {
    while (!what.test(this.error)) {
      if (this.child.exitCode !== null || this.child.signalCode !== null) {
        throw new Error(`ended before it said ${what}: ${this.error}${this.out}`);
      }
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
}
