/** One end of the way between a page and its worker. */
export interface Endpoint {
  post(message: unknown, transfer: readonly ArrayBuffer[]): void;
  onMessage(listener: (message: unknown) => void): void;
  /** Told once, when nothing will come any more: why. */
  onEnd(listener: (reason: string) => void): void;
  /** Whether an answer is waited for: a Node program goes on for that, and ends without. */
  wait(isWaiting: boolean): void;
  /** Ends the worker. */
  close(): void;
}

/** What a page and a worker need of where they run. One implementation is chosen by the package's `#places` import condition. */
export interface Places {
  /** Starts a worker that serves models. */
  ownWorker(): WorkerLike;
  /** The page's end. @throws TypeError for anything that is no worker */
  endpointOf(worker: WorkerLike): Endpoint;
  /** The worker's end; undefined where this is no worker. */
  parent(): Endpoint | undefined;
  /** In the worker: has whoever watches `life` hear of its end. */
  live(life: string): Promise<void>;
  /** In the page: tells the end of the worker that lives so, and no more once it is told to stop. */
  watch(life: string, ended: () => void): () => void;
  /** What helps where a worker did not start. */
  readonly remedy: string;
}

/** A `Worker` of the browser or of `node:worker_threads`. */
export interface WorkerLike {
  // biome-ignore lint/suspicious/noExplicitAny: what browsers and Node take differs, and each has a worker of its own kind here
  postMessage(message: any, transfer?: any): void;
  terminate(): unknown;
}
