import { FormatError } from "../../util/errors.js";
import type { NamedBytes } from "../../util/file-source.js";
import { absent } from "../../util/peer.js";
import { type Pixels, upright } from "./pixels.js";

export function isJpeg(bytes: Uint8Array): boolean {
  return bytes[0] === 0xff && bytes[1] === 0xd8 && bytes[2] === 0xff;
}

/** Upright, by the Exif orientation. @throws FormatError where it is broken or cut off, PlatformError without jpeg-js */
export async function decodeJpeg(operation: string, { name, bytes }: NamedBytes): Promise<Pixels> {
  const {
    default: { decode },
  } = await loadJpegJs(operation);
  const fault = (got: string, at: number, cause?: unknown) =>
    new FormatError(
      `${operation}: file "${name}" expected a whole JPEG image, got ${got} at byte ${at} of ${bytes.length}`,
      { cause },
    );
  const { components, orientation, scan } = partsOf(bytes, fault);
  let image: { data: Uint8Array; width: number; height: number };
  try {
    image = decode(bytes, { useTArray: true, formatAsRGBA: false, maxMemoryUsageInMB: 2048 });
  } catch (cause) {
    throw fault(`a fault (${(cause as Error).message}) in what begins`, scan, cause);
  }
  const { data, width, height } = image;
  const grey = components === 1;
  const pixels = {
    data: grey ? Uint8Array.from({ length: width * height }, (_, i) => data[3 * i] as number) : data,
    width,
    height,
    channels: grey ? 1 : 3,
  };
  return upright(pixels, orientation);
}

async function loadJpegJs(operation: string) {
  try {
    return await import("jpeg-js");
  } catch (cause) {
    throw absent(operation, "jpeg-js", cause);
  }
}

interface Parts {
  readonly components: number;
  readonly orientation: number;
  /** Where the first scan begins. */
  readonly scan: number;
}

/** Walks the segments (ITU-T T.81, annex B). @throws FormatError where one is cut off, or no image is in it */
function partsOf(bytes: Uint8Array, fault: (got: string, at: number) => FormatError): Parts {
  const word = (at: number) => ((bytes[at] as number) << 8) | (bytes[at + 1] as number);
  let [components, orientation, scan] = [0, 1, 0];
  for (let p = 2; ; ) {
    while (bytes[p] === 0xff && bytes[p + 1] === 0xff) p++;
    if (p + 2 > bytes.length) throw fault("its end", bytes.length);
    if (bytes[p] !== 0xff) throw fault("no marker", p);
    const marker = bytes[p + 1] as number;
    if (marker === 0xd9) {
      if (scan === 0) throw fault("an end without an image", p);
      return { components, orientation, scan };
    }
    const length = p + 4 <= bytes.length ? word(p + 2) : 0;
    const end = p + 2 + length;
    if (length < 2 || end > bytes.length) throw fault("its end within a segment", Math.min(end, bytes.length));
    if (marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker)) {
      if (marker > 0xc2) throw fault("a coding that is neither baseline nor progressive", p);
      if (word(p + 5) === 0 || word(p + 7) === 0) throw fault("an image without pixels", p + 5);
      components = bytes[p + 9] as number;
    }
    if (marker === 0xe1) orientation = orientationIn(bytes.subarray(p + 4, end)) ?? orientation;
    p = end;
    if (marker !== 0xda) continue;
    if (components === 0) throw fault("pixels before their sizes", p);
    scan ||= p;
    p = scanEnd(bytes, p);
  }
}

/** The marker behind coded pixels, in which 0xff is followed by 0 or is a restart. */
function scanEnd(bytes: Uint8Array, from: number): number {
  for (let p = from; ; p++) {
    p = bytes.indexOf(0xff, p);
    if (p < 0) return bytes.length;
    const next = bytes[p + 1] as number;
    if (next !== 0 && next !== 0xff && !(next >= 0xd0 && next <= 0xd7)) return p;
  }
}

/** Tag 0x0112 of an Exif segment's first directory. */
function orientationIn(exif: Uint8Array): number | undefined {
  if (exif.length < 14 || String.fromCharCode(...exif.subarray(0, 6)) !== "Exif\0\0") return undefined;
  const tiff = new DataView(exif.buffer, exif.byteOffset + 6, exif.length - 6);
  const little = tiff.getUint16(0) === 0x4949;
  const first = tiff.getUint32(4, little);
  if (first + 2 > tiff.byteLength) return undefined;
  const count = tiff.getUint16(first, little);
  for (let entry = first + 2; entry + 12 <= Math.min(tiff.byteLength, first + 2 + 12 * count); entry += 12) {
    if (tiff.getUint16(entry, little) === 0x0112) return tiff.getUint16(entry + 8, little);
  }
  return undefined;
}
