import type { DecodedPng } from "fast-png";
import { crc32 } from "../../util/crc32.js";
import { FormatError } from "../../util/errors.js";
import type { NamedBytes } from "../../util/file-source.js";
import { absent } from "../../util/peer.js";
import type { Pixels } from "./pixels.js";

const SIGNATURE = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];

export function isPng(bytes: Uint8Array): boolean {
  return SIGNATURE.every((byte, i) => bytes[i] === byte);
}

/** More pixels than this are taken for a broken header. */
const MOST = 2 ** 28;
const INDEXED = 3;

/** @throws FormatError where it is broken or cut off, PlatformError without fast-png */
export async function decodePng(operation: string, { name, bytes }: NamedBytes): Promise<Pixels> {
  const { decode, convertIndexedToRgb } = await loadFastPng(operation);
  const fault = (got: string, at: number, cause?: unknown) =>
    new FormatError(
      `${operation}: file "${name}" expected a whole PNG image, got ${got} at byte ${at} of ${bytes.length}`,
      { cause },
    );
  const chunks = chunksOf(bytes, fault);
  const header = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const [width, height, depth, color] = [16, 20]
    .map((at) => header.getUint32(at))
    .concat(bytes[24] ?? 0, bytes[25] ?? 0) as [number, number, number, number];
  if (width === 0 || height === 0 || width * height > MOST) throw fault(`${width} × ${height} pixels`, 16);
  if (bytes[28] === 1 && depth < 8) throw fault(`interlaced pixels of ${depth} bits, which the decoder lacks,`, 24);
  let png: DecodedPng;
  try {
    png = decode(bytes);
    if (color === INDEXED) {
      const data = convertIndexedToRgb(png);
      return { data, height, width, channels: data.length / (height * width) };
    }
  } catch (cause) {
    throw fault(`a fault (${(cause as Error).message}) in the pixels`, chunks.get("IDAT") ?? 8, cause);
  }
  return withAlphaOf(png, bytesOf(png));
}

async function loadFastPng(operation: string): Promise<typeof import("fast-png")> {
  try {
    return await import("fast-png");
  } catch (cause) {
    throw absent(operation, "fast-png", cause);
  }
}

/** Where each kind of chunk begins. @throws FormatError where one is cut off, or its checksum is another */
function chunksOf(bytes: Uint8Array, fault: (got: string, at: number) => FormatError): Map<string, number> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const found = new Map<string, number>();
  for (let p = 8; ; ) {
    if (p + 12 > bytes.length) throw fault("its end", bytes.length);
    const length = view.getUint32(p);
    const type = String.fromCharCode(...bytes.subarray(p + 4, p + 8));
    if (!/^[A-Za-z]{4}$/.test(type) || (found.size === 0 && type !== "IHDR")) throw fault("no chunk's name", p + 4);
    const end = p + 12 + length;
    if (end > bytes.length) throw fault(`its end within chunk ${type}`, bytes.length);
    if (crc32(bytes.subarray(p + 4, end - 4)) !== view.getUint32(end - 4)) {
      throw fault(`chunk ${type} with a wrong checksum`, p);
    }
    if (!found.has(type)) found.set(type, p);
    if (type === "IEND") return found;
    p = end;
  }
}

/** Samples of 1 to 16 bits as bytes: the whole of their range becomes 0 … 255. */
function bytesOf({ data, depth, width, height, channels }: DecodedPng): Uint8Array {
  if (depth === 8) return data as Uint8Array;
  if (depth === 16) return Uint8Array.from(data, (v) => Math.round(v / 257));
  const out = new Uint8Array(width * height * channels);
  const stride = Math.ceil((width * depth) / 8);
  const most = 2 ** depth - 1;
  for (let i = 0; i < height; i++) {
    for (let j = 0; j < width; j++) {
      const bit = j * depth;
      const byte = data[i * stride + (bit >> 3)] as number;
      out[i * width + j] = (((byte >> (8 - depth - (bit & 7))) & most) * 255) / most;
    }
  }
  return out;
}

/** With alpha 0 where a grey or RGB image has its one transparent colour. */
function withAlphaOf({ width, height, channels, depth, data, transparency }: DecodedPng, bytes: Uint8Array): Pixels {
  if (!transparency || transparency.length < channels || depth < 8) return { data: bytes, width, height, channels };
  const out = new Uint8Array(width * height * (channels + 1));
  for (let p = 0, q = 0; p < bytes.length; p += channels, q += channels + 1) {
    let clear = true;
    for (let c = 0; c < channels; c++) {
      out[q + c] = bytes[p + c] as number;
      clear &&= data[p + c] === transparency[c];
    }
    out[q + channels] = clear ? 0 : 255;
  }
  return { data: out, width, height, channels: channels + 1 };
}
