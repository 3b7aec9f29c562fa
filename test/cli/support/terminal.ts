import { run } from "../../../src/cli/run.js";
import type { Terminal } from "../../../src/cli/terminal.js";

/** A terminal that keeps what commands say. */
export class RecordingTerminal implements Terminal {
  printed: string[] = [];
  noted: string[] = [];
  /** How far files had come. */
  seen: [number, number | undefined][] = [];
  /** What stood on the screen, one after the other. */
  drawn: string[] = [];
  asked: string[] = [];
  /** What a person answers. */
  answer: string | undefined;
  isLive = false;
  hasBars = false;
  /** Ctrl-C, where a command waits for it. */
  stop: (() => void) | undefined;

  // Commands hand them on without their object.
  readonly print = (text: string): void => void this.printed.push(text);
  readonly note = (text: string): void => void this.noted.push(text);
  readonly style = (_: string, text: string): string => text;
  readonly progress = (done: number, total: number | undefined): void => void this.seen.push([done, total]);
  readonly clear = (): void => undefined;
  readonly redraw = (text: string): void => void this.drawn.push(text);
  readonly ask = async (question: string): Promise<string | undefined> => {
    this.asked.push(question);
    return this.answer;
  };
  readonly onStop = (stop: () => void): (() => void) => {
    this.stop = stop;
    return () => {
      this.stop = undefined;
    };
  };

  /** Runs a command line. @returns its exit code, and all that was said since the last `reset` */
  async command(...args: string[]): Promise<{ code: number; out: string; error: string }> {
    const code = await run(args, this);
    return { code, out: this.printed.join("\n"), error: this.noted.join("\n") };
  }

  reset(): void {
    [this.printed, this.noted, this.seen, this.drawn, this.asked] = [[], [], [], [], []];
    [this.answer, this.isLive, this.hasBars] = [undefined, false, false];
  }
}
