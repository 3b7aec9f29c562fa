import type { Endpoint, Places, WorkerLike } from "./endpoint.js";

export const places: Places = {
  // Vite and webpack know the worker of a bundle by this very form.
  ownWorker: () => new Worker(new URL("./worker-script.js", import.meta.url), { type: "module" }),

  endpointOf(like) {
    const worker = like as Worker;
    return {
      ...scopeOf(worker),
      onEnd(listener) {
        worker.addEventListener("error", (event) => {
          event.preventDefault();
          // Of a script that could not be loaded there is no message.
          listener(event.message || "its script could not be loaded");
        });
      },
      close: () => worker.terminate(),
    };
  },

  parent() {
    const isWorker = typeof WorkerGlobalScope === "function" && globalThis instanceof WorkerGlobalScope;
    if (!isWorker) return undefined;
    return { ...scopeOf(globalThis as unknown as WorkerLike), onEnd: () => undefined, close: () => globalThis.close() };
  },

  // A browser tells nobody that a worker was ended; the lock that it held is free from then on.
  async live(life) {
    const { locks } = navigator;
    if (!locks) return;
    await new Promise<void>((held) => {
      locks.request(life, () => {
        held();
        return new Promise(() => undefined);
      });
    });
  },

  watch(life, ended) {
    const controller = new AbortController();
    // A request that is given up rejects.
    navigator.locks?.request(life, { signal: controller.signal }, ended).catch(() => undefined);
    return () => controller.abort();
  },

  remedy:
    "its script has to be served beside the library's, from the page's origin, as script-src 'self' allows; where a bundler leaves the address alone, as esbuild does, " +
    "give inWorker(model, { worker: () => new Worker(…) })",
};

/** What the two ends share. */
function scopeOf(scope: WorkerLike): Pick<Endpoint, "post" | "onMessage" | "wait"> {
  return {
    post: (message, transfer) => scope.postMessage(message, [...transfer]),
    onMessage(listener) {
      (scope as Worker).addEventListener("message", ({ data }) => listener(data));
    },
    wait: () => undefined,
  };
}

/** The scope of a worker, which the types of a page do not have. */
declare const WorkerGlobalScope: { new (): object } | undefined;
