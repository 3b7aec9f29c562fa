import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { buildPrograms } from "../../../support/node-programs.js";

export const PROGRAM = "build/search-storage/worker.js";

/** Makes the worker a program, which a process can run. */
export const buildWorker = (): Promise<void> =>
  buildPrograms("build/search-storage", { worker: "test/search/storage/support/worker.ts" });

/** A worker that is started anew when it dies. */
export class Worker {
  readonly log: string;
  readonly #address: string;
  readonly #node: string;
  #process: ChildProcess | undefined;
  #faults: string[] = [];
  #isEnding = false;

  constructor(address: string, log: string, node = process.execPath) {
    this.log = log;
    this.#node = node;
    this.#address = address;
  }

  get faults(): readonly string[] {
    return this.#faults;
  }

  /** @param trials after which it ends by itself */
  start(trials = 1e9): Promise<number | null> {
    const child = spawn(this.#node, [PROGRAM, this.#address, this.log, String(trials)], {
      stdio: ["ignore", "ignore", "pipe"],
    });
    this.#process = child;
    let said = "";
    child.stderr?.on("data", (text) => (said += text));
    return new Promise((done) =>
      child.on("close", (code) => {
        if (code !== 0 && code !== null) this.#faults.push(said);
        if (trials === 1e9 && !this.#isEnding) this.start();
        done(code);
      }),
    );
  }

  kill(): void {
    this.#process?.kill("SIGKILL");
  }

  async end(): Promise<void> {
    this.#isEnding = true;
    const child = this.#process;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const closed = new Promise((done) => child.on("close", done));
    child.kill("SIGKILL");
    await closed;
  }

  get lines(): string[] {
    return existsSync(this.log) ? readFileSync(this.log, "utf8").split("\n").filter(Boolean) : [];
  }
}
