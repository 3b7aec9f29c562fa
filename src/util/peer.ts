import { PlatformError } from "./errors.js";

/**
 * For an optional package that is loaded on first use: `await import("it").catch(absent("csv", "it"))`, written out at the place, since a
 * bundler takes an import whose failure is handled for one that may be missing.
 *
 * @throws PlatformError, where it is missing, that says what to install
 */
export function absent(operation: string, name: string): (cause: unknown) => never {
  return (cause) => {
    throw new PlatformError(
      `${operation}: package "${name}" expected to be installed beside wasmgrad, got none that loads; npm install ${name}`,
      { cause },
    );
  };
}
