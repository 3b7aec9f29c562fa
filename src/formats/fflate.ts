import { absent } from "../util/peer.js";

/** @throws PlatformError where it is not installed */
export async function loadFflate(operation: string): Promise<typeof import("fflate")> {
  try {
    return await import("fflate");
  } catch (cause) {
    throw absent(operation, "fflate", cause);
  }
}
