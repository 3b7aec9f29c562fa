import * as util from "node:util";

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
}

export type Style = "bold" | "dim" | "red" | "green" | "yellow" | "cyan";

/** Files that take a person's patience, in bytes. */
const LARGE = 16e6;

/** That of this process: with colours and progress where a person looks on. */
export async function processTerminal(): Promise<Terminal> {
  const { stdout, stderr, env } = process;
  const hasColors = env.FORCE_COLOR ? env.FORCE_COLOR !== "0" : Boolean(stdout.isTTY) && !env.NO_COLOR;
  const { styleText } = util as Partial<typeof util>; // from Node 20.12 on
  const library = stderr.isTTY ? await import("cli-progress").catch(() => undefined) : undefined;
  let bar: InstanceType<typeof import("cli-progress").SingleBar> | undefined;
  const clear = () => {
    bar?.stop();
    bar = undefined;
  };
  return {
    print: (text) => void stdout.write(`${text}\n`),
    note: (text) => void stderr.write(`${text}\n`),
    style: (format, text) =>
      hasColors && styleText ? styleText(format, text, { validateStream: false } as never) : text,
    progress(done, total, file) {
      if (!library || total === undefined || total < LARGE) return;
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
  };
}
