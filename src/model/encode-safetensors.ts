import type { TypedArray } from "../util/dtypes.js";
import {
  codes,
  hostIsLittleEndian,
  type RawSafetensors,
  type RawTensor,
  type SafetensorsFile,
  swapped,
} from "./safetensors.js";

/** The file as parts, in the order given. */
export function encodeSafetensors({ tensors, metadata }: SafetensorsFile): Uint8Array[] {
  const raw = Array.from(tensors, ([name, { data, dtype, shape }]): [string, RawTensor] => [
    name,
    { code: codes[dtype], shape, bytes: littleEndian(data) },
  ]);
  return encodeRawSafetensors({ tensors: new Map(raw), metadata });
}

/** The same of elements in any type. */
export function encodeRawSafetensors({ tensors, metadata }: RawSafetensors): Uint8Array[] {
  const header: Record<string, unknown> = { __metadata__: metadata };
  const parts: Uint8Array[] = [];
  let offset = 0;
  for (const [name, { code, shape, bytes }] of tensors) {
    header[name] = { dtype: code, shape: [...shape], data_offsets: [offset, offset + bytes.length] };
    offset += bytes.length;
    parts.push(bytes);
  }
  const json = new TextEncoder().encode(JSON.stringify(header));
  // Spaces bring the elements to a multiple of 8, so that readers may map them in place.
  const padded = new Uint8Array(Math.ceil(json.length / 8) * 8).fill(0x20);
  padded.set(json);
  const length = new Uint8Array(8);
  new DataView(length.buffer).setBigUint64(0, BigInt(padded.length), true);
  return [length, padded, ...parts];
}

function littleEndian(data: TypedArray): Uint8Array {
  const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  return hostIsLittleEndian ? bytes : swapped(bytes, data.BYTES_PER_ELEMENT);
}
