import { closeSync, existsSync, openSync, readSync, writeSync } from "node:fs";

// What a process has heard from the storage, line by line in a file: it is there after the process was killed.

/** A number was begun; it ended with a value; its worker died; it had been taken for dead; how many ms an ask or a tell took. */
export type Kind = "begun" | "finished" | "died" | "lost" | "ask" | "tell";

export type Entry = readonly [kind: Kind, number: number, value?: number];

export class Journal {
  readonly #file: number;

  constructor(path: string) {
    this.#file = openSync(path, "a");
  }

  note(...entry: Entry): void {
    writeSync(this.#file, `${entry.join(" ")}\n`);
  }

  close(): void {
    closeSync(this.#file);
  }
}

/** Reads journals while they are written. */
export class Journals {
  readonly entries: Entry[] = [];
  readonly #ends: Map<string, number>;

  constructor(paths: readonly string[]) {
    this.#ends = new Map(paths.map((path) => [path, 0]));
  }

  /** Appends what is new to `entries`. */
  read(): void {
    for (const [path, end] of this.#ends)
      this.#ends.set(path, end + (existsSync(path) ? this.#readFrom(path, end) : 0));
  }

  count(kind: Kind): number {
    return this.entries.filter(([each]) => each === kind).length;
  }

  #readFrom(path: string, begin: number): number {
    const file = openSync(path, "r");
    const chunk = Buffer.alloc(1 << 20);
    let text = "";
    for (let at = begin; ; ) {
      const length = readSync(file, chunk, 0, chunk.length, at);
      if (length === 0) break;
      text += chunk.toString("latin1", 0, length);
      at += length;
    }
    closeSync(file);
    // The last line may not be whole yet.
    const whole = text.lastIndexOf("\n") + 1;
    for (const line of text.slice(0, whole).split("\n").filter(Boolean)) {
      const [kind, number, value] = line.split(" ");
      this.entries.push([kind as Kind, Number(number), value === undefined ? undefined : Number(value)]);
    }
    return whole;
  }
}
