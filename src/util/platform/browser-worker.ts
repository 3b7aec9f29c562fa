import type { PoolWorker, WorkerSetup } from "./platform.js";

/** One that stands still for so long, while the main thread waits for it, has ended: nothing tells a thread that may not look around. */
const PATIENCE_MS = 5000;

/** Whether this thread may sleep: one of a page may not. */
export function maySleep(): boolean {
  try {
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 1, 0);
    return true;
  } catch {
    return false;
  }
}

export function startWorker(setup: WorkerSetup): PoolWorker {
  return new PageWorker(setup);
}

/**
 * A Web Worker. It holds a lock while it lives, under a name of its own, for which this thread waits: the browser gives it up with the worker,
 * however that ends.
 */
class PageWorker implements PoolWorker {
  private readonly worker: Worker | undefined;
  private readonly listeners: ((reason: string, began: boolean) => void)[] = [];
  private hasBegun = false;
  private hasEnded = false;
  private doing = -1;
  private since = 0;

  constructor({ script, ...setup }: WorkerSetup) {
    const lock = `wasmgrad ${crypto.randomUUID()}`;
    try {
      // Bundlers know a worker by this very form.
      this.worker =
        script === undefined
          ? new Worker(new URL("./thread.js", import.meta.url), { type: "module" })
          : new Worker(script, { type: "module" });
    } catch (error) {
      queueMicrotask(() => this.end((error as Error).message));
      return;
    }
    this.worker.onmessage = () => {
      this.hasBegun = true;
      void navigator.locks?.request(lock, () => this.end("it was ended from outside"));
    };
    this.worker.onerror = (event) => {
      event.preventDefault();
      this.end(event.message || "the script was not found, or is not allowed here");
    };
    this.worker.postMessage({ ...setup, lock });
  }

  post(module: Parameters<PoolWorker["post"]>[0]): void {
    this.worker?.postMessage(module);
  }

  isAlive(doing: number): boolean {
    const now = performance.now();
    if (doing !== this.doing) {
      this.doing = doing;
      this.since = now;
    }
    if (now - this.since < PATIENCE_MS) return !this.hasEnded;
    setTimeout(() => this.end("it stood still"));
    return false;
  }

  onEnd(listener: (reason: string, began: boolean) => void): void {
    this.listeners.push(listener);
  }

  private end(reason: string): void {
    if (this.hasEnded) return;
    this.hasEnded = true;
    this.worker?.terminate();
    for (const listener of this.listeners) listener(reason, this.hasBegun);
  }
}
