import digitsModel from "virtual:digits-model";
import type { Command } from "../protocol.js";
import { createCore } from "./core.js";
import { buffersIn } from "./transfer.js";

// The worker in which the library trains: what the page sends goes to the core, and what that posts goes to the page.

const handle = createCore((report) => self.postMessage(report, { transfer: buffersIn(report) }), {
  async digitsModel() {
    if (digitsModel === undefined) {
      throw new Error(
        "This page has no model of digits: run npm start, which trains one, then npm run playground again.",
      );
    }
    const response = await fetch(digitsModel);
    if (!response.ok) throw new Error(`The model of digits was not found (${response.status}): load the page again.`);
    return new Uint8Array(await response.arrayBuffer());
  },
});

self.addEventListener("message", ({ data }: MessageEvent<Command>) => handle(data));
