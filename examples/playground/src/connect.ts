import type { Command, Report } from "./protocol.js";
import type { Connection } from "./ui/connection.js";

/** The part of `Worker` that is used. */
export interface WorkerLike {
  postMessage(message: unknown): void;
  terminate(): void;
  addEventListener(type: string, listener: (event: Event) => void): void;
}

interface ConnectOptions {
  readonly create?: () => WorkerLike;
  /** A worker that owes an answer and has said nothing for so long has died. */
  readonly patience?: number;
  /** The most memory that tensors may take, in MB; all that there is where nothing is said. */
  readonly memory?: number | undefined;
}

/** Deaths in a row, with no progress between them, after which nothing is restarted: the next one would die too. */
const DEATHS = 3;

const train = (): WorkerLike => new Worker(new URL("./worker/index.ts", import.meta.url), { type: "module" });

/**
 * The worker in which the library trains. One that dies is replaced by a new one, which trains with the same settings as far as the last had
 * come, to the same weights, and pauses there.
 */
export function connect({ create = train, patience = 30_000, memory }: ConnectOptions = {}): Connection {
  /** How far each run has come, and how far it had come when a worker died. */
  const reached = new Map<number, number>();
  const lost = new Map<number, number>();
  const started = new Map<number, Command & { type: "start" }>();
  const playing = new Set<number>();
  let worker: WorkerLike | undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let owes = false;
  let deaths = 0;

  const watch = (): void => {
    clearTimeout(timer);
    if (owes || playing.size > 0) timer = setTimeout(() => restart("does not answer"), patience);
  };

  const hear = (report: Report): void => {
    owes = false;
    if (report.type === "progress") {
      reached.set(report.run, report.epoch);
      // What has killed it may lie in the epochs that it trains anew.
      if (report.epoch > (lost.get(report.run) ?? -1)) deaths = 0;
      if (!report.playing) playing.delete(report.run);
    } else if (report.type === "ended") playing.delete(report.run);
    watch();
    connection.onReport?.(report);
  };

  const open = (): WorkerLike => {
    const opened = create();
    if (memory !== undefined) opened.postMessage({ type: "limit", megabytes: memory } satisfies Command);
    opened.addEventListener("message", (event) => opened === worker && hear((event as MessageEvent<Report>).data));
    for (const type of ["error", "messageerror"] as const) {
      opened.addEventListener(type, (event) => {
        event.preventDefault();
        const { message } = event as ErrorEvent;
        if (opened === worker) restart(message ? `stopped (${message})` : "stopped");
      });
    }
    return opened;
  };

  const restart = (what: string): void => {
    worker?.terminate();
    worker = undefined;
    playing.clear();
    owes = false;
    clearTimeout(timer);
    const again = ++deaths < DEATHS;
    for (const [run, epoch] of reached) lost.set(run, Math.max(epoch, lost.get(run) ?? 0));
    const epoch = Math.max(0, ...lost.values());
    const anew = epoch > 0 ? `: it trains anew up to epoch ${epoch}, to the same weights` : "";
    const message = again
      ? `The part that trains ${what} and was started again with your settings${anew}. Press play to go on.`
      : `The part that trains ${what} ${deaths} times. Choose a smaller network or fewer rows, then press reset.`;
    for (const run of started.size > 0 ? started.keys() : [undefined])
      connection.onReport?.({ type: "failed", run, message });
    connection.onReport?.({ type: "searched" });
    if (!again) return;
    for (const command of started.values()) connection.send(command);
    for (const [run, epochs] of lost) if (epochs > 0) connection.send({ type: "step", run, epochs });
  };

  const connection: Connection = {
    onReport: undefined,
    send(command) {
      if (command.type === "start") {
        started.set(command.run, command);
        playing.delete(command.run);
        reached.delete(command.run);
      } else if (command.type === "drop") {
        for (const known of [started, reached, lost]) known.delete(command.run);
        playing.delete(command.run);
      } else if (command.type === "play") playing.add(command.run);
      else if (command.type === "pause") playing.delete(command.run);
      worker ??= open();
      worker.postMessage(command);
      if (command.type === "start" || command.type === "gradientCheck" || command.type === "step") owes = true;
      watch();
    },
  };
  return connection;
}
