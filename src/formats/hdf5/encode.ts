import type * as H5Wasm from "h5wasm";
import { DTypeError, ValueError } from "../../util/errors.js";
import type { FileDType } from "../../util/file-array.js";
import { absent } from "../../util/peer.js";
import type { FileTexts } from "../texts.js";
import type { Hdf5Value } from "./data.js";

/** What is to be written: a group, or a dataset where there is a `value`. */
export interface Hdf5Input {
  readonly attributes?: ReadonlyMap<string, Hdf5Value>;
  readonly members?: ReadonlyMap<string, Hdf5Input>;
  readonly value?: Hdf5Value;
}

/** Of h5wasm; a file's types that it lacks cannot be written. */
const codes: Readonly<Partial<Record<FileDType, { code: string; view: (buffer: ArrayBuffer) => ArrayBufferView }>>> = {
  float32: { code: "<f", view: (buffer) => new Float32Array(buffer) },
  float64: { code: "<d", view: (buffer) => new Float64Array(buffer) },
  int8: { code: "<b", view: (buffer) => new Int8Array(buffer) },
  int16: { code: "<h", view: (buffer) => new Int16Array(buffer) },
  int32: { code: "<i", view: (buffer) => new Int32Array(buffer) },
  int64: { code: "<q", view: (buffer) => new BigInt64Array(buffer) },
  uint8: { code: "<B", view: (buffer) => new Uint8Array(buffer) },
  uint16: { code: "<H", view: (buffer) => new Uint16Array(buffer) },
  uint32: { code: "<I", view: (buffer) => new Uint32Array(buffer) },
  uint64: { code: "<Q", view: (buffer) => new BigUint64Array(buffer) },
};

/** Of an object's attributes together, in the form of HDF5 that all versions read. Keras cuts longer lists of names in pieces. */
export const LARGEST_ATTRIBUTE = 64512;

let made = 0;

/**
 * A group and all in it as an `.h5` file, in the form that every version of HDF5 reads. One text is stored as one of any length, an array of
 * them as texts of the longest one's length, as Keras does.
 *
 * @throws DTypeError for float16, bfloat16 and bool, which h5wasm lacks; ValueError for an attribute that is too long, PlatformError where
 *   h5wasm is not installed
 */
export async function encodeHdf5(operation: string, root: Hdf5Input): Promise<Uint8Array> {
  const h5 = await loadH5wasm(operation);
  const { FS } = await h5.ready;
  // A file in h5wasm's own memory.
  const path = `/wasmgrad-${made++}.h5`;
  const file = new h5.File(path, "w", { libver: ["earliest", "latest"] });
  try {
    write(operation, file, "", root);
  } finally {
    file.close();
  }
  const bytes = FS.readFile(path);
  FS.unlink(path);
  return bytes;
}

async function loadH5wasm(operation: string): Promise<typeof import("h5wasm")> {
  try {
    return await import("h5wasm");
  } catch (cause) {
    throw absent(operation, "h5wasm", cause);
  }
}

function write(operation: string, target: H5Wasm.Group, path: string, { attributes, members }: Hdf5Input): void {
  writeAttributes(operation, target, path, attributes);
  for (const [name, member] of members ?? []) {
    const place = `${path}/${name}`;
    if (name === "" || name.includes("/")) {
      throw new ValueError(`${operation}: HDF5 name expected without / and not empty, got ${JSON.stringify(name)}`);
    }
    if (member.value) {
      const dataset = target.create_dataset({ name, ...content(operation, place, member.value) });
      writeAttributes(operation, dataset, place, member.attributes);
    } else write(operation, target.create_group(name), place, member);
  }
}

function writeAttributes(
  operation: string,
  target: H5Wasm.Group | H5Wasm.Dataset,
  path: string,
  attributes: Hdf5Input["attributes"],
): void {
  for (const [name, value] of attributes ?? []) {
    const { data, shape, dtype, size } = content(operation, `${path}@${name}`, value);
    if (size > LARGEST_ATTRIBUTE) {
      throw new ValueError(
        `${operation}: HDF5 attribute ${path}@${name} expected at most ${LARGEST_ATTRIBUTE} bytes, got ${size}; store it in pieces, or as a dataset`,
      );
    }
    target.create_attribute(name, data, shape, dtype);
  }
}

interface Content {
  readonly data: H5Wasm.GuessableDataTypes;
  readonly shape: number[];
  readonly dtype: H5Wasm.Dtype;
  readonly size: number;
}

function content(operation: string, place: string, value: Hdf5Value): Content {
  if (value.dtype === "string") return texts(value);
  const kind = codes[value.dtype];
  if (!kind) {
    throw new DTypeError(
      `${operation}: HDF5 array ${place} expected of ${Object.keys(codes).join(", ")}, got ${value.dtype}; convert it first`,
    );
  }
  // A copy, since elements within a file need not lie at a multiple of their size.
  const data = kind.view(value.bytes.slice().buffer) as H5Wasm.GuessableDataTypes;
  return { data, shape: [...value.shape], dtype: kind.code, size: value.bytes.length };
}

function texts({ shape, texts }: FileTexts): Content {
  if (shape.length === 0) return { data: texts[0] ?? "", shape: [], dtype: "S", size: 16 };
  const longest = texts.reduce((most, text) => Math.max(most, new TextEncoder().encode(text).length), 1);
  // Ended by a zero, as C has it; h5wasm's other kind is padded with blanks, as Fortran has it.
  return { data: [...texts], shape: [...shape], dtype: `A${longest + 1}`, size: (longest + 1) * texts.length };
}
