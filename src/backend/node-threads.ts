import * as threads from "./threads.js";

/** The code that shares calls out over threads: here from the beginning, since the first call may be large enough. */
export function sharing(): typeof threads | undefined {
  return threads;
}

export async function fetchSharing(): Promise<void> {}

export function whyOneThread(isShared: boolean, failure: string | undefined): string {
  if (!isShared) return "no shared memory here, so one thread";
  return failure ?? "this process has one processor";
}
