import { absent } from "../util/peer.js";

/** Red, green and blue bytes as a PNG inside a URI. */
export async function pngUri(operation: string, width: number, height: number, rgb: Uint8Array): Promise<string> {
  const { encode } = await loadFastPng(operation);
  const bytes = encode({ width, height, data: rgb, channels: 3, depth: 8 }, { zlib: { level: 9 } });
  let binary = "";
  // A call takes only so many arguments.
  for (let i = 0; i < bytes.length; i += 8192) binary += String.fromCharCode(...bytes.subarray(i, i + 8192));
  return `data:image/png;base64,${btoa(binary)}`;
}

async function loadFastPng(operation: string): Promise<typeof import("fast-png")> {
  try {
    return await import("fast-png");
  } catch (cause) {
    throw absent(operation, "fast-png", cause);
  }
}
