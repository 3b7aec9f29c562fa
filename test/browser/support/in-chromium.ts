import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Browser } from "puppeteer-core";
import { afterAll, beforeAll } from "vitest";
import { kinds, programOf, started } from "./browsers.js";
import type { Server } from "./server.js";

interface Running {
  browser(): Browser;
  server(): Server;
  folder(): string;
}

/**
 * Chromium and a server for the tests of a file or a `describe`, which are skipped where it is not installed.
 *
 * @param name of a folder that is there meanwhile
 * @param open fills the folder and gives the server
 * @param flags of Chromium
 */
export function inChromium(
  name: string,
  open: (folder: string) => Promise<Server>,
  flags?: readonly string[],
): Running {
  const chromium = kinds.find((kind) => kind.name === "Chromium") as (typeof kinds)[number];
  let folder: string;
  let server: Server;
  beforeAll(async () => {
    if (programOf(chromium) === undefined) return;
    folder = mkdtempSync(join(tmpdir(), `wasmgrad-${name}-`));
    server = await open(folder);
  });
  afterAll(async () => {
    await server?.close();
    if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
  });
  // Begun last, it is closed first: afterAll goes backwards.
  const browser = started(chromium, flags && { flags });
  return { browser, server: () => server, folder: () => folder };
}
