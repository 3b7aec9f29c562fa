import { PlatformError } from "../errors.js";
import type { Shelf } from "./browser-storage.js";

/** How long a browser may take to begin with a download, in milliseconds. */
const PATIENCE = 60_000;

/** Files that the user gets, as from a link to them. */
export const downloads: Shelf = {
  async read() {
    throw new PlatformError("a download is the user's: take it as the File of an <input type=file>");
  },

  async write(files) {
    if (typeof document === "undefined") {
      throw new PlatformError(
        "only a page has downloads, and this is a worker: save to a stream and send the page its bytes",
      );
    }
    for (const { name, parts } of files) {
      const link = document.createElement("a");
      link.href = URL.createObjectURL(new Blob([...parts], { type: "application/octet-stream" }));
      link.download = name.slice(name.lastIndexOf("/") + 1);
      link.click();
      setTimeout(() => URL.revokeObjectURL(link.href), PATIENCE);
    }
  },

  list: async () => [],
  remove: async () => undefined,
};
