let threads: typeof import("./threads.js") | undefined;

/** The code that shares calls out over threads: a page has it from an `init` on that asks for threads where there are some. */
export function sharing(): typeof threads {
  return threads;
}

export async function fetchSharing(): Promise<void> {
  threads ??= await import("./threads.js");
}

/** Why kernels run on one thread, though more were not ruled out. `failure`: why a worker did not begin. */
export function whyOneThread(isShared: boolean, failure: string | undefined): string {
  if (!isShared) {
    return (
      "this page is not cross-origin isolated, so it has no shared memory and one thread: serve it, over https or from localhost, with the headers " +
      '"Cross-Origin-Opener-Policy: same-origin" and "Cross-Origin-Embedder-Policy: require-corp"'
    );
  }
  if (failure !== undefined) {
    return (
      `the script of the threads did not run (${failure}), so there is one: serve the file thread.js of wasmgrad ("wasmgrad/thread.js") from the page's ` +
      "origin, with the page's headers, and name its URL: await wg.init({ threadUrl })"
    );
  }
  if (typeof Worker === "undefined") return "no workers can be started here, so one thread";
  return threads
    ? "this machine has one processor"
    : "a page has one thread until await wg.init(), which fetches what more need";
}
