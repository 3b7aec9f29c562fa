// The page of an application that is bundled: it trains by itself and in a worker.

import { answerOf } from "./answer.js";
import { trainHere } from "./here.js";
import { refusals } from "./peers.js";

const worker = new Worker(new URL("./main-worker.js", import.meta.url), { type: "module" });
globalThis.trained = Promise.all([trainHere(), answerOf(worker)]);
globalThis.refusals = refusals;
