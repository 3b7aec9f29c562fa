import { EventEmitter } from "node:events";
import { MessageChannel } from "node:worker_threads";
import { serveOn } from "../../src/worker/serve.js";

/** Starts what a worker's script runs, in this process: messages are copied and buffers handed over as between threads. */
export function inProcess() {
  const { port1, port2 } = new MessageChannel();
  const events = new EventEmitter();
  serveOn({
    post: (message, transfer) => port2.postMessage(message, [...transfer]),
    onMessage: (listener) => void port2.on("message", listener),
    onEnd: () => undefined,
    wait: () => undefined,
    close: () => port2.close(),
  });
  return {
    postMessage: port1.postMessage.bind(port1),
    on: (event: string, listener: (value: unknown) => void) =>
      event === "message" ? port1.on(event, listener) : events.on(event, listener),
    ref: () => port1.ref(),
    unref: () => port1.unref(),
    /** As one that ends by itself, or is killed, it stops hearing and tells of its end. */
    terminate() {
      port2.close();
      port1.close();
      events.emit("exit", 1);
    },
  };
}
