import { PlatformError } from "./errors.js";

/**
 * For an optional package that is loaded on first use, written out at the place:
 *
 *     try {
 *       return await import("it");
 *     } catch (cause) {
 *       throw absent("csv", "it", cause);
 *     }
 *
 * Bundlers have to see that the package may be missing: webpack by the `try` around `import()`, esbuild by the `await` in it.
 *
 * @returns the error that says what to install
 */
export function absent(operation: string, name: string, cause: unknown): PlatformError {
  return new PlatformError(
    `${operation}: package "${name}" expected to be installed beside wasmgrad, got none that loads; npm install ${name}`,
    { cause },
  );
}
