/** What the library needs from where it runs. One implementation is chosen by the package's `#platform` import condition. */
export interface Platform {
  readonly name: "node" | "browser";
  /** Whether there are threads that run kernels. */
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
  /** The parts of a kernel binary, `strict.f32` and so on; undefined is one that has to be fetched. */
  kernels(target: string): readonly (KernelSource | undefined)[];
  /** The target that has the same kernels in one binary, which threads need. */
  wholeOf(target: string): string;
  /** Which part has the kernel of this name, where it is not the first one. */
  partOf(kernel: string): number;
  /** Fetches this part, or all that are not there, and has them compiled. */
  fetchKernels(
    target: string,
    part: number | undefined,
    compile: (text: string) => Promise<WebAssembly.Module>,
  ): Promise<void>;
  /** Has a page fetch them in another way than as pieces of its code. Returns the way until now. */
  fetchKernelsBy(fetch: FetchKernels): FetchKernels;
  /** Gives a page a binary, by the name of its file. */
  provideModule(binary: string, module: WebAssembly.Module): void;
  /** What raw deflate made small, of kernels that were there from the beginning. */
  inflate(bytes: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer>;
  /** The same of others, beside what else goes on. */
  inflateLater(bytes: Uint8Array<ArrayBuffer>): Promise<Uint8Array<ArrayBuffer>>;
  /** The functions of compiled kernels on this memory. */
  instantiate(module: WebAssembly.Module, memory: WebAssembly.Memory): WebAssembly.Exports;
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
  /** Writes beside the targets, flushes, then renames, one after the other: what fails before leaves every old file whole. */
  writeFiles(files: readonly OutputFile[]): Promise<void>;
  /** Whether `readFile` would find it. */
  exists(path: string): Promise<boolean>;
  /** What a folder holds, in the order of the names. */
  listFolder(path: string): Promise<readonly FolderEntry[]>;
  /** What the browser keeps for this page. @throws PlatformError where there is no browser */
  keptFiles(operation: string): Promise<KeptFiles>;
  /** A progress bar on the terminal; undefined where there is none, or no `cli-progress` to draw it. */
  progress(): Promise<ProgressLine | undefined>;
}

/** Some kernels: deflated, in base64, or compiled already. */
export type KernelSource = string | WebAssembly.Module;

/** Fetches a binary by the name of its file, without the ending. */
export type FetchKernels = (binary: string) => Promise<KernelSource>;

/** A file to write, its contents one after the other. */
export interface OutputFile {
  readonly path: string;
  readonly parts: readonly Uint8Array[];
}

/** A file that the browser keeps. */
export interface KeptFile {
  readonly path: string;
  readonly bytes: number;
  readonly dateSaved: Date;
}

/** All of these, in each kind of storage. */
export interface KeptFiles {
  list(): Promise<readonly KeptFile[]>;
  /** Those that are there. */
  remove(paths: readonly string[]): Promise<void>;
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
  /** A new bar of `total` steps; 0 where nobody knows how many. */
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
  /** Where a page has the script of its threads, if not beside the library. */
  readonly script?: string | undefined;
}

/** A thread of the pool. It does not keep the program running. */
export interface PoolWorker {
  post(module: WorkerModule): void;
  /**
   * Whether it still runs, told at once and without the event loop. Asked only of a thread that has begun, and is waited for; `doing` is another
   * number when it has gone on since.
   */
  isAlive(doing: number): boolean;
  /** `began`: whether its script has run at all. */
  onEnd(listener: (reason: string, began: boolean) => void): void;
}
