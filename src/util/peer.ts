import { PlatformError } from "./errors.js";

/**
 * A package that is loaded on first use, so that its absence costs one feature.
 *
 * @param load `() => import("the-package")`: written out where it is called, so that bundlers see it
 * @throws PlatformError that says what to install
 */
export async function peer<T>(operation: string, name: string, load: () => Promise<T>): Promise<T> {
  try {
    return await load();
  } catch (cause) {
    throw new PlatformError(
      `${operation}: package "${name}" expected to be installed beside wasmgrad, got none that loads; npm install ${name}`,
      { cause },
    );
  }
}
