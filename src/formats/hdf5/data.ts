import { type FileArray, inOrder } from "../../util/file-array.js";
import { sizeOfShape, stridesOf } from "../../util/shapes.js";
import type { ByteReader } from "../bytes.js";
import type { FileTexts } from "../texts.js";
import { chunkingOf, LARGEST_RATIO, readChunks } from "./chunks.js";
import type { Inflate } from "./filters.js";
import { type HeaderMessage, Message } from "./header.js";
import type { Hdf5Source } from "./source.js";
import { textOf } from "./text.js";
import type { ElementType } from "./types.js";

export type Hdf5Value = FileArray | FileTexts;

/** The elements of a dataset, in whatever way they are stored; those that were never written are zero. */
export function readData(
  source: Hdf5Source,
  type: ElementType,
  shape: readonly number[],
  messages: readonly HeaderMessage[],
  inflate: Inflate | undefined,
): Hdf5Value {
  const layout = messages.find((message) => message.type === Message.layout)?.reader;
  if (!layout) throw source.bad(0, "a dataset's layout", "none");
  const begin = layout.at;
  const need = sizeOfShape(shape) * type.size;
  if (need > LARGEST_RATIO * source.file.bytes.length + 65536) {
    throw layout.bad(`a dataset that the file can hold`, `${need} bytes for shape [${shape.join(", ")}]`, begin);
  }
  const bytes = stored(source, layout, shape, type.size, need, messages, inflate);
  return elementsOf(source, type, shape, bytes);
}

/** A layout message: u8 version 3 or 4, u8 class (0 here, 1 in one piece, 2 in chunks). */
function stored(
  source: Hdf5Source,
  layout: ByteReader,
  shape: readonly number[],
  item: number,
  need: number,
  messages: readonly HeaderMessage[],
  inflate: Inflate | undefined,
): Uint8Array {
  const begin = layout.at;
  const version = layout.u8("a layout's version");
  const kind = layout.u8("a layout's class");
  if (version !== 3 && version !== 4) throw layout.bad("a layout of version 3 or 4", `${version}`, begin);
  if (kind === 0) {
    const size = layout.u16("a size");
    if (size < need) throw layout.bad(`${need} bytes`, `${size}`, begin);
    return layout.bytes(need, "elements");
  }
  if (kind === 1) {
    const address = source.address(layout);
    if (address === undefined || need === 0) return new Uint8Array(need);
    return source.at(address, need).bytes(need, "elements");
  }
  if (kind === 2 && version === 3) {
    return readChunks(source, chunkingOf(source, layout, shape, item, messages), inflate);
  }
  throw layout.bad(
    "elements in one piece or in chunks of version 3",
    `class ${kind} of version ${version}; write the file with h5py's default libver`,
    begin,
  );
}

/** Elements by their type. */
export function elementsOf(
  source: Hdf5Source,
  type: ElementType,
  shape: readonly number[],
  bytes: Uint8Array,
): Hdf5Value {
  const count = sizeOfShape(shape);
  switch (type.kind) {
    case "number": {
      const layout = { shape, strides: stridesOf(shape), offset: 0, littleEndian: type.littleEndian };
      return { dtype: type.dtype, shape, bytes: inOrder(bytes, type.size, layout) };
    }
    case "fixed text":
    case "text": {
      const texts = Array.from({ length: count }, (_, i) =>
        textOf(source, type, bytes.subarray(i * type.size, (i + 1) * type.size)),
      );
      return { dtype: "string", shape, texts };
    }
    case "other":
      throw source.bad(0, "numbers or texts", type.name);
  }
}
