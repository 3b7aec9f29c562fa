// The same without a bundler.

import { answerOf } from "./answer.js";
import { trainHere } from "./here.js";

const worker = new Worker("/pages/plain-worker.js", { type: "module" });
globalThis.trained = Promise.all([trainHere(), answerOf(worker)]);
