import { parentPort, Worker } from "node:worker_threads";
import type { Endpoint, Places } from "./endpoint.js";

type Port = Pick<Worker, "on" | "postMessage" | "ref" | "unref" | "terminate">;

export const places: Places = {
  // Without the flags of the program, which may be one to evaluate.
  ownWorker: () => new Worker(new URL("./worker-script.js", import.meta.url), { execArgv: [], name: "wasmgrad" }),

  endpointOf(like) {
    const worker = like as Port;
    worker.unref();
    let reason = "";
    worker.on("error", (error: Error) => {
      reason = error.message;
    });
    return {
      ...scopeOf(worker),
      onEnd(listener) {
        worker.on("exit", (code: number) => listener(reason || `exit code ${code}`));
      },
      wait: (isWaiting) => (isWaiting ? worker.ref() : worker.unref()),
      close: () => void worker.terminate(),
    };
  },

  parent() {
    if (!parentPort) return undefined;
    const port = parentPort;
    return { ...scopeOf(port), onEnd: () => undefined, wait: () => undefined, close: () => port.close() };
  },

  // Node tells of a thread's end by itself.
  live: async () => undefined,
  watch: () => () => undefined,

  remedy:
    "dist/ of the package has to be whole; give inWorker(model, { worker: () => new Worker(…) }) for a script of your own",
};

function scopeOf(
  port: Pick<Port, "postMessage"> & { on(event: "message", listener: (message: unknown) => void): void },
) {
  return {
    post: (message: unknown, transfer: readonly ArrayBuffer[]) => port.postMessage(message, [...transfer]),
    onMessage: (listener: (message: unknown) => void) => void port.on("message", listener),
  } satisfies Pick<Endpoint, "post" | "onMessage">;
}
