import * as util from "node:util";
import { exitCodes } from "./usage.js";

/** Where a command's words go. */
export interface Terminal {
  /** What was asked for: standard output. */
  print(text: string): void;
  /** What is said beside it: standard error. */
  note(text: string): void;
  style(format: Style, text: string): string;
  /** Shows how far a file has come. */
  progress(done: number, total: number | undefined, file: string): void;
  /** Takes the progress off the screen. */
  clear(): void;
  /** Whether a person looks on, so that what is on the screen may be drawn anew. */
  readonly isLive: boolean;
  /** Whether training and searches show bars: where a person looks on, and the package that draws them is there. */
  readonly hasBars: boolean;
  /** Puts a text in the place of all that is on the screen. */
  redraw(text: string): void;
  /** Asks, and waits for a line; undefined where nobody can answer. */
  ask(question: string): Promise<string | undefined>;
  /** Calls `stop` at the first Ctrl-C, or request to end; the second one ends the process. @returns what takes that back */
  onStop(stop: () => void): () => void;
}

export type Style = "bold" | "dim" | "red" | "green" | "yellow" | "cyan";

/** Files that take a person's patience, in bytes. */
const LARGE = 16e6;

/** What a terminal understands: to the upper left corner; away with all from there on. */
const [HOME, CLEAR_BELOW] = ["\x1b[H", "\x1b[J"];

/** Shows the cursor and breaks lines, which a bar had hindered. */
const AS_IT_WAS = "\x1b[?25h\x1b[?7h\n";

/** Ctrl-C, and what process managers and Kubernetes send. */
const SIGNALS = ["SIGINT", "SIGTERM"] as const;

/** That of this process: with colours and progress where a person looks on. */
export async function processTerminal(): Promise<Terminal> {
  const { stdin, stdout, stderr, env } = process;
  const hasColors = env.FORCE_COLOR ? env.FORCE_COLOR !== "0" : Boolean(stdout.isTTY) && !env.NO_COLOR;
  const { styleText } = util as Partial<typeof util>; // from Node 20.12 on
  const library = stdout.isTTY || stderr.isTTY ? await import("cli-progress").catch(() => undefined) : undefined;
  let bar: InstanceType<typeof import("cli-progress").SingleBar> | undefined;
  const clear = () => {
    bar?.stop();
    bar = undefined;
    if (stdout.isTTY) stdout.write(CLEAR_BELOW);
  };
  return {
    print: (text) => void stdout.write(`${text}\n`),
    note: (text) => void stderr.write(`${text}\n`),
    style: (format, text) =>
      hasColors && styleText ? styleText(format, text, { validateStream: false } as never) : text,
    progress(done, total, file) {
      if (!library || !stderr.isTTY || total === undefined || total < LARGE) return;
      if (!bar) {
        const { Presets, SingleBar } = library.default;
        const format = `{bar} {percentage} %  ${file.replace(/^.*[/\\]/, "")}`;
        bar = new SingleBar({ format, barsize: 24, hideCursor: true, clearOnComplete: true }, Presets.shades_classic);
        bar.start(total, 0);
      }
      bar.update(done);
      if (done >= total) clear();
    },
    clear,
    isLive: Boolean(stdout.isTTY),
    hasBars: Boolean(stdout.isTTY && library),
    redraw: (text) => void stdout.write(`${HOME}${CLEAR_BELOW}${text}\n`),
    async ask(question) {
      if (!stdin.isTTY || !stderr.isTTY) return undefined;
      const { createInterface } = await import("node:readline/promises");
      const lines = createInterface({ input: stdin, output: stderr });
      // Ctrl-D and Ctrl-C are no answer.
      const closed = new Promise<string>((resolve) => lines.once("close", () => resolve("")));
      try {
        return await Promise.race([lines.question(question), closed]);
      } finally {
        lines.close();
      }
    },
    onStop(stop) {
      let isStopping = false;
      const listener = () => {
        if (isStopping) {
          if (stdout.isTTY) stdout.write(AS_IT_WAS);
          process.exit(exitCodes.interrupted);
        }
        isStopping = true;
        stop();
      };
      for (const signal of SIGNALS) process.on(signal, listener);
      return () => {
        for (const signal of SIGNALS) process.off(signal, listener);
      };
    },
  };
}
