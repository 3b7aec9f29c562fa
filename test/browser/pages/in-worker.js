// Calls a function of a module in a module worker, and hands back what it returns.

import { answerOf } from "./answer.js";

export async function callInWorker(call) {
  const worker = new Worker(new URL("./worker.js", import.meta.url), { type: "module" });
  worker.postMessage(call);
  const { error, result } = await answerOf(worker);
  if (error !== undefined) throw new Error(error);
  return result;
}
