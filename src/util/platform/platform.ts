/** What the library needs from where it runs. One implementation is chosen by the package's `#platform` import condition. */
export interface Platform {
  readonly name: "node" | "browser";
  /** Processors that this process may use. */
  parallelism(): number;
  /** The f64 kernels, where they can be had without waiting. */
  float64Kernels(numerics: "strict" | "fma"): string | undefined;
  readFile(path: string): Promise<Uint8Array>;
  /** Writes beside the target, flushes, then renames: a crash leaves the old file whole. */
  writeFile(path: string, parts: readonly Uint8Array[]): Promise<void>;
  exists(path: string): Promise<boolean>;
}
