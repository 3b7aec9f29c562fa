/** What the library needs from where it runs. One implementation is chosen by the package's `#platform` import condition. */
export interface Platform {
  readonly name: "node" | "browser";
  /** Starts a thread that runs kernels; undefined where there are none. */
  startWorker(setup: WorkerSetup): PoolWorker | undefined;
  /** Whether there are such threads. */
  readonly hasWorkers: boolean;
  /** Tells the user, not in the way of what the program prints. */
  warn(text: string): void;
  /** Processors that this process may use. */
  parallelism(): number;
  /** Why the engine cannot run neighbouring vectors as one of 256 bits; undefined where it can. */
  readonly narrowBecause: string | undefined;
  /** Whether it was told to do so when the program began. */
  readonly isRevectorizing: boolean;
  /** Has it do so in every binary that is compiled from now on. */
  revectorize(): void;
  /**
   * The parts of a kernel binary, `strict.f32` and so on, in the order in which they are looked through: deflated, in base64; undefined is one
   * that has to be fetched.
   */
  kernels(target: string): readonly (string | undefined)[];
  /** Fetches the parts that are not there. */
  fetchKernels(target: string): Promise<void>;
  /** What raw deflate made small. */
  inflate(bytes: Uint8Array): Uint8Array<ArrayBuffer>;
  /** An environment variable, where there are such. */
  env(name: string): string | undefined;
  /** The user's folder for what can be fetched again, without the program's own name; none in a browser, which caches by itself. */
  cacheFolder(): string | undefined;
  /** The bytes of a file, by its path or URL. */
  readFile(path: string): Promise<Uint8Array>;
  /** The same, chunk by chunk. */
  streamFile(path: string): Promise<FileStream>;
  /** The build of csv-parse that runs here. */
  csvParser(operation: string): Promise<typeof import("csv-parse")>;
  /** Writes beside the target, flushes, then renames: a crash leaves the old file whole. */
  writeFile(path: string, parts: readonly Uint8Array[]): Promise<void>;
  /** Whether `readFile` would find it. */
  exists(path: string): Promise<boolean>;
  /** What a folder holds, in the order of the names. */
  listFolder(path: string): Promise<readonly FolderEntry[]>;
  /** A progress bar on the terminal; undefined where there is none, or no `cli-progress` to draw it. */
  progress(): Promise<ProgressLine | undefined>;
}

/** A file as it arrives. */
export interface FileStream {
  readonly chunks: AsyncIterable<Uint8Array>;
  /** In bytes, where it is known beforehand. */
  readonly size: number | undefined;
}

/** One name in a folder. */
export interface FolderEntry {
  readonly name: string;
  readonly isFolder: boolean;
}

/** One line of a terminal that is drawn again and again. */
export interface ProgressLine {
  /** A new bar of `total` steps. */
  begin(total: number): void;
  show(done: number, text: string): void;
  /** Leaves `line` in the bar's place. */
  end(line: string): void;
  close(): void;
}

/** A kernel binary and the number that jobs give it. */
export interface WorkerModule {
  readonly number: number;
  readonly module: WebAssembly.Module;
}

/** What a thread of the pool starts with. */
export interface WorkerSetup {
  readonly memory: WebAssembly.Memory;
  /** Address of the block through which it is given work. */
  readonly control: number;
  readonly slot: number;
  readonly modules: readonly WorkerModule[];
}

/** A thread of the pool. It does not keep the program running. */
export interface PoolWorker {
  post(module: WorkerModule): void;
  /** Whether it still runs, told at once and without the event loop. Asked only of a thread that has begun. */
  isAlive(): boolean;
  onEnd(listener: (reason: string) => void): void;
}
