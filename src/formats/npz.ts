import { encodeNpy, parseNpyArray } from "../data/npy.js";
import { DTypeError, FormatError } from "../util/errors.js";
import type { FileArray } from "../util/file-array.js";
import type { NamedBytes } from "../util/file-source.js";
import { encodeZip, openZip } from "./zip.js";

/**
 * The arrays of a `.npz` file, by name and in its order, as `numpy.savez` and `savez_compressed` write it; entries that are no `.npy` are
 * left out.
 *
 * @param file its name begins errors: "load: m.npz"
 * @throws FormatError that names file and byte, also for records, texts and complex numbers
 */
export async function decodeNpz(operation: string, file: NamedBytes): Promise<Map<string, FileArray>> {
  const zip = await openZip(operation, file);
  const arrays = new Map<string, FileArray>();
  for (const name of zip.names) {
    if (!name.endsWith(".npy")) continue;
    const entry = zip.read(name);
    arrays.set(name.slice(0, -4), arrayIn(entry));
  }
  return arrays;
}

function arrayIn({ name, bytes }: NamedBytes): FileArray {
  try {
    return parseNpyArray(name, bytes);
  } catch (cause) {
    if (cause instanceof DTypeError) throw new FormatError(cause.message, { cause });
    throw cause;
  }
}

/** A `.npz` file as parts. @throws DTypeError for bfloat16, which NumPy lacks */
export function encodeNpz(arrays: ReadonlyMap<string, FileArray>): Uint8Array[] {
  // At 64, as the elements within each .npy are: they can be mapped in place.
  return encodeZip(
    Array.from(arrays, ([name, array]) => ({ name: `${name}.npy`, parts: encodeNpy(array) })),
    { align: 64 },
  );
}
