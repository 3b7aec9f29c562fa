import { spawn } from "node:child_process";
import { createInterface } from "node:readline";

/** The process of a library, which answers one request at a time; see `host.js`. */
export class Child {
  /**
   * @param {string} command @param {string[]} args
   */
  constructor(command, args) {
    this.stderr = "";
    this.process = spawn(command, args, { stdio: ["pipe", "pipe", "pipe"] });
    this.process.stderr.on("data", (data) => {
      this.stderr = (this.stderr + data).slice(-2000);
    });
    this.process.stdin.on("error", () => {}); // it has ended: `ended` tells
    const lines = createInterface({ input: this.process.stdout });
    this.answers = lines[Symbol.asyncIterator]();
    this.ended = new Promise((resolve) => {
      this.process.once("error", (error) => resolve(error.message));
      this.process.once("exit", (code, signal) => resolve(`ended with ${signal ?? code}`));
    });
  }

  /** @returns the answer; an answer `{ error }` where the process fails, `{ late: true }` where it takes longer than `seconds` */
  async ask(request, seconds) {
    this.process.stdin.write(`${JSON.stringify(request)}\n`);
    let timer;
    const late = new Promise((resolve) => {
      timer = setTimeout(() => resolve({ late: true }), seconds * 1000);
    });
    const answer = await Promise.race([late, this.nextAnswer()]);
    clearTimeout(timer);
    return answer;
  }

  async nextAnswer() {
    for (;;) {
      const { value, done } = await this.answers.next();
      if (done) return { error: `${await this.ended}\n${this.stderr}`.trim() };
      // Libraries greet the user on the same stream.
      if (value.startsWith("{")) return JSON.parse(value);
    }
  }

  async end() {
    this.process.kill("SIGKILL");
    await this.ended;
  }
}
